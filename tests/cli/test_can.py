"""`ecrgen can`: who may do what, on what, and why not."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen, ecrgen_process

MY_REPO = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
SESSION = "arn:aws:sts::123456789012:assumed-role/example/session"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def policy(directory: Path, name: str, *statements: dict[str, Any]) -> str:
    file = directory / name
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return str(file)


def allow(action: Any, resource: str = MY_REPO, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


# What a persona's own policy does not tell.
ALLOWED_UNLESS = (
    "not considered: resource-based policy, permissions boundary, session policy, service control policy,"
    " resource control policy, VPC endpoint policy"
)
LOGIN = allow("ecr:GetAuthorizationToken", "*")


def test_yes() -> None:
    """What a persona allows is yes and exit 0, with each action, its resource and the statement that decided."""
    result = ecrgen("can", "pull", "--repo", "my-repo", "pull", "my-repo")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"yes: pull my-repo as {SESSION}",
        "  allowed  ecr:GetAuthorizationToken on *: GetAuthorizationToken (Statement[0])",
        f"  allowed  ecr:BatchGetImage on {MY_REPO}: PullImages (Statement[1])",
        f"  allowed  ecr:GetDownloadUrlForLayer on {MY_REPO}: PullImages (Statement[1])",
        ALLOWED_UNLESS,
    ]


def test_no() -> None:
    """What a persona does not allow is no and exit 1, with what is missing, why, and what the client shows."""
    result = ecrgen("can", "push", "--repo", "my-repo", "pull", "my-repo")
    assert (result.code, result.err) == (1, "")
    lines = result.out.splitlines()
    assert lines[0] == f"no: pull my-repo as {SESSION}"
    assert lines[3].startswith(f"  denied   ecr:GetDownloadUrlForLayer on {MY_REPO}: no statement of any identity")
    assert lines[4] == "missing: ecr:GetDownloadUrlForLayer"
    assert lines[5] == (
        "the client shows: error pulling image configuration: download failed after attempts=1: denied: "
        f"User: {SESSION} is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: {MY_REPO} "
        "because no identity-based policy allows the ecr:GetDownloadUrlForLayer action"
    )


def test_json() -> None:
    """With --json, the answer has all of it as values."""
    result = ecrgen("can", "pull", "--repo", "my-repo", "ecr:PutImage", "my-repo", "--json")
    assert result.code == 1
    answer = json.loads(result.out)
    (decision,) = answer.pop("decisions")
    assert answer == {
        "answer": "no",
        "allowed": False,
        "conditions": [],
        "certain": True,
        "unknown": [],
        "not_considered": ["resource"],
        "name": "ecr:PutImage",
        "resource": "my-repo",
        "principal": SESSION,
        "missing": ["ecr:PutImage"],
        "message": None,
        "policies": {"identity": ["pull"], "resource": []},
    }
    assert decision.pop("reason").startswith("no statement of any identity policy allows ecr:PutImage")
    assert decision == {
        "action": "ecr:PutImage",
        "resource": MY_REPO,
        "answer": "no",
        "effect": "ImplicitDeny",
        "allowed": False,
        "matched": [],
        "depends_on": [],
    }


@pytest.mark.parametrize("operation", ["push", "pull", "login", "list"])
def test_every_operation_of_the_documented_policy(operation: str) -> None:
    """AWS's policy for one repository allows all that one does with it, and nothing of another repository."""
    for name, code in (("my-repo", 0), ("my-repo2", 0 if operation == "login" else 1)):
        assert ecrgen("can", "single-repo", "--repo", "my-repo", operation, name).code == code


