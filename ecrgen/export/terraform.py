"""A Terraform configuration of a desired state, in JSON syntax

The documents are locals, which resources hand to `jsonencode`, so that a plan shows what changes. Each policy is an
`aws_iam_policy`, each attachment one of its own: nothing else that is attached to a role is touched.
https://developer.hashicorp.com/terraform/language/syntax/json

Every text is a template in which `${` and `%{` begin an expression, so that both are doubled where they are text.
https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences

A label says the namespace, the grant and the part, with `_` between them; a `_` of a name is `Z5f`, and a `Z` is `Z5a`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecrgen.account.namespace import Namespace
from ecrgen.account.provenance import MANAGED_BY, tags_of
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Registry
from ecrgen.errors import EcrgenError
from ecrgen.export.desired import Exported
from ecrgen.export.handed_over import Policy, of_aws, policies
from ecrgen.export.unnamed import Part, Unnamed, mapped
from ecrgen.messages import in_words

__all__ = ["terraform", "terraform_left_out"]

NOTE = (
    "Made by ecrgen. These would take the attachments away again: aws_iam_policy_attachment, managed_policy_arns of a "
    "role, and the exclusive attachments of a role, user or group."
)
# Where each part comes from that nobody names; the attribute `region` is there since version 6 of the provider.
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/region
DATA: Mapping[Part, tuple[str, str]] = {
    "partition": ("aws_partition", "partition"),
    "account": ("aws_caller_identity", "account_id"),
    "region": ("aws_region", "region"),
}


def terraform(exported: Exported, *, imports: bool = False) -> dict[str, Any]:
    """The configuration as JSON values, the same for the same desired state.

    With `imports`, Terraform takes over what apply has made. Raises EcrgenError for that where nobody names the place.
    """
    desired, unnamed = exported.desired, exported.unnamed
    space = desired.namespace
    if imports and unnamed.parts:
        raise EcrgenError(f"--import: names what is there by its ARN; name {in_words(unnamed.parts)}, too")
    made = tuple(policies(desired))
    resources = {**policies_of(exported, made), **attachments_of(exported, made)}
    if not resources:
        raise EcrgenError("the catalog's grants need nothing in this account")
    documents = {each.name: spelled(each.document.to_dict(), space, unnamed) for each in made}
    provider = {"source": "hashicorp/aws", "version": ">= 6.0" if unnamed.region else ">= 5.0"}
    data: dict[str, Any] = {DATA[part][0]: {f"ecrgen_{space.name}": {}} for part in unnamed.parts}
    return {
        "//": NOTE,
        "terraform": {"required_version": ">= 1.5", "required_providers": {"aws": provider}},
        **({"data": data} if data else {}),
        "locals": {**sources(space, unnamed), f"ecrgen_policies_{space.name}": documents},
        "resource": resources,
        **({"import": list(taken_over(exported, made))} if imports else {}),
    }


def policies_of(exported: Exported, made: Iterable[Policy]) -> dict[str, Any]:
    space, catalog = exported.desired.namespace, exported.desired.catalog
    found = {
        label(space, each.grant, each.part): {
            "name": each.name,
            "path": space.path,
            "policy": f'${{jsonencode({local(space, "policies")}["{each.name}"])}}',
            "tags": spelled({**tags_of(each.grant, each.persona, catalog), MANAGED_BY: "terraform"}, space, Unnamed()),
        }
        for each in made
    }
    return {"aws_iam_policy": found} if found else {}


def attachments_of(exported: Exported, made: Iterable[Policy]) -> dict[str, Any]:
    """The attachments of a policy to all of a kind are one resource with an instance for each name."""
    space = exported.desired.namespace
    attached = [(each.holders, label(space, each.grant, each.part)) for each in made]
    arns = [f"${{aws_iam_policy.{name}.arn}}" for _, name in attached]
    for own in of_aws(exported.desired):
        attached.append((own.holders, label(space, own.grant, 1)))
        arns.append(spelled(own.arn, space, exported.unnamed))
    found: dict[str, Any] = {}
    for (holders, name), arn in zip(attached, arns, strict=True):
        for kind, names in holders.items():
            found.setdefault(f"aws_iam_{kind}_policy_attachment", {})[name] = {
                "for_each": {each: each for each in names},
                kind: "${each.key}",
                "policy_arn": arn,
            }
    return found


def terraform_left_out(exported: Exported, halves: Iterable[ResourceHalf]) -> dict[str, Any]:
    """The policies of repositories and registries as a local, for who has those and says what else is in them."""
    space = exported.desired.namespace
    documents = {key_of(half): spelled(half.policy.to_dict(), space, Unnamed()) for half in halves}
    return {"locals": {f"ecrgen_resource_policies_{space.name}": documents}}


def key_of(half: ResourceHalf) -> str:
    """A repository's ARN, also one with wildcards, or `registry/ACCOUNT/REGION`."""
    place = half.place
    return f"registry/{place.account}/{place.region}" if isinstance(place, Registry) else str(place)


def label(space: Namespace, grant: str, part: int) -> str:
    names = [re.sub("[_Z]", lambda found: f"Z{ord(found.group()):02x}", name) for name in (space.name, grant)]
    return "_".join(("ecrgen", *names, *([str(part)] if part > 1 else [])))


def local(space: Namespace, what: str) -> str:
    return f"local.ecrgen_{what}_{space.name}"


def sources(space: Namespace, unnamed: Unnamed) -> dict[str, str]:
    """The locals that hold what nobody names."""
    return {
        f"ecrgen_{part}_{space.name}": f"${{data.{kind}.ecrgen_{space.name}.{attribute}}}"
        for part, (kind, attribute) in DATA.items()
        if part in unnamed.parts
    }


def spelled(value: Any, space: Namespace, unnamed: Unnamed) -> Any:
    """JSON values as templates that give them, with locals for what nobody names."""

    def text(written: str) -> str:
        out = ""
        for piece, part in unnamed.pieces(written):
            if part is None:
                out += escaped(piece)
                continue
            # a `$` before `${` would make it text
            out = re.sub(r"\$+$", lambda found: f'${{"{found.group()}"}}', out)
            out += f"${{{local(space, part)}}}"
        return out

    return mapped(value, text, escaped)


def escaped(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def taken_over(exported: Exported, made: Sequence[Policy]) -> Iterator[dict[str, str]]:
    """An import block for each policy and each attachment, as apply has made them."""
    desired, space = exported.desired, exported.desired.namespace
    for each in made:
        yield {"to": f"aws_iam_policy.{label(space, each.grant, each.part)}", "id": each.arn}
    held = [(label(space, each.grant, each.part), each.arn, each.holders) for each in made]
    held += [(label(space, each.grant, 1), each.arn, each.holders) for each in of_aws(desired)]
    for name, arn, holders in held:
        for kind, names in holders.items():
            for holder in names:
                yield {"to": f'aws_iam_{kind}_policy_attachment.{name}["{holder}"]', "id": f"{holder}/{arn}"}
