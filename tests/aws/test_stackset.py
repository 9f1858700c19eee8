"""`ecrgen stackset` in an organization of twenty accounts: what each gets, what stays, and what is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from command_line import Result, ecrgen, environment
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends
from operator_policy import allowed, asks
from server import Call, Cut, Reply, Server
from stackset_world import CATALOG, Organization, made_organization, policies_in
from strict_stacksets import FAKES, MANAGEMENT
from world import add_policy, everything_else

from ecrgen.account.connection import Connection
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.cli.stackset.options import Waiting
from ecrgen.export.stackset.calls import Pace
from ecrgen.policy.document import PolicyDocument

SET = "ecr-access"
OTHER = PolicyDocument.from_dict(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)
# The policies that the catalog makes of its grants.
MADE = ["ecrgen.pay.ci", "ecrgen.pay.look"]


@pytest.fixture
def organization(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    """Whatever is called is about the named set, and persona `stackset-operator` allows it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr(Connection, "wait", lambda self, attempt: None)
    Path("catalog.yaml").write_text(CATALOG)
    yield made_organization()
    calls = [call for call in server.ever if call.operation != "GetCallerIdentity"]
    server.ever.clear()
    of_sets = [call for call in calls if call.region and not call.as_json]
    assert {call.parameters["StackSetName"] for call in of_sets} <= {SET}
    assert {call.region for call in of_sets} <= {"us-east-1"}
    persona = Catalog.load(builtin_file()).render(
        "stackset-operator", stack_set=SET, namespace="pay", region=["us-east-1"]
    )
    asked = {ask for call in calls for ask in asks(call)}
    assert [ask for ask in sorted(asked, key=str) if not allowed(persona, ask)] == []


def stackset(action: str, *arguments: str) -> Result:
    return ecrgen("stackset", action, "--name", SET, *arguments)


def apply(*arguments: str) -> Result:
    return stackset("apply", "--yes", *arguments)


def the_set() -> dict[str, Any]:
    return FAKES.sets["us-east-1", SET]


def writes(server: Server) -> list[str]:
    return [call.operation for call in server.calls if call.writes or call.operation == "DetectStackSetDrift"]


def test_every_account_of_the_units(organization: Organization, server: Server) -> None:
    """Nested units count, the management account and other units do not; then there is nothing to do."""
    prod = organization.units["prod"]
    planned = stackset("plan", "--ou", prod)
    assert planned.code == 3
    assert "13 accounts" in planned.out
    assert "+ role/ci gains push on team/api" in planned.out
    assert writes(server) == []
    done = apply("--ou", prod)
    assert done.code == 0, done
    inside = organization.within("prod", "prod-eu", "prod-eu-bank")
    assert len(inside) == 13
    for account in inside:
        assert sorted(policies_in(account)) == MADE
        assert f"arn:aws:ecr:us-east-1:{account}:repository/team/api" in json.dumps(policies_in(account))
        role = iam_backends[account]["aws"].roles.values()
        assert [arn.rpartition("/")[2] for each in role for arn in each.managed_policies] == ["ecrgen.pay.ci"]
    assert [each for each in (*organization.within("dev", ""), MANAGEMENT) if policies_in(each)] == []
    assert the_set()["Tags"] == {
        "ecrgen:namespace": "pay",
        "ecrgen:catalog": "shop",
        "ecrgen:policy": "identity",
    }
    server.calls.clear()
    assert stackset("plan", "--ou", prod).code == 0
    assert apply("--ou", prod).out == "nothing to do\n"
    assert writes(server) == []


@pytest.mark.slow
def test_the_whole_organization_but_the_management_account(organization: Organization) -> None:
    """The root stands for all units."""
    done = apply("--ou", organization.root, "--max-concurrent-count", "8", "--json")
    assert done.code == 0, done
    (_, instances) = json.loads(done.out)["steps"]
    assert len(instances["accounts"]) == 19
    assert {each["status"] for each in instances["accounts"]} == {"SUCCEEDED"}
    assert policies_in(MANAGEMENT) == {}


