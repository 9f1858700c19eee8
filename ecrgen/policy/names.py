"""The forms of names and ids that AWS gives out, as regular expressions that match them whole.

They are text, compiled where they are first used, for the sake of start-up.
"""

from __future__ import annotations

__all__ = [
    "ACCOUNT",
    "ACCOUNT_DIGITS",
    "ORGANIZATION",
    "ORGANIZATION_ROOT",
    "ORGANIZATION_UNIT",
    "PARTITION",
    "PERMISSION_SET",
    "REPOSITORY",
    "SERVICE_PRINCIPAL",
    "UNIQUE_ID",
]

# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
ACCOUNT_DIGITS = 12
ACCOUNT = f"[0-9]{{{ACCOUNT_DIGITS}}}"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
PARTITION = "aws[a-z-]*"
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
REPOSITORY = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
SERVICE_PRINCIPAL = (
    r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+"
    r"(amazonaws\.com(\.cn)?|amazonaws\.eu|amazon\.com|aws\.internal|aws|c2s\.ic\.gov|sc2s\.sgov\.gov)"
)
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html, API_Root.html and
# API_OrganizationalUnit.html; a unit's id holds that of its root
ORGANIZATION = r"o-[a-z0-9]{10,32}"
ORGANIZATION_ROOT = r"r-[0-9a-z]{4,32}"
ORGANIZATION_UNIT = r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
# https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
PERMISSION_SET = r"[\w+=,.@-]{1,32}"
# A role's and a user's. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
UNIQUE_ID = r"(AROA|AIDA)[A-Z0-9]{12,}"
