"""What the name of an AWS service as a principal looks like."""

from __future__ import annotations

import re

from ecrgen.policy.check.finding import analyzer_rule

INVALID_SERVICE_PRINCIPAL_FORMAT = analyzer_rule(
    "INVALID_SERVICE_PRINCIPAL_FORMAT",
    "ERROR",
    "A service principal that is not of the form service.amazonaws.com",
    "Write it in lower case, such as ecs-tasks.amazonaws.com.",
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
FORM = re.compile(
    r"([a-z0-9-]+\.)+(amazonaws\.com(\.cn)?|amazonaws\.eu|amazon\.com|aws\.internal|aws|c2s\.ic\.gov|sc2s\.sgov\.gov)"
)


def is_service_principal(text: str) -> bool:
    return FORM.fullmatch(text) is not None