@pytest.mark.slow
def test_accounts_of_a_unit(organization: Organization) -> None:
    """With --account only those get the stack, and none that comes later; without it, the others get it, too."""
    prod, (first, second, *_) = organization.units["prod"], organization.within("prod-eu")
    assert apply("--ou", prod, "--account", first, "--account", second).code == 0
    assert [each for each in organization.within("prod", "prod-eu", "prod-eu-bank") if policies_in(each)] == sorted(
        [first, second]
    )
    assert the_set()["AutoDeployment"] == {"Enabled": False}
    assert apply("--ou", prod).code == 0
    assert all(map(policies_in, organization.within("prod", "prod-eu", "prod-eu-bank")))
    assert the_set()["AutoDeployment"]["Enabled"] is True
    outside = organization.within("dev")[0]
    refused = apply("--ou", prod, "--account", outside)
    assert refused.code == 2
    assert f"--account: {outside}: no active account of {prod}" in refused.err


@pytest.mark.slow
def test_a_new_template_goes_to_every_account(organization: Organization) -> None:
    """The plan says who gains and loses; what else an account has stays as it is."""
    prod = organization.units["prod"]
    assert apply("--ou", prod).code == 0
    inside = organization.within("prod", "prod-eu", "prod-eu-bank")
    add_policy(iam_backends[inside[0]]["aws"], "theirs", OTHER, path="/")
    before = everything_else(iam_backends[inside[0]]["aws"])
    Path("catalog.yaml").write_text(CATALOG.replace("team/api", "team/web"))
    planned = stackset("plan", "--ou", prod)
    assert planned.code == 3
    assert "~ update all instances: another template" in planned.out
    assert "+ role/ci gains push on team/web" in planned.out
    assert "- role/ci loses push on team/api" in planned.out
    assert apply("--ou", prod).code == 0
    assert all("repository/team/web" in json.dumps(policies_in(each)) for each in inside)
    assert everything_else(iam_backends[inside[0]]["aws"]) == before


def test_an_account_that_fails(organization: Organization) -> None:
    """Exit 1, with AWS's reason for each account; the rest was not begun, and the next run goes on."""
    prod = organization.units["prod"]
    broken = organization.within("prod")[0]
    FAKES.failing[broken] = "The role with name ci cannot be found."
    done = apply("--ou", prod)
    assert done.code == 1
    assert f"FAILED in {broken} (us-east-1): The role with name ci cannot be found." in done.out
    assert "Cancelled since failure tolerance has exceeded" in done.out
    shown = stackset("status")
    assert shown.code == 1
    assert "The role with name ci cannot be found." in shown.out
    tolerant = apply("--ou", prod, "--failure-tolerance-count", "1", "--max-concurrent-count", "2")
    assert tolerant.code == 1
    assert "12 SUCCEEDED" in tolerant.out
    FAKES.failing.clear()
    assert "1 account behind" in stackset("plan", "--ou", prod).out
    assert apply("--ou", prod).code == 0
    assert sorted(policies_in(broken)) == MADE
    assert stackset("status").code == 0


@pytest.mark.slow
def test_what_is_no_longer_asked_for(organization: Organization) -> None:
    """Units and accounts stay until --prune, which takes their stacks away and no other."""
    prod, dev = organization.units["prod"], organization.units["dev"]
    assert apply("--ou", prod, "--ou", dev).code == 0
    kept = stackset("plan", "--ou", dev)
    assert kept.code == 0
    assert "waits for --prune" in kept.out
    assert apply("--ou", dev, "--prune").code == 0
    assert [each for each in organization.within("prod", "prod-eu", "prod-eu-bank") if policies_in(each)] == []
    assert all(map(policies_in, organization.within("dev")))
    one = organization.within("dev")[0]
    assert apply("--ou", dev, "--account", one, "--prune").code == 0
    assert [each for each in organization.within("dev") if policies_in(each)] == [one]


