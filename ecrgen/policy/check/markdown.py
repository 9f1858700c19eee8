"""The table of all checks for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrgen.policy.check import RULES
from ecrgen.policy.check.finding import Rule
from ecrgen.policy.check.inapplicable import INAPPLICABLE

__all__ = ["checks_markdown"]


def checks_markdown() -> str:
    """Three tables in Markdown: Access Analyzer's checks, ecrgen's own, and Access Analyzer's that cannot apply."""
    own = [rule for rule in RULES.values() if rule.code.startswith("ECR_")]
    analyzer = [rule for rule in RULES.values() if not rule.code.startswith("ECR_")]
    return "\n".join(
        [
            f"## Access Analyzer's checks ({len(analyzer)})\n",
            *table(analyzer, "What"),
            f"\n## ecrgen's own checks ({len(own)})\n",
            *table(own, "What"),
            f"\n## Not applicable ({len(INAPPLICABLE)})\n",
            "Access Analyzer has these for other kinds of policies.\n",
            *table(INAPPLICABLE.values(), "Why not"),
        ]
    )


def table(rules: Iterable[Rule], last: str) -> Iterator[str]:
    yield f"| Code | Severity | {last} | What to do |" if last == "What" else f"| Code | Severity | {last} |"
    yield "|---|---|---|---|" if last == "What" else "|---|---|---|"
    for rule in rules:
        fix = f" {cell(rule.fix)} |" if last == "What" else ""
        yield f"| [`{rule.code}`]({rule.source}) | {rule.severity} | {cell(rule.title)} |{fix}"


def cell(text: str) -> str:
    """Text that neither ends its cell nor is read as a wildcard's emphasis."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