def test_guard_and_context() -> None:
    """A guarded persona is allowed if its guard holds; the context that is given settles that."""
    command = ("can", "pull", "--repo", "my-repo", "--guard", "mfa", "pull", "my-repo")
    opened = ecrgen(*command)
    assert opened.code == 1
    lines = opened.out.splitlines()
    assert lines[0] == f"if: pull my-repo as {SESSION}"
    assert lines[2] == (
        f"  if       ecr:BatchGetImage on {MY_REPO}: PullImages (Statement[1]) needs Bool aws:MultiFactorAuthPresent"
        ' "true"'
    )
    assert lines[4] == "aws:MultiFactorAuthPresent: yes with true; no with false or no value"
    assert not any(line.startswith("missing") for line in lines)
    no = ecrgen(*command, "--context", "aws:MultiFactorAuthPresent=false")
    assert (no.code, no.out.partition(":")[0]) == (1, "no")
    yes = ecrgen(*command, "--context", "aws:MultiFactorAuthPresent=true")
    assert (yes.code, yes.out.partition(":")[0]) == (0, "yes")


def test_if_as_json(tmp_path: Path) -> None:
    """An if has the keys that decide with what each value comes to, and each step the statements it depends on."""
    denial = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Null": {"aws:PrincipalTag/team": "true"}},
    }
    file = policy(tmp_path, "p.json", allow("ecr:PutImage"), denial)
    found = json.loads(ecrgen("can", "--policy", file, "ecr:PutImage", MY_REPO, "--json").out)
    assert (found["answer"], found["allowed"], found["certain"], found["missing"]) == ("if", False, True, [])
    (condition,) = found["conditions"]
    assert condition["key"] == "aws:PrincipalTag/team"
    answers = {each["value"]: each["answer"] for each in condition["values"]}
    assert answers.pop(None) == "no"
    assert "yes" in answers.values()
    (step,) = found["decisions"]
    (depends,) = step["depends_on"]
    assert (depends["effect"], depends["statement"]["statement"]) == ("Deny", 1)
    assert depends["conditions"] == [{"operator": "Null", "key": "aws:PrincipalTag/team", "values": ["true"]}]


def test_what_every_request_has_is_asked_for_by_name() -> None:
    """TLS, the moment and the way in are not taken for absent, and two keys leave an if where one is settled."""
    guards = ("--guard", "tls", "--guard", "expires=2027-01-01T00:00:00Z")
    lines = ecrgen("can", "pull", "--repo", "my-repo", *guards, "pull", "my-repo").out.splitlines()
    assert "aws:SecureTransport: if with true; no with false" in lines
    assert any(line.startswith("aws:CurrentTime: if with 2026-12-31T23:59:59Z; no with ") for line in lines)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("aws:MultiFactorAuthPresnt", "meant aws:MultiFactorAuthPresent?"),
        ("ecr:ResourceTg/team", 'has no condition key "ecr:ResourceTg/team"'),
        ("aws:PrincipalTag/", "names no tag"),
        ("aws:PrincipalTag/team", None),
        ("ecr:ResourceTag/team", None),
        ("token.actions.githubusercontent.com:sub", None),
    ],
)
def test_a_context_key_that_does_not_exist(key: str, problem: str | None) -> None:
    """A slip in a key's name is an error with the nearest name, and no answer; others' keys are taken."""
    found = ecrgen("can", "pull", "--repo", "my-repo", "pull", "my-repo", "--context", f"{key}=x")
    assert found.code == (0 if problem is None else 2)
    assert problem is None or (problem in found.err and not found.out)


def test_context_again() -> None:
    """A context key that is given again has all its values."""
    command = ("can", "pull", "--repo", "my-repo", "--guard", "via=cloudformation.amazonaws.com", "pull", "my-repo")
    values = [f"aws:CalledVia={service}.amazonaws.com" for service in ("athena", "cloudformation")]
    assert ecrgen(*command, "--context", values[0]).code == 1
    assert ecrgen(*command, "--context", values[0], "--context", values[1]).code == 0


def test_as() -> None:
    """--as says who asks."""
    command = ("can", "self-view", "iam:GetUser", "arn:aws:iam::123456789012:user/alice", "--as")
    assert ecrgen(*command, "arn:aws:iam::123456789012:user/alice").code == 0
    bob = ecrgen(*command, "arn:aws:iam::123456789012:user/bob", "--json")
    assert bob.code == 1
    assert json.loads(bob.out)["principal"] == "arn:aws:iam::123456789012:user/bob"


