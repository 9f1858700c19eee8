"""Exporting a catalog, against making the desired state that an export is of: time, size, and how it is divided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bench.table import Goal, Row, cpu_seconds
from ecrgen.account.desired import Desired
from ecrgen.account.from_catalog import desired_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Grant
from ecrgen.export.cloudformation import RESOURCES, divided, enough_templates
from ecrgen.export.desired import Exported, Where, to_export
from ecrgen.export.permission_sets import in_sets, permission_sets
from ecrgen.export.terraform import terraform
from ecrgen.policy.regions import regions

GRANTS = 1_000
OF_A_SET = 8  # grants that fit into the one policy of a permission set
ACCOUNT, REGION = "123456789012", "eu-west-1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def site(to: str) -> Catalog:
    """A catalog of as many grants, each to a grantee of that name with the number of the grant in it."""
    builtin = Catalog.load(builtin_file())
    grants = {}
    for number in range(GRANTS):
        names = [f"team-{number}/{name}" for name in ("api", "web", "worker")]
        bound = builtin.bind("push" if number % 2 else "pull", {"repo": names})
        grants[f"g{number}"] = Grant(f"g{number}", bound, (to.format(number // OF_A_SET),))
    return replace(builtin, namespace="site", account=ACCOUNT, regions=(REGION,), grants=grants)


def desired(catalog: Catalog) -> Desired:
    """What `apply` would make."""
    wanted = catalog.grants.values()
    return desired_of(catalog, wanted, account=ACCOUNT, partition="aws", region=(REGION,), now=NOW)


def exported(catalog: Catalog) -> Exported:
    return to_export(catalog, Where.of(catalog, None, (), None), NOW)


def compact(values: object) -> str:
    return json.dumps(values, separators=(",", ":"))


def rows() -> Iterator[Row]:
    catalog = site("role/team-{}")
    floor = cpu_seconds(lambda: desired(catalog), rounds=3)
    documents = sum(len(each.document.to_json(indent=None)) for each in desired(catalog).policies.values())
    number = enough_templates(exported(catalog)) or 1
    formats: dict[str, Callable[[], list[str]]] = {
        f"cloudformation, {number} templates": lambda: [compact(each) for each in divided(exported(catalog), number)],
        "terraform": lambda: [compact(terraform(exported(catalog)))],
    }
    for name, made in formats.items():
        yield in_time(name, cpu_seconds(made, rounds=3), floor, Goal("<=", 4))
        size = sum(map(len, made()))
        yield Row(
            f"size of export {name}",
            f"{size / 1000:,.0f} kB",
            f"the documents {documents / 1000:,.0f} kB",
            size / documents,
            Goal("<=", 2),
        )
    yield Row(
        f"templates for {GRANTS:,} grants",
        f"{number}",
        f"{RESOURCES} policies each",
        number / (GRANTS / RESOURCES),
        Goal("<=", 2),
    )
    anywhere = replace(catalog, account=None, regions=())
    yield in_time(
        "for any account and region", cpu_seconds(lambda: exported(anywhere)), floor * len(regions()), Goal("<=", 5)
    )
    sets = site("permission-set/S{}")

    def of_sets() -> str:
        return compact(permission_sets(sets.namespace, in_sets(sets, Where.of(sets, None, (), None), NOW)))

    yield in_time(f"permission-set, {OF_A_SET} grants a set", cpu_seconds(of_sets, rounds=3), floor, Goal("<=", 4))


def in_time(what: str, ours: float, floor: float, goal: Goal) -> Row:
    return Row(f"export {what}", f"{ours:.2f} s", f"the desired state {floor:.2f} s", ours / floor, goal)
