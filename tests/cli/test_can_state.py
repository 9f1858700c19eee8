"""`ecrgen can --state`: who may do what by all that an account has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, details, document, group, organization, role, snapshot, user

PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
LOGIN = allow("ecr:GetAuthorizationToken", on="*")
PULLS = document(LOGIN, allow(*PULL))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
POWER = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
OWN = f"arn:aws:iam::{PROD}:policy/own"
ROLE = f"arn:aws:iam::{PROD}:role/ci"
THEIRS = f"arn:aws:iam::{TOOLS}:role/ci"
LETS_IN = document(allow(*PULL, Principal={"AWS": f"arn:aws:iam::{TOOLS}:root"}))
DENY = document({"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*"})
DENY_ALL = document({"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage", "Resource": "*"})
BOUNDARY = {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": OWN}}


def can(directory: Path, principal: str, *states: Any, ask: tuple[str, ...] = ("pull", REPO)) -> dict[str, Any]:
    options: list[str] = []
    for number, state in enumerate(states):
        file = directory / f"{number}.json"
        file.write_text(json.dumps(state))
        options += ["--state", str(file)]
    done = ecrgen("can", *options, "--as", principal, *ask, "--json")
    assert done.code in (0, 1), done.err
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == (0 if found["answer"] == "yes" else 1)
    return found


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        pytest.param(snapshot(role("ci", PULLS)), "yes", id="an inline policy"),
        pytest.param(snapshot(role("ci", attached=[OWN]), managed={OWN: PULLS}), "yes", id="a managed policy"),
        pytest.param(
            snapshot(role("ci", attached=[OWN]), managed={OWN: document(LOGIN)}), "no", id="its default version"
        ),
        pytest.param(snapshot(role("ci", attached=[POWER])), "yes", id="a managed policy of AWS's own"),
        pytest.param(snapshot(role("ci")), "no", id="no policy"),
        pytest.param(
            snapshot(role("ci", document(LOGIN)), repositories={REPO: document(allow(*PULL, Principal={"AWS": ROLE}))}),
            "yes",
            id="the repository's policy gives",
        ),
        pytest.param(
            snapshot(
                role("ci", PULLS),
                repositories={REPO: document({"Effect": "Deny", "Principal": "*", "Action": "ecr:*"})},
            ),
            "no",
            id="the repository's policy denies",
        ),
        pytest.param(snapshot(role("ci", PULLS), registry=DENY_ALL), "no", id="the registry's policy denies"),
        pytest.param(
            snapshot(
                role("ci", document(LOGIN)),
                registry=document(
                    {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": list(PULL), "Resource": REPO}
                ),
            ),
            "yes",
            id="the registry's policy gives",
        ),
        pytest.param(
            snapshot(role("ci", PULLS, **BOUNDARY), managed={OWN: document(LOGIN)}), "no", id="the boundary allows less"
        ),
        pytest.param(snapshot(role("ci", PULLS, **BOUNDARY), managed={OWN: PULLS}), "yes", id="the boundary allows it"),
        pytest.param(snapshot(role("ci", PULLS), organization=organization(DENY)), "no", id="a service control policy"),
        pytest.param(snapshot(role("ci", PULLS), organization=organization()), "yes", id="only what AWS attaches"),
        pytest.param(
            snapshot(role("ci", PULLS), organization=organization(DENY, management=PROD)),
            "yes",
            id="the management account",
        ),
        pytest.param(
            snapshot(role("ci", PULLS), organization=organization(rcps=[DENY_ALL])),
            "no",
            id="a resource control policy",
        ),
        pytest.param(
            snapshot(
                role(
                    "ci",
                    document(LOGIN, allow(*PULL, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
                ),
                organization=organization(),
            ),
            "yes",
            id="its own organisation",
        ),
        pytest.param(
            snapshot(role("ci", document(LOGIN, allow(*PULL, Condition={"Bool": {"aws:SecureTransport": "true"}})))),
            "if",
            id="a condition",
        ),
        pytest.param(
            snapshot(
                role("ci", document(LOGIN, allow(*PULL, Condition={"StringEquals": {"aws:ResourceTag/team": "web"}}))),
                repositories=None,
            )
            | {"repositories": [{"arn": REPO, "tags": {"team": "web"}, "policy": None}]},
            "yes",
            id="the repository's tag",
        ),
        pytest.param(details(role("ci", PULLS)), "yes", id="IAM alone"),
        pytest.param(
            details(role("ci", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": quote(json.dumps(PULLS))}])),
            "yes",
            id="a URL-encoded document",
        ),
        pytest.param(snapshot(role("ci", attached=[ADMIN])), "if", id="a policy that is not there"),
        pytest.param(
            snapshot(role("ci", attached=[ADMIN]), registry=DENY_ALL), "no", id="a Deny, whatever is not there"
        ),
        pytest.param(
            snapshot(role("ci", PULLS), repositories=None)
            | {"repositories": [{"arn": REPO, "unread": "AccessDenied"}]},
            "if",
            id="a repository's policy that was not read",
        ),
        pytest.param(snapshot(role("ci", PULLS, attached=[ADMIN])), "if", id="an unknown policy may deny"),
    ],
)
def test_answers(tmp_path: Path, state: Any, answer: str) -> None:
    """Each policy that an account has takes its part in the answer, and what is not known is no yes and no no."""
    assert can(tmp_path, ROLE, state)["answer"] == answer


def test_groups(tmp_path: Path) -> None:
    """A user has what its groups have, and the answer names the group."""
    state = snapshot(user("ann", groups=["devs"]), group("devs", PULLS, attached=[OWN]), managed={OWN: DENY})
    found = can(tmp_path, f"arn:aws:iam::{PROD}:user/ann", state)
    assert found["answer"] == "no"
    assert found["policies"]["identity"] == ["group devs: inline policy p0", f"group devs: {OWN}"]
    without = snapshot(user("ann", groups=["devs"]))
    unknown = can(tmp_path, f"arn:aws:iam::{PROD}:user/ann", without)
    assert (unknown["answer"], unknown["unknown"]) == (
        "if",
        ["group devs: its policies: the file does not hold the group"],
    )


def test_tags_of_a_user_and_a_role(tmp_path: Path) -> None:
    """A user's tags are those of the file; a role's session may have others."""
    tagged = document(LOGIN, allow(*PULL, Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}}))
    tags = {"Tags": [{"Key": "team", "Value": "web"}]}
    state = snapshot(user("ann", tagged, **tags), role("ci", tagged, **tags))
    assert can(tmp_path, f"arn:aws:iam::{PROD}:user/ann", state)["answer"] == "yes"
    assert can(tmp_path, ROLE, state)["answer"] == "if"


def test_two_accounts(tmp_path: Path) -> None:
    """Across accounts both halves are needed, each from its own account's file."""
    theirs = details(role("ci", PULLS, account=TOOLS))
    open_ = snapshot(repositories={REPO: LETS_IN})
    assert can(tmp_path, THEIRS, open_, theirs)["answer"] == "yes"
    assert can(tmp_path, THEIRS, snapshot(), theirs)["answer"] == "no"
    assert can(tmp_path, THEIRS, open_, details(role("ci", account=TOOLS)))["answer"] == "no"
    alone = can(tmp_path, THEIRS, theirs)
    assert (alone["answer"], alone["unknown"]) == (
        "if",
        [f"the resource's own policies: no file holds those of account {PROD} in eu-central-1"],
    )
    assert can(tmp_path, THEIRS, details(role("ci", account=TOOLS)))["answer"] == "no"


