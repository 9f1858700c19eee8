"""plan(desired, actual): what would be done to an account, in a safe order. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ecrgen.account.desired import Desired
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.resource_policies import Resources
from ecrgen.account.state import IamState, Version
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.arrange import arranged
from ecrgen.provision.both_halves import with_documents
from ecrgen.provision.changes import (
    Attach,
    Create,
    Delete,
    Detach,
    IamChange,
    Plan,
    Update,
    name_of,
    readable,
    revokes,
)
from ecrgen.provision.documents import digested, refused, statement_changes
from ecrgen.provision.foreign import foreign
from ecrgen.provision.preflight import problems_of

__all__ = ["plan", "same"]


def plan(desired: Desired, actual: IamState, resources: Resources | None = None) -> Plan:
    """The changes that make `actual` what is desired, in an order in which no state between gives anybody more.

    With `resources`, also what the policies of repositories and registries have to say.
    Raises EcrgenError with every reason why there can be none: a name taken outside the namespace's path, grantees and
    repositories that do not exist, quotas, changes that no order makes safe.
    """
    ours, there = desired.namespace, actual.namespace
    if ours != there:
        raise EcrgenError(
            f"the grants are for namespace {ours.name} in account {ours.account} ({ours.partition}); "
            f"this is namespace {there.name} in account {there.account} ({there.partition})"
        )
    changes = tuple(differences(desired, actual))
    statements = statement_changes(resources, desired.only) if resources else ()
    problems = Problems(problems_of(desired, actual, changes))
    problems.add(*(refused(resources, statements) if resources else ()))
    problems.stop()
    gone = {name_of(change) for change in changes if revokes(change)}
    strange = {name: why for name, why in foreign(desired, actual) if name in gone}
    named = digest(desired, actual, resources)
    made = Plan(ours, arranged(changes, actual), named, desired.ended, strange, desired.catalog)
    made = replace(made, in_force=in_force(desired, made))
    return replace(made, steps=with_documents(made, statements)) if statements else made


def in_force(desired: Desired, made: Plan) -> frozenset[str]:
    """The grants of which no policy and no attachment changes by a plan of IAM alone."""
    changing = {made.grant_of(change) for change in made.changes}
    return frozenset(policy.grant for policy in desired.policies.values() if policy.grant not in changing)


def differences(desired: Desired, actual: IamState) -> Iterator[IamChange]:
    """The changes that make the actual state the desired one, in no particular order."""
    for name, policy in desired.policies.items():
        there = actual.policies.get(name)
        if there is None:
            yield Create(policy)
        elif not same(there.default, policy.document):
            spare = there.oldest_spare if len(there.versions) >= actual.quotas.versions else None
            yield Update(policy, there, spare.id if spare else None)
    documents = {policy.arn: policy.document for policy in desired.policies.values()}
    for attachment, grant in desired.attachments.items():
        entity = actual.entities.get(attachment.grantee)
        if entity is not None and attachment.policy not in entity.attached:
            yield Attach(attachment, grant, documents.get(attachment.policy))
    for attachment in actual.attachments() - desired.attachments.keys():
        if meant(desired, attachment.name):
            yield Detach(attachment, readable(actual.policies[attachment.name].default))
    for name, there in actual.policies.items():
        if name not in desired.policies and meant(desired, name):
            yield Delete(there)


def meant(desired: Desired, name: str) -> bool:
    """True where the plan may take that policy away: any of the namespace, or one of the grants that are meant."""
    return desired.only is None or desired.namespace.grant_of(name) in desired.only


def same(version: Version, document: PolicyDocument) -> bool:
    """True where a version says what a document says, however it is written."""
    if version.text == document.to_json(indent=None):
        return True
    there = readable(version)
    return there is not None and there.normalised() == document.normalised()


def digest(desired: Desired, actual: IamState, resources: Resources | None = None) -> str:
    """A short name for what a plan was made of, the same for the same catalog and the same account."""
    ours, asked = desired.namespace, set(desired.attachments)
    there = {(arn, grantee) for grantee, entity in actual.entities.items() for arn in entity.attached}
    managed = {attachment for attachment in asked if (attachment.policy, attachment.grantee) in there}
    content: dict[str, Any] = {
        "account": [ours.partition, ours.account, ours.name, None if desired.only is None else sorted(desired.only)],
        "desired": {name: [policy.persona, policy.document.to_dict()] for name, policy in desired.policies.items()},
        "asked": sorted([attachment.policy, str(attachment.grantee)] for attachment in asked),
        "actual": {
            name: [policy.default_version, [version.id for version in policy.versions], policy.default.content]
            for name, policy in actual.policies.items()
        },
        "attached": sorted(
            [attachment.policy, str(attachment.grantee)] for attachment in actual.attachments() | managed
        ),
    }
    documents = digested(resources) if resources else []
    return fingerprint(content | ({"documents": documents} if documents else {}))