def test_target() -> None:
    """A repository's name is one in the account and the first region that the persona is rendered for."""
    command = ("can", "pull", "--repo", "my-repo", "--account", "111122223333", "--region", "eu-west-1", "--region")
    result = ecrgen(*command, "eu-west-2", "pull", "my-repo")
    assert result.code == 0
    assert "on arn:aws:ecr:eu-west-1:111122223333:repository/my-repo" in result.out
    assert ecrgen(*command, "eu-west-2", "pull", MY_REPO).code == 1


@pytest.mark.parametrize(
    "order",
    [
        ("--policy", "FILE", "push", "my-repo"),
        ("push", "my-repo", "--policy", "FILE"),
        ("push", "--policy=FILE", "my-repo"),
        ("push", "--policy", "FILE", "my-repo"),
    ],
)
def test_policy_file(tmp_path: Path, order: tuple[str, ...]) -> None:
    """With --policy anywhere, a persona's name is the operation of that name."""
    file = policy(tmp_path, "p.json", allow("ecr:*", "*"))
    result = ecrgen("can", *(text.replace("FILE", file) for text in order))
    assert result.code == 0
    assert result.out.startswith("yes: push my-repo as ")
    assert "account and region of my-repo are AWS's examples" in result.err


def test_an_address_tells_account_and_region(tmp_path: Path) -> None:
    """Nothing of AWS's examples is in a question about an image's address or an ARN, and no note says so."""
    file = policy(tmp_path, "p.json", allow("ecr:*", "*"))
    for resource in (
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "arn:aws:ecr:eu-west-1:111122223333:repository/web",
    ):
        assert "examples" not in ecrgen("can", "--policy", file, "push", resource).err


def test_policies_together(tmp_path: Path) -> None:
    """Several policies are asked together, and the one that decided is named; - is standard input."""
    first = policy(tmp_path, "login.json", LOGIN)
    second = json.dumps({"Version": "2012-10-17", "Statement": [allow(PULL, Sid="Pull")]}).encode()
    assert ecrgen("can", "--policy", first, "pull", MY_REPO).code == 1
    result = ecrgen("can", "--policy", first, "--policy", "-", "pull", MY_REPO, stdin=second)
    assert (result.code, result.err) == (0, "")
    assert f"ecr:GetAuthorizationToken on *: {first}: Statement[0]" in result.out
    assert f"ecr:BatchGetImage on {MY_REPO}: Pull (-: Statement[0])" in result.out


def test_explicit_deny(tmp_path: Path) -> None:
    """A Deny in one policy beats the Allow in another, and is named."""
    files = (
        policy(tmp_path, "a.json", allow("ecr:*", "*")),
        policy(tmp_path, "b.json", {**allow("ecr:Put*"), "Effect": "Deny", "Sid": "No"}),
    )
    result = ecrgen("can", "--policy", files[0], "--policy", files[1], "push", MY_REPO)
    assert result.code == 1
    assert f"ecr:PutImage on {MY_REPO}: a Deny in No ({files[1]}: Statement[0])" in result.out


def test_repository_policy(tmp_path: Path) -> None:
    """A policy with Principal is the repository's own: across accounts both it and the caller's own have to allow."""
    user = "arn:aws:iam::444455556666:user/alice"
    own = policy(tmp_path, "own.json", LOGIN, allow(PULL))
    theirs = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": PULL}
    repository = policy(tmp_path, "repository.json", theirs)
    command = ("pull", MY_REPO, "--as", user)
    assert ecrgen("can", "--policy", own, *command).code == 1
    assert ecrgen("can", "--policy", repository, *command).code == 1
    both = ecrgen("can", "--policy", own, "--policy", repository, *command, "--json")
    assert both.code == 0
    assert json.loads(both.out)["policies"] == {"identity": [own], "resource": [repository]}


