"""From a catalog's grants to the desired state of an account"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from ecrgen.account.desired import Desired, DesiredGrant, desired_state, managed_arn
from ecrgen.account.elsewhere import accounts_of, local_grantees
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.namespace import Namespace
from ecrgen.account.state import Attachment, Grantee, parse_grantee
from ecrgen.catalog.bind import end_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import managed_policy
from ecrgen.catalog.model import BoundPersona, Grant
from ecrgen.catalog.render import example_note, identity_half
from ecrgen.catalog.suitable import unsuitable
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import in_words
from ecrgen.policy import quotas

__all__ = ["alone", "asked_of_aws", "desired_of", "grantees_named", "right_account"]


def alone(bound: BoundPersona, regions: Iterable[str], to: Iterable[str], *, managed: bool) -> Grant:
    """A grant of a persona that stands in no catalog; its name follows from persona, arguments, guards and regions.

    So it never changes what another such grant gives. Raises EcrgenError where AWS has no policy for `managed`, and for
    grantees and guards that do not go together.
    """
    persona = bound.persona
    if managed and bound.guards:
        raise EcrgenError("--managed: AWS's own policy takes no guards; leave --guard or --managed out")
    if managed and managed_policy(bound) is None:
        raise EcrgenError(f"--managed: AWS has no managed policy for {persona.name}")
    arguments = {
        name: [str(each) for each in (value if isinstance(value, tuple) else (value,))]
        for name, value in bound.arguments.items()
        if value is not None
    }
    mark = fingerprint([persona.name, managed, arguments, sorted(map(str, bound.guards)), sorted(regions)])
    expires = min(filter(None, map(end_of, bound.guards)), default=None)
    grant = Grant(f"{persona.name}-{mark}", bound, tuple(to), managed, expires)
    options = {"to": "--to", "guards": "--guard", "managed": "--managed"}
    Problems(f"{options[each.key]}: {each.message}" for each in unsuitable(grant, None, None)).stop()
    return grant


def right_account(catalog: Catalog, account: str, partition: str, environ: Mapping[str, str], way: str = "") -> None:
    """Raise EcrgenError for an account of which the catalog names neither itself nor a grantee, or another partition.

    Also where AWS_ACCOUNT_ID names another one. `way` is what to do about another account.
    """
    problems = Problems()
    accounts = accounts_of(catalog, account)
    if account not in accounts:
        named = f"account {catalog.account}" if len(accounts) == 1 else f"accounts {in_words(sorted(accounts))}"
        problems.add(f"the catalog names {named}, but this is account {account}{way}")
    if environ.get("AWS_ACCOUNT_ID") not in (None, "", account):
        problems.add(f"AWS_ACCOUNT_ID names account {environ['AWS_ACCOUNT_ID']}, but this is account {account}")
    if catalog.partition and catalog.partition != partition:
        problems.add(f"the catalog names partition {catalog.partition}, but this account is in {partition}")
    problems.stop()


def grantees_named(grants: Iterable[Grant], account: str, partition: str) -> Iterator[Grantee]:
    """The roles, users and groups of this account that grants name; of others, the desired state says what is wrong."""
    for grant in grants:
        for text in grant.to:
            with suppress(EcrgenError):
                yield parse_grantee(text, partition, account)


def asked_of_aws(grants: Iterable[Grant], account: str, partition: str) -> Iterator[Attachment]:
    """The attachments of AWS's own policies that grants ask for in this account."""
    for grant in grants:
        policy = managed_policy(grant.bound) if grant.managed else None
        if policy is not None:
            arn = managed_arn(policy, partition)
            yield from (Attachment(arn, grantee) for grantee in grantees_named((grant,), account, partition))


def desired_of(
    catalog: Catalog,
    grants: Iterable[Grant],
    *,
    account: str,
    partition: str,
    region: Iterable[str] = (),
    now: datetime,
    limit: int = quotas.MANAGED,
    only: Iterable[str] | None = None,
) -> Desired:
    """The desired state of an account that these grants ask for; those that have ended by `now` ask for nothing.

    Of a grant to several accounts, what lies in this one.
    Raises EcrgenError with every problem, and where a policy needs a region that nobody names.
    """
    home = catalog.account or account
    target = catalog.target(home, tuple(region) or None, partition)
    problems = Problems()
    asked: list[DesiredGrant] = []
    for grant in grants:
        to = local_grantees(grant, home, account) if grant.name in catalog.grants else grant.to
        if (grant.to and not to) or grant.persona.of_registry:
            continue
        ended, document, own = grant.ended(now), None, None
        if grant.managed:
            own = managed_policy(grant.bound)
        elif not ended:
            with problems.collected(f"{grant.name}: "):
                document = identity_half(grant, target)
            if document is not None and example_note(document, grant.target(target)):
                problems.add(f"{grant.name}: needs a region; set region in the catalog, or AWS_REGION, or --region")
        asked.append(DesiredGrant(grant.name, grant.persona.name, to, document, own, ended))
    problems.stop()
    return desired_state(
        Namespace(partition, account, catalog.namespace), asked, limit=limit, only=only, catalog=catalog.id
    )
