"""`ecrgen snapshot`: all that an account has, written so that it is read back, and what may not be read is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest
from accounts import ACCOUNT
from command_line import PROJECT, ecrgen
from jsonschema import validate
from moto.organizations.models import organizations_backends
from operator_policy import REGIONS, allowed, asks
from server import Call, Reply, Server
from world import add_repositories, repository

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.read_account import read_account
from ecrgen.account.take_snapshot import take_snapshot
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.errors import EcrgenError

Connect = Callable[..., Connection]
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}
TRUST = {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Action": "sts:AssumeRole"}]}
PULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}


@pytest.fixture
def account(server: Server) -> Iterator[Server]:
    """An account with a role, repositories and policies; persona `auditor` has to allow whatever is asked of it."""
    iam = server.account
    iam.create_role("ci", json.dumps(TRUST), "/", "", "", [], 3600)
    iam.put_role_policy("ci", "own", json.dumps(PULL))
    add_repositories(server.registry(), "team/web", "team/api", "other")
    add_repositories(server.registry("eu-west-1"), "far")
    server.registry().set_repository_policy(None, "team/web", json.dumps(POLICY))
    server.registry().tag_resource(repository("team/api").arn, [{"Key": "team", "Value": "api"}])
    server.registry().put_registry_policy(json.dumps({**POLICY, "Statement": [{**STATEMENT, "Resource": "*"}]}))
    server.calls.clear()
    yield server
    auditor = Catalog.load(builtin_file()).render("auditor", account=ACCOUNT, region=REGIONS)
    asked = {ask for call in server.ever for ask in asks(call)}
    server.ever.clear()
    assert [ask for ask in sorted(asked, key=str) if not allowed(auditor, ask)] == []


SHAPE = {
    "type": "object",
    "required": ["version", "account", "partition", "regions", "taken", "iam", "repositories", "registries", "unread"],
    "properties": {
        "version": {"const": 1},
        "iam": {
            "type": ["object", "null"],
            "required": ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"],
        },
        "repositories": {"items": {"required": ["arn", "tags", "policy"]}},
        "registries": {"items": {"required": ["region", "policy"]}},
    },
}


def test_all_is_read_and_read_back(account: Server, connected: Connect, tmp_path: Path) -> None:
    """IAM, repositories with tags and policies, and registries of each region, as they are, at a known cost."""
    connection = connected(4)
    account.calls.clear()
    made = take_snapshot(connection, REGIONS, NOON)
    validate(made, SHAPE)
    assert (made["account"], made["taken"], made["regions"]) == (ACCOUNT, "2026-11-28T12:00:00Z", list(REGIONS))
    assert [role["RoleName"] for role in made["iam"]["RoleDetailList"]] == ["ci"]
    by_name = {each["arn"].partition(":repository/")[2]: each for each in made["repositories"]}
    assert by_name.keys() == {"team/web", "team/api", "other", "far"}
    assert by_name["team/web"]["policy"] == POLICY
    assert by_name["other"]["policy"] is None
    assert by_name["team/api"]["tags"] == {"team": "api"}
    assert [(each["region"], each["policy"] is None) for each in made["registries"]] == [
        ("us-east-1", False),
        ("eu-west-1", True),
    ]
    assert made["unread"] == []
    assert Counter(account.operations()) == {
        "GetAccountAuthorizationDetails": 1,
        "DescribeRepositories": 2,
        "GetRepositoryPolicy": 4,
        "ListTagsForResource": 4,
        "GetRegistryPolicy": 2,
    }
    (tmp_path / "a.json").write_text(json.dumps(made))
    found = read_account(str(tmp_path / "a.json"))
    assert found.regions == REGIONS
    assert len(found.repositories) == 4
    assert found.principals is not None
    assert [held.name for held in found.principals["role/ci"].policies] == ["inline policy own"]
    assert found.unread == ()


def test_the_same_account_makes_the_same_snapshot(account: Server, connected: Connect) -> None:
    """However many calls run at a time, and in whatever order they end."""
    account.account.create_role("app", json.dumps(TRUST), "/", "", "", [], 3600)
    for name in ("one", "two"):
        account.account.put_role_policy("ci", name, json.dumps(PULL))
    first = take_snapshot(connected(1), REGIONS, NOON)
    for kept in (account.account.roles, account.account.get_role("ci").policies, account.registry().repositories):
        items = list(kept.items())[::-1]
        kept.clear()
        kept.update(items)
    assert json.dumps(take_snapshot(connected(8), REGIONS, NOON)) == json.dumps(first)


def denied(*operations: str, region: str = "") -> Callable[[Call], Reply | None]:
    def before(call: Call) -> Reply | None:
        there = not region or call.region == region
        return Reply(400, "AccessDeniedException", "no") if call.operation in operations and there else None

    return before


@pytest.mark.parametrize(
    ("operation", "answer", "not_considered"),
    [
        ("GetRepositoryPolicy", "if", False),
        ("GetRegistryPolicy", "if", False),
        ("DescribeRepositories", "if", False),
        ("ListTagsForResource", "yes", False),
    ],
)
def test_what_is_denied_is_unknown(
    account: Server, connected: Connect, tmp_path: Path, operation: str, answer: str, not_considered: bool
) -> None:
    """What may not be read is said in the file, and an answer that hangs on it is no yes."""
    account.before = denied(operation, region="us-east-1")
    made = take_snapshot(connected(), REGIONS, NOON)
    assert f"lacks ecr:{operation}" in json.dumps(made)
    (tmp_path / "a.json").write_text(json.dumps(made))
    other = repository("other").arn
    done = ecrgen(
        "can",
        "--state",
        str(tmp_path / "a.json"),
        "--as",
        f"arn:aws:iam::{ACCOUNT}:role/ci",
        "pull",
        other,
        "--json",
    )
    found = json.loads(done.out)
    assert found["answer"] == answer
    assert ("resource" in found["not_considered"]) == not_considered
    assert f"lacks ecr:{operation}" in done.err  # whatever is asked of the file
    assert "has no repository" not in done.err


def test_iam_is_denied(account: Server, connected: Connect, tmp_path: Path) -> None:
    """Without users and roles, the repositories are there, and who asks for a role is told that they are not."""
    account.before = denied("GetAccountAuthorizationDetails")
    made = take_snapshot(connected(), REGIONS, NOON)
    assert made["iam"] is None
    assert len(made["repositories"]) == 4
    assert "lacks iam:GetAccountAuthorizationDetails" in made["unread"][0]["reason"]
    (tmp_path / "a.json").write_text(json.dumps(made))
    done = ecrgen(
        "can", "--state", str(tmp_path / "a.json"), "--as", f"arn:aws:iam::{ACCOUNT}:role/ci", "pull", "other"
    )
    assert done.code == 2
    assert "holds no users and roles" in done.err
    planned = ecrgen("plan", "push", "--repo", "web", "--to", "role/ci", "--state", str(tmp_path / "a.json"))
    assert planned.code == 2
    assert "holds no users and roles, which could not be read" in planned.err
    checked = ecrgen("check", str(tmp_path / "a.json"), "--json")
    assert checked.code == 1
    assert "repositories[" in checked.out  # the policies of repositories are checked all the same


@pytest.mark.parametrize("operation", ["GetRepositoryPolicy", "ListTagsForResource"])
def test_a_repository_vanishes(account: Server, connected: Connect, operation: str) -> None:
    """One that is deleted between the list and the reading is not there, and nothing is unknown for it."""

    def before(call: Call) -> Reply | None:
        gone = call.operation == operation and "other" in json.dumps(call.parameters)
        return Reply(400, "RepositoryNotFoundException", "gone") if gone else None

    account.before = before
    made = take_snapshot(connected(), REGIONS, NOON)
    assert len(made["repositories"]) == 3
    assert "other" not in json.dumps(made["repositories"])
    assert made["unread"] == []


@pytest.mark.parametrize("kept", ['{"Statement": [], "Statement": []}', "null", "[]"])
def test_a_policy_that_is_none(account: Server, connected: Connect, kept: str) -> None:
    """A text that no JSON values stand for is kept as it is, and is unknown, not absent."""
    account.registry().repositories["other"].policy = kept
    made = take_snapshot(connected(), REGIONS, NOON)
    assert [each["policy"] for each in made["repositories"] if each["arn"].endswith("/other")] == [kept]
    held = read_account("a.json", json.dumps(made).encode()).policy_of(repository("other").arn, "us-east-1")
    assert held is not None
    assert held.document is None
    assert "ecrgen cannot read it" in held.unknown


def test_nothing_may_be_read(account: Server, connected: Connect) -> None:
    """A caller who may read nothing gets the reasons and no snapshot."""
    account.before = denied("GetAccountAuthorizationDetails", "DescribeRepositories", "GetRegistryPolicy")
    with pytest.raises(EcrgenError) as raised:
        take_snapshot(connected(), ["us-east-1"], NOON)
    assert len(raised.value.problems) == 3


def test_a_region_that_cannot_be_listed(account: Server, connected: Connect, tmp_path: Path) -> None:
    """Its registry's policy is there, and nothing takes it for a region without repositories."""
    account.before = denied("DescribeRepositories", region="us-east-1")
    made = take_snapshot(connected(), REGIONS, NOON)
    found = read_account("a.json", json.dumps(made).encode())
    assert found.regions == REGIONS
    assert found.registries["us-east-1"] is not None
    assert found.unlisted.keys() == {"us-east-1"}
    unknown = found.policy_of(repository("team/web").arn, "us-east-1")
    assert unknown is not None
    assert "lacks ecr:DescribeRepositories" in unknown.unknown
    assert found.policy_of(repository("none", "eu-west-1").arn, "eu-west-1") is None


