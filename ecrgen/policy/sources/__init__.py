"""Policies in the files that people have: a policy, or what a tool or the AWS command line wrote around some.

A policy; a list of such; answers of `aws iam`, `aws ecr` and `aws organizations`; account authorization details and
snapshots; a Terraform plan or state as JSON; a CloudFormation template as JSON or YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import did_you_mean, quoted
from ecrgen.policy.aws_policies import aws_policies, aws_policy
from ecrgen.policy.elements import parse_json
from ecrgen.policy.kinds import IDENTITY
from ecrgen.policy.sources.answers import answer
from ecrgen.policy.sources.cloudformation import cloudformation
from ecrgen.policy.sources.found import Found, Hole
from ecrgen.policy.sources.located import located
from ecrgen.policy.sources.terraform import terraform

__all__ = ["AWS", "Found", "Hole", "aws_policy_named", "located", "policies_in"]

# What a managed policy of AWS's own is named by where a file is taken: `aws:AmazonEC2ContainerRegistryPullOnly`.
AWS = "aws:"

# A template of YAML begins a line with this; what does not is no template.
RESOURCES = re.compile(rb"^Resources[ \t]*:", re.MULTILINE)


def policies_in(text: bytes) -> tuple[Found, ...]:
    """The policies of a file's text, in its order, each with its place; the text itself where it is none of the above.

    Raises PolicyError, with the place, for a file of one of these forms that is not whole or holds no policy.
    """
    try:
        data = parse_json(text)
    except PolicyError:
        if not RESOURCES.search(text):
            return (Found("", None, text=text, steps=()),)
        data = yaml_template(text)
    found = tuple(policies_of(data, text))
    if not found:
        raise PolicyError("holds no policy")
    return found


def aws_policy_named(name: str) -> Found:
    """The document of AWS's policy that `aws:NAME` names. Raises EcrgenError for one that is not here."""
    wanted = name.removeprefix(AWS)
    policy = aws_policy(wanted)
    if policy is None:
        near = did_you_mean(wanted, aws_policies())
        raise EcrgenError(f"ecrgen has no document of an AWS managed policy {quoted(wanted)}; {near}")
    return Found("", policy.document.to_dict(), IDENTITY)


def yaml_template(text: bytes) -> Any:
    from ecrgen.policy.sources.template_yaml import template_values  # for start-up: most policies are JSON

    try:
        return template_values(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}") from None


def policies_of(data: Any, text: bytes) -> Iterator[Found]:
    if isinstance(data, list) and any(isinstance(one, dict) for one in data):
        for index, one in enumerate(data):
            place = f"[{index}]"
            for found in enclosed(one) or (Found("", one, steps=()),):
                steps = None if found.steps is None else (index, *found.steps)
                yield replace(found, place=f"{place}.{found.place}" if found.place else place, steps=steps)
        return
    yield from enclosed(data) or (Found("", data, text=text, steps=()),)


def enclosed(data: Any) -> Iterator[Found] | None:
    """The policies that something was written around; None where the values are themselves one, or nothing known."""
    if not isinstance(data, dict) or "Statement" in data:
        return None
    for reader in (answer, terraform, cloudformation):
        found = reader(data)
        if found is not None:
            return found
    return None