def test_login_names_no_repository() -> None:
    """A resource that AWS does not ask about is said to have made no difference."""
    result = ecrgen("can", "login", "login", "my-repo")
    assert result.code == 0
    assert result.err == "note: login is on no resource, so AWS asks it of *, not of my-repo\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pul", "--repo", "my-repo", "pull", "my-repo"), ["no persona 'pul'; meant pull?"]),
        (("pull", "pull", "my-repo"), ["pull: --repo: is missing"]),
        (("pull", "--repo", "my-repo", "pusch", "my-repo"), ["no operation 'pusch'; meant push?"]),
        (("pull", "--repo", "my-repo", "push"), ["push: needs a repository"]),
        (("pull", "--repo", "my-repo", "ecr:PutImag", "my-repo"), ["meant ecr:PutImage?"]),
        (("pull", "--repo", "my-repo", "push", "my-repo*"), ["'my-repo*': a repository is one plain name"]),
        (("pull", "--repo", "my-repo", "push", "arn:aws:ecr"), ["'arn:aws:ecr': "]),
        (
            ("pull", "--repo", "x/", "--guard", "mfaa", "push", "y"),
            ["--repo: 'x/'", "--guard: no guard 'mfaa'; meant mfa"],
        ),
        (
            ("pull", "--repo", "my-repo", "--as", "bob", "--context", "x", "--account", "1", "push", "my-repo"),
            ["--account: '1'", "--as: principal 'bob'", "--context: 'x': must be KEY=VALUE"],
        ),
        (("pull", "--repo", "my-repo", "--context", "=x", "push", "my-repo"), ["--context: '=x': must be KEY=VALUE"]),
        (
            ("pull", "--repo", "my-repo", "--context", "aws:username=bob", "push", "my-repo"),
            ["context aws:username: no request of "],
        ),
        (("pull", "--repo", "my-repo", "push", "my-\udcffrepo"), ["'my-\\udcffrepo': "]),
        (
            ("pull", "--repo", "my-repo", "login", "--as", "arn:aws:iam::123456789012:root"),
            ["principal arn:aws:iam::123456789012:root: the root user has no identity policies"],
        ),
        (("self-view", "iam:GetUser", "bob"), ["'bob': name what iam acts on by its ARN"]),
    ],
)
def test_wrong_input(arguments: tuple[str, ...], words: list[str]) -> None:
    """Wrong input ends in exit 2, a line on stderr for each problem, and nothing on stdout."""
    result = ecrgen("can", *arguments)
    assert (result.code, result.out) == (2, "")
    problems = result.err.splitlines()
    assert len(problems) == len(words)
    for problem, expected in zip(problems, words, strict=True):
        assert problem.startswith("error: ")
        assert expected in problem


def test_guard_of_a_file(tmp_path: Path) -> None:
    """A policy's file is asked as it is: a guard for it is refused."""
    result = ecrgen("can", "--policy", policy(tmp_path, "p.json", LOGIN), "--guard", "mfa", "login")
    assert (result.code, result.out) == (2, "")
    assert "--guard: narrows a persona" in result.err


@pytest.mark.parametrize("arguments", [(), ("--json",), ("pull",), ("pull", "--repo", "my-repo")])
def test_nothing_asked(arguments: tuple[str, ...]) -> None:
    """Without a persona or without a question, one line says what is missing and how to get help, exit 2."""
    result = ecrgen("can", *arguments)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    needed = (
        "missing argument 'OPERATION-OR-ACTION'" if "pull" in arguments else "can: needs a persona, a grant, --policy"
    )
    assert result.err.startswith(f"error: {needed}")
    assert "--help` says what there is" in result.err


