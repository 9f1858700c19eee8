"""The moto account behind the server: seeded from what a catalog wanted, and read back as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from accounts import ACCOUNT, Model
from moto.ecr.models import ECRBackend
from moto.iam.models import IAMBackend
from strict import local_policies

from ecrgen.account.desired import Desired
from ecrgen.catalog.places import Repository
from ecrgen.policy.document import PolicyDocument

PATH = "/ecrgen/pay/"


def add_grantees(account: IAMBackend, *grantees: str) -> None:
    for grantee in grantees:
        kind, _, name = grantee.partition("/")
        match kind:
            case "role":
                account.create_role(name, "{}", "/", None, "", [], None)
            case "user":
                account.create_user("us-east-1", name, "/")
            case "group":
                account.create_group(name, "/")


def repository(name: str, region: str = "us-east-1") -> Repository:
    return Repository(f"arn:aws:ecr:{region}:{ACCOUNT}:repository/{name}")


def add_repositories(registry: ECRBackend, *names: str) -> None:
    for name in names:
        registry.create_repository(name, None, {}, None, "MUTABLE", [])


def add_policy(account: IAMBackend, name: str, *documents: PolicyDocument, path: str = PATH) -> Any:
    """A policy with these documents as its versions; the last is the default one."""
    policy = account.create_policy("", path, documents[0].to_json(), name, [])
    for document in documents[1:]:
        account.create_policy_version(policy.arn, document.to_json(), True)
    return policy


def attach(account: IAMBackend, arn: str, grantee: str) -> None:
    kind, _, name = grantee.partition("/")
    getattr(account, f"attach_{kind}_policy")(arn, name)


def holders(account: IAMBackend) -> Iterable[tuple[str, Any]]:
    yield from ((f"role/{role.name}", role) for role in account.roles.values())
    yield from ((f"user/{user.name}", user) for user in account.users.values())
    yield from ((f"group/{group.name}", group) for group in account.groups.values())


def default_text(policy: Any) -> str:
    return next(str(v.document) for v in policy.versions if v.version_id == policy.default_version_id)


def model(account: IAMBackend) -> Model:
    """The namespace's policies and who has them, as IAM has it now."""
    own = {policy.name: policy for policy in account.managed_policies.values() if policy.path == PATH}
    documents = {name: PolicyDocument.from_json(default_text(policy)).normalised() for name, policy in own.items()}
    arns = {policy.arn: name for name, policy in own.items()}
    attached = {(arns[arn], who) for who, holder in holders(account) for arn in holder.managed_policies if arn in arns}
    return Model(documents, attached)


def target(desired: Desired) -> Model:
    """What `model` should be once everything desired is there and nothing else."""
    documents = {name: policy.document.normalised() for name, policy in desired.policies.items()}
    own = {policy.arn: name for name, policy in desired.policies.items()}
    return Model(documents, {(own[a.policy], str(a.grantee)) for a in desired.attachments if a.policy in own})


def everything_else(account: IAMBackend) -> str:
    """All of IAM that is not the namespace's, as text: byte-equal before and after what must not touch it."""
    policies = [
        [p.arn, p.default_version_id, p.description, p.tags, [[v.version_id, v.document] for v in p.versions]]
        for p in account.managed_policies.values()
        if p.path != PATH
    ]
    own = {p.arn for p in account.managed_policies.values() if p.path == PATH}
    entities = [
        [who, holder.arn, sorted(set(holder.managed_policies) - own), sorted(holder.policies.items())]
        for who, holder in holders(account)
    ]
    return json.dumps([sorted(policies), sorted(entities)], default=str)


def access(account: IAMBackend) -> dict[str, Any]:
    """Every policy of the account with its path, its document and those who have it."""
    return {
        policy.name: (
            policy.path,
            json.loads(default_text(policy)),
            {who for who, holder in holders(account) if policy.arn in holder.managed_policies},
        )
        for policy in local_policies(account)
    }
