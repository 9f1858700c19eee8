"""Access Analyzer's checks of what is not ours to judge, about kinds of policies of which only the grammar is."""

from __future__ import annotations

from collections.abc import Mapping

from ecrgen.policy.check.finding import Rule, Severity, analyzer_rule

__all__ = ["INAPPLICABLE"]

SCP = "about wildcards in the actions of service control policies, on which AWS's pages disagree"
RCP = "about how resource control policies treat AWS services, whatever the service"
TRUST = "about the trust policy of a role, which says who may assume it"

ROWS: tuple[tuple[str, Severity, str], ...] = (
    (SCP, "ERROR", "SCP_SYNTAX_ERROR_ACTION_WILDCARD"),
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
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
    ),
    (TRUST, "SECURITY_WARNING", "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL MISSING_GITHUB_REPO_CONDITION_KEY"),
    (TRUST, "WARNING", "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED"),
    (TRUST, "SUGGESTION", "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY"),
)

# By code; the title of each is the reason why it cannot apply.
INAPPLICABLE: Mapping[str, Rule] = {
    code: analyzer_rule(code, severity, reason, "") for reason, severity, codes in ROWS for code in codes.split()
}