def test_never_imports_boto3(tmp_path: Path) -> None:
    """As a process, can answers with the exit code and without ever loading boto3, or pydantic, or the checks."""
    watch = (
        "import sys, runpy; sys.argv = ['ecrgen', 'can', 'pull', '--repo', 'my-repo', 'push', 'my-repo']\n"
        "try: runpy.run_module('ecrgen', run_name='__main__')\n"
        "finally: print(sorted({'boto3', 'botocore', 'pydantic', 'rich', 'ecrgen.policy.check'} & set(sys.modules)))"
    )
    import subprocess

    from command_line import environment

    done = subprocess.run(
        [sys.executable, "-c", watch], capture_output=True, text=True, cwd=tmp_path, env=environment(), check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert ecrgen_process("can", "pull", "--repo", "my-repo", "pull", "my-repo").code == 0


ADDRESS = "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-repo:1.2"


def test_address_of_an_image() -> None:
    """An image's address is asked as its repository, with a note; as a persona's argument it is refused."""
    result = ecrgen("can", "pull", "--repo", "my-repo", "--account", "111122223333", "pull", ADDRESS)
    assert result.code == 1
    assert f"ecr:BatchGetImage on {MY_REPO}" in result.out
    assert result.err == f"note: policies decide about repositories, not about images: asked of {MY_REPO}\n"
    assert ecrgen("can", "pull", "--repo", "my-repo", "pull", ADDRESS).code == 0
    refused = ecrgen("can", "pull", "--repo", ADDRESS, "pull", ADDRESS)
    assert (refused.code, refused.out) == (2, "")
    assert "meant my-repo?" in refused.err


def test_messages_of_other_clients(tmp_path: Path) -> None:
    """With --json each client's message is there; people see docker's, or else one by its name."""
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage"]
    file = policy(tmp_path, "p.json", LOGIN, allow([*actions, "ecr:CompleteLayerUpload"]))
    text = ecrgen("can", "--policy", file, "push", MY_REPO)
    assert text.out.splitlines()[-2].startswith("the client shows (docker-containerd): unexpected status from HEAD")
    found = json.loads(ecrgen("can", "--policy", file, "push", MY_REPO, "--json").out)
    assert found["message"] is found["messages"]["docker"] is None
    assert found["messages"]["helm"].startswith(
        'HEAD "https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/my-repo/'
    )


def test_service_and_tags(tmp_path: Path) -> None:
    """A service pulls by the repository's policy alone; a repository created with tags needs the right to tag."""
    pull = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": PULL}
    file = policy(tmp_path, "repository.json", pull)
    result = ecrgen("can", "--policy", file, "--as", "lambda.amazonaws.com", "pull", MY_REPO)
    assert result.code == 0
    assert "note: lambda.amazonaws.com needs no token" in result.err
    create = policy(tmp_path, "create.json", allow("ecr:CreateRepository"))
    command = ("can", "--policy", create, "create-repository", MY_REPO)
    assert ecrgen(*command).code == 0
    tagged = ecrgen(*command, "--context", "aws:RequestTag/team=a")
    assert tagged.code == 1
    assert "missing: ecr:TagResource" in tagged.out


def written(directory: Path, name: str, data: Any) -> str:
    (directory / name).write_text(json.dumps(data))
    return str(directory / name)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ENDPOINT = allow([*PULL, "ecr:GetAuthorizationToken"], "*", Principal="*")
TEXT = json.dumps(document(allow(PULL)))
CONTROL = {"Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY"}, "Content": TEXT}}


@pytest.mark.parametrize(
    ("data", "words"),
    [(document(ENDPOINT), "a VPC endpoint's policy"), (CONTROL, "a service control policy")],
)
def test_what_only_takes_away_gives_nothing(tmp_path: Path, data: Any, words: str) -> None:
    """A policy that limits others is no by itself, and a note says why: exit 1."""
    result = ecrgen("can", "--policy", written(tmp_path, "p.json", data), "ecr:BatchGetImage", MY_REPO)
    assert result.code == 1
    assert result.out.startswith("no: ecr:BatchGetImage")
    assert f"{words} gives nothing by itself" in result.err
    option = "--endpoint" if "endpoint" in words else "--scp"
    assert f"ask it as {option} beside the policies that give" in result.err
    beside = ("--policy", policy(tmp_path, "identity.json", allow(PULL)))
    refused = ecrgen("can", "--policy", str(tmp_path / "p.json"), *beside, "ecr:BatchGetImage", MY_REPO)
    assert (refused.code, refused.out) == (2, "")
    assert f"is {words}, which only takes away; give it as {option}" in refused.err


