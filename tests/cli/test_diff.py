"""`ecrgen diff`: what one policy gives that another does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen, ecrgen_process

REPO = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def policy(directory: Path, name: str, action: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": REPO, **more}
    (directory / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    return str(directory / name)


def test_difference(tmp_path: Path) -> None:
    """What is gained and what is lost is said in words, a line each, with exit 1; turned round, the reverse."""
    old, new = policy(tmp_path, "old.json", PULL), policy(tmp_path, "new.json", [PULL[0], "ecr:PutImage"])
    result = ecrgen("diff", old, new)
    assert (result.code, result.err) == (1, "")
    assert result.out.splitlines() == [
        "newly grants ecr:PutImage on repository/my-repo",
        "no longer grants mount on repository/my-repo",
    ]
    assert ecrgen("diff", new, old).out.splitlines() == [
        "newly grants mount on repository/my-repo",
        "no longer grants ecr:PutImage on repository/my-repo",
    ]


def test_operations(tmp_path: Path) -> None:
    """Operations are named, those of a catalog too; --json says them beside all API actions, and for whom they are."""
    role = {"AWS": "arn:aws:iam::444455556666:role/x"}
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    statement = {"Effect": "Allow", "Principal": role, "Action": "ecr:ListImages"}
    old.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    new.write_text(json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Action": PULL}}))
    assert ecrgen("diff", str(old), str(new)).out.splitlines() == [
        "newly grants pull to arn:aws:iam::444455556666:role/x",
        "no longer grants ecr:ListImages to arn:aws:iam::444455556666:role/x",
    ]
    assert json.loads(ecrgen("diff", str(old), str(new), "--json").out)[0] == {
        "direction": "gained",
        "effect": "Allow",
        "actions": PULL,
        "resources": ["*"],
        "principals": ["arn:aws:iam::444455556666:role/x"],
        "words": "newly grants pull to arn:aws:iam::444455556666:role/x",
        "operations": ["pull"],
    }
    site = tmp_path / "site.yaml"
    site.write_text(
        "version: 1\noperations: {look: {summary: Look, actions: ecr:ListImages, on: repository}}\n"
        "personas: {none: {summary: None, template: none.j2}}\n"
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/none.j2").write_text("{}")
    assert ecrgen("diff", str(new), str(old), "-c", str(site)).out.splitlines() == [
        "newly grants look to arn:aws:iam::444455556666:role/x",
        "no longer grants ecr:BatchGetImage, ecr:GetDownloadUrlForLayer to arn:aws:iam::444455556666:role/x",
    ]


def test_no_difference(tmp_path: Path) -> None:
    """Another way to write the same is no difference: the result is empty, exit 0, and a note says so."""
    old, new = policy(tmp_path, "old.json", PULL, Sid="Pull"), policy(tmp_path, "new.json", PULL[::-1], Resource=[REPO])
    assert ecrgen("diff", old, new) == (0, "", "note: both give the same access\n")


def test_json_and_standard_input(tmp_path: Path) -> None:
    """- is standard input, on either side; --json gives each difference with its direction."""
    old = policy(tmp_path, "old.json", PULL)
    new = Path(policy(tmp_path, "new.json", [*PULL, "ecr:PutImage"])).read_bytes()
    result = ecrgen_process("diff", old, "-", "--json", stdin=new)
    assert (result.code, result.err) == (1, "")
    assert json.loads(result.out) == [
        {
            "direction": "gained",
            "effect": "Allow",
            "actions": ["ecr:PutImage"],
            "resources": [REPO],
            "words": "newly grants ecr:PutImage on repository/my-repo",
        }
    ]
    assert ecrgen("diff", "-", old, "--json", stdin=new).code == 1
    assert ecrgen("diff", old, old, "--json") == (0, "[]\n", "")


BAD = {
    "json": b'{"Version": ',
    "number": b"7",
    "empty": b"",
    "binary": bytes(range(256)),
    "null bytes": b'{"Version": "2012-10-17", \x00"Statement": []}',
    "surrogate": b'{"Version": "2012-10-17", "Statement": "\\ud800"}',
    "deep": b"[" * 10_000,
    "deep object": b'{"Statement":' * 10_000,
    "duplicate": b'{"Statement": 1, "Statement": 2}',
    "no statement": b'{"Version": "2012-10-17", "Statement": []}',
    "10 MB": b'{"Version": "2012-10-17", "Statement": [' + b" " * 10_000_000 + b"]}",
}


@pytest.mark.parametrize("side", ["old", "new", "policy"])
@pytest.mark.parametrize("kind", BAD)
def test_malformed(tmp_path: Path, kind: str, side: str) -> None:
    """What is no policy ends in exit 2 and one line that names the file, in diff and in can; never in a traceback."""
    bad, good = tmp_path / "bad.json", policy(tmp_path, "good.json", PULL)
    bad.write_bytes(BAD[kind])
    commands = {
        "old": ("diff", str(bad), good),
        "new": ("diff", good, str(bad)),
        "policy": ("can", "login", "--policy", str(bad)),
    }
    result = ecrgen(*commands[side])
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {bad}: ")
    assert result.err.count("\n") == 1


def test_unreadable(tmp_path: Path) -> None:
    """Every file that cannot be read is told at once, exit 2."""
    result = ecrgen("diff", str(tmp_path), str(tmp_path / "none.json"))
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        f"error: {tmp_path}: a directory without a policy: none of its files ends in .json, .yaml or .yml",
        f"error: {tmp_path / 'none.json'}: no such file",
    ]


def test_standard_input_twice() -> None:
    """Standard input cannot be both sides."""
    result = ecrgen("diff", "-", "-", stdin=b"{}")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: -: standard input can be read once only\n"


def test_endless_input(tmp_path: Path) -> None:
    """Input without an end is given up on."""
    result = ecrgen("diff", "/dev/zero", policy(tmp_path, "p.json", PULL))
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: /dev/zero: has more than 67,108,864 bytes")


def test_answers_of_aws_are_policies(tmp_path: Path) -> None:
    """What the AWS command line prints is compared as the policy in it."""
    plain = policy(tmp_path, "p.json", PULL)
    document = json.loads(Path(plain).read_text())
    (tmp_path / "answer.json").write_text(json.dumps({"PolicyVersion": {"Document": document}}))
    assert ecrgen("diff", plain, str(tmp_path / "answer.json")).code == 0
    (tmp_path / "answer.json").write_text(json.dumps({"PolicyVersion": {}}))
    result = ecrgen("diff", plain, str(tmp_path / "answer.json"))
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: {tmp_path / 'answer.json'}: PolicyVersion: has no Document\n"