def test_a_login_is_asked_at_home(tmp_path: Path) -> None:
    """A token is the caller's own registry's to give: no policy of another account allows or denies it."""
    everything = document({"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"})
    nothing = document({"Effect": "Deny", "Principal": "*", "Action": "ecr:GetAuthorizationToken", "Resource": "*"})
    theirs = details(role("ci", document(allow(*PULL)), account=TOOLS))
    open_ = snapshot(registry=everything)
    assert [each["answer"] for each in can(tmp_path, THEIRS, open_, theirs)["decisions"]] == ["no", "yes", "yes"]
    shut = snapshot(repositories={REPO: LETS_IN}, registry=nothing)
    assert can(tmp_path, THEIRS, shut, details(role("ci", PULLS, account=TOOLS)))["answer"] == "yes"


def test_a_session_and_a_path(tmp_path: Path) -> None:
    """A session is its role's, whose ARN has the path; a role's ARN without its path is another one's."""
    at = document(
        LOGIN, allow(*PULL, Condition={"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{PROD}:role/ops/ci"}})
    )
    state = snapshot(role("ci", at, path="/ops/"))
    assert can(tmp_path, f"arn:aws:sts::{PROD}:assumed-role/ci/me", state)["answer"] == "yes"
    file = tmp_path / "0.json"
    refused = ecrgen("can", "--state", str(file), "--as", ROLE, "pull", REPO)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"error: {file}: account {PROD} has no {ROLE}, but arn:aws:iam::{PROD}:role/ops/ci\n"


