"""`ecrgen explain --state`: the statement to blame, by all that the account has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, details, document, organization, role, snapshot

PUSH = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
PUSHES = document(allow("ecr:GetAuthorizationToken", on="*"), allow(*PUSH))
DENIES = document({"Sid": "Freeze", "Effect": "Deny", "Action": "ecr:InitiateLayerUpload", "Resource": "*"})
MFA = document(allow(*PUSH, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DENIED = (
    f"denied: User: arn:aws:sts::{PROD}:assumed-role/ci/run is not authorized to perform: ecr:InitiateLayerUpload "
    f"on resource: {REPO} because no identity-based policy allows the ecr:InitiateLayerUpload action"
)


@pytest.mark.parametrize(
    ("state", "causes"),
    [
        pytest.param(
            snapshot(role("ci", PUSHES, DENIES)),
            ["The state says: a Deny in Freeze (inline policy p1: Statement[0])."],
            id="a Deny is named",
        ),
        pytest.param(
            snapshot(role("ci", PUSHES), organization=organization(DENIES)),
            [f"The state says: a Deny in Freeze (own0 on {PROD}: Statement[0])."],
            id="and a service control policy",
        ),
        pytest.param(snapshot(role("ci")), ["The state says: there is no identity policy."], id="no policy"),
        pytest.param(
            snapshot(role("ci", MFA)),
            [
                "The state says that ecr:InitiateLayerUpload depends on the request: inline policy p0: Statement[0] "
                "needs "
                'Bool aws:MultiFactorAuthPresent "true".'
            ],
            id="a condition",
        ),
        pytest.param(
            snapshot(role("ci", PUSHES)),
            [
                "The state says that ecr:InitiateLayerUpload is allowed by inline policy p0: Statement[1]. "
                "What denied it is "
                "not in the state.",
                "The state does not hold: session policy, service control policy, resource control policy and VPC "
                "endpoint policy.",
            ],
            id="allowed",
        ),
        pytest.param(
            snapshot(role("ci", attached=[ADMIN])),
            [
                "The state says: there is no identity policy.",
                f"The state does not tell all: {ADMIN}: the file does not hold its document.",
            ],
            id="unknown",
        ),
        pytest.param(
            details(role("ci", account=TOOLS)),
            [
                f"The state cannot be asked: no file holds account {PROD}, only {TOOLS}; "
                "give its snapshot with --state, too."
            ],
            id="another account",
        ),
    ],
)
def test_blame(tmp_path: Path, state: Any, causes: list[str]) -> None:
    """The causes begin with what the account's policies say of the request."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(state))
    done = ecrgen("explain", DENIED, "--state", str(file), "--json")
    found = json.loads(done.out)["causes"]
    without = json.loads(ecrgen("explain", DENIED, "--json").out)["causes"]
    assert found[: len(causes)] == causes
    assert found[-len(without) :] == without
    assert done.code == 0


HIDDEN = (
    f"User: arn:aws:sts::{TOOLS}:assumed-role/ci/run is not authorized to perform: ecr:BatchGetImage on resource: "
    f"{REPO} because no resource-based policy allows the ecr:BatchGetImage action"
)
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
OPEN = snapshot(repositories={REPO: document(allow(*PULL, Principal={"AWS": TOOLS}))})


@pytest.mark.parametrize(
    ("states", "causes", "half"),
    [
        (
            [OPEN, details(role("ci", PUSHES, account=TOOLS))],
            [
                "The state says: access across accounts must be allowed in both: in account "
                f"{TOOLS} no statement of any identity policy allows ecr:BatchGetImage.",
                "The repository is in another account, and its policy lets the principal in: its own policies do not.",
            ],
            "identity",
        ),
        (
            [snapshot(), details(role("ci", document(allow(*PULL)), account=TOOLS))],
            [
                "The state says: access across accounts must be allowed in both: in account "
                f"{PROD} there is no resource policy."
            ],
            "repository",
        ),
        (
            [details(role("ci", document(allow(*PULL)), account=TOOLS))],
            [
                "The state says that ecr:BatchGetImage depends on policies that it does not hold.",
                "The state does not tell all: the resource's own policies: no file holds those of account "
                f"{PROD} in eu-central-1.",
            ],
            "repository",
        ),
    ],
)
def test_which_half_is_missing(tmp_path: Path, states: list[Any], causes: list[str], half: str) -> None:
    """Across accounts AWS's message hides which of the two halves is missing; the files of both accounts tell it."""
    files: list[str] = []
    for number, state in enumerate(states):
        (tmp_path / f"{number}.json").write_text(json.dumps(state))
        files += ["--state", str(tmp_path / f"{number}.json")]
    found = json.loads(ecrgen("explain", HIDDEN, *files, "--json").out)
    assert (found["causes"][: len(causes)], found["half"]) == (causes, half)


def test_the_root_user_of_another_account(tmp_path: Path) -> None:
    """It needs what its account does: that the repository's policy lets it in."""
    text = f"User: arn:aws:iam::{TOOLS}:root is not authorized to perform: ecr:BatchGetImage on resource: {REPO}"
    found = json.loads(ecrgen("explain", text, "--json").out)
    assert (found["half"], found["grant"]["to"]) == ("repository", [f"account/{TOOLS}"])
    assert not any("root user needs no grant" in cause for cause in found["causes"])
    at_home = json.loads(ecrgen("explain", text.replace(TOOLS, PROD), "--json").out)
    assert at_home["grant"] is None
    assert at_home["causes"][0].startswith("The root user needs no grant in its own account")


def test_the_level_of_an_organization(tmp_path: Path) -> None:
    """Levels are counted from one."""
    levels = organization()
    only_s3 = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    levels["accounts"][PROD]["scps"][1]["policies"] = [{"name": "S3", "policy": only_s3}]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(snapshot(role("ci", PUSHES), organization=levels)))
    causes = json.loads(ecrgen("explain", DENIED, "--state", str(file), "--json").out)["causes"]
    assert causes[0].startswith("The state says: at level 2 of 2, ")


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    """A text without a resource, and two readings of standard input, are said."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(snapshot(role("ci"))))
    text = f"User: arn:aws:sts::{PROD}:assumed-role/ci/run is not authorized to perform: ecr:PutImage"
    causes = json.loads(ecrgen("explain", text, "--state", str(file), "--json").out)["causes"]
    assert causes[0] == "The text does not name the resource, so the state cannot be asked."
    twice = ecrgen("explain", "-", "--state", "-", stdin=b"{}")
    assert twice.code == 2
    assert twice.err == "error: -: standard input can be read once only; name a file after --state\n"
