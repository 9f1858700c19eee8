"""From apply to CloudFormation and to Terraform and back, as docs/moving.md says, as far as moto goes.

moto imports nothing into a stack, so that a stack makes here what it would take over. Terraform's provider is not here,
so that what it would write, the tags, is written for it.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from accounts import ACCOUNT, PREFIX
from botocore import xform_name
from command_line import Result, ecrgen
from moto.cloudformation import cloudformation_backends
from server import Reply, Server
from strict import local_policies
from world import access, add_grantees, add_repositories, holders

GRANTS = """\
  ci: {persona: push, with: {repo: [team/api]}, guards: [tls], to: [role/ci, group/devs]}
  me: {persona: self-view, to: user/ann}
"""
MORE = GRANTS.replace("team/api", "team/api, team/web")
STACK = "ecr-access"
SAYS = f"to CloudFormation's stack {STACK} in us-east-1; change it by `ecrgen export cloudformation`"
DOCS = Path(__file__).parents[2] / "docs" / "moving.md"


def documented(start: str) -> list[str]:
    """The commands of docs/moving.md that begin so, each whole."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").replace("|\n", "| ").splitlines()
    return [line for line in lines if line.startswith(start)]


def write(grants: str) -> None:
    head = f'version: 1\nextends: builtin\nnamespace: pay\naccount: "{ACCOUNT}"\nregion: us-east-1\n'
    Path("catalog.yaml").write_text(f"{head}grants:\n{grants}")


