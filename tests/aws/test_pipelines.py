"""The action, GitLab's pipeline and the hooks, run as their runners run them: in a checkout that holds a catalog alone.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax says how a step's shell is started.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from server import Server

TOP = Path(__file__).parents[2]
ACTION = yaml.safe_load((TOP / "action.yml").read_text())
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())}
CATALOG = """\
version: 1
extends: builtin
namespace: pay
region: us-east-1
grants:
  web-ci: {persona: push, with: {repo: [team/web]}, to: [role/web-ci]}
"""
# What a runner has: python3, whose venvs have a pip that installs without a network, and gh, which notes its calls.
PYTHON3 = """\
#!/usr/bin/env bash
if [ "$1 $2" != "-m venv" ]; then exec PYTHON "$@"; fi
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" >>"$RUNNER_TEMP/pip"\\n' >"$3/bin/pip"
printf '#!/bin/sh\\nexec PYTHON -m ecrgen "$@"\\n' >"$3/bin/ecrgen"
chmod +x "$3/bin/pip" "$3/bin/ecrgen"
"""
GH = """\
#!/usr/bin/env bash
echo "$*" >>"$RUNNER_TEMP/gh"
while [ $# -gt 0 ]; do
  case "$1" in
    --jq) jq -r "$2" <"$RUNNER_TEMP/comments" ;;
    body=@*) cp "${1#body=@}" "$RUNNER_TEMP/posted" ;;
  esac
  shift
