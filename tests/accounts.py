"""Small accounts and grants to plan with, and what they give to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ecrgen.account.desired import Desired, DesiredGrant, desired_state
from ecrgen.account.namespace import Namespace
from ecrgen.account.state import DOCUMENTED, Entity, Grantee, IamState, ManagedPolicy, Quotas, Version
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, SetDefault, Update

ACCOUNT = "123456789012"
PREFIX = f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay/"
PAY = Namespace("aws", ACCOUNT, "pay")
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"


def repository(name: str) -> str:
    return name if name == "*" else f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{name}"


def statement(effect: str, actions: str, *repositories: str) -> dict[str, object]:
    return {
        "Effect": effect,
        "Action": [f"ecr:{action}" for action in actions.split()],
        "Resource": [repository(name) for name in repositories],
    }


def allowing(*repositories: str, actions: str = "PutImage", denied: Iterable[str] = ()) -> PolicyDocument:
    """A document that allows actions on repositories, and denies them on others."""
    statements = [statement("Allow", actions, *repositories)] if repositories else []
    statements += [statement("Deny", actions, name) for name in denied]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


def grant(name: str, document: PolicyDocument, *to: str) -> DesiredGrant:
    return DesiredGrant(name, "push", to, document)


def wanted(*grants: DesiredGrant, only: Iterable[str] | None = None, limit: int = 6144) -> Desired:
    return desired_state(PAY, grants, only=only, limit=limit)


def managed(name: str, *documents: PolicyDocument, default: int | None = None, prefix: str = PREFIX) -> ManagedPolicy:
    """A policy with these documents as its versions, oldest first, the last (or `default`) the default one."""
    versions = tuple(
        Version(f"v{number}", f"2026-01-{number:02}T00:00:00+00:00", document.to_json(indent=None))
        for number, document in enumerate(documents, 1)
    )
    return ManagedPolicy(prefix + name, versions, f"v{default or len(documents)}")


def state(
    policies: Iterable[ManagedPolicy] = (),
    attached: Mapping[str, Iterable[str]] | None = None,
    quotas: Quotas = DOCUMENTED,
    taken: Iterable[str] = (),
) -> IamState:
    """An account: policies, and who exists with which policies attached, by `role/ci` and name or ARN."""
    own = {policy.name: policy for policy in policies}
    entities = {}
    for text, names in (attached or {}).items():
        kind, _, name = text.partition("/")
        arns = frozenset(name if name.startswith("arn:") else PREFIX + name for name in names)
        entities[Grantee(kind, name)] = Entity("/", arns)  # type: ignore[arg-type]  # kind is one of the three
    arns = [*taken, *(policy.arn for policy in own.values())]
    return IamState(PAY, own, entities, {arn.rpartition("/")[2].lower(): arn for arn in arns}, quotas)


def state_of(desired: Desired, *others: str) -> IamState:
    """The account that holds exactly what is desired."""
    attached: dict[str, list[str]] = {str(name): [] for name in others}
    for attachment in desired.attachments:
        attached.setdefault(str(attachment.grantee), []).append(attachment.policy)
    return state([managed(p.name, p.document) for p in desired.policies.values()], attached)


@dataclass
class Model:
    """An account that plans are carried out on: documents by policy name, and who has what."""

    documents: dict[str, PolicyDocument]
    attached: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, state: IamState) -> Model:
        documents = {name: policy.default.document() for name, policy in state.policies.items()}
        return cls(documents, {(a.name, str(a.grantee)) for a in state.attachments()})

    def do(self, change: Change) -> None:
        match change:
            case Create(policy):
                assert policy.name not in self.documents
                self.documents[policy.name] = policy.document
            case Update(policy):
                self.documents[policy.name] = policy.document
            case SetDefault(actual, version):
                self.documents[actual.name] = version.document()
            case Attach(attachment):
                assert attachment.name in self.documents
                self.attached.add((attachment.name, str(attachment.grantee)))
            case Detach(attachment):
                self.attached.remove((attachment.name, str(attachment.grantee)))
            case Delete(actual):
                assert not any(name == actual.name for name, _ in self.attached)
                del self.documents[actual.name]

    def access(self, actions: Iterable[str], repositories: Iterable[str]) -> set[tuple[str, str, str]]:
        """(grantee, action, repository) of all that is allowed; written from the documents, not from ecrgen's code."""
        out = set()
        asked = [(f"ecr:{action}".lower(), repository(name)) for action in actions for name in repositories]
        for grantee in {grantee for _, grantee in self.attached}:
            statements = [
                statement
                for name, holder in self.attached
                if holder == grantee
                for statement in self.documents[name].statements
            ]
            for action, resource in asked:
                effects = {
                    s.effect
                    for s in statements
                    if action in {a.lower() for a in s.actions} and {resource, "*"} & set(s.resources)
                }
                if effects == {"Allow"}:
                    out.add((grantee, action, resource))
        return out