@pytest.fixture(autouse=True)
def site(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    add_grantees(server.account, "role/ci", "role/other", "user/ann", "group/devs")
    write(GRANTS)


def ok(*arguments: str) -> Result:
    done = ecrgen(*arguments)
    assert done.code == 0, done.err + done.out
    return done


def refused(server: Server, words: str, *back: str) -> None:
    """plan, apply, rollback and destroy change nothing, and say whose the namespace is."""
    commands = (["plan"], ["apply"], ["apply", "--prune"], ["rollback", "ci", *back], ["destroy"])
    for command in commands:
        server.calls.clear()
        done = ecrgen(*command, *([] if command == ["plan"] else ["--yes"]))
        assert done.code == 1, (command, done)
        assert words in done.err
        assert "docs/moving.md says how ecrgen takes it back" in done.err
        assert [call.operation for call in server.calls if call.writes] == []


def with_history() -> None:
    """Two versions of grant ci, so that there is one to go back to."""
    write(MORE)
    ok("apply", "--yes")
    write(GRANTS)
    ok("apply", "--yes")


def stack(server: Server, template: str) -> Any:
    return cloudformation_backends[ACCOUNT]["us-east-1"].create_stack(STACK, Path(template).read_text(), {})


def test_to_cloudformation_and_back(server: Server) -> None:
    """What a change set imports is what apply made; the stack has it until it lets go; access stays the same."""
    with_history()
    before = access(server.account)
    for command in documented("ecrgen export cloudformation"):
        ok(*command.split()[1:])
    template = json.loads(Path("access.json").read_text())["Resources"]
    there = {policy.arn: policy for policy in local_policies(server.account)}
    for each in json.loads(Path("import.json").read_text()):
        properties = template[each["LogicalResourceId"]]["Properties"]
        policy = there.pop(each["ResourceIdentifier"]["PolicyArn"])
        _, document, whom = before[policy.name]
        assert properties["PolicyDocument"] == document
        assert whom == {
            f"{kind}/{name}" for kind in ("role", "user", "group") for name in properties.get(f"{kind.title()}s", ())
        }
    assert there == {}
    server.reset()
    add_grantees(server.account, "role/ci", "role/other", "user/ann", "group/devs")
    stack(server, "access.json")
    assert access(server.account) == before
    assert "no changes" in ok("plan", "--exit-code").out
    write(MORE)
    # a version to go back to, which a stack's update leaves behind
    server.account.create_policy_version(f"{PREFIX}ecrgen.pay.ci", json.dumps(before["ecrgen.pay.ci"][1]), True)
    refused(server, SAYS, "--to-version", "v1")
    assert access(server.account) == before
    (keep,) = documented("sed ")
    subprocess.run(["sh", "-c", keep], check=True)
    kept = json.loads(Path("keeping.json").read_text())["Resources"]
    assert {each["DeletionPolicy"] for each in kept.values()} == {"Retain"}
    client = boto3.client("cloudformation", endpoint_url=server.url)
    client.update_stack(StackName=STACK, TemplateBody=Path("keeping.json").read_text())
    client.delete_stack(StackName=STACK)
    server.ever.clear()  # these calls were a person's
    write(GRANTS)
    assert "no changes" in ok("plan", "--exit-code").out
    assert access(server.account) == before
    write(MORE)
    ok("apply", "--yes")
    assert access(server.account)["ecrgen.pay.me"] == before["ecrgen.pay.me"]
    assert server.account.get_policy(f"{PREFIX}ecrgen.pay.ci").tags
    ok("destroy", "--yes")
    assert access(server.account) == {}


@pytest.mark.slow
def test_to_terraform_and_back(server: Server) -> None:
    """What is imported is all that apply made; the tag that Terraform sets says whose it is, until it is taken off."""
    with_history()
    before = access(server.account)
    first, _ = documented("ecrgen export terraform")
    ok(*first.split()[1:])
    exported = json.loads(Path("ecr-access.tf.json").read_text())
    ids = {each["id"] for each in exported["import"]}
    arns = {policy.arn for policy in local_policies(server.account)}
    attached = {
        f"{who.partition('/')[2]}/{arn}" for who, holder in holders(server.account) for arn in holder.managed_policies
    }
    assert ids == arns | attached
    iam = boto3.client("iam", endpoint_url=server.url)
    for policy in exported["resource"]["aws_iam_policy"].values():
        assert policy["tags"]["ecrgen:managed-by"] == "terraform"
        tags = [{"Key": key, "Value": value} for key, value in policy["tags"].items()]
        iam.tag_policy(PolicyArn=f"{PREFIX}{policy['name']}", Tags=tags)
    assert "no changes" in ok("plan", "--exit-code").out
    write(MORE)
    refused(server, " to Terraform; change it by `ecrgen export terraform`")
    assert access(server.account) == before
    for arn in sorted(arns):
        iam.untag_policy(PolicyArn=arn, TagKeys=["ecrgen:managed-by"])
    server.ever.clear()  # these calls were Terraform's and a person's
    ok("apply", "--yes")
    assert ok("plan", "--exit-code").out.count("no changes") == 1
    ok("destroy", "--yes")


@pytest.mark.parametrize(
    "change", [f"{GRANTS}  new: {{persona: login, to: role/other}}\n", "  me: {persona: self-view}\n"]
)
def test_a_new_grant_in_a_namespace_of_a_stack(server: Server, change: str) -> None:
    """Also what changes none of the stack's policies, or takes some away, is left to it."""
    ok("export", "cloudformation", "-o", "access.json")
    stack(server, "access.json")
    before = access(server.account)
    write(change)
    for command in (["plan"], ["apply", "--yes"]):
        done = ecrgen(*command)
        assert done.code == 1
        assert SAYS in done.err
    assert access(server.account) == before


def test_what_no_export_has_is_still_applied(server: Server) -> None:
    """What a grant says in the policy of a repository is in no template, and apply says it beside a stack."""
    add_repositories(server.registry(), "team/api")
    ok("export", "cloudformation", "-o", "access.json")
    stack(server, "access.json")
    write(f"{GRANTS}  partner: {{persona: pull, with: {{repo: team/api}}, to: account/444455556666}}\n")
    ok("apply", "--yes")
    assert "444455556666" in server.registry().repositories["team/api"].policy


def answered(reply: Reply) -> Callable[[Any], Reply | None]:
    return lambda call: reply if call.operation == "DescribeStackResources" else None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(403, "AccessDenied", "not authorized"),
        pytest.param(Reply(400, "ValidationError", "something else is wrong"), marks=pytest.mark.slow),
        pytest.param(Reply(400, "Throttling"), marks=pytest.mark.slow),
        pytest.param(Reply(500, "InternalFailure"), marks=pytest.mark.slow),
    ],
)
def test_who_may_not_ask_for_stacks_is_told_so(server: Server, reply: Reply) -> None:
    """Without an answer there is a note, once for a region, and the plan goes on."""
    ok("apply", "--yes")
    write(MORE.replace("to: user/ann", "to: [user/ann, group/devs]"))
    server.before = answered(reply)
    server.calls.clear()
    done = ok("plan")
    if reply.code in ("AccessDenied", "ValidationError"):  # the others are asked again
        assert server.operations().count("DescribeStackResources") == 1
    assert done.err.count("whether a stack has these policies is not known: DescribeStackResources") == 1
    assert "ecrgen.pay.ci" in done.out
    denied = "cloudformation:DescribeStackResources; persona operator grants it" in done.err
    assert denied == (reply.status == 403)
    ok("apply", "--yes")


