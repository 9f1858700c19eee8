"""The accounts that a catalog file names, each with the credentials that reach it"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrgen.catalog.build import Contents, partition_in
from ecrgen.catalog.grantees import IamEntity, read_grantee
from ecrgen.catalog.model import NamedAccount
from ecrgen.catalog.source import Source
from ecrgen.errors import EcrgenError

__all__ = ["accounts_of"]


def accounts_of(source: Source, contents: Contents) -> Iterator[NamedAccount]:
    """The accounts of a file; what is wrong with one goes to the contents' problems.

    Each has a profile or a role, a role is one of that account, and no account of `contents` has two names.
    """
    partition = partition_in(contents.settings)
    for name, data in (source.values.get("accounts") or {}).items():
        wrong = dict(faults(data, partition))
        twin = next((each.name for each in contents.accounts.values() if each.id == data["id"]), None)
        if twin is not None:
            wrong["id"] = f"{data['id']} is account {twin} already; give an account one name"
        for key, message in wrong.items():
            place = ("accounts", name, key) if key else ("accounts", name)
            contents.problems.add(source.problem(place, message))
        yield NamedAccount(name, data["id"], data.get("profile"), data.get("role"))


def faults(data: Mapping[str, str], partition: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong with the credentials of an account, with the key that says it."""
    if "profile" in data and "role" in data:
        yield "role", "a profile is named as well; leave one of the two out"
    elif "profile" not in data and "role" not in data:
        yield "", "no profile and no role; name a profile of the AWS configuration, or the ARN of a role to assume"
    if "role" in data:
        try:
            role = read_grantee(data["role"])
        except EcrgenError:
            role = None
        if not isinstance(role, IamEntity) or role.kind != "role" or role.account is None:
            yield "role", f"must be the ARN of a role, such as arn:aws:iam::{data['id']}:role/access"
        elif role.account != data["id"]:
            yield "role", f"is a role of account {role.account}, not of {data['id']}"
        elif partition is not None and role.partition != partition:
            yield "role", f"is a role of partition {role.partition}, not of the catalog's, {partition}"
