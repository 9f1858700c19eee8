"""The views: one table of values and their formats. A command gives a value, and `show` prints it.

A view makes of a value what its format takes (see formats.py): items of text, lines of Markdown, or JSON values. Only
Markdown is escaped where it is made, because there a view writes marks of its own; all else by its format.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ecrgen.cli.output import print_beside, print_text
from ecrgen.cli.views.formats import FORMATS, text_lines
from ecrgen.errors import EcrgenError

if TYPE_CHECKING:
    from ecrgen.audit.explain import Explanation
    from ecrgen.audit.report import Report
    from ecrgen.audit.who import Who
    from ecrgen.catalog.catalog import Catalog
    from ecrgen.catalog.halves import ResourceHalf
    from ecrgen.catalog.model import Rendered
    from ecrgen.cli.planned import Planned, PlannedTogether
    from ecrgen.cli.views.answer import Answered
    from ecrgen.cli.views.files import Compared, Written
    from ecrgen.cli.views.history import History
    from ecrgen.cli.views.imported import Adopted
    from ecrgen.cli.views.named import Named
    from ecrgen.cli.views.proofs import Checked
    from ecrgen.cli.views.result import Applied, AppliedTogether
    from ecrgen.cli.views.stackset import AppliedSet, PlannedSet
    from ecrgen.export.stackset.values import StackSet
    from ecrgen.policy.check.finding import Rule
    from ecrgen.policy.document import PolicyDocument
    from ecrgen.proof.coverage import Coverage
    from ecrgen.proof.whole import Told

__all__ = [
    "ANSWER",
    "CATALOG",
    "CHECKED",
    "COMPARED",
    "COVERAGE",
    "DIFFERENCES",
    "EXPLANATION",
    "EXPORT",
    "HALF",
    "HISTORY",
    "IMPORTED",
    "NAMED",
    "PLAN",
    "PLANS",
    "POLICY",
    "RENDERED",
    "REPORT",
    "RESULT",
    "RESULTS",
    "RULE",
    "SCHEMA",
    "SET_PLAN",
    "SET_RESULT",
    "SET_STATUS",
    "VIEWS",
    "WHO",
    "WRITTEN",
    "View",
    "lines",
    "show",
    "shown",
    "tell",
]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class View(Generic[Value]):
    """The formats that a kind of value is shown in, the usual one first.

    Each names what makes it, `module:function` in this package: imported when used, because `render` or `can` should
    not wait for what only a plan needs.
    """

    name: str
    forms: Mapping[str, str]

    def form(self, given: str, *, json: bool = False) -> str:
        """The format that `--format` (or nothing) and `--json` ask for. Raises EcrgenError where there is none."""
        form = given or next(iter(self.forms))
        if form not in self.forms:
            raise EcrgenError(f"--format: {form!r}: must be one of: {', '.join(self.forms)}")
        if json and given not in ("", "json"):
            raise EcrgenError(f"--json: is --format json; leave it or --format {given} out")
        return "json" if json else form

    def maker(self, form: str) -> Callable[[Value], Any]:
        module, _, function = self.forms[form].partition(":")
        made: Callable[[Value], Any] = getattr(import_module(f"{__name__}.{module}"), function)
        return made


ANSWER: View[Answered] = View("answer", {"text": "answer:text", "json": "answer:values"})
CATALOG: View[Catalog] = View("catalog", {"text": "catalog:text", "json": "catalog:values"})
CHECKED: View[Checked] = View("checked", {"text": "proofs:text", "json": "proofs:values", "sarif": "sarif:values"})
COMPARED: View[Compared] = View("compared", {"json": "files:compared_values"})
COVERAGE: View[Coverage] = View(
    "coverage", {"text": "coverage:text", "markdown": "coverage:markdown", "json": "coverage:values"}
)
DIFFERENCES: View[tuple[Told, ...]] = View("differences", {"text": "difference:text", "json": "difference:values"})
EXPLANATION: View[Explanation] = View("explanation", {"text": "explanation:text", "json": "explanation:values"})
EXPORT: View[Mapping[str, Any] | list[dict[str, Any]]] = View("export", {"json": "files:same", "compact": "files:same"})
HALF: View[ResourceHalf] = View("half", {"compact": "half:values"})
HISTORY: View[History] = View("history", {"text": "history:text", "json": "history:values"})
IMPORTED: View[Adopted] = View("imported", {"text": "imported:text", "json": "imported:values"})
NAMED: View[Named] = View("named", {"text": "named:text", "json": "named:values"})
PLAN: View[Planned] = View("plan", {"text": "plan:text", "markdown": "plan:markdown", "json": "plan_values:values"})
PLANS: View[PlannedTogether] = View(
    "plans", {"text": "plans:text", "markdown": "plans:markdown", "json": "plans:values"}
)
POLICY: View[PolicyDocument] = View(
    "policy", {"json": "policy:values", "compact": "policy:values", "yaml": "policy:values"}
)
RENDERED: View[Rendered] = View("rendered", {"compact": "policy:rendered_values"})
REPORT: View[Report] = View(
    "report",
    {
        "html": "report_page:html",
        "csv": "report:rows",
        "json": "report:values",
        "markdown": "report:markdown_lines",
    },
)
RESULT: View[Applied] = View("result", {"text": "result:text", "json": "result:values"})
RESULTS: View[AppliedTogether] = View("results", {"text": "result:text_together", "json": "result:values_together"})
RULE: View[Rule] = View("rule", {"text": "rules:text", "json": "rules:values"})
RULES: View[tuple[Rule, ...]] = View("rules", {"markdown": "rules:markdown"})
SCHEMA: View[Mapping[str, Any]] = View("schema", {"json": "files:same"})
SET_PLAN: View[PlannedSet] = View("set-plan", {"text": "stackset:plan_text", "json": "stackset:plan_values"})
SET_RESULT: View[AppliedSet] = View("set-result", {"text": "stackset:result_text", "json": "stackset:result_values"})
SET_STATUS: View[StackSet | None] = View(
    "set-status", {"text": "stackset:status_text", "json": "stackset:status_values"}
)
WHO: View[Who] = View("who", {"text": "who:text", "json": "who:values"})
WRITTEN: View[Written] = View("written", {"json": "files:values"})

VIEWS: tuple[View[Any], ...] = (
    ANSWER,
    CATALOG,
    CHECKED,
    COMPARED,
    COVERAGE,
    DIFFERENCES,
    EXPLANATION,
    EXPORT,
    HALF,
    HISTORY,
    IMPORTED,
    NAMED,
    PLAN,
    PLANS,
    POLICY,
    RENDERED,
    REPORT,
    RESULT,
    RESULTS,
    RULE,
    RULES,
    SCHEMA,
    SET_PLAN,
    SET_RESULT,
    SET_STATUS,
    WHO,
    WRITTEN,
)


def lines(view: View[Value], value: Value, form: str = "") -> Iterator[str]:
    """The value in a format, else in the view's usual one."""
    form = form or view.form("")
    return FORMATS[form](view.maker(form)(value))


def tell(view: View[Value], value: Value) -> None:
    """Show a value as text on standard error, where the result is yet to come."""
    for row in text_lines(view.maker("text")(value), sys.stderr):
        print_beside(row)


def show(view: View[Value], value: Value, form: str = "") -> None:
    """Print a value."""
    for line in lines(view, value, form):
        print_text(line)


def shown(view: View[Value], value: Value, form: str = "") -> str:
    """A value as a text without a last line end, as for a file."""
    return "\n".join(lines(view, value, form))