@pytest.mark.slow
def test_delete(organization: Organization) -> None:
    """Every stack goes, then the set; everything else stays, and a second time there is nothing to do."""
    FAKES.sets["us-east-1", "theirs"] = theirs = {"instances": {}, "operations": []}
    assert apply("--ou", organization.root).code == 0
    account = organization.within("dev")[0]
    add_policy(iam_backends[account]["aws"], "theirs", OTHER, path="/")
    before = everything_else(iam_backends[account]["aws"])
    shown = stackset("delete", "--preview")
    assert shown.code == 0
    assert "- role/ci loses push on team/api" in shown.out
    assert sorted(policies_in(account)) == MADE
    digest = shown.out.rpartition("digest ")[2].strip()
    done = stackset("delete", "--yes", "--plan-digest", digest)
    assert done.code == 0, done
    assert [each for names in organization.accounts.values() for each in names if policies_in(each)] == []
    assert everything_else(iam_backends[account]["aws"]) == before
    assert FAKES.sets == {("us-east-1", "theirs"): theirs}
    again = stackset("delete", "--yes")
    assert (again.code, again.out) == (0, "nothing to do\n")
    assert "note: there is no stack set ecr-access in us-east-1\n" in again.err
    assert stackset("status").code == 1


@pytest.mark.slow
def test_a_part(organization: Organization) -> None:
    """status and delete of units or accounts are about those alone."""
    prod, dev = organization.units["prod"], organization.units["dev"]
    assert apply("--ou", prod, "--ou", dev).code == 0
    one = organization.within("dev")[0]
    assert json.loads(stackset("status", "--account", one, "--json").out)["instances"][0]["account"] == one
    assert stackset("status", "--ou", prod).out.startswith("stack set ecr-access: 13 accounts")
    assert stackset("status", "--ou", organization.units["empty"]).code == 2
    assert stackset("delete", "--yes", "--account", one).code == 0
    assert stackset("delete", "--yes", "--ou", prod).code == 0
    left = [each for names in organization.accounts.values() for each in names if policies_in(each)]
    assert sorted(left) == organization.within("dev")[1:]
    assert stackset("delete", "--yes", "--ou", dev).code == 0
    assert FAKES.sets == {}


@pytest.mark.slow
def test_a_delete_that_fails(organization: Organization) -> None:
    """The set stays as long as an account has its stack; the next delete does the rest."""
    dev = organization.units["dev"]
    assert apply("--ou", dev).code == 0
    broken = organization.within("dev")[0]
    FAKES.failing[broken] = "The stack cannot be deleted."
    done = stackset("delete", "--yes")
    assert done.code == 1
    assert f"FAILED in {broken} (us-east-1): The stack cannot be deleted." in done.out
    assert "skipped: delete the set" in done.out
    assert "the same command goes on where this one ended" in done.err
    FAKES.failing.clear()
    assert stackset("delete", "--yes").code == 0
    assert FAKES.sets == {}
    assert policies_in(broken) == {}


FOREIGN: dict[str, tuple[dict[str, Any], str]] = {
    "of nobody": ({"Tags": {"team": "x"}}, "ecrgen did not make it"),
    "self-managed": ({"PermissionModel": "SELF_MANAGED"}, "ecrgen did not make it"),
    "of another namespace": ({"Tags": {"ecrgen:namespace": "pay2"}}, "is of namespace pay2"),
    "of another catalog": (
        {"Tags": {"ecrgen:namespace": "pay", "ecrgen:catalog": "bank"}},
        "belongs to catalog bank, and this is shop",
    ),
}


@pytest.mark.parametrize(
    "whose", [each if each == "of nobody" else pytest.param(each, marks=pytest.mark.slow) for each in FOREIGN]
)
def test_somebody_else_s_set(organization: Organization, server: Server, whose: str) -> None:
    """A set of that name that ecrgen did not make for this catalog is refused, and nothing is done to it."""
    unlike, said = FOREIGN[whose]
    assert apply("--ou", organization.units["dev"]).code == 0
    the_set().update(unlike)
    server.calls.clear()
    prod = organization.units["prod"]
    for done in (stackset("plan", "--ou", prod), apply("--ou", prod), stackset("status"), stackset("delete", "--yes")):
        assert done.code == 2
        assert said in done.err
    assert stackset("status", "--detect-drift").code == 2
    assert writes(server) == []