def test_a_trust_policy_decides_no_request(tmp_path: Path) -> None:
    """A role's trust policy is refused: exit 2."""
    trust = document({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"})
    result = ecrgen("can", "--policy", written(tmp_path, "t.json", trust), "ecr:BatchGetImage", MY_REPO)
    assert (result.code, result.out) == (2, "")
    assert "is a role's trust policy, by which no request to ECR is decided" in result.err


def test_answers_of_aws_are_policies(tmp_path: Path) -> None:
    """What the AWS command line prints is asked as the policy in it, by its place."""
    identity = written(tmp_path, "i.json", {"PolicyVersion": {"Document": document(allow(PULL), LOGIN)}})
    assert ecrgen("can", "--policy", identity, "pull", "my-repo").code == 0
    resource = {
        "registryId": "123456789012",
        "repositoryName": "my-repo",
        "policyText": json.dumps(document({"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"})),
    }
    files = ("--policy", identity, "--policy", written(tmp_path, "r.json", resource))
    denied = ecrgen("can", *files, "pull", MY_REPO, "--as", "arn:aws:iam::123456789012:role/ci")
    assert denied.code == 1
    assert f"{tmp_path / 'r.json'}: policyText: Statement[0]" in denied.out


def test_policies_of_several_are_not_asked_together(tmp_path: Path) -> None:
    """A file with the policies of several says nothing about any of them, until one is named by its place."""
    roles = [
        {
            "Arn": f"arn:aws:iam::123456789012:role/{name}",
            "RolePolicyList": [{"PolicyName": name, "PolicyDocument": document(allow(action))}],
        }
        for name, action in (("reader", PULL), ("writer", "ecr:PutImage"))
    ]
    file = written(tmp_path, "account.json", {"RoleDetailList": roles})
    result = ecrgen("can", "--policy", file, "ecr:PutImage", "my-repo")
    assert (result.code, result.out) == (2, "")
    assert "holds the policies of 2; name one of them: " in result.err
    for index, code in ((0, 1), (1, 0)):
        place = f"{file}#RoleDetailList[{index}].RolePolicyList[0]"
        assert ecrgen("can", "--policy", place, "ecr:PutImage", "my-repo").code == code


def test_what_a_file_leaves_open_is_not_guessed(tmp_path: Path) -> None:
    """A template whose policy hangs on something else is refused with the place: exit 2."""
    document_ = document({"Effect": "Allow", "Action": "ecr:*", "Resource": {"Fn::GetAtt": ["Web", "Arn"]}})
    resources = {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document_}}}
    file = written(tmp_path, "t.json", {"Resources": resources})
    result = ecrgen("can", "--policy", file, "ecr:PutImage", "my-repo")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"error: {file}: P.PolicyDocument: is open: "
        "Statement[0].Resource hangs on Web.Arn, which the file does not tell\n"
    )


ROLE = ("--as", "arn:aws:iam::123456789012:role/ci")
ALL = allow("*", "*")


@pytest.mark.parametrize(
    ("option", "statement", "allowed"),
    [
        ("--boundary", allow(PULL, "*"), True),
        ("--boundary", allow("s3:*", "*"), False),
        ("--session", allow("s3:*", "*"), False),
        ("--scp", ALL, True),
        ("--scp", allow("s3:*", "*"), False),
        ("--rcp", {**allow("ecr:BatchGetImage", "*", Principal="*"), "Effect": "Deny"}, False),
        ("--rcp", {**allow("s3:*", "*", Principal="*"), "Effect": "Deny"}, True),
        ("--endpoint", ENDPOINT, True),
        ("--endpoint", allow("ecr:PutImage", "*", Principal="*"), False),
    ],
)
def test_what_limits_has_its_option(tmp_path: Path, option: str, statement: dict[str, Any], allowed: bool) -> None:
    """A policy that limits is asked in its own layer, and its statement is named by its file."""
    own = policy(tmp_path, "own.json", ALL)
    file = policy(tmp_path, "limit.json", statement)
    result = ecrgen("can", "--policy", own, option, file, "ecr:BatchGetImage", MY_REPO, *ROLE, "--json")
    assert result.code == (0 if allowed else 1)
    found = json.loads(result.out)
    argument = {"--scp": "scps", "--rcp": "rcps"}.get(option, option.removeprefix("--"))
    assert found["policies"][argument] == ([[file]] if option in ("--scp", "--rcp") else [file])
    if statement["Effect"] == "Deny" and not allowed:
        text = ecrgen("can", "--policy", own, option, file, "ecr:BatchGetImage", MY_REPO, *ROLE)
        assert f"{file}: Statement[0]" in text.out


