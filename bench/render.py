"""Cold start, bulk rendering, loading and memory, against policy_sentry and against floors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
import yaml

from bench.table import Goal, Row, cpu_seconds
from ecrgen.catalog.catalog import Catalog

GRANTS = 10_000
PEER_GRANTS = 1_000
ACCOUNT, REGION = "123456789012", "us-east-1"


def rows() -> Iterator[Row]:
    yield from cold_start()
    yield from bulk()
    yield from memory()


def cold_start() -> Iterator[Row]:
    """One process each, in turns, so that all three see the same machine."""
    with tempfile.TemporaryDirectory() as empty:
        template = Path(empty, "peer.yml")
        template.write_text(f"mode: crud\nname: ''\nwrite:\n- {arn('my-repo')}\nread:\n- {arn('my-repo')}\n")
        folder = Path(sys.executable).parent
        floor = Path(__file__).with_name("floor.py")
        commands: dict[str, list[str]] = {
            "ecrgen": [str(folder / "ecrgen"), "render", "single-repo", "--repo", "my-repo"],
            "policy_sentry": [str(folder / "policy_sentry"), "write-policy", "--input-file", str(template)],
            "floor": [sys.executable, str(floor), "render", "single-repo", "--repo", "my-repo"],
        }
        environment = {**os.environ, "NO_COLOR": "1"}
        if not has_peer():
            del commands["policy_sentry"]
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(12):
            for name, command in commands.items():
                taken = timed(
                    lambda command=command: subprocess.run(  # type: ignore[misc]
                        command, check=True, capture_output=True, cwd=empty, env=environment
                    )
                )
                if turn > 1:  # the first two warm the disk's cache
                    seconds[name].append(taken)
    took = {name: median(each) for name, each in seconds.items()}
    ours, least = took["ecrgen"], took["floor"]
    if peer := took.get("policy_sentry"):
        yield Row("cold render", ms(ours), f"policy_sentry {ms(peer)}", ours / peer, Goal("<=", 0.55))
    yield Row("cold render", ms(ours), f"floor {ms(least)}", ours / least, Goal("<=", 1.25))


def has_peer() -> bool:
    """Rows against policy_sentry are left out where it is not installed (extra bench)."""
    return find_spec("policy_sentry") is not None


def bulk() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = write_catalog(Path(folder), GRANTS)
        loading = best(3, lambda: Catalog.load(path))
        texts = [file.read_text() for file in sorted(path.parent.glob("*.yaml"))]
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        yaml_alone = best(3, lambda: [yaml.load(text, loader) for text in texts])
        catalog = Catalog.load(path)
        ours = best(3, lambda: ours_to_lines(catalog)) / GRANTS
        least = best(3, lambda: floor_to_lines(GRANTS)) / GRANTS
        peer = peer_to_lines(PEER_GRANTS) / PEER_GRANTS if has_peer() else None
    each = f"{GRANTS} grants to JSON lines"
    if peer is not None:
        yield Row(each, us(ours), f"policy_sentry {us(peer)}", peer / ours, Goal(">=", 10))
    yield Row(each, us(ours), f"jinja2 + json {us(least)}", ours / least, Goal("<=", 2.5))
    yield Row(
        f"loading {GRANTS} grants", ms(loading), f"CSafeLoader {ms(yaml_alone)}", loading / yaml_alone, Goal("<=", 2.5)
    )


def memory() -> Iterator[Row]:
    """Growth of the resident set while streaming, in a process of its own, after the catalog is loaded."""
    small, large = (streaming_growth(count) for count in (GRANTS, 10 * GRANTS))
    yield Row(
        "memory while streaming 100,000 grants",
        f"+{large:.1f} MiB",
        f"10,000 grants +{small:.1f} MiB",
        large - small,
        Goal("<=", 1, "MiB"),
    )


def streaming_growth(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = write_catalog(Path(folder), count)
        program = Path(__file__).with_name("streaming.py")
        command = [sys.executable, str(program), str(path), ACCOUNT, REGION]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write_catalog(folder: Path, count: int) -> Path:
    """A catalog of that many grants, in files of 5,000: one may have 1 MiB."""
    path = folder / "catalog.yaml"
    path.write_text('version: 1\nextends: builtin\ninclude: ["grants-*.yaml"]\n')
    for start in range(0, count, 5_000):
        grants = "".join(
            f"  grant-{number}:\n    persona: single-repo\n    with: {{repo: [team/app-{number}, team/job-{number}]}}\n"
            f"    guards: [tls]\n    to: [role/ci-{number}]\n"
            for number in range(start, min(start + 5_000, count))
        )
        (folder / f"grants-{start:06}.yaml").write_text(f"version: 1\ngrants:\n{grants}")
    return path


def ours_to_lines(catalog: Catalog) -> None:
    with open(os.devnull, "w") as out:
        for name, policy in (
            (item.grant.name, item.policy) for item in catalog.render_all(account=ACCOUNT, region=REGION)
        ):
            out.write(f'{{"name":"{name}","policy":{policy.to_json(None)}}}\n')


def floor_to_lines(count: int) -> None:
    """The same templates through plain jinja2, json.loads and json.dumps: no checks, no guards' merging, no model."""
    templates = Path(__file__).parents[1] / "templates"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(templates), finalize=json.dumps)
    environment.filters["repository_arn"] = lambda names: [arn(name) for name in names]
    template, guard = environment.get_template("single-repo.json.j2"), environment.get_template("guards/tls.json.j2")
    with open(os.devnull, "w") as out:
        for number in range(count):
            policy = json.loads(template.render(repo=(f"team/app-{number}", f"team/job-{number}")))
            condition = json.loads(guard.render())
            for statement in policy["Statement"]:
                statement["Condition"] = condition
            out.write(json.dumps({"name": f"grant-{number}", "policy": policy}) + "\n")


def peer_to_lines(count: int) -> float:
    from policy_sentry.command.write_policy import write_policy_with_template

    def run() -> None:
        with open(os.devnull, "w") as out:
            for number in range(count):
                names = [arn(f"team/app-{number}"), arn(f"team/job-{number}")]
                template = {"mode": "crud", "name": "", "write": names, "read": names, "list": names}
                out.write(json.dumps(write_policy_with_template(template)) + "\n")

    run()  # the first use loads its database
    return cpu_seconds(run)


def arn(repository: str) -> str:
    return f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{repository}"


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def best(times: int, run: Callable[[], object]) -> float:
    return cpu_seconds(run, times)


def ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs each"
