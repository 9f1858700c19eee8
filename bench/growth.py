"""Growth: what a doubling of the input costs, where input of people and of accounts could be hostile.

Each size is measured in a process of its own, which is ended when it takes too long; the figure is the time of the last
doubling. `python -m bench.growth SHAPE N` prints the seconds of one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from resource import RLIMIT_CPU, setrlimit
from signal import SIGXCPU
from typing import Any, NamedTuple

from bench.table import Goal, Row, cpu_seconds
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate
from ecrgen.policy.pack import pack

LIMIT = 10  # seconds of a processor for one size
ARN = "arn:aws:ecr:us-east-1:111122223333:repository/"
ALICE = "arn:aws:iam::111122223333:user/alice"


def document(statements: list[dict[str, Any]]) -> PolicyDocument:
    whole = {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}
    for statement in statements:
        for element in ("Action", "Resource"):
            if f"Not{element}" not in statement:
                statement.setdefault(element, whole[element])
        statement.setdefault("Effect", "Allow")
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


def crossing(n: int) -> Callable[[], object]:
    """Statements whose NotResource patterns cross, each with each."""
    old = document([{"NotResource": f"{ARN}*{chr(97 + i)}*"} for i in range(n)])
    new = document([{"NotResource": f"{ARN}*{chr(110 + i)}*"} for i in range(n)])
    return lambda: diff(old, new)


def crossing_actions(n: int) -> Callable[[], object]:
    """Statements whose NotAction and NotResource patterns cross."""
    old = document([{"NotAction": f"ecr:*{chr(97 + i)}*", "NotResource": f"{ARN}*{chr(97 + i)}*"} for i in range(n)])
    new = document([{"NotAction": f"ecr:*{chr(110 + i)}*", "Resource": f"{ARN}*{chr(110 + i)}*"} for i in range(n)])
    return lambda: diff(old, new)


def stars(n: int) -> Callable[[], object]:
    """A pattern of many wildcards against another."""
    old, new = document([{"Resource": ARN + "*a" * n}]), document([{"Resource": ARN + "a*" * n + "b"}])
    return lambda: diff(old, new)


def colons(n: int) -> Callable[[], object]:
    """Matching a resource of many colons."""
    policy = document([{"Resource": "arn:*:*:*:*:*x"}])
    request = Request("ecr:PutImage", ARN + "a:" * n, ALICE)
    return lambda: evaluate(request, identity=(policy,))


def conditions(n: int) -> Callable[[], object]:
    """Statements with a condition each."""
    policy = document([{"Condition": {"StringEquals": {"aws:PrincipalTag/team": f"team-{i}"}}} for i in range(n)])
    return lambda: diff((), policy)


def resources(n: int) -> Callable[[], object]:
    old = document([{"Resource": [f"{ARN}team/app-{i}" for i in range(n)]}])
    new = document([{"Resource": [f"{ARN}team/app-{i}" for i in range(1, n + 1)]}])
    return lambda: diff(old, new)


def products(n: int) -> Callable[[], object]:
    """Statements, each with as many actions and a repository of its own."""
    policy = document(
        [{"Action": [f"ecr:Action{i}x{k}" for k in range(40)], "Resource": f"{ARN}app-{i}"} for i in range(n)]
    )
    return lambda: diff((), policy)


def packing(n: int) -> Callable[[], object]:
    policy = document(
        [
            {"Sid": f"S{i}", "Action": ["ecr:PutImage", f"ecr:Get{i}*"], "Resource": f"{ARN}team-{i}/app"}
            for i in range(n)
        ]
    )
    return lambda: pack([policy])


def packing_conditions(n: int) -> Callable[[], object]:
    """Statements alike but for their conditions."""
    policy = document([{"Condition": {"StringEquals": {"aws:PrincipalTag/team": f"team-{i}"}}} for i in range(n)])
    return lambda: pack([policy])


def packing_patterns(n: int) -> Callable[[], object]:
    """Patterns that begin differently, in one statement."""
    policy = document([{"Resource": [f"{ARN}team-{i}/*" for i in range(n)]}])
    return lambda: pack([policy])


def packing_exclusions(n: int) -> Callable[[], object]:
    """Statements of which each is compared with each."""
    policy = document([{"Effect": "Deny", "NotResource": f"{ARN}*{i}*"} for i in range(n)])
    return lambda: pack([policy])


def checking(n: int) -> Callable[[], object]:
    statements = [
        {"Sid": f"S{i}", "Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": f"{ARN}team-{i}/app"}
        for i in range(n)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return lambda: check(text)


def checking_patterns(n: int) -> Callable[[], object]:
    """Statements with a pattern and a condition each."""
    statements = [
        {
            "Effect": "Allow",
            "Action": ["ecr:BatchGetImage", f"ecr:Get{i}*"],
            "Resource": f"{ARN}team-{i}/*",
            "Condition": {"StringLike": {"aws:PrincipalTag/team": f"*{i}*"}},
        }
        for i in range(n)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return lambda: check(text)


def planning(n: int) -> Callable[[], object]:
    from bench.provision import planned  # it imports boto3, which no other shape needs

    return planned(n)


class Shape(NamedTuple):
    what: str
    make: Callable[[int], Callable[[], object]]
    sizes: tuple[int, int, int]


SHAPES = {
    "crossing": Shape("diff of NotResource that cross, as far as compared", crossing, (16, 32, 64)),
    "crossing_actions": Shape("diff of both that cross, as far as compared", crossing_actions, (16, 32, 64)),
    "stars": Shape("diff of patterns of wildcards", stars, (50, 100, 200)),
    "colons": Shape("decision on a resource of colons", colons, (100, 200, 400)),
    "conditions": Shape("diff of statements with a condition each", conditions, (250, 500, 1000)),
    "resources": Shape("diff of resources", resources, (2000, 4000, 8000)),
    "products": Shape("diff of statements of 40 actions", products, (25, 50, 100)),
    "packing": Shape("pack of statements", packing, (200, 400, 800)),
    "packing_conditions": Shape("pack of conditions", packing_conditions, (200, 400, 800)),
    "packing_patterns": Shape("pack of patterns", packing_patterns, (200, 400, 800)),
    "packing_exclusions": Shape("pack of NotResource, as far as merged", packing_exclusions, (400, 800, 1600)),
    "checking": Shape("check of statements", checking, (200, 400, 800)),
    "checking_patterns": Shape("check of patterns and conditions", checking_patterns, (100, 200, 400)),
    "planning": Shape("plan of unchanged grants", planning, (500, 1000, 2000)),
}


def rows() -> Iterator[Row]:
    for name, shape in SHAPES.items():
        yield row(name, shape)


def row(name: str, shape: Shape) -> Row:
    seconds: list[float] = []
    for size in shape.sizes:
        command = [sys.executable, "-m", "bench.growth", name, str(size)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=6 * LIMIT, check=True)
        except subprocess.TimeoutExpired:
            break
        except subprocess.CalledProcessError as error:
            if error.returncode != -SIGXCPU:
                raise RuntimeError(error.stderr) from None
            break
        seconds.append(float(done.stdout))
    goal = Goal("<=", 2.5)
    shown = [f"{each * 1000:,.0f}" for each in seconds]
    times = " ".join([*shown, *([f"over {LIMIT} s"] if len(seconds) < len(shape.sizes) else [])])
    sizes = ", ".join(f"{size:,}" for size in shape.sizes)
    ratio = seconds[2] / max(seconds[1], 1e-4) if len(seconds) == 3 else float("inf")
    return Row(f"{shape.what}: {sizes}", f"{shown[-1] if len(shown) == 3 else '-'} ms", f"ms: {times}", ratio, goal)


def main(name: str, size: str) -> None:
    setrlimit(RLIMIT_CPU, (LIMIT, LIMIT + 1))
    make = SHAPES[name].make(int(size))

    def work() -> None:
        with suppress(EcrgenError):  # a refusal takes its time, too
            make()

    first = cpu_seconds(work)
    print(first if first > 1 else min(first, cpu_seconds(work, 5)))


if __name__ == "__main__":
    main(*sys.argv[1:])
