"""What a person sees of each command: at 60, 100 and 200 columns, with and without colours, and in a pipe."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from golden import GOLDEN, agree, seen

from ecrgen.cli.main import COMMANDS
from ecrgen.policy import reference
from ecrgen.proof import coverage

# By the name of the file; a command is represented by what reads differently, not by each of its options.
RUNS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": (
        "show push",
        "show node-pull",
        "show payments-ci",
        "show source-ip",
        "show ECR_PUBLIC_ACCESS",
        "show pusch",
    ),
    "render": (
        "render payments-dev",
        "-c empty.yaml render pull --repo team/web --guard mfa --format compact",
        "render --all -o policies",
        "render payments-ci --repo other",
        "render pull --repo 'team/*' --guard via=cloudformation --account 1234",
        "-c wrong.yaml render --all",
    ),
    "check": (
        "check",
        "check policy.json",
        "check --fail-on suggestion --ignore ECR_PUBLIC_ACCESS pull push",
        "check policy.jsn",
    ),
    "can": (
        "can pull --repo team/web pull team/web",
        "can pull --repo team/web push team/web",
        "can payments-ci push payments/api",
        "can --policy policy.json ecr:PutImage payments/api",
        "can --state account.json --as arn:aws:iam::111122223333:role/nightly pull payments/api",
        "can pull",
    ),
    "who": (
        "who pull payments/api --state account.json",
        "who delete-repository payments/api --state account.json",
    ),
    "report": (
        "report --state account.json --format markdown",
        "report --state account.json --format csv",
        "report --state account.json -o report.html",
    ),
    "explain": (
        "explain 'denied: User: arn:aws:sts::111122223333:assumed-role/ci/job is not authorized to perform: "
        "ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:111122223333:repository/team/web because no "
        "identity-based policy allows the ecr:InitiateLayerUpload action'",
        "explain 'no basic auth credentials'",
        "explain hello",
    ),
    "diff": ("diff old.json new.json", "diff old.json old.json", "diff - -"),
    "import": ("import --state account.json", "import --state account.json -o import.yaml", "import"),
    "coverage": ("-c empty.yaml coverage", "-c empty.yaml coverage --format markdown"),
    "plan": (
        "plan --state account.json",
        "plan --state account.json --only payments-ci --prune --format markdown",
        "plan --state account.json --only none",
    ),
    "export": (
        "export cloudformation -o access.json",
        "export cloudformation --check stack.json",
        "export pulumi",
    ),
    "schema": ("schema",),
    "init": ("init", "init new.yaml"),
}
# Of the actions of ECR, those that tell the policies of AWS's own apart, one that nobody gives, and two with a remark.
ACTIONS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchDeleteImage",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:DescribeImages",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetLifecyclePolicy",
    "ecr:ListImages",
    "ecr:PutAccountSetting",
    "ecr:PutImage",
    "ecr:PutRegistryPolicy",
    "ecr:ReplicateImage",
    "ecr:TagResource",
    "ecr-public:PutImage",
)
# In tests/aws: test_golden_account.py, test_snapshot.py and test_stackset.py.
ONLINE = {"apply", "history", "rollback", "destroy", "snapshot", "stackset"}


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with colours, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # What AWS adds to its reference is no change of what a person sees.
    monkeypatch.setattr(coverage, "every_action", lambda: ACTIONS)
    monkeypatch.setattr(reference, "data_date", lambda: date(2026, 1, 1))


def begin() -> None:
    """The working directory as every run finds it: catalogs, policies and an account's snapshot."""
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(GOLDEN / "site", ".", dirs_exist_ok=True)


def test_every_command_has_golden_output() -> None:
    """No command is without an example of what a person sees of it, and no file is without its runs."""
    assert RUNS.keys() >= COMMANDS.keys() - ONLINE
    assert {path.stem for path in GOLDEN.glob("*.txt")} == RUNS.keys() | {"account", "other_accounts"}


@pytest.mark.parametrize("name", RUNS)
def test_what_a_person_sees(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is what tests/golden/ has, which was read by somebody; `--renew` writes it."""
    agree(name, "".join(part for command in RUNS[name] for part in seen(command, monkeypatch, begin)), request)
