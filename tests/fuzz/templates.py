"""Templates from a grammar: of all that jinja2 has, also what ecrgen's sandbox refuses, nested and in loops."""

from __future__ import annotations

import random
from collections.abc import Callable

from fuzz.mutate import mutated_text

__all__ = ["template"]

# Each with what nearly always ends a template at once, and comes seldom.
NAMES = ("a", "b", "l", "d", "n", "repo", "regions", "account", "partition")
ODD_NAMES = ("m", "loop", "self", "arn", "varargs", "nothing")
FILES = ("q.j2", "r.j2", "s.j2")
ODD_FILES = ("p.j2", "out", "environ", "fifo", "dir", "loop", "null", "../secret", "/etc/passwd", "none.j2")
FILTERS = ("list", "string", "length", "first", "default(1)", "default(a, true)", "list | sort", "list | unique")
ODD_FILTERS = ("upper", "repository_arn", "public_repository_arn", "tojson", "map('x')", "sort(attribute='x')", "last")
TESTS = ("defined", "in l", "eq a", "none", "iterable", "mapping", "sameas a", "callable")
ODD_TESTS = ("divisibleby 0", "lt 3", "odd", "in n", "x")
OPERATORS = ("==", "!=", "and", "or")
ODD_OPERATORS = ("~", "+", "-", "*", "//", "/", "%", "**", "<", ">=", "in", "not in")
LITERALS = ("1", "0", "'x'", '"ab"', "none", "true", "[]", "{}", "()", "[1, 2, 3]", "{'x': 'y'}")
ODD_LITERALS = ("9" * 25, "1e999", "'\\ud800'", "'{0}'", "'%s'", "-1", "1.5")
TEXTS = ("{ ", "}", "[", "]", '"', ",", ":", '"Statement": ', '"Effect": "Allow"', "\n", " ", "x" * 40, "null")
ODD_TEXTS = ("{#", "{%", "{{", "#}", "%}", "\x00", "\ud800")
PREAMBLE = "{% set b = 1 %}{% set d = {'x': 'y'} %}{% macro m(a=1) %}{{ a }}{% endmacro %}"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:ListImages", "Resource": %s}]}'
ODD = 0.03
DOUBLE = (
    "{%% set %s = %s ~ %s %%}",
    "{%% set %s = %s + %s %%}",
    "{%% set %s = [%s, %s] %%}",
    "{%% set %s = (%s, %s) %%}",
)


def template(rng: random.Random) -> str:
    """A template; most are no policy."""
    if rng.random() < 0.1:
        return mutated_text(rng, POLICY % "{{ repo | repository_arn }}", (*TEXTS, "{{ a }}", "{%", "%}", "{{", "}}"))
    body = PREAMBLE + "".join(statement(rng, 5) for _ in range(rng.randint(1, 4)))
    if rng.random() < 0.3:
        return PREAMBLE + POLICY % written(rng, 0)
    return POLICY % body if rng.random() < 0.3 else body


def choose(rng: random.Random, usual: tuple[str, ...], odd: tuple[str, ...]) -> str:
    return rng.choice(odd if rng.random() < ODD else usual)


def statement(rng: random.Random, depth: int) -> str:
    return rng.choice(PLAIN if depth <= 0 else (*PLAIN, *NESTED * 2))(rng, depth - 1)


def block(rng: random.Random, depth: int) -> str:
    return "".join(statement(rng, depth) for _ in range(rng.choice((1, 1, 2, 3))))


def expression(rng: random.Random, depth: int = 3) -> str:
    if depth <= 0:
        return choose(rng, NAMES, ODD_NAMES) if rng.random() < 0.6 else choose(rng, LITERALS, ODD_LITERALS)
    one, other = (lambda: expression(rng, depth - 1)), (lambda: expression(rng, depth - 1))
    match rng.randrange(8) if rng.random() > ODD else rng.randrange(8, 12):
        case 0:
            return f"({choose(rng, ('partition', 'account', 'm()'), NAMES)} ~ '{rng.choice(('x', 'y' * 99))}')"
        case 1:
            return f"({one()} {choose(rng, OPERATORS, ODD_OPERATORS)} {other()})"
        case 2 | 3:
            return f"{one()} | {choose(rng, FILTERS, ODD_FILTERS)}"
        case 4:
            return f"({one()} is {choose(rng, TESTS, ODD_TESTS)})"
        case 5:
            return f"[{one()}, {other()}]"
        case 6:
            return "{" + f"{choose(rng, ('1', 'true'), (one(),))}: {other()}" + "}"
        case 10:
            return f"{one()}[{rng.choice((one(), '::-1', '1:', ':5'))}]"
        case 8:
            return f"{one()}.{rng.choice(('x', 'upper', '__class__', '0', 'items', 'length', 'nextitem', 'a'))}"
        case 9:
            return f"{rng.choice(NAMES)}({one()}{rng.choice((')', ', *l)', ', **d)', ', a=1)'))}"
        case 7:
            return f"({one()} if {other()} else {rng.choice(LITERALS)})"
        case _:
            return f"{choose(rng, ('not ', ''), ('-',))}({one()})"