@pytest.mark.slow
def test_the_plan_that_was_shown(organization: Organization, server: Server) -> None:
    """With its digest an apply does it; where the set, its accounts or the catalog are others by then, nothing."""
    prod = organization.units["prod"]
    digest = json.loads(stackset("plan", "--ou", prod, "--json").out)["digest"]
    backend = organizations_backends[MANAGEMENT]["aws"]
    assert apply("--ou", prod, "--account", organization.within("prod")[0], "--plan-digest", digest).code == 2
    Path("catalog.yaml").write_text(CATALOG.replace("team/api", "team/web"))
    changed = apply("--ou", prod, "--plan-digest", digest)
    assert changed.code == 2
    assert "has changed, so nothing was done; plan again" in " ".join(changed.err.split())
    assert writes(server) == []
    Path("catalog.yaml").write_text(CATALOG)
    assert apply("--ou", prod, "--plan-digest", digest).code == 0
    moved = organization.within("dev")[0]
    backend.move_account(
        AccountId=moved, SourceParentId=organization.units["dev"], DestinationParentId=organization.units["prod-eu"]
    )
    planned = json.loads(stackset("plan", "--ou", prod, "--json").out)
    assert [step["accounts"] for step in planned["steps"]] == [[moved]]
    assert apply("--ou", prod, "--plan-digest", planned["digest"]).code == 0
    assert sorted(policies_in(moved)) == MADE


