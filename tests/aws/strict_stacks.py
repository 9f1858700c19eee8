"""Which stack has a resource, as CloudFormation says and moto does not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse, StackResourceDTO
from moto.core.responses import ActionResult

__all__ = ["strict_stacks"]


def describe_stack_resources(original: Callable[..., Any]) -> Callable[..., Any]:
    """With PhysicalResourceId the one resource that has it, of a stack that there is or was."""

    @wraps(original)
    def strict(self: CloudFormationResponse) -> ActionResult:
        wanted = self._get_param("PhysicalResourceId")
        if wanted is None:
            return original(self)
        backend = self.cloudformation_backend
        for stack in (*backend.stacks.values(), *backend.deleted_stacks.values()):
            for resource in stack.resource_map._parsed_resources.values():  # to ask for the others would make them
                if getattr(resource, "physical_resource_id", None) == wanted:
                    found = StackResourceDTO(stack, resource)
                    if stack.status == "DELETE_COMPLETE":
                        found.resource_status = "DELETE_SKIPPED"
                    return ActionResult({"StackResources": [found]})
        raise ValidationError(name_or_id=wanted, message=f"Stack for {wanted} does not exist")

    return strict


@contextmanager
def strict_stacks() -> Iterator[None]:
    original = CloudFormationResponse.describe_stack_resources
    with patch.object(CloudFormationResponse, "describe_stack_resources", describe_stack_resources(original)):
        yield
