"""Rules, declared as data, and the findings that they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecrgen.policy.paths import shown

__all__ = ["SEVERITIES", "STOPPING", "Finding", "Origin", "Rule", "Severity", "analyzer_rule", "shown"]

Severity = Literal["ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION"]
Origin = Literal["offline", "access-analyzer", "both"]

# Access Analyzer's severities, worst first.
SEVERITIES: tuple[Severity, ...] = ("ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION")

# Those of which one alone stops an apply.
STOPPING = SEVERITIES[:2]

ANALYZER_PAGE = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake or a risk in a policy.

    `code` is that of Access Analyzer, or begins with `ECR_`. `path` leads to the place (`Statement[0].Action[1]`, empty
    for the whole document); `message` says what is the matter, `fix` what to do, `source` is the page that says so.
    `origin` is who found it. `line` and `column` are where the place is in the file that was checked, from 1; None
    where there is no file, or the place in it is not known.
    """

    code: str
    severity: Severity
    path: str
    message: str
    fix: str
    source: str
    origin: Origin = "offline"
    line: int | None = None
    column: int | None = None

    @property
    def words(self) -> str:
        """What is the matter and what to do, as sentences."""
        end = "" if self.message.endswith((".", "?")) else "."
        return f"{self.message}{end} {self.fix}".rstrip()

    def to_dict(self) -> dict[str, str | int | None]:
        """The finding as JSON values."""
        return {
            "code": self.code,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "fix": self.fix,
            "source": self.source,
            "origin": self.origin,
            "line": self.line,
            "column": self.column,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """A check: its code (Access Analyzer's, or `ECR_…` where it has none) and what it is about."""

    code: str
    severity: Severity
    title: str
    fix: str
    source: str

    def at(self, path: str, message: str, fix: str | None = None) -> Finding:
        """This rule's finding at a path of the document; `fix` where the rule's own does not fit."""
        return Finding(self.code, self.severity, path, message, self.fix if fix is None else fix, self.source)


def analyzer_rule(code: str, severity: Severity, title: str, fix: str) -> Rule:
    """A check of Access Analyzer; the code names its section of the policy check reference."""
    kind = "general-warning" if severity == "WARNING" else severity.lower().replace("_", "-")
    return Rule(code, severity, title, fix, f"{ANALYZER_PAGE}-{kind}-{code.lower().replace('_', '-')}")
