"""What a template may use: the filters that jinja2 does not have as they are here, and ARNs. Each takes its steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

import jinja2
from jinja2.filters import do_sort, sync_do_unique
from jinja2.runtime import Context, Undefined

from ecrgen.catalog.budget import SEQUENCES, budget, measure
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn

__all__ = ["FUNCTIONS", "arn", "to_json"]

OF_ARN = 8
OF_SORTING = 10


def to_json(value: Any) -> str:
    """A value as JSON between tabs, which JSON allows between tokens and forbids inside a string."""
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError with the name
    return f"\t{json.dumps(value)}\t"


@jinja2.pass_environment
def sort(environment: jinja2.Environment, value: Any, *args: Any, **named: Any) -> list[Any]:
    """The filter `sort`, which looks at each item once for each doubling of their number."""
    items = listed(value)
    budget().spend(OF_SORTING + len(items).bit_length() * measure(items))
    return do_sort(environment, items, *args, **named)


@jinja2.pass_environment
def unique(environment: jinja2.Environment, value: Any, *args: Any, **named: Any) -> list[Any]:
    """The filter `unique`, as a list."""
    budget().spend(OF_SORTING)
    return list(sync_do_unique(environment, listed(value), *args, **named))


def listed(value: Any) -> list[Any]:
    """The filter `list`: a list of a text's characters, a mapping's keys, or the items of a list."""
    if isinstance(value, Sized):
        budget().spend(len(value))
    return list(value)


def string(value: Any) -> str:
    """The filter `string`: a text, a number or true and false as text."""
    if isinstance(value, list | tuple | dict):
        raise TypeError("a list or a mapping is no text")
    return value if isinstance(value, str) else to_json(value).strip("\t")


@jinja2.pass_context
def repository_arn(context: Context, repository: Any) -> Any:
    """The ARN of a repository, or of each of several, in every region: one as a string, several as a list.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    """
    partition, account = context["partition"], context["account"]
    prefixes = as_list(
        one_or_list(
            str(Arn(partition, "ecr", text(region), account, "repository/")) for region in as_list(context["regions"])
        )
    )
    return one_or_list(prefix + text(name) for prefix in prefixes for name in as_list(repository))


@jinja2.pass_context
def public_repository_arn(context: Context, repository: Any) -> Any:
    """The ARN of a repository of ECR Public, or of each of several. It has no region: a public registry is global.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html
    Raises EcrgenError in a partition other than `aws`, where there is no ECR Public.
    """
    if context["partition"] != "aws":
        raise EcrgenError(f"partition {context['partition']} has no ECR Public; only partition aws has")
    prefix = str(Arn("aws", "ecr-public", "", context["account"], "repository/"))
    return one_or_list(prefix + text(name) for name in as_list(repository))


@jinja2.pass_context
def arn(context: Context, service: str, resource: Any, region: Any = "", account: Any = None) -> Any:
    """The ARN of a resource in the target's partition and, unless said, account.

    Of several resources, regions or accounts, the ARN of each resource in each region of each account.
    """
    owners = as_list(context["account"] if account is None else account)
    return one_or_list(
        str(Arn(context["partition"], text(service), text(place), text(owner), text(name)))
        for owner in owners
        for place in as_list(region)
        for name in as_list(resource)
    )


def as_list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, SEQUENCES) else (value,)


def text(value: Any) -> str:
    if not isinstance(value, str):
        if isinstance(value, Undefined):
            str(value)  # raises UndefinedError with the name
        raise TypeError(f"an ARN is made of text, not of {json.dumps(value, default=str)}")
    return value


def one_or_list(arns: Iterable[str]) -> str | list[str]:
    out, used = [], budget()
    for each in arns:
        used.spend(OF_ARN + measure(each))
        out.append(each)
    if not out:
        raise TypeError("an ARN of nothing; the list is empty")
    return out[0] if len(out) == 1 else out


# The filters, by the names that templates call them.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "list": listed,
    "sort": sort,
    "unique": unique,
    "string": string,
    "repository_arn": repository_arn,
    "public_repository_arn": public_repository_arn,
}