def test_each_scp_is_a_level_and_a_directory_is_one(tmp_path: Path) -> None:
    """Levels must all allow; the policies of a directory are one level, of which one is enough."""
    own = policy(tmp_path, "own.json", ALL)
    (tmp_path / "level").mkdir()
    policy(tmp_path, "level/all.json", ALL)
    s3 = policy(tmp_path, "level/s3.json", allow("s3:*", "*"))
    asked = ("ecr:BatchGetImage", MY_REPO, *ROLE)
    assert ecrgen("can", "--policy", own, "--scp", str(tmp_path / "level"), *asked).code == 0
    assert ecrgen("can", "--policy", own, "--scp", str(tmp_path / "level"), "--scp", s3, *asked).code == 1


def test_a_policy_in_another_slot_is_refused(tmp_path: Path) -> None:
    """A policy with principals is no boundary, one without no endpoint's; and there is one boundary only: exit 2."""
    own = policy(tmp_path, "own.json", ALL)
    named = policy(tmp_path, "named.json", {**allow(PULL, Principal="*"), "Resource": "*"})
    both = written(tmp_path, "both.json", [document(ALL), document(ALL)])
    for option, file, words in (
        ("--boundary", named, "is a repository policy, not a permissions boundary"),
        ("--endpoint", own, "is an identity policy, not a VPC endpoint's policy"),
        ("--boundary", both, "holds 2 policies, and there is one only"),
        ("--scp", str(tmp_path / "none.json"), "no such file"),
    ):
        result = ecrgen("can", "--policy", own, option, file, "ecr:BatchGetImage", MY_REPO)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"error: {option}: {file}: ")
        assert words in result.err


def test_the_policy_of_another_repository_has_no_say(tmp_path: Path) -> None:
    """What AWS says is the policy of one repository is not asked about another, and a note says so."""
    text = json.dumps(document({"Effect": "Allow", "Principal": {"AWS": ROLE[1]}, "Action": PULL}))
    answer = {"registryId": "123456789012", "repositoryName": "other", "policyText": text}
    file = written(tmp_path, "r.json", answer)
    result = ecrgen("can", "--policy", file, "ecr:BatchGetImage", MY_REPO, *ROLE)
    assert result.code == 1
    assert f"r.json: policyText: is the policy of 123456789012/other, so it has no say about {MY_REPO}" in result.err
    assert ecrgen("can", "--policy", file, "ecr:BatchGetImage", "other", *ROLE).code == 0


def test_keys_that_were_not_tried_are_named(tmp_path: Path) -> None:
    """Of an if on more keys than can be tried, what was tried is told, and a few of the others are named."""
    keys = [f"aws:PrincipalTag/t{number}" for number in range(100)]
    allow = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
    pairs = zip(keys, [*keys[1:], keys[0]], strict=True)
    statements = [
        {**allow, "Condition": {"StringEquals": {key: "a"}, "StringNotEquals": {other: "a"}}} for key, other in pairs
    ]
    statements.append({**allow, "Effect": "Deny", "Condition": {"StringEquals": dict.fromkeys(keys, "a")}})
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    done = ecrgen("can", "--policy", str(policy), "ecr:PutImage", "team/web")
    lines = [line for line in done.out.splitlines() if line.startswith(("aws:", "not "))]
    assert lines[0].startswith("aws:PrincipalTag/t0: if with ")
    assert re.fullmatch("not tried: aws:PrincipalTag/t1, .* and others", lines[-3])
    assert lines[-2] == "not all values that these keys may have were tried: the answer may be a yes or a no"
    assert not any(line.endswith(": ") for line in lines)