def test_what_the_files_do_not_tell(tmp_path: Path) -> None:
    """Layers that no file tells are named; those that it tells, even that there is none, are not."""
    plain = can(tmp_path, ROLE, details(role("ci", PULLS)))
    assert plain["not_considered"] == ["resource", "session", "scp", "rcp", "endpoint"]
    assert can(tmp_path, ROLE, snapshot(role("ci", PULLS)))["not_considered"] == ["session", "scp", "rcp", "endpoint"]
    whole = snapshot(role("ci", PULLS), organization=organization())
    assert can(tmp_path, ROLE, whole)["not_considered"] == ["session", "endpoint"]


def test_text(tmp_path: Path) -> None:
    """The statement that decides is named by the policy that it stands in, and what is not known before the steps."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(snapshot(role("ci", PULLS, attached=[ADMIN]))))
    done = ecrgen("can", "--state", str(file), "--as", ROLE, "pull", "team/web")
    assert done.out.splitlines()[:5] == [
        f"if: pull team/web as {ROLE}",
        f"not known, and the answer depends on it: {ADMIN}: the file does not hold its document",
        "the other policies say:",
        "  allowed  ecr:GetAuthorizationToken on *: inline policy p0: Statement[0]",
        f"  allowed  ecr:BatchGetImage on {REPO}: inline policy p0: Statement[1]",
    ]
    assert done.err == ""
    other = ecrgen("can", "--state", str(file), "--as", ROLE, "pull", "team/api")
    assert "note: " in other.err
    assert "has no repository arn:aws:ecr:eu-central-1" in other.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["pull", REPO], "--state: asks what somebody in the account may do; name the user or role with --as ARN"),
        (
            ["--as", ROLE, "--guard", "mfa", "pull", REPO],
            "--guard: narrows a persona; the policies of --state are asked",
        ),
        (["--as", ROLE, "--policy", "a.json", "pull", REPO], "--policy: asks a file's policies, and --state all that"),
        (
            ["--as", ROLE, "--boundary", "b.json", "pull", REPO],
            "--boundary: the file of the account says whose boundary",
        ),
        (["--as", ROLE, "--scp", "b.json", "pull", REPO], "--scp: the file of the account holds its organization's"),
        (["--as", ROLE, "--state", "a.json", "pull", REPO], f"is of account {PROD}, and so is a.json"),
        (["--as", THEIRS, "pull", REPO], f"no file holds account {TOOLS}, only {PROD}"),
        (["--as", f"arn:aws:iam::{PROD}:user/ci", "pull", REPO], f"account {PROD} has no user ci"),
    ],
)
def test_what_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str) -> None:
    """Options that say nothing together are refused, with what to do."""
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(snapshot(role("ci", PULLS), organization=organization())))
    Path("b.json").write_text(json.dumps(PULLS))
    done = ecrgen("can", "--state", "a.json", *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("more", [{"IsTruncated": True}, {"NextToken": "x"}, {"Marker": "x"}, {"RoleDetailList": None}])
def test_a_part_of_an_account(tmp_path: Path, more: dict[str, Any]) -> None:
    """A file that holds a part of an account is refused, alone and in a snapshot."""
    part = details(role("ci", PULLS)) | more
    for state in (part, snapshot() | {"iam": part}):
        (tmp_path / "a.json").write_text(json.dumps(state))
        done = ecrgen("can", "--state", str(tmp_path / "a.json"), "--as", ROLE, "pull", REPO)
        assert done.code == 2
        assert "get-account-authorization-details" in done.err
