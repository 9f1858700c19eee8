"""A template's syntax tree with its costs in it: jinja2 compiles what each block and each use of a value costs.

Two rules make this complete. Whatever runs is in a block, and each block begins with the cost of its own statements;
what runs again is paid for again. Whatever takes longer for a larger value (output, comparison, filter, test, call,
loop, slice, lookup) is given that value through a filter that measures it first, before code in C that nothing stops.

    {% for a in l %}x{{ a }}{% endfor %}   becomes   {% do 3 | spent %}{% for a in l | counted %}{% do 4 | spent %}
                                                     x{{ a | written }}{% endfor %}
"""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from ecrgen.catalog.budget import CHARACTERS, budget, charge

__all__ = ["FILTERS", "MAX_NUMBER", "metered"]

MAX_NUMBER = 2**64
# jinja2 writes the variables in sight beside each of them
MAX_INCLUDES = 64
# names that no template can say
SPENT, COUNTED, METERED, WRITTEN = "steps spent", "items counted", "value metered", "value written"
BLOCKS = ("body", "else_")
N = TypeVar("N", bound=nodes.Node)


@jinja2.pass_context  # so that jinja2 does not run it while it compiles
def spent(context: Any, steps: int) -> None:
    budget().spend(steps)


@jinja2.pass_context
def counted(context: Any, value: Any) -> Any:
    """The value, of which each item is looked at, but not what is in it."""
    budget().spend(1 + len(value) if isinstance(value, list | tuple | dict | str) else 1)
    return value


@jinja2.pass_context
def whole(context: Any, value: Any) -> Any:
    return charge(value)


@jinja2.pass_context
def written(context: Any, value: Any) -> Any:
    return charge(value, "writes")


FILTERS = {SPENT: spent, COUNTED: counted, METERED: whole, WRITTEN: written}


def metered(template: nodes.Template, name: str | None, filename: str | None) -> nodes.Template:
    """The tree with its costs. Raises TemplateSyntaxError for what no template needs."""
    refuse(template, name, filename)
    tree: nodes.Template = _Uses().visit(template)
    for node in [tree, *tree.find_all(nodes.Node)]:
        for block in BLOCKS:
            statements = getattr(node, block, None)
            if isinstance(statements, list):
                cost = 3 + sum(map(own_cost, statements))
                spend = through(nodes.Const(cost, lineno=first_line(statements, node)), SPENT)
                statements.insert(0, nodes.ExprStmt(spend, lineno=spend.lineno))
    return tree


def refuse(template: nodes.Template, name: str | None, filename: str | None) -> None:
    includes = 0
    for node in template.find_all(nodes.Node):
        match node:
            case nodes.CallBlock() | nodes.FilterBlock():
                problem = "{% call %} and {% filter %} write what is no JSON; use {{ … }}"
            case nodes.ScopedEvalContextModifier(options=options) if not all(
                isinstance(option.value, nodes.Const) for option in options
            ):
                problem = "{% autoescape %} is true or false"
            case nodes.Const(value=int() as value) if abs(value) >= MAX_NUMBER:
                problem = f"a number in a template is less than {MAX_NUMBER}"
            case nodes.Filter(name="sort" | "unique", args=args, kwargs=kwargs, dyn_args=more, dyn_kwargs=keys) if (
                more or keys or not all(map(is_short, (*args, *(keyword.value for keyword in kwargs))))
            ):
                problem = "sort and unique take true, false, and the short name of an attribute"
            case nodes.Include() | nodes.Import() | nodes.FromImport():
                includes += 1
                if includes <= MAX_INCLUDES:
                    continue
                problem = f"a template includes and imports no more than {MAX_INCLUDES}"
            case _:
                continue
        raise jinja2.TemplateSyntaxError(problem, node.lineno, name, filename)


def is_short(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and (not isinstance(node.value, str) or len(node.value) <= 64)


def own_cost(node: nodes.Node) -> int:
    """The nodes of a statement and the text in it, without the blocks in it."""
    text = len(node.data) // CHARACTERS if isinstance(node, nodes.TemplateData) else 0
    return 1 + text + sum(map(own_cost, node.iter_child_nodes(exclude=BLOCKS)))


def first_line(statements: list[nodes.Node], around: nodes.Node) -> int:
    return min((statement.lineno or 1 for statement in statements), default=around.lineno or 1)


def through(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class _Uses(NodeTransformer):
    """Every use of a value that takes longer for a larger one, through a filter that measures the value."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 (jinja's name for it, as below)
        """`a ~ b` as the sum of two texts, for the sandbox to see it."""
        texts: list[nodes.Expr] = [
            nodes.Filter(self.visit(each), "string", [], [], None, None, lineno=node.lineno) for each in node.nodes
        ]
        return reduce(lambda left, right: nodes.Add(left, right, lineno=node.lineno), texts)

    def generic_visit(self, node: N, *args: Any, **kwargs: Any) -> N:
        node = super().generic_visit(node, *args, **kwargs)  # type: ignore[assignment]
        match node:
            case nodes.Output():
                node.nodes = [
                    each if isinstance(each, nodes.TemplateData | nodes.Const) else through(each, WRITTEN)
                    for each in node.nodes
                ]
            case nodes.For():
                node.iter = through(node.iter, COUNTED)
            case nodes.Compare() | nodes.Operand():
                node.expr = metered_use(node.expr)
            case nodes.Filter() | nodes.Test():
                if node.node is not None and node.name != "string":  # which takes no lists
                    node.node = metered_use(node.node)
                node.args = [metered_use(each) for each in node.args]
            case nodes.Call():
                node.args = [metered_use(each) for each in node.args]
                node.dyn_args = through(node.dyn_args, METERED) if node.dyn_args else None
                node.dyn_kwargs = through(node.dyn_kwargs, METERED) if node.dyn_kwargs else None
            case nodes.Keyword():
                node.value = metered_use(node.value)
            case nodes.Pair():
                node.key = metered_use(node.key)
            case nodes.Getitem(arg=nodes.Slice()):
                node.node = through(node.node, COUNTED)
            case nodes.Getitem():
                node.arg = metered_use(node.arg)
            case nodes.Include() | nodes.Import() | nodes.FromImport() | nodes.Extends():
                node.template = metered_use(node.template)
            case _:
                pass
        return node


def metered_use(node: Any) -> Any:
    return node if isinstance(node, nodes.Const) else through(node, METERED)