done
"""


def blocks(page: str, first_line: str) -> Any:
    """The YAML block of a page that begins with a line."""
    found = re.findall(r"^```yaml\n(.*?)^```$", (TOP / page).read_text(), re.MULTILINE | re.DOTALL)
    (block,) = [each for each in found if each.startswith(first_line)]
    return yaml.safe_load(block)


@dataclass
class Runner:
    """A runner of GitHub's, with a workspace and what it tells a step in the environment."""

    workspace: Path
    temp: Path
    env: dict[str, str] = field(default_factory=dict)
    event: str = "push"

    def run(self, **inputs: str) -> tuple[int, str, dict[str, str]]:
        """The action with these inputs: its exit code, its log, and its outputs."""
        given = {name: inputs.get(name, spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
        values = {f"inputs.{name}": value for name, value in given.items()}
        values |= {"github.token": "TOKEN", "github.event.pull_request.number": "7", "github.event_name": self.event}
        code, log = 0, ""
        for step in ACTION["runs"]["steps"]:
            if is_run(step.get("if", "True"), values, code):
                done = self.step(step["run"], {name: filled(text, values) for name, text in step["env"].items()})
                code, log = code or done.returncode, log + done.stdout + done.stderr
        written = self.temp / "output"
        lines = written.read_text().splitlines() if written.exists() else []
        return code, log, dict(line.split("=", 1) for line in lines)

    def step(self, script: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        file = self.temp / "step.sh"
        file.write_text(script)
        files = {"GITHUB_OUTPUT": self.temp / "output", "GITHUB_STEP_SUMMARY": self.temp / "summary"}
        places = {"RUNNER_TEMP": self.temp, "GITHUB_ACTION_PATH": TOP, **files}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            cwd=self.workspace,
            env={**self.env, **{name: str(path) for name, path in places.items()}, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )


def is_run(condition: str, values: Mapping[str, str], code: int) -> bool:
    """The `if` of a step. Without a word about the steps before it, it needs all of them to have done well."""
    words = condition.replace("&&", "and").replace("!cancelled()", "True")
    for name in ("inputs.command", "github.event_name"):
        words = words.replace(name, repr(values[name]))
    return bool(eval(words)) and (code == 0 or "!cancelled()" in condition)


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match[1]], text)


@pytest.fixture
def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    """What a job finds: a path, credentials, and AWS."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("python3", PYTHON3.replace("PYTHON", sys.executable)), ("gh", GH)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    os.environ.pop("ECRGEN_CATALOG", None)
    server.account.create_role("web-ci", "{}", "/", None, None, [], 3600)
    return {
        **{name: value for name, value in os.environ.items() if name.startswith(("AWS_", "HOME", "NO_PROXY"))},
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(TOP),
        "AWS_ENDPOINT_URL": server.url,
        "GITHUB_REPOSITORY": "team/access",
    }


@pytest.fixture
def runner(environment: dict[str, str], tmp_path: Path) -> Runner:
    workspace, temp = tmp_path / "workspace", tmp_path / "temp"
    workspace.mkdir()
    temp.mkdir()
    (workspace / "access.yaml").write_text(CATALOG)
    (temp / "comments").write_text("[]")
    return Runner(workspace, temp, environment)


def scripts() -> Iterator[str]:
    yield from (step["run"] for step in ACTION["runs"]["steps"])


def test_no_input_reaches_a_shell() -> None:
    """Nothing is written into a script of the action: inputs and the event are values of the environment."""
    assert [script for script in scripts() if "${{" in script] == []
    assert {step["shell"] for step in ACTION["runs"]["steps"]} == {"bash"}


def test_the_action_checks(runner: Runner) -> None:
    """A good catalog passes and a bad policy fails, with findings for code scanning and for whoever reads the log."""
    assert runner.run(command="check", catalog="access.yaml")[0] == 0
    assert json.loads((runner.workspace / "ecrgen.sarif").read_text())["version"] == "2.1.0"
    (runner.temp / "output").unlink(missing_ok=True)
    bad = "guards: {g: {summary: G, template: g.json.j2}}\npersonas: {p: {summary: P, template: p.json.j2}}\n"
    (runner.workspace / "templates").mkdir()
    statement = '{"Statement": {"Effect": "Allow", "Action": "ecr:PutImages", "Resource": "*"}}'
    (runner.workspace / "templates/p.json.j2").write_text(statement)
    (runner.workspace / "bad.yaml").write_text(f"version: 1\n{bad.splitlines()[1]}\n")
    code, log, _ = runner.run(command="check", catalog="bad.yaml", sarif="other.sarif")
    assert code == 1
    assert "INVALID_ACTION" in log
    assert "INVALID_ACTION" in (runner.workspace / "other.sarif").read_text()
    assert runner.run(command="check", catalog="none.yaml")[0] == 2
    assert str(TOP) in (runner.temp / "pip").read_text()


@pytest.mark.slow
def test_the_action_plans_and_applies_that_plan_alone(runner: Runner, server: Server) -> None:
    """The digest of the plan applies it; none, an old one or another catalog's changes nothing."""
    runner.event = "pull_request"
    code, log, outputs = runner.run(command="plan", catalog="access.yaml", prune="true")
    assert code == 0, log
    summary = (runner.temp / "summary").read_text()
    assert "gains push on team/web" in summary
    assert f"digest `{outputs['digest']}`" in summary
    posted = (runner.temp / "posted").read_text()
    assert re.match(r"<!-- ecrgen plan [0-9]+ -->\n### ecrgen plan", posted)
    assert summary in posted
    assert "--method POST repos/team/access/issues/7/comments" in (runner.temp / "gh").read_text()
    for digest in ("", "0" * 32):
        assert runner.run(command="apply", catalog="access.yaml", prune="true", digest=digest)[0] == 2
    assert not any(call.writes for call in server.calls)
    done = runner.run(command="apply", catalog="access.yaml", prune="true", digest=outputs["digest"])
    assert done[0] == 0, done[1]
    assert any(name.endswith(":policy/ecrgen/pay/ecrgen.pay.web-ci") for name in server.account.managed_policies)
    assert runner.run(command="apply", catalog="access.yaml", prune="true", digest=outputs["digest"])[0] == 2


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("jq") is None and not os.environ.get("CI"),
    reason="NOT TESTED: needs jq, which stands for the one that gh has in itself",
)
def test_the_action_renews_its_own_comment(runner: Runner) -> None:
    """Of the comments that are there, the action changes the one that it wrote for this catalog, and nobody else's."""
    runner.event = "pull_request"
    runner.run(command="plan", catalog="access.yaml")
    mark = (runner.temp / "posted").read_text().splitlines()[0]
    comments = [
        {"id": 1, "user": {"type": "User"}, "body": f"{mark}\nmine"},
        {"id": 2, "user": {"type": "Bot"}, "body": "<!-- ecrgen plan 1 -->"},
        {"id": 3, "user": {"type": "Bot"}, "body": f"{mark}\nold"},
    ]
    (runner.temp / "comments").write_text(json.dumps(comments))
    assert runner.run(command="plan", catalog="access.yaml")[0] == 0
    assert "--method PATCH repos/team/access/issues/comments/3 " in (runner.temp / "gh").read_text().splitlines()[-1]


def test_a_plan_that_cannot_be_made_is_no_comment(runner: Runner) -> None:
    """A catalog that is wrong fails the plan, says why in the log, and leaves the pull request alone."""
    runner.event = "pull_request"
    (runner.workspace / "access.yaml").write_text("version: 1\ngrans: {}\n")
    code, log, outputs = runner.run(command="plan", catalog="access.yaml")
    assert (code, outputs) == (2, {})
    assert "grans" in log
    assert not (runner.temp / "gh").exists()


@pytest.mark.slow
def test_an_account_that_changes_between_two_looks_stops_the_plan(runner: Runner, server: Server) -> None:
    """The comment and the digest are of one plan, or there is neither."""
    looks = []

    def change(call: Any) -> None:
        if call.operation == "GetAccountAuthorizationDetails":
            looks.append(call)
            if len(looks) == 2:
                server.account.delete_role("web-ci")

    server.before = change
    code, log, outputs = runner.run(command="plan", catalog="access.yaml")
    assert (code, outputs) == (1, {})
    assert "role/web-ci" in log or "changed between two looks" in log