def written(rng: random.Random, depth: int) -> str:
    return "{{ " + expression(rng) + " }}"


def text(rng: random.Random, depth: int) -> str:
    return choose(rng, TEXTS, ODD_TEXTS)


def assigned(rng: random.Random, depth: int) -> str:
    return f"{{% set {choose(rng, ('a', 'b', 'n'), NAMES)} = {expression(rng)} %}}"


def doubled(rng: random.Random, depth: int) -> str:
    name = rng.choice(("a", "l"))
    first = f"{{% set {name} = {rng.choice(LITERALS)} %}}"
    return first + rng.choice(DOUBLE) % (name, name, name) * rng.choice((3, 10, 16, 30, 60))


def included(rng: random.Random, depth: int) -> str:
    name = f"'{rng.choice((*FILES, *ODD_FILES))}'" if rng.random() < 0.9 else expression(rng, 1)
    forms = ("{{% include {} %}}", "{{% include {} ignore missing %}}", "{{% import {} as x %}}")
    return choose(rng, forms, ("{{% extends {} %}}", "{{% from {} import m with context %}}")).format(name)


def loop(rng: random.Random, depth: int) -> str:
    over = (
        "[1,2,3,4,5,6,7,8,9,10]"
        if rng.random() < 0.6
        else choose(rng, ("l", "repo", "regions", "d"), (expression(rng, 2),))
    )
    more = choose(rng, ("", "", " if " + expression(rng, 1)), (" recursive",))
    other = "{% else %}" + block(rng, depth) if rng.random() < 0.1 else ""
    return (
        f"{{% for {choose(rng, ('a', 'x', 'y'), ('a, b',))} in {over}{more} %}}{block(rng, depth)}{other}{{% endfor %}}"
    )


def loops(rng: random.Random, depth: int) -> str:
    """Loops in loops, around what takes one step or many."""
    times = rng.randint(2, 12)
    begin = "".join(f"{{% for x{n} in {rng.choice(('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]', 'l'))} %}}" for n in range(times))
    return begin + rng.choice(PLAIN[1:])(rng, depth) + "{% endfor %}" * times


def condition(rng: random.Random, depth: int) -> str:
    return f"{{% if {expression(rng, 2)} %}}{block(rng, depth)}{{% else %}}{block(rng, depth)}{{% endif %}}"


def macro(rng: random.Random, depth: int) -> str:
    call = rng.choice(("", "{{ m(1) }}", "{% set n = m(a) %}{% set n = m(a) %}", "{{ m() ~ m() }}"))
    body = f"{{% macro m(a={expression(rng, 1)}) %}}{block(rng, depth)}{call}{{% endmacro %}}"
    return body + f"{{{{ m({expression(rng, 1)}) }}}}"


def captured(rng: random.Random, depth: int) -> str:
    return f"{{% set {choose(rng, ('a', 'b', 'n'), NAMES)} %}}{block(rng, depth)}{{% endset %}}"


def named_block(rng: random.Random, depth: int) -> str:
    name = f"k{rng.randrange(10**6)}"
    return f"{{% block {name} %}}{block(rng, depth)}{rng.choice(('', f'{{{{ self.{name}() }}}}'))}{{% endblock %}}"


def other(rng: random.Random, depth: int) -> str:
    begins = choose(rng, (f"with a = {expression(rng, 1)}", "autoescape true", "raw"), ("call m()", "filter upper"))
    tag = begins.partition(" ")[0]
    return f"{{% {begins} %}}{block(rng, depth)}{{% end{tag} %}}"


PLAIN: tuple[Callable[[random.Random, int], str], ...] = (written, text, assigned, doubled, included)
NESTED: tuple[Callable[[random.Random, int], str], ...] = (loop, loops, condition, macro, captured, named_block, other)
