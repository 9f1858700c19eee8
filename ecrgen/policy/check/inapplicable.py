"""Access Analyzer's checks that can fire on no identity policy and on no policy of an ECR repository or registry."""

from __future__ import annotations

from collections.abc import Mapping

from ecrgen.policy.check.finding import Rule, Severity, analyzer_rule

SCP = "about service control policies of AWS Organizations"
RCP = "about resource control policies of AWS Organizations"
TRUST = "about the trust policy of a role, which says who may assume it"

ROWS: tuple[tuple[str, Severity, str], ...] = (
    (SCP, "ERROR", "POLICY_SIZE_EXCEEDS_SCP_QUOTA SCP_SYNTAX_ERROR_ACTION_WILDCARD SCP_SYNTAX_ERROR_PRINCIPAL"),
    (
        RCP,
        "ERROR",
        "POLICY_SIZE_EXCEEDS_RCP_QUOTA RCP_SYNTAX_ERROR_ACTION RCP_SYNTAX_ERROR_ALLOW RCP_SYNTAX_ERROR_NOTACTION "
        "RCP_SYNTAX_ERROR_PRINCIPAL",
    ),
    (
        RCP,
        "WARNING",
        "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY "
        "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
    ),
    (
        TRUST,
        "ERROR",
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY MISMATCHED_ACTION_FOR_PRINCIPAL "
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL "
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
    ),
    (TRUST, "SECURITY_WARNING", "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL MISSING_GITHUB_REPO_CONDITION_KEY"),
    (TRUST, "WARNING", "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED"),
    (TRUST, "SUGGESTION", "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY"),
)

# By code; the title of each is the reason why it cannot apply.
INAPPLICABLE: Mapping[str, Rule] = {
    code: analyzer_rule(code, severity, reason, "") for reason, severity, codes in ROWS for code in codes.split()
}
