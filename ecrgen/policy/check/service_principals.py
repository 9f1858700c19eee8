"""The form that the name of an AWS service has as a principal."""

from __future__ import annotations

import re

__all__ = ["is_service_principal"]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
FORM = re.compile(
    r"([a-z0-9-]+\.)+(amazonaws\.com(\.cn)?|amazonaws\.eu|amazon\.com|aws\.internal|aws|c2s\.ic\.gov|sc2s\.sgov\.gov)"
)


def is_service_principal(text: str) -> bool:
    return FORM.fullmatch(text) is not None