def test_any_other_fault_stops(account: Server, connected: Connect) -> None:
    """A snapshot is whole or not written: what fails for another reason than a denial is no answer."""
    account.before = lambda call: (
        Reply(400, "InvalidParameterException", "no") if call.operation == "GetRepositoryPolicy" else None
    )
    with pytest.raises(AwsError, match="InvalidParameterException"):
        take_snapshot(connected(), REGIONS, NOON)


def test_calls_are_sent_again(account: Server, connected: Connect) -> None:
    """A throttled call is sent again, and nothing is missing then."""
    once: set[str] = set()

    def before(call: Call) -> Reply | None:
        key = json.dumps([call.operation, call.parameters, call.region])
        if key in once:
            return None
        once.add(key)
        return Reply(400, "ThrottlingException", "slower")

    account.before = before
    assert len(take_snapshot(connected(4), REGIONS, NOON)["repositories"]) == 4


def test_the_command(account: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes a file that the other commands take, says what it wrote, and needs a region."""
    monkeypatch.chdir(tmp_path)
    address = ("--endpoint-url", account.url)
    done = ecrgen("snapshot", "--region", "us-east-1", "-o", "a.json", *address)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"wrote account {ACCOUNT} with 3 repositories to a.json\n"
    who = json.loads(ecrgen("who", "push", "team/web", "--state", "a.json", "--json").out)
    assert [each["principal"] for each in who["principals"]] == [f"arn:aws:iam::{ACCOUNT}:role/ci"]
    assert json.loads(ecrgen("snapshot", "--region", "us-east-1", *address).out)["account"] == ACCOUNT
    none = ecrgen("snapshot", *address)
    assert (none.code, none.err.partition(";")[0]) == (2, "error: --region: name the regions of your registries")
    account.before = denied("GetRepositoryPolicy")
    told = ecrgen("snapshot", "--region", "us-east-1", "-o", "a.json", "--json", *address)
    assert json.loads(told.out) == {"written": "a.json"}
    partly = ecrgen("snapshot", "--region", "us-east-1", "-o", "b.json", *address)
    assert partly.code == 0
    assert "note: not read: the policies of repositories of us-east-1 (3): " in partly.err
    account.before = denied("GetAccountAuthorizationDetails")
    assert (
        "note: not read: the users, groups, roles and policies"
        in ecrgen("snapshot", "--region", "us-east-1", *address).err
    )


def test_an_organization(account: Server, connected: Connect, tmp_path: Path) -> None:
    """With --organization, what is above each account is read, level by level, and holds in answers."""
    organizations_backends.reset()
    client: Any = boto3.client("organizations", region_name="us-east-1", endpoint_url=account.url)
    made = client.create_organization(FeatureSet="ALL")["Organization"]
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="prod")["OrganizationalUnit"]["Id"]
    status = client.create_account(AccountName="member", Email="member@example.com")["CreateAccountStatus"]
    member = status["AccountId"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}]}
    policy = client.create_policy(
        Content=json.dumps(deny), Description="", Name="freeze", Type="SERVICE_CONTROL_POLICY"
    )
    client.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    account.ever.clear()
    found = take_snapshot(connected(), ["us-east-1"], NOON, organization=True)["organization"]
    assert (found["id"], found["management_account"]) == (made["Id"], made["MasterAccountId"])
    assert found["accounts"].keys() == {made["MasterAccountId"], member}
    above = found["accounts"][member]
    assert above["path"] == f"{made['Id']}/{root}/{unit}/"
    assert [level["target"] for level in above["scps"]] == [root, unit, member]
    assert [each["name"] for each in above["scps"][1]["policies"]] == ["FullAWSAccess", "freeze"]
    assert above["scps"][1]["policies"][1]["policy"] == deny
    account.before = denied("DescribePolicy")
    partly = take_snapshot(connected(), ["us-east-1"], NOON, organization=True)
    assert partly["organization"] is None
    (unread,) = partly["unread"]
    assert unread["what"] == "the organization"
    assert "lacks organizations:DescribePolicy" in unread["reason"]
    assert unread["reason"].endswith("in the organization's management account or a delegated one")
    organizations_backends.reset()


@pytest.mark.parametrize("wrong", ["nowhere/a.json", "."])
def test_a_file_that_cannot_be_written(
    account: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """That is found before anything is read."""
    monkeypatch.chdir(tmp_path)
    done = ecrgen("snapshot", "--region", "us-east-1", "-o", wrong, "--endpoint-url", account.url)
    assert done.code == 2
    assert account.calls == []


def test_another_partition(account: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions of another partition than the credentials' are refused with both names."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    done = ecrgen("snapshot", "--region", "cn-north-1", "--endpoint-url", account.url)
    assert done.code == 2
    assert "of partition aws-cn, and the credentials are of aws" in done.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(account: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Ctrl-C or the end of a job in the middle leaves the file as it was, and nothing beside it."""
    (tmp_path / "a.json").write_text("as it was")
    monkeypatch.chdir(tmp_path)
    asked = Event()

    def before(call: Call) -> None:
        if call.operation == "GetRepositoryPolicy":
            asked.set()
            time.sleep(0.3)

    account.before = before
    given = ["snapshot", "--region", "us-east-1", "-o", "a.json", "--endpoint-url", account.url, "--concurrency", "1"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, "-m", "ecrgen", *given], env=environment, stderr=subprocess.PIPE) as process:
        assert asked.wait(60)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode in (130, -number)
    assert b"Traceback" not in said
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a.json", "as it was")]
