"""The desired state of an account: the policies and attachments that a namespace's grants ask for"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ecrgen.account.namespace import NAME, Namespace
from ecrgen.account.state import Attachment, Grantee, parse_grantee
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy import quotas
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "USERNAME",
    "Desired",
    "DesiredGrant",
    "DesiredPolicy",
    "desired_state",
    "for_users_only",
    "managed_arn",
]

# aws:username with no default value: roles have none, so the statement never applies to them
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-username
USERNAME = re.compile(r"\$\{\s*aws:username\s*\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DesiredGrant:
    """A grant as provisioning needs it: a document to grantees as written, or AWS's own managed policy to them."""

    name: str
    persona: str
    to: tuple[str, ...]
    document: PolicyDocument | None = None
    managed_policy: str | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class DesiredPolicy:
    """A customer managed policy that should exist, with exactly this document as its default version.

    The persona is empty where nobody knows it. `parts` is the number of policies that the grant is in.
    """

    arn: str
    grant: str
    persona: str
    document: PolicyDocument
    parts: int = 1

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired state of a namespace. `attachments` say which grant asks for each; AWS's own policies are among them.

    `only` names the grants that are meant where it is not all of them: nothing else is compared. `catalog` tells the
    catalog from others; it is empty where nothing does.
    """

    namespace: Namespace
    policies: Mapping[str, DesiredPolicy]
    attachments: Mapping[Attachment, str]
    ended: tuple[str, ...] = ()
    only: frozenset[str] | None = None
    catalog: str = ""


def desired_state(
    namespace: Namespace,
    grants: Iterable[DesiredGrant],
    *,
    limit: int = quotas.MANAGED,
    only: Iterable[str] | None = None,
    catalog: str = "",
) -> Desired:
    """The policies and attachments of these grants, documents over `limit` characters packed into numbered parts.

    Raises EcrgenError with every problem of every grant: names IAM refuses, grantees that are none, a document that
    speaks of `${aws:username}` to a role, a document that cannot be packed.
    """
    problems = Problems()
    policies: dict[str, DesiredPolicy] = {}
    attachments: dict[Attachment, str] = {}
    ended: list[str] = []
    names: dict[str, str] = {}
    if not NAME.fullmatch(namespace.name):
        problems.add(f"namespace {namespace.name!r}: use letters, digits, _ and -")
    for grant in grants:
        same = names.setdefault(grant.name.lower(), grant.name)
        if same != grant.name:
            problems.add(f"{grant.name}: differs from grant {same} in case only, and IAM's names do not; rename one")
        if grant.ended:
            ended.append(grant.name)
            continue
        grantees = list(grantees_of(grant, namespace, problems))
        problems.add(*unsuited(grant, grantees))
        own: dict[str, DesiredPolicy] = {}
        with problems.collected(f"{grant.name}: "):
            own = {policy.name: policy for policy in policies_of(grant, namespace, limit)}
        policies.update(own)
        arns = [policy.arn for policy in own.values()]
        if grant.managed_policy is not None:
            arns.append(managed_arn(grant.managed_policy, namespace.partition))
        attachments.update({Attachment(arn, grantee): grant.name for arn in arns for grantee in grantees})
    problems.stop()
    return Desired(namespace, policies, attachments, tuple(ended), None if only is None else frozenset(only), catalog)


def managed_arn(policy: str, partition: str) -> str:
    """The ARN of AWS's own managed policy in a partition; `policy` is its name or an ARN.

    A name has its path, but for a policy that ecrgen knows.
    """
    known = aws_policy(policy)
    name = known.name_in_arn if known is not None else policy.rpartition(":policy/")[2]
    return f"arn:{partition}:iam::aws:policy/{name}"


def grantees_of(grant: DesiredGrant, namespace: Namespace, problems: Problems) -> Iterator[Grantee]:
    for text in grant.to:
        with problems.collected(f"{grant.name}: "):
            yield parse_grantee(text, namespace.partition, namespace.account)


def unsuited(grant: DesiredGrant, grantees: Iterable[Grantee]) -> Iterator[str]:
    """A problem for each grantee for whom the document could never allow anything."""
    if grant.document is None or not for_users_only(grant.document):
        return
    for grantee in grantees:
        if grantee.kind == "role":
            yield (
                f"{grant.name}: {grantee}: the policy speaks of ${{aws:username}}, which the sessions of a role "
                f"do not have, so it would allow nothing; grant {grant.persona} to users or groups"
            )


def for_users_only(document: PolicyDocument) -> bool:
    """True for a policy that speaks of `${aws:username}`, which only users have."""
    return USERNAME.search(document.to_json(indent=None)) is not None


def policies_of(grant: DesiredGrant, namespace: Namespace, limit: int) -> Iterator[DesiredPolicy]:
    if not NAME.fullmatch(grant.name):
        raise EcrgenError("a grant's name is of letters, digits, _ and -")
    if grant.document is None:
        return
    parts = parts_of(grant.document, limit)
    for number, document in enumerate(parts, 1):
        name = namespace.policy_name(grant.name, number)
        if len(name) > quotas.NAME:
            raise EcrgenError(
                f"{name} has {len(name)} characters, and IAM takes {quotas.NAME}; shorten the grant's name"
            )
        yield DesiredPolicy(namespace.arn(name), grant.name, grant.persona, document, len(parts))


def parts_of(document: PolicyDocument, limit: int) -> tuple[PolicyDocument, ...]:
    """The document as it is where it fits, else packed. Raises EcrgenError for what cannot be made to fit."""
    if document.size <= limit:
        return (document,)
    from ecrgen.policy.pack import pack

    return pack((document,), limit)