def delegated(account: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call from now on as somebody of an account that is a delegated administrator."""
    FAKES.delegated.add(account)
    sts: Any = boto3.client("sts", region_name="us-east-1", endpoint_url=server.url)
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/admin", RoleSessionName="admin")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
    server.calls.clear()
    server.ever.clear()


@pytest.mark.slow
def test_the_persona_has_no_action_more(
    organization: Organization, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every action of persona `stackset-operator` is one that some command needs."""
    delegated(organization.within("dev")[0], server, monkeypatch)
    for text in (CATALOG, CATALOG.replace("team/api", "team/web")):
        Path("catalog.yaml").write_text(text)
        assert apply("--ou", organization.units["dev"]).code == 0
    assert stackset("status", "--detect-drift").code == 0
    assert stackset("delete", "--yes").code == 0
    needed = {ask.action for call in server.ever for ask in asks(call)}
    persona = Catalog.load(builtin_file()).render(
        "stackset-operator", stack_set=SET, namespace="pay", region="us-east-1"
    )
    assert {action for each in persona.statements for action in each.actions} == needed


@pytest.mark.slow
def test_a_delegated_administrator(organization: Organization, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller of another account says with every call that it is one."""
    delegated(organization.within("dev")[0], server, monkeypatch)
    prod = organization.units["prod"]
    assert apply("--ou", prod).code == 0
    assert sorted(policies_in(organization.within("prod")[0])) == MADE
    assert stackset("status").code == 0
    assert stackset("delete", "--yes").code == 0
    of_sets = [call for call in server.calls if call.region and not call.as_json]
    assert {call.parameters.get("CallAs") for call in of_sets} == {"DELEGATED_ADMIN"}
    FAKES.delegated.clear()
    refused = stackset("status")
    assert refused.code == 2
    assert "delegated admin" in refused.err


@pytest.mark.slow
def test_suspended_accounts(organization: Organization) -> None:
    """They are left out, and said."""
    account = organization.within("dev")[0]
    backend = organizations_backends[MANAGEMENT]["aws"]
    backend.close_account(AccountId=account)
    planned = stackset("plan", "--ou", organization.units["dev"])
    assert "4 accounts" in planned.out
    assert f"not active, and left out: {account}" in planned.out
    assert apply("--ou", organization.units["dev"]).code == 0
    assert policies_in(account) == {}


@pytest.mark.slow
def test_an_account_is_suspended_later(organization: Organization) -> None:
    """That is said, and nothing is left to do: AWS passes it over."""
    dev, account = organization.units["dev"], organization.within("dev")[0]
    assert apply("--ou", dev).code == 0
    organizations_backends[MANAGEMENT]["aws"].close_account(AccountId=account)
    instance = the_set()["instances"][account, "us-east-1"]
    instance |= {"Status": "OUTDATED", "StackInstanceStatus": {"DetailedStatus": "SKIPPED_SUSPENDED_ACCOUNT"}}
    done = apply("--ou", dev)
    assert (done.code, done.out) == (0, "nothing to do\n")
    assert f"account {account}: in the set, but no active account of the units any more" in " ".join(done.err.split())
    assert stackset("status").code == 0


@pytest.mark.slow
def test_a_stuck_operation(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """After --wait it is said that it runs, with exit 1; the next apply says the same, and begins nothing."""
    monkeypatch.setattr(Waiting, "pace", Pace(patience=-1.0))
    FAKES.looks = 10**6
    dev = organization.units["dev"]
    done = apply("--ou", dev)
    assert done.code == 1
    assert "waiting: create instances" in done.out
    assert "still runs; the same command waits on" in " ".join(done.out.split())
    again = apply("--ou", dev)
    assert again.code == 1
    assert "still runs; the same command waits on" in " ".join(again.err.split())
    assert len(the_set()["operations"]) == 1


@pytest.mark.slow
def test_interrupted(organization: Organization, server: Server) -> None:
    """Ctrl-C ends the waiting and says that AWS goes on; nothing is undone, and the next apply does the rest."""
    FAKES.looks = 50
    dev = organization.units["dev"]
    command = [sys.executable, "-m", "ecrgen", "stackset", "apply", "--name", SET, "--yes", "--ou", dev]
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "waiting for operation" not in said:
            said += process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()
    assert process.returncode == 130
    assert "(CREATE) goes on at AWS; `ecrgen stackset status --name ecr-access` shows it" in said
    assert apply("--ou", dev).code == 0
    assert [each["Action"] for each in the_set()["operations"]] == ["CREATE"]


@pytest.mark.slow
def test_drift(organization: Organization, server: Server) -> None:
    """Nothing is compared unless asked; an account that has drifted ends in exit 1."""
    assert apply("--ou", organization.units["dev"]).code == 0
    server.calls.clear()
    assert "drift NOT_CHECKED" in stackset("status").out
    assert writes(server) == []
    assert stackset("status", "--detect-drift").code == 0
    FAKES.drifted.add(organization.within("dev")[0])
    drifted = stackset("status", "--detect-drift", "--json")
    assert drifted.code == 1
    found = json.loads(drifted.out)
    assert found["drift"] == "DRIFTED"
    assert [each["account"] for each in found["instances"] if each["drift"] == "DRIFTED"] == [
        organization.within("dev")[0]
    ]


@pytest.mark.slow
def test_an_operation_that_runs_already(organization: Organization, server: Server) -> None:
    """plan and status say so; apply and delete wait for it, and then do what is left."""
    dev = organization.units["dev"]
    assert apply("--ou", dev).code == 0
    FAKES.looks = 5
    client: Any = boto3.client("cloudformation", region_name="us-east-1", endpoint_url=server.url)
    client.update_stack_set(
        StackSetName=SET,
        TemplateBody=the_set()["TemplateBody"],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        OperationPreferences={"MaxConcurrentCount": 1},
    )
    running = the_set()["operations"][-1]
    assert running["Status"] == "RUNNING"
    assert f"operation {running['OperationId']} (UPDATE) is under way" in stackset("plan", "--ou", dev).out
    assert stackset("status").code == 3
    Path("catalog.yaml").write_text(CATALOG.replace("team/api", "team/web"))
    FAKES.looks = 0
    done = apply("--ou", dev)
    assert done.code == 0
    assert f"waiting for operation {running['OperationId']} (UPDATE)" in done.err
    assert all("repository/team/web" in json.dumps(policies_in(each)) for each in organization.within("dev"))


@pytest.mark.slow
def test_answers_that_are_lost_or_late(organization: Organization, server: Server) -> None:
    """Throttled calls are sent again, and a call whose answer was lost is not done twice."""
    seen: set[str] = set()

    def once(call: Call) -> bool:
        first = call.operation not in seen
        seen.add(call.operation)
        return first

    server.before = lambda call: (
        Reply(400, "Throttling") if once(call) and call.operation != "GetCallerIdentity" else None
    )
    assert apply("--ou", organization.units["dev"]).code == 0
    seen.clear()
    server.before = lambda call: None
    server.after = lambda call: Cut() if call.writes and call.region and once(call) else None
    Path("catalog.yaml").write_text(CATALOG.replace("team/api", "team/web"))
    assert apply("--ou", organization.units["dev"], "--ou", organization.units["prod"]).code == 0
    assert seen == {"UpdateStackSet", "CreateStackInstances"}
    assert [each["Action"] for each in the_set()["operations"]] == ["CREATE", "UPDATE", "CREATE"]
    seen.clear()
    assert stackset("delete", "--yes").code == 0
    assert FAKES.sets == {}


WRONG = {
    ("--name", "1x"): "--name: '1x'",
    ("--ou", "prod"): "--ou: 'prod': is no unit",
    ("--region", "eu-west-9"): "--region: 'eu-west-9': no region that ",
    ("--account", "12"): "--account: '12': an account's id has 12 digits",
}


@pytest.mark.parametrize("option", WRONG)
def test_wrong_options(organization: Organization, server: Server, option: tuple[str, str]) -> None:
    """They are refused before AWS is asked anything."""
    done = ecrgen("stackset", "plan", "--name", SET, "--ou", "ou-ab12-cdef3456", *option)
    assert (done.code, server.calls) == (2, [])
    assert WRONG[option] in done.err


CATALOGS = {
    "of one account": (CATALOG + 'account: "123456789012"\n', "is for account 123456789012"),
    "without grants": ("version: 1\nextends: builtin\n", "has no grants"),
    "too long": (
        CATALOG + "".join(f"  g{n}: {{persona: push, with: {{repo: team/a{n}}}, to: role/ci}}\n" for n in range(150)),
        "bytes, and AWS takes 51200 for a set; divide the catalog",
    ),
}


@pytest.mark.parametrize("kind", CATALOGS)
def test_catalogs_that_no_set_can_have(organization: Organization, server: Server, kind: str) -> None:
    """They are refused before AWS is asked anything."""
    text, said = CATALOGS[kind]
    Path("catalog.yaml").write_text(text)
    done = stackset("plan", "--ou", "ou-ab12-cdef3456")
    assert (done.code, server.calls) == (2, [])
    assert said in done.err


def test_a_unit_within_another(organization: Organization) -> None:
    """Naming both is refused, as the outer one has all of it."""
    outer, inner = organization.units["prod"], organization.units["prod-eu-bank"]
    done = stackset("plan", "--ou", outer, "--ou", inner)
    assert done.code == 2
    assert f"{inner} is within {outer}" in done.err


REGISTRY = """\
version: 1
extends: builtin
namespace: pay
id: shop
region: [us-east-1, eu-west-1]
grants:
  everybody: {persona: pull-prefix, with: {repo: team/*}, to: org/o-a1b2c3d4e5, through: registry}
  copies: {persona: replication, with: {repo: mirror/*}, to: account/111122223333}
  cache: {persona: pull-through-cache, with: {repo: hub/*}, to: role/ci}
  ci: {persona: push, with: {repo: team/api}, to: [role/ci]}
"""


@pytest.mark.slow
def test_the_policies_of_registries(organization: Organization, server: Server) -> None:
    """They are a set of their own, in every region of the catalog, and each is its account's and its region's own."""
    Path("catalog.yaml").write_text(REGISTRY)
    dev = organization.units["dev"]
    planned = stackset("plan", "--ou", dev, "--registry")
    assert planned.code == 3
    assert "(us-east-1, eu-west-1)" in planned.out
    assert "the registry's policy newly grants" in planned.out
    assert "each account has to have role/ci" in planned.out
    assert apply("--ou", dev, "--registry").code == 0
    for account in organization.within("dev"):
        assert policies_in(account) == {}
        for region in ("us-east-1", "eu-west-1"):
            text = ecr_backends[account][region].registry_policy
            assert len(json.loads(text)["Statement"]) == 3
            assert f"arn:aws:ecr:{region}:{account}:repository/hub/*" in text
            assert f"arn:aws:iam::{account}:role/ci" in text
            assert "${" not in text
    assert stackset("plan", "--ou", dev, "--registry").code == 0
    other = stackset("plan", "--ou", dev)
    assert other.code == 2
    assert "has policies of kind registry, and these are of kind identity" in other.err
    assert "grant everybody: stands in the registry's policy, which --registry deploys" in " ".join(other.err.split())
    assert stackset("delete", "--yes").code == 0
    assert all(ecr_backends[each]["eu-west-1"].registry_policy is None for each in organization.within("dev"))


@pytest.mark.slow
def test_a_registry_with_a_policy(organization: Organization) -> None:
    """What somebody else wrote there is not replaced: AWS says so, and the account fails."""
    Path("catalog.yaml").write_text(REGISTRY)
    account = organization.within("dev")[0]
    ecr_backends[account]["us-east-1"].registry_policy = "{}"
    done = apply("--ou", organization.units["dev"], "--registry")
    assert done.code == 1
    assert f"FAILED in {account} (us-east-1): Resource of type 'AWS::ECR::RegistryPolicy' already exists." in done.out
    assert ecr_backends[account]["us-east-1"].registry_policy == "{}"


def killed_apply(server: Server, unit: str, at: str, *, after: bool) -> None:
    """Run an apply as a process, and kill it before or after the first call of an operation takes effect."""
    command = [sys.executable, "-m", "ecrgen", "stackset", "apply", "--name", SET, "--yes", "--ou", unit]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def kill(call: Call) -> Cut | None:
        if call.operation != at:
            return None
        os.kill(process.pid, signal.SIGKILL)
        return Cut()

    if after:
        server.after = kill
    else:
        server.before = kill
    assert process.wait(60) == -signal.SIGKILL
    server.before = server.after = lambda call: None


KILLS = [
    ("CreateStackInstances", True),
    pytest.param("CreateStackSet", True, marks=pytest.mark.slow),
    pytest.param("CreateStackSet", False, marks=pytest.mark.slow),
    pytest.param("CreateStackInstances", False, marks=pytest.mark.slow),
    pytest.param("DescribeStackSetOperation", True, marks=pytest.mark.slow),
    pytest.param("ListStackSetOperationResults", True, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("at", "after"), KILLS)
def test_a_killed_apply(organization: Organization, server: Server, at: str, after: bool) -> None:
    """The next apply waits for what AWS does by itself, does the rest, and then there is nothing to do."""
    FAKES.looks = 3
    dev = organization.units["dev"]
    killed_apply(server, dev, at, after=after)
    begun = [each["Action"] for each in FAKES.sets.get(("us-east-1", SET), {}).get("operations", [])]
    assert begun == (["CREATE"] if at != "CreateStackSet" and (at, after) != ("CreateStackInstances", False) else [])
    done = apply("--ou", dev)
    assert done.code == 0, done
    assert [each["Action"] for each in the_set()["operations"]] == ["CREATE"]
    assert all(sorted(policies_in(each)) == MADE for each in organization.within("dev"))
    assert stackset("plan", "--ou", dev).code == 0
