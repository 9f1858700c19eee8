"""Rules that several check families report."""

from __future__ import annotations

from ecrgen.policy.check.finding import Rule, analyzer_rule

__all__ = [
    "ECR_NO_EFFECT",
    "ECR_UNKNOWN_NAME",
    "INVALID_ARN_ACCOUNT",
    "INVALID_PARTITION",
    "INVALID_POLICY_ELEMENT",
    "INVALID_PRINCIPAL_FORMAT",
    "INVALID_SERVICE",
    "INVALID_SERVICE_PRINCIPAL_FORMAT",
    "WILDCARD_IN_SERVICE_NAME",
]

ECR_NO_EFFECT = Rule(
    "ECR_NO_EFFECT",
    "WARNING",
    'A login token or `"Resource": "*"` in a repository\'s policy, which ECR takes and which does nothing',
    'Remove it; a login is allowed in an identity policy, in a statement of its own with "Resource": "*".',
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
)
WILDCARD_IN_SERVICE_NAME = analyzer_rule(
    "WILDCARD_IN_SERVICE_NAME",
    "SUGGESTION",
    "A wildcard in the name of a service, in an action or an ARN",
    "Name the service, or each of the services.",
)
INVALID_PARTITION = analyzer_rule(
    "INVALID_PARTITION", "ERROR", "An ARN in a partition that does not exist", "Use aws, aws-cn or aws-us-gov."
)
INVALID_SERVICE = analyzer_rule(
    "INVALID_SERVICE",
    "ERROR",
    "An ARN or a condition key of a service that does not exist",
    "Use a service prefix of the Service Authorization Reference.",
)
ECR_UNKNOWN_NAME = Rule(
    "ECR_UNKNOWN_NAME",
    "WARNING",
    "A service or an action that the data does not have: it is newer, or AWS has retired it",
    "Look it up in the Service Authorization Reference.",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "reference_policies_actions-resources-contextkeys.html",
)
INVALID_ARN_ACCOUNT = analyzer_rule(
    "INVALID_ARN_ACCOUNT", "ERROR", "An ARN whose account is no account id", "Write the account's 12 digits."
)
INVALID_PRINCIPAL_FORMAT = analyzer_rule(
    "INVALID_PRINCIPAL_FORMAT",
    "ERROR",
    "A Principal that is no principal",
    'Write "*", or an object such as {"AWS": "arn:aws:iam::111122223333:root"}.',
)
INVALID_SERVICE_PRINCIPAL_FORMAT = analyzer_rule(
    "INVALID_SERVICE_PRINCIPAL_FORMAT",
    "ERROR",
    "A service principal that is not of the form service.amazonaws.com",
    "Write it in lower case, such as ecs-tasks.amazonaws.com.",
)
INVALID_POLICY_ELEMENT = analyzer_rule(
    "INVALID_POLICY_ELEMENT",
    "ERROR",
    "An element that policies of this type do not have",
    "Remove the element or correct its name.",
)