@pytest.mark.parametrize("command", ["check", "plan", "apply"])
def test_what_an_input_says_is_never_run(runner: Runner, command: str) -> None:
    """A file's name, a digest and a command that hold shell are texts, and nothing of them happens."""
    evil = "$(touch pwned)`touch pwned`; touch pwned #.yaml"
    (runner.workspace / evil).write_text(CATALOG)
    runner.run(command=command, catalog=evil, digest=evil, prune=evil)
    assert runner.run(command=evil)[0] == 2
    assert sorted(path.name for path in runner.workspace.iterdir() if path.name != "ecrgen.sarif") == [
        evil,
        "access.yaml",
    ]


def test_the_workflow_uses_what_the_action_has() -> None:
    """docs/pipeline.md gives the action only inputs that it has, and takes only outputs that it has."""
    jobs = blocks("docs/pipeline.md", "# .github/workflows")["jobs"]
    uses = [step for job in jobs.values() for step in job["steps"] if step["uses"].startswith("OWNER/ecrgen@")]
    assert [step["with"]["command"] for step in uses] == ["check", "plan", "apply"]
    assert all(set(step["with"]) <= set(ACTION["inputs"]) for step in uses)
    assert jobs["plan"]["outputs"] == {name: f"${{{{ steps.plan.outputs.{name} }}}}" for name in ACTION["outputs"]}
    assert "environment" in jobs["apply"]


@pytest.mark.slow
def test_gitlab(runner: Runner, server: Server) -> None:
    """The jobs of GitLab's example do their work in their order, each a shell of its own that gets only artifacts."""
    file = blocks("docs/pipeline.md", "# .gitlab-ci.yml")
    before = file["default"]["before_script"]
    assert before[0] == 'python3 -m venv /tmp/ecrgen && /tmp/ecrgen/bin/pip install -q "$ECRGEN"'
    token = runner.temp / "token"
    before = [line.replace("/tmp/aws-token", str(token)) for line in before[1:]]
    runner.env |= {"AWS_TOKEN": "a.b.c"}
    for job, artifacts in (("plan", ["plan.md", "digest"]), ("apply", [])):
        assert file[job]["stage"] in file["stages"]
        assert file[job].get("artifacts", {"paths": []})["paths"] == artifacts
        done = runner.step("\n".join((*before, *file[job]["script"])), {})
        assert done.returncode == 0, done.stdout + done.stderr
        kept = {"access.yaml", *artifacts}
        for path in runner.workspace.iterdir():
            if path.name not in kept:
                path.unlink()
    assert token.read_text() == "a.b.c"
    assert any("ecrgen.pay.web-ci" in name for name in server.account.managed_policies)


def hook(runner: Runner, name: str) -> subprocess.CompletedProcess[str]:
    """A hook as pre-commit starts it, by the example's args: no shell, no names of files."""
    used = {each["id"]: each["args"] for each in blocks("docs/pipeline.md", "# .pre-commit")["repos"][0]["hooks"]}
    assert (HOOKS[name]["language"], HOOKS[name]["pass_filenames"]) == ("python", False)
    assert re.search(HOOKS[name]["files"], "access.yaml")
    command = [*shlex.split(HOOKS[name]["entry"]), *used[name]]
    return subprocess.run(command, cwd=runner.workspace, env=runner.env, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
def test_the_hooks(runner: Runner) -> None:
    """check passes for a good catalog, and render once exactly its policies are there."""
    assert set(HOOKS) == {"ecrgen-check", "ecrgen-render"}
    access, policies = runner.workspace / "access.yaml", runner.workspace / "policies"
    access.write_text(CATALOG.replace("region:", 'account: "111122223333"\nregion:'))
    assert hook(runner, "ecrgen-check").returncode == 0
    missing = hook(runner, "ecrgen-render")
    assert (missing.returncode, policies.exists()) == (3, False)
    assert "web-ci.json not up to date" in missing.stderr
    render = ["ecrgen", "-c", "access.yaml", "render", "--all", "-o", "policies"]
    subprocess.run(render, cwd=runner.workspace, env=runner.env, check=True, capture_output=True)
    assert hook(runner, "ecrgen-render").returncode == 0
    access.write_text(access.read_text().replace("team/web", "team/api"))
    assert hook(runner, "ecrgen-render").returncode == 3
    access.write_text(access.read_text().replace("team/api", "team/web"))
    (policies / "gone.json").write_text("{}")
    extra = hook(runner, "ecrgen-render")
    assert (extra.returncode, "gone.json is of no grant of this catalog; remove it" in extra.stderr) == (3, True)
    access.write_text("version: 1\ngrans: {}\n")
    assert [hook(runner, name).returncode for name in HOOKS] == [2, 2]
