"""The table of all checks, for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrgen.catalog.rules import EVERY_RULE, OF_CATALOG
from ecrgen.cli.escape import inline
from ecrgen.policy.check.finding import Rule
from ecrgen.policy.check.inapplicable import INAPPLICABLE

__all__ = ["checks_markdown", "markdown"]


def checks_markdown() -> str:
    """Tables in Markdown: Access Analyzer's checks, ecrgen's own, and Access Analyzer's that cannot apply."""
    return "\n".join(markdown(tuple(EVERY_RULE.values())))


def markdown(rules: tuple[Rule, ...]) -> Iterator[str]:
    policies = [rule for rule in rules if rule not in OF_CATALOG]
    own = [rule for rule in policies if rule.code.startswith("ECR_")]
    analyzer = [rule for rule in policies if not rule.code.startswith("ECR_")]
    catalog = [rule for rule in rules if rule in OF_CATALOG]
    yield f"## Access Analyzer's checks ({len(analyzer)})\n"
    yield from table(analyzer, "What")
    yield f"\n## ecrgen's own checks ({len(own)})\n"
    yield from table(own, "What")
    yield f"\n## Checks of a catalog ({len(catalog)})\n"
    yield from table(catalog, "What")
    yield f"\n## Not applicable ({len(INAPPLICABLE)})\n"
    yield "Access Analyzer has these, and they are not ecrgen's to judge.\n"
    yield from table(INAPPLICABLE.values(), "Why not")


def table(rules: Iterable[Rule], last: str) -> Iterator[str]:
    yield f"| Code | Severity | {last} | What to do |" if last == "What" else f"| Code | Severity | {last} |"
    yield "|---|---|---|---|" if last == "What" else "|---|---|---|"
    for rule in rules:
        fix = f" {inline(rule.fix)} |" if last == "What" else ""
        yield f"| [`{rule.code}`]({rule.source}) | {rule.severity} | {inline(rule.title)} |{fix}"
