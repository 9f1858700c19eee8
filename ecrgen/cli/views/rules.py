"""The rules of check: all about one of them, and the table of all for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from ecrgen.catalog.rules import EVERY_RULE, INAPPLICABLE, OF_CATALOG, not_ignorable
from ecrgen.cli.escape import inline
from ecrgen.cli.views.formats import Item, Verbatim
from ecrgen.policy.check import STOPPING, Rule

__all__ = ["checks_markdown", "markdown", "text", "values"]


def text(rule: Rule) -> Iterator[Item]:
    if rule.code in INAPPLICABLE:
        yield f"{rule.code} ({rule.severity}): one of Access Analyzer's checks, {rule.title}"
        yield "  ecrgen does not look for it; ecrgen check --access-analyzer shows it where AWS finds it"
    else:
        stopping = "check fails, and apply stops before it writes"
        effect = stopping if rule.severity in STOPPING else "check shows it, nothing more"
        yield f"{rule.code} ({rule.severity}): {rule.title}"
        yield f"  what to do: {rule.fix}"
        yield f"  effect: {effect}"
    if not not_ignorable(rule.code):
        yield "  to accept it: give its code, where and because under ignore in the catalog"
        yield Verbatim(f"  for one run: ecrgen check --ignore {rule.code}@SUBJECT")
    yield f"  source: {rule.source}"


def values(rule: Rule) -> dict[str, Any]:
    return asdict(rule) | {"stops": rule.severity in STOPPING, "offline": rule.code not in INAPPLICABLE}


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