def test_only_what_changes_is_asked_about(server: Server) -> None:
    """No call where nothing changes; else one for each policy that changes and each region that there is to ask."""
    ok("apply", "--yes")
    server.calls.clear()
    ok("plan")
    assert "DescribeStackResources" not in server.operations()
    write(MORE)
    Path("catalog.yaml").write_text(
        Path("catalog.yaml").read_text().replace("region: us-east-1", "region: [us-east-1, eu-west-1]")
    )
    server.calls.clear()
    ok("plan")
    assert server.operations().count("DescribeStackResources") == 2


def test_the_template_in_one_line_is_kept_whole(tmp_path: Path) -> None:
    """The documented command changes every DeletionPolicy, also where all of them are in one line."""
    write("".join(f"  g{n}: {{persona: pull, with: {{repo: team/{'x' * 200}{n}}}, to: role/ci}}\n" for n in range(60)))
    ok("export", "cloudformation", "-o", "access.json")
    assert len(Path("access.json").read_text().splitlines()) == 1
    (keep,) = documented("sed ")
    subprocess.run(["sh", "-c", keep], check=True)
    before, after = (json.loads(Path(name).read_text())["Resources"] for name in ("access.json", "keeping.json"))
    assert len(after) == 60
    for name, each in after.items():
        assert each.pop("Metadata") == {"leaving": True}
        assert each == {**before[name], "DeletionPolicy": "Retain"}


# A command that notes what it is called with, and answers what a file beside it holds.
FAKE = '#!/bin/sh\necho "$*" >>{name}.log\ncase "$*" in *list*) cat {name}.txt;; esac\n'


def faked(name: str, answer: str, command: str) -> list[str]:
    """What a documented pipeline calls a command with that answers so when it is asked for a list."""
    Path(name).write_text(FAKE.format(name=name))
    Path(name).chmod(0o755)
    Path(f"{name}.txt").write_text(answer)
    Path(f"{name}.log").write_text("")
    subprocess.run(["sh", "-c", f'PATH="$PWD:$PATH"; {command}'], check=True)
    return Path(f"{name}.log").read_text().splitlines()[1:]


def test_terraform_forgets_all_of_the_namespace_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented pipelines name each resource of the export once, and each policy to take the tag off."""
    ok("export", "terraform", "-o", "access.tf.json")
    resources = json.loads(Path("access.tf.json").read_text())["resource"]
    own = [
        f"{kind}.{name}{key}"
        for kind, some in resources.items()
        for name, each in some.items()
        for key in ([f'["{key}"]' for key in each["for_each"]] if "for_each" in each else [""])
    ]
    others = [
        "aws_iam_policy.own",
        "aws_iam_policy.ecrgen_payments2_x",
        "data.aws_region.ecrgen_pay",
        "aws_iam_role.ci",
    ]
    (forget, *_) = documented("terraform state list")
    called = faked("terraform", "\n".join([*own, *others]) + "\n", forget.replace("payments", "pay"))
    names = {f"{kind}.{name}" for kind, some in resources.items() for name in some}
    assert sorted(called) == sorted(f"state rm {each}" for each in names)
    arns = [f"{PREFIX}ecrgen.pay.ci", f"{PREFIX}ecrgen.pay.me"]
    blocks = DOCS.read_text()
    untag = re.search(r"^aws iam list-policies.*\n.*done$", blocks, re.MULTILINE)
    assert untag is not None
    called = faked("aws", "\t".join(arns) + "\n", untag[0])
    assert called == [f"iam untag-policy --policy-arn {arn} --tag-keys ecrgen:managed-by" for arn in arns]


def test_the_commands_of_aws_are_those_of_its_api() -> None:
    """Each documented command of aws has an operation and parameters that the service has, or waits for what it can."""
    session = botocore.session.get_session()
    own = {"query", "output"}
    found = re.findall(r"\baws ((?:cloudformation|iam) [^|;\n]*)", "\n".join(documented("")))
    assert len(found) > 12
    for command in found:
        service, name, *rest = shlex.split(command)
        model = session.get_service_model(service)
        options = {each[2:] for each in rest if each.startswith("--")} - own
        if name == "wait":
            assert rest[0] in [xform_name(each, "-") for each in session.get_waiter_model(service).waiter_names]
        elif name == "deploy":  # a command of the command line's own
            assert options == {"stack-name", "template-file", "capabilities"}
        else:
            operations = {xform_name(each, "-"): each for each in model.operation_names}
            shape = model.operation_model(operations[name]).input_shape
            assert shape is not None
            assert options <= {xform_name(each, "-") for each in shape.members}, command
            assert {xform_name(each, "-") for each in shape.required_members} <= options, command
