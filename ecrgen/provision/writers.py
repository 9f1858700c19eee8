"""Who else writes a resource's policy, as far as their statements tell

Whoever sets a policy whole leaves nothing in it that says so. What is told here is what somebody's statements look
like: Sids that a known module or example gives, or the way in which a tool writes. A person may have copied any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecrgen.account.shared_document import SharedDocument

__all__ = ["looks_like"]

# https://github.com/terraform-aws-modules/terraform-aws-ecr/blob/master/main.tf
TERRAFORM_MODULE = frozenset(("PrivateReadOnly", "PrivateLambdaReadOnly", "PublicReadOnly"))
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecr_repository_policy, and Pulumi's page
TERRAFORM_EXAMPLE = "new policy"
# https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-permissions
LAMBDA = "LambdaECRImageRetrievalPolicy"
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr.Repository.html#grantwbrpullgrantee
CDK_PULL = frozenset(("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
# What the page for permissions of a repository in ECR's console writes, which also lets a Sid have spaces.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/set-repository-policy.html
CONSOLE_VERSION = "2008-10-17"


def looks_like(document: SharedDocument) -> str:
    """What others' statements in a document look like, and what of them does; empty where nothing tells."""
    return next(signs(document), "")


def signs(document: SharedDocument) -> Iterator[str]:
    """What tells most comes first."""
    statements = [each for each in document.others if isinstance(each, dict)]
    sids = [each["Sid"] for each in statements if isinstance(each.get("Sid"), str)]
    for sid in sids:
        if sid in TERRAFORM_MODULE:
            yield f"those of Terraform's module terraform-aws-modules/ecr (Sid {sid})"
    if TERRAFORM_EXAMPLE in sids:
        yield f"the example of Terraform's aws_ecr_repository_policy (Sid {TERRAFORM_EXAMPLE})"
    if any("Sid" not in each and actions_of(each) == CDK_PULL for each in statements):
        yield "those of AWS CDK's grantPull (its actions, and no Sid)"
    if document.elements and document.elements.get("Version") == CONSOLE_VERSION and any(" " in sid for sid in sids):
        yield f"those of ECR's console, or a copy of them (Version {CONSOLE_VERSION}, a Sid with a space)"
    if LAMBDA in sids:
        yield f"what Lambda adds by itself, which takes nothing out (Sid {LAMBDA})"


def actions_of(statement: Mapping[str, Any]) -> frozenset[str]:
    actions = statement.get("Action")
    return frozenset(map(str, actions)) if isinstance(actions, list) else frozenset()
