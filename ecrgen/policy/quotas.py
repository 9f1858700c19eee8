"""The quotas of IAM, ECR and the services that limit them, before any is raised. Sizes are in characters.

IAM does not count white space; all others count a text as it is sent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
"""

from __future__ import annotations

__all__ = [
    "ARN",
    "ATTACHED",
    "CONTROL",
    "ECR_POLICY",
    "ENDPOINT",
    "INLINE",
    "MANAGED",
    "MANAGED_POLICIES",
    "NAME",
    "OF_ROLE",
    "PERMISSION_SET",
    "SESSION",
    "SMALLEST",
    "TRUST",
    "VERSIONS",
]

# The size of one managed policy, and of all inline policies of one identity together.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
MANAGED = 6144
INLINE = {"group": 5120, "role": 10240, "user": 2048}

# The size of the policy of a repository or a registry.
ECR_POLICY = 10240

# The size of a role's trust policy, of a session policy, of a service or resource control policy, and of the policy of
# a VPC endpoint.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
TRUST = 2048
SESSION = 2048
CONTROL = 5120
ENDPOINT = 20480
# What no policy of any kind is too long with.
SMALLEST = min(MANAGED, ECR_POLICY, TRUST, SESSION, CONTROL, ENDPOINT)

# The size of the inline policy of a permission set, without white space.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
PERMISSION_SET = 10240

# The length of an ARN and of the name of a policy.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
ARN = 2048
NAME = 128

# The number of versions of a managed policy, of customer managed policies in an account, and of managed policies that
# are attached to one identity.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities
VERSIONS = 5
MANAGED_POLICIES = 1500
ATTACHED = {"group": 10, "role": 20, "user": 10}

# The size of all policies that one role can have: 25 managed ones, the most a quota can be raised to, and inline ones.
OF_ROLE = 25 * MANAGED + INLINE["role"]
