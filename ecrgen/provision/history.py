"""History: the versions of a grant's policies, newest first, and rollback, the plan that goes back to one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.state import IamState, ManagedPolicy, Version
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.provision.arrange import arranged
from ecrgen.provision.changes import Plan, SetDefault

__all__ = ["history", "rollback"]

# IAM does not say which versions one apply made; what was made within this time of the newest is taken for one.
TOGETHER = timedelta(minutes=1)


def history(actual: IamState, grant: str) -> tuple[ManagedPolicy, ...]:
    """A grant's policies, first part first. Raises EcrgenError, with the grants there are, where it has none."""
    parts = actual.parts(grant)
    if not parts:
        names = sorted({name for policy in actual.policies if (name := actual.namespace.grant_of(policy))})
        there = f"there are: {', '.join(names)}" if names else "there are none"
        raise EcrgenError(f"{grant}: no policy of this grant in namespace {actual.namespace.name}; {there}")
    return parts


def rollback(actual: IamState, grant: str, to_version: str | None = None) -> Plan:
    """The changes that take a grant's policies back: to the version before, or all to the one named.

    Of a grant in several parts, those go back that were changed together with the newest. Raises EcrgenError where a
    part has no such version, since the grant could only go back in part.
    """
    parts = history(actual, grant)
    if to_version is not None:
        back = [SetDefault(part, part.version(to_version)) for part in parts]
    else:
        newest = max(made(part.default) for part in parts)
        back = [SetDefault(part, previous(part)) for part in parts if made(part.default) >= newest - TOGETHER]
    changes = [change for change in back if change.version.id != change.actual.default_version]
    if not changes:
        raise EcrgenError(f"{grant}: {to_version} is its default version already")
    steps = arranged(changes, actual)
    content = [[change.actual.arn, change.actual.default_version, change.version.id] for change in changes]
    return Plan(actual.namespace, steps, fingerprint(content))


def made(version: Version) -> datetime:
    try:
        moment = datetime.fromisoformat(version.created)
    except ValueError:
        raise EcrgenError(
            f"AWS says that {version.id} was made at {quoted(version.created)}, which is no time"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def previous(part: ManagedPolicy) -> Version:
    earlier = [version for version in part.versions if version.number < part.default.number]
    if not earlier:
        raise EcrgenError(
            f"{part.name}: {part.default_version} is its oldest version, so there is no way back; "
            "change the catalog and apply it"
        )
    return earlier[-1]
