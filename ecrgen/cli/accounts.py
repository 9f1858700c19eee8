"""Several accounts in one run: the connections to all that the catalog names, and the plans for each in one order"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecrgen.account.connection import Connection
from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.account import connected_to
from ecrgen.cli.call import Call
from ecrgen.cli.options import Aws
from ecrgen.cli.planned import Planned, PlannedTogether
from ecrgen.errors import EcrgenError, Problems
from ecrgen.provision.across import AccountPlan, in_order

__all__ = ["connected_to_all", "planned_together"]


def connected_to_all(call: Call, aws: Aws, concurrency: int = 8) -> dict[str, Connection]:
    """A connection to each account that the catalog names, by its name there.

    Raises EcrgenError with every problem before anything is read of an account: credentials that do not work, or that
    lead to another account than the catalog says.
    """
    catalog = call.catalog
    if call.persona is not None:
        raise EcrgenError(f"--accounts: goes with grants of the catalog, and {call.persona} is a persona")
    if not catalog.accounts:
        raise EcrgenError(
            "--accounts: the catalog names none; write them under `accounts`, each with its id and a profile or a role"
        )
    if catalog.account is None:
        raise EcrgenError("--accounts: the catalog does not say which of them has the repositories; write `account`")
    problems = Problems()
    found: dict[str, Connection] = {}
    for each in catalog.accounts:
        with problems.collected(f"accounts.{each.name}: "):
            found[each.name] = connected_to(each, catalog, aws, concurrency)
    problems.stop()
    return found


def planned_together(
    catalog: Catalog,
    connections: Mapping[str, Connection],
    plan_for: Callable[[Connection, tuple[str, ...]], Planned],
    *,
    prune: bool,
) -> PlannedTogether:
    """The plans of these accounts, which `plan_for` makes, each for a connection and with the ids of all.

    Raises EcrgenError with the problems of every account, and where no order of accounts is safe.
    """
    ids = tuple(each.account for each in connections.values())
    problems = Problems()
    plans: dict[str, Planned] = {}
    for name, connection in connections.items():
        with problems.collected(f"accounts.{name}: "):
            plans[connection.account] = plan_for(connection, ids)
    problems.stop()
    sides = [AccountPlan(each.plan, each.actual) for each in plans.values()]
    order = in_order(sides, catalog.account or "", prune=prune)
    names = {connection.account: name for name, connection in connections.items()}
    return PlannedTogether({names[account]: plans[account] for account in order.accounts}, order)
