"""plan, apply, destroy, history and rollback, as a person or a pipeline runs them: as processes, over HTTP."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import strict
from accounts import ACCOUNT, READ_ONLY
from command_line import ecrgen
from moto.iam.models import IAMBackend, iam_backends
from server import Call, Cut, Reply, Server, no_fault
from world import add_grantees, add_repositories, attach, everything_else, model

ROOT = Path(__file__).parents[2]


HEAD = "extends: builtin\nregion: us-east-1\n"


@dataclass
class Site:
    """A directory with a catalog, and ecrgen run in it: in this process, or where it matters as one of its own."""

    directory: Path
    server: Server

    def write(self, grants: str, head: str = HEAD) -> None:
        text = f"version: 1\nnamespace: pay\n{head}" + (f"grants:\n{grants}" if grants else "")
        (self.directory / "catalog.yaml").write_text(text)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name == "PATH"}
        return kept | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | more

    def start(self, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
        """Run ecrgen as a process."""
        command = [sys.executable, "-m", "ecrgen", *arguments]
        return subprocess.Popen(command, cwd=self.directory, env=self.environment(TERM="dumb"), text=True, **streams)

    def ok(self, *arguments: str) -> str:
        done = ecrgen(*arguments)
        assert done.code == 0, done.err + done.out
        return done.out

    def refused(self, *arguments: str, code: int = 2) -> str:
        """What is said on stderr; nothing is written to the account."""
        self.server.calls.clear()
        done = ecrgen(*arguments)
        assert done.code == code, done.err + done.out
        assert [call for call in self.server.calls if call.writes] == []
        return done.err


GRANT = """\
  ci:
    persona: push
    with: {repo: [team/api]}
    to: [role/ci, group/devs]
"""


@pytest.fixture
def site(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    add_grantees(server.account, "role/ci", "role/other", "user/ann", "group/devs")
    site = Site(tmp_path, server)
    site.write(GRANT)
    return site


def attached(account: IAMBackend) -> set[tuple[str, str]]:
    return model(account).attached


def test_from_plan_to_destroy(site: Site) -> None:
    """Plan, apply, change, apply the very plan, go back, and take everything away."""
    assert "+ create policy ecrgen.pay.ci" in site.ok("plan")
    assert ecrgen("plan", "--exit-code").code == 3
    assert site.ok("apply", "--yes") == "3 done\n"
    assert attached(site.server.account) == {("ecrgen.pay.ci", "role/ci"), ("ecrgen.pay.ci", "group/devs")}
    assert "no changes" in site.ok("plan", "--exit-code")
    site.write(GRANT.replace("team/api", "team/api, team/web"))
    shown = ecrgen("plan", "--exit-code")
    assert shown.code == 3
    assert "+ group/devs and role/ci gain push on team/web\n" in shown.out
    digest = shown.out.split()[-1]
    assert "by now" in site.refused("apply", "--yes", "--plan-digest", "0123456789abcdef")
    assert site.ok("apply", "--yes", "--plan-digest", digest) == "1 done\n"
    assert "by now" in site.refused("apply", "--yes", "--plan-digest", digest)
    lines = [line.split("\t") for line in site.ok("history", "ci").splitlines()]
    said = [(line[0], line[1], line[3], line[5], line[6]) for line in lines]
    assert said == [
        ("ecrgen.pay.ci", "v2", "default", "says the same", "gives push on team/api, team/web; gives login"),
        ("ecrgen.pay.ci", "v1", "", "says otherwise", "gives push on team/api; gives login"),
    ]
    assert all(re.fullmatch("run [0-9a-f]{8}", line[4]) for line in lines)
    shown = site.ok("rollback", "ci", "--preview")
    assert "- group/devs and role/ci lose push on team/web\n" in shown
    assert "by now" in site.refused("rollback", "ci", "--yes", "--plan-digest", digest)
    back = ecrgen("rollback", "ci", "--yes", "--plan-digest", shown.split()[-1])
    assert (back.code, back.out) == (0, "1 done\n")
    assert "- group/devs and role/ci lose push on team/web\n" in back.err
    assert "the catalog still says otherwise" in back.err
    assert ecrgen("plan", "--exit-code").code == 3
    assert "no version v9; there are: v1, v2" in site.refused("rollback", "ci", "--yes", "--to-version", "v9")
    assert site.ok("rollback", "ci", "--yes", "--to-version", "2") == "1 done\n"
    assert "no changes" in site.ok("plan")
    digest = json.loads(site.ok("destroy", "--preview", "--json"))["digest"]
    assert "by now" in site.refused("destroy", "--yes", "--plan-digest", digest[::-1])
    assert site.ok("destroy", "--yes", "--plan-digest", digest) == "3 done\n"
    assert model(site.server.account).documents == {}


def test_a_run_goes_by_the_digest_that_was_shown(site: Site) -> None:
    """History names a run by the digest that the plan showed, with --prune, too."""
    site.ok("apply", "--yes")
    site.write(GRANT.replace("team/api", "team/web").replace(", group/devs", ""))
    shown = {json.loads(site.ok("plan", "--json", *more))["digest"] for more in ([], ["--prune"])}
    assert len(shown) == 2
    site.ok("apply", "--yes", "--prune", "--plan-digest", pruned := site.ok("plan", "--prune").split()[-1])
    assert site.ok("history", "ci").splitlines()[0].split("\t")[4] == f"run {pruned[:8]}"


def test_a_rollback_that_the_catalog_agrees_with(site: Site) -> None:
    """Rollback says that the catalog says otherwise where it does, and not where it has gone back, too."""
    site.ok("apply", "--yes")
    site.write(GRANT.replace("team/api", "team/web"))
    site.ok("apply", "--yes")
    site.write(GRANT)
    back = ecrgen("rollback", "ci", "--yes")
    assert (back.code, back.out) == (0, "1 done\n")
    assert "the catalog" not in back.err
    assert "no changes" in site.ok("plan")
    site.write(GRANT.replace("ci:", "other:"))
    assert "the catalog has no grant ci" in ecrgen("rollback", "ci", "--yes", "--to-version", "v2").err


def test_a_version_of_unknown_origin(site: Site) -> None:
    """Rollback takes back what somebody else did; to a version that nobody can prove it goes only when told to."""
    site.ok("apply", "--yes")
    (policy,) = strict.local_policies(site.server.account)
    by_hand = {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [by_hand]}
    site.server.account.create_policy_version(policy.arn, json.dumps(document), True)
    newest = site.ok("history", "ci").splitlines()[0].split("\t")
    assert (newest[1], newest[4]) == ("v2", "unknown origin")
    assert site.ok("rollback", "ci", "--yes") == "1 done\n"
    assert site.server.account.get_policy(policy.arn).default_version_id == "v1"
    assert "no version is left" in site.refused("rollback", "ci", "--yes")
    told = ecrgen("rollback", "ci", "--yes", "--to-version", "v2")
    assert (told.code, told.out) == (0, "1 done\n")
    assert "note: ecrgen.pay.ci: v2 is of unknown origin" in told.err


def test_what_stops_apply_stops_rollback(site: Site) -> None:
    """A version with a finding that would stop an apply is not put in force, and the preview says why."""
    site.ok("apply", "--yes")
    (policy,) = strict.local_policies(site.server.account)
    pass_role = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [pass_role]}
    site.server.account.create_policy_version(policy.arn, json.dumps(document), False)
    for more in ("--yes", "--preview"):
        assert "PASS_ROLE_WITH_STAR" in site.refused("rollback", "ci", "--to-version", "v2", more, code=1)


def test_nobody_to_ask(site: Site) -> None:
    """Without a terminal and without --yes nothing is done, and exit 2 says so."""
    for command in ("apply", "destroy"):
        site.ok("apply", "--yes") if command == "destroy" else None
        assert "nothing was done; give --yes" in site.refused(command)


@pytest.mark.parametrize(("answer", "code", "policies"), [("y", 0, 1), ("n", 1, 0)])
def test_a_person_is_asked(site: Site, answer: str, code: int, policies: int) -> None:
    """At a terminal the plan is shown and a question asked; a no leaves everything as it is."""
    ours, theirs = pty.openpty()
    process = site.start("apply", stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"apply 3 changes to account 123456789012?" not in seen:
        seen += os.read(ours, 4096)
    assert b"create policy ecrgen.pay.ci" in seen
    os.write(ours, answer.encode() + b"\n")
    while True:
        try:
            if not os.read(ours, 4096):
                break
        except OSError:  # the other end is closed
            break
    assert process.wait(20) == code
    os.close(ours)
    assert len(model(site.server.account).documents) == policies


def test_revocations_wait_for_prune(site: Site) -> None:
    """What is no longer asked for is shown by every plan and taken away with --prune only."""
    site.ok("apply", "--yes")
    site.write(GRANT.replace(", group/devs", ""))
    shown = site.ok("plan")
    assert "- detach ecrgen.pay.ci from group/devs (waits for --prune)" in shown
    assert site.ok("apply", "--yes") == "1 waits for --prune\n"
    assert ("ecrgen.pay.ci", "group/devs") in attached(site.server.account)
    assert site.ok("apply", "--yes", "--prune") == "1 done\n"
    assert attached(site.server.account) == {("ecrgen.pay.ci", "role/ci")}


def test_a_stranger_keeps_a_policy_from_growing(site: Site) -> None:
    """A policy that somebody attached by hand to another role does not grow before that is undone; exit 1 says so."""
    site.ok("apply", "--yes")
    account = site.server.account
    attach(account, f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay/ecrgen.pay.ci", "role/other")
    site.write(GRANT.replace("team/api", "team/api, team/web"))
    late = ecrgen("apply", "--yes")
    assert late.code == 1
    assert "not done: new version of ecrgen.pay.ci" in late.err
    assert "apply with --prune" in late.err
    assert site.ok("apply", "--yes", "--prune") == "2 done\n"
    assert ("ecrgen.pay.ci", "role/other") not in attached(account)


def test_a_catalog_without_grants(site: Site) -> None:
    """A catalog without grants says so, and how to write one."""
    site.write("")
    for command in (["plan"], ["apply", "--yes"]):
        refused = site.refused(*command)
        assert "the catalog has no grants: name a persona and --to, or write grants under `grants`" in refused
        assert "`ecrgen destroy` takes away what earlier ones gave" in refused


def test_a_persona_alone(site: Site) -> None:
    """A persona with arguments is a grant of its own: attached to those named, and no other such grant is touched."""
    site.write("")
    site.ok("apply", "push", "--repo", "team/api", "--to", "role/ci", "--yes")
    site.ok("apply", "push", "--repo", "team/web", "--to", "role/other", "--yes", "--prune")
    first, second = sorted(attached(site.server.account), key=lambda pair: pair[1])
    assert (first[1], second[1]) == ("role/ci", "role/other")
    assert first[0] != second[0]
    assert "no changes" in site.ok("plan", "push", "--repo", "team/api", "--to", "role/ci", "--exit-code")
    assert site.ok("apply", "push", "--repo", "team/api", "--to", "group/devs", "--prune", "--yes") == "2 done\n"
    assert site.ok("apply", "pull", "--repo", "team/api", "--yes") == "1 done\n"
    assert len(attached(site.server.account)) == 2
    elsewhere = site.ok("plan", "push", "--repo", "team/api", "--region", "eu-west-1", "--to", "group/devs")
    assert "create policy" in elsewhere
    assert "--to: goes with a persona" in site.refused("plan", "--to", "role/ci")
    assert re.search(
        r"error: .* AWS has no managed policy", site.refused("plan", "push", "--repo", "team/a", "--managed")
    )


def test_aws_own_policy(site: Site) -> None:
    """A persona that AWS has a policy for is attached as that with --managed; guards do not go with it."""
    shown = site.ok("plan", "console-read-only", "--managed", "--to", "group/devs", "--format", "markdown")
    assert "attach AmazonEC2ContainerRegistryReadOnly to group/devs" in shown
    assert "takes no guards" in site.refused("plan", "console-read-only", "--managed", "--guard", "tls")
    site.write("  look: {persona: console-read-only, managed: true, to: [role/ci]}\n")
    note = ecrgen("destroy", "--yes")
    assert "AWS's own AmazonEC2ContainerRegistryReadOnly stays attached to role/ci" in note.err
    assert READ_ONLY not in str(everything_else(site.server.account))


@pytest.mark.parametrize(
    ("head", "account", "words"),
    [
        (
            'account: "999999999999"\n',
            None,
            "but this is account 123456789012; use other credentials, such as by --profile\n",
        ),
        ("partition: aws-cn\n", None, "the catalog names partition aws-cn"),
        ("", "999999999999", "AWS_ACCOUNT_ID names account 9"),
    ],
)
def test_the_wrong_account(
    site: Site, monkeypatch: pytest.MonkeyPatch, head: str, account: str | None, words: str
) -> None:
    """A catalog or an environment for another account or partition is refused by every command that writes."""
    site.write(GRANT, f"extends: builtin\n{head}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile_with_a_region(site.directory)))
    if account:
        monkeypatch.setenv("AWS_ACCOUNT_ID", account)
    for command in (["apply", "--yes"], ["destroy", "--yes"], ["rollback", "ci", "--yes"]):
        assert words in site.refused(*command)


def test_no_region(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy with repositories is never planned for the region of AWS's examples."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile_with_a_region(site.directory)))
    site.write(GRANT, "extends: builtin\n")
    assert "error: ci: needs a region; set region in the catalog" in site.refused("plan")
    assert "arn:aws:ecr:eu-west-1:" in site.ok("plan", "--region", "eu-west-1", "--json")


def profile_with_a_region(directory: Path) -> Path:
    """A profile whose region is for calls, and says nothing about repositories."""
    path = directory / "config"
    path.write_text("[default]\nregion = us-east-1\n")
    return path


def test_self_view_is_for_users(site: Site) -> None:
    """`self-view` is refused for a role, with the reason, and given to users and groups."""
    reason = site.refused("apply", "self-view", "--to", "role/ci", "--yes")
    assert "speaks of ${aws:username}, which the sessions of a role do not have" in reason
    assert site.ok("apply", "self-view", "--to", "user/ann", "--to", "group/devs", "--yes") == "3 done\n"


PERSONA = """\
personas:
  own:
    summary: A site's own persona
    template: own.json.j2
    parameters:
      repo: {type: repository, many: true, help: Repository}
    expect:
      - with: {repo: [my-repo]}
        allow: [ecr:PutImage my-repo]
        deny: [ecr:DeleteRepository my-repo]
"""
OWN = """
{{
  "Version": "2012-10-17",
  "Statement": {{"Effect": "Allow", "Action": ["ecr:PutImage", "{action}"], "Resource": {resource}}}
}}
"""


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("ecr:DeleteRepository", "{{ repo | repository_arn }}", "ecr:DeleteRepository my-repo: must be denied"),
        ("iam:PassRole", '"*"', "SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE"),
    ],
)
def test_findings_and_broken_promises_stop_an_apply(site: Site, action: str, resource: str, words: str) -> None:
    """A severe finding or a failed expectation stops an apply before its first write; plan shows it and ends with 1."""
    (site.directory / "templates").mkdir()
    (site.directory / "templates" / "own.json.j2").write_text(OWN.format(action=action, resource=resource))
    site.write("  a: {persona: own, with: {repo: team/api}, to: [role/ci]}\n", HEAD + PERSONA)
    assert words in site.refused("apply", "--yes", code=1)
    shown = {form: ecrgen("plan", "--format", form) for form in ("text", "markdown", "json")}
    assert [each.code for each in shown.values()] == [1, 1, 1]
    assert words in " ".join(json.loads(shown["json"].out)["objections"])
    for form in ("text", "markdown"):
        assert re.search(f"stops apply: .*{re.escape(words)}", shown[form].out.replace("\\", ""))


def test_an_ended_grant(site: Site) -> None:
    """A grant whose time has passed is shown as ended, and taken away with --prune."""
    site.ok("apply", "--yes")
    site.write(GRANT + "    guards: [expires=2020-01-01T00:00:00Z]\n")
    shown = site.ok("plan")
    assert "grant ci has ended" in shown
    assert "- delete policy ecrgen.pay.ci (waits for --prune)" in shown
    assert site.ok("apply", "--yes", "--prune") == "3 done\n"
    assert model(site.server.account).documents == {}


def test_a_digest_says_whether_something_is_taken_away(site: Site) -> None:
    """A plan that was agreed to without --prune does not take away with it; where nothing goes, both are one."""
    shown, pruned = (json.loads(site.ok("plan", "--json", *options))["digest"] for options in ([], ["--prune"]))
    assert shown == pruned
    site.ok("apply", "--yes")
    site.write(GRANT.replace(", group/devs", ""))
    shown, pruned = (json.loads(site.ok("plan", "--json", *options))["digest"] for options in ([], ["--prune"]))
    assert shown != pruned
    assert "--prune has changed" in site.refused("apply", "--yes", "--prune", "--plan-digest", shown)
    site.ok("apply", "--yes", "--prune", "--plan-digest", pruned)
    assert attached(site.server.account) == {("ecrgen.pay.ci", "role/ci")}


def test_a_plan_from_a_snapshot(site: Site) -> None:
    """With a snapshot a plan needs neither credentials nor boto3, and is the same plan."""
    online = json.loads(site.ok("plan", "--json"))
    from boto3 import client

    iam = client("iam", region_name="us-east-1")
    details = iam.get_account_authorization_details(Filter=["User", "Role", "Group", "LocalManagedPolicy"])
    (site.directory / "snapshot.json").write_text(json.dumps(details, default=str))
    script = "import sys, ecrgen.cli.main as m; sys.argv[1:] = ['plan', '--state', 'snapshot.json', '--json']\n"
    script += "try: m.main()\nfinally: assert 'botocore' not in sys.modules"
    environment = {name: value for name, value in site.environment().items() if not name.startswith("AWS_")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=site.directory, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    offline = json.loads(done.stdout)
    assert offline["digest"] == online["digest"]
    assert offline["changes"] == online["changes"]


def test_a_plan_as_json(site: Site) -> None:
    """The plan as JSON has every change with its documents, its access in words, what it needs, and the forecast."""
    plan = json.loads(site.ok("plan", "--json"))
    create, devs, ci = plan["changes"]
    assert [create["action"], devs["action"], ci["action"]] == ["create", "attach", "attach"]
    assert (create["before"], create["after"]["Version"]) == (None, "2012-10-17")
    assert (devs["grantee"], ci["grantee"], ci["needs"]) == ("group/devs", "role/ci", [0])
    assert "on repository/team/api" in " ".join(ci["gained"])
    assert ci["lost"] == []
    room = {entry["grantee"]: entry for entry in plan["forecast"]}
    assert (room["role/ci"]["attached"], room["role/ci"]["quota"]) == (1, 10)
    assert 500 < room["role/ci"]["room"] < 1500


def test_a_plan_for_a_pull_request(site: Site) -> None:
    """The plan as Markdown is one table, a row a grant, and names the digest."""
    lines = site.ok("plan", "--format", "markdown").splitlines()
    (row,) = [line for line in lines if line.startswith("| ci |")]
    assert "create policy ecrgen.pay.ci<br>attach ecrgen.pay.ci to group/devs<br>" in row
    assert row.count(" | ") == 2
    assert re.search(r"digest `[0-9a-f]{32}`", lines[-1])


def test_what_fails_and_what_not(site: Site) -> None:
    """A change that fails ends with exit 1; the rest is done, and the action that is missing is named."""
    site.write(GRANT + "  look: {persona: pull, with: {repo: team/api}, to: [role/other]}\n")
    message = "User: x is not authorized to perform: iam:AttachGroupPolicy on resource: group devs"
    denied = Reply(403, "AccessDenied", message)
    site.server.before = lambda call: denied if call.operation == "AttachGroupPolicy" else None
    done = ecrgen("apply", "--yes", "--json")
    assert done.code == 1
    result = json.loads(done.out)
    assert (result["complete"], result["interrupted"]) == (False, False)
    (failed,) = [change for change in result["changes"] if change["status"] != "done"]
    assert "lacks iam:AttachGroupPolicy; persona operator grants it" in failed["message"]
    assert len(attached(site.server.account)) == 2
    site.server.before = no_fault
    assert site.ok("apply", "--yes") == "1 done\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["history", "nothing"], "nothing: no policy of this grant in namespace pay; there are none"),
        (["rollback", "nothing", "--yes"], "no policy of this grant"),
        (["plan", "--state", "missing.json"], "missing.json: no such file"),
        (["plan", "--format", "html"], "--format: 'html': must be one of: text, markdown, json"),
        (["plan", "--profile", "nobody"], "nobody"),
        (["apply", "--yes", "--endpoint-url", "http://127.0.0.1:9"], "cannot be reached"),
    ],
)
def test_wrong_input(site: Site, arguments: list[str], words: str) -> None:
    """Wrong input ends with exit 2 and one line that says what is wrong."""
    said = site.refused(*arguments)
    assert words in said
    assert len(said.splitlines()) == 1


def test_ctrl_c(site: Site) -> None:
    """Ctrl-C finishes what is under way, says so, and ends with exit 1; the same command again does the rest."""
    process = site.start("apply", "--yes", "--concurrency", "1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    site.server.before = lambda call: process.send_signal(signal.SIGINT) if call.operation == "CreatePolicy" else None
    out, err = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in err) == (1, False)
    assert "interrupted: what was under way has been finished, the rest was not begun; the same command goes on" in out
    assert "1 done, 2 stopped" in out
    site.server.before = no_fault
    assert site.ok("apply", "--yes") == "2 done\n"
    process = site.start("destroy", "--yes", "--concurrency", "1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    site.server.before = lambda call: (
        process.send_signal(signal.SIGINT) if call.operation.startswith("Detach") else None
    )
    out, err = process.communicate(timeout=30)
    assert ("the same command goes on" in out, "apply" in out) == (True, False)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_call(site: Site, after: bool) -> None:
    """The command itself, killed at any of its calls, is made up for by one more `apply --yes`."""
    look = "  look: {persona: pull, with: {repo: team/db}, to: [role/other]}\n"
    new = GRANT.replace("team/api", "team/api, team/web") + look

    def prepare() -> None:
        site.server.reset()
        add_grantees(site.server.account, "role/ci", "role/other", "user/ann", "group/devs")
        site.write(GRANT.replace("role/ci", "role/ci, user/ann"))
        site.ok("apply", "--yes")
        site.write(new)
        site.server.calls.clear()

    prepare()
    site.ok("apply", "--yes", "--prune")
    calls, end = len(site.server.calls), model(site.server.account)
    for at in range(calls):
        prepare()
        process = site.start("apply", "--yes", "--prune", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def kill(call: Call, at: int = at, process: subprocess.Popen[str] = process) -> Cut | None:
            if call.number != at:
                return None
            process.kill()
            return Cut()

        site.server.before, site.server.after = (no_fault, kill) if after else (kill, no_fault)
        assert process.wait(30) == -signal.SIGKILL
        site.server.before = site.server.after = no_fault
        site.ok("apply", "--yes", "--prune")
        assert model(site.server.account) == end


@pytest.mark.parametrize(("answer", "code", "policies"), [("pay", 0, 0), ("y", 1, 1), ("", 1, 1)])
def test_destroy_asks_for_the_name(site: Site, answer: str, code: int, policies: int) -> None:
    """A person has to type the namespace's name; anything else leaves all of it as it is."""
    site.ok("apply", "--yes")
    ours, theirs = pty.openpty()
    process = site.start("destroy", stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"destroy namespace pay of account 123456789012? Type pay to go on" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, answer.encode() + b"\n")
    while True:
        try:
            if not (more := os.read(ours, 4096)):
                break
            seen += more
        except OSError:  # the other end is closed
            break
    assert process.wait(20) == code
    os.close(ours)
    assert (b"that is not pay, so nothing was done" in seen) == bool(code)
    assert (b"removed 2 attachments, deleted 1 policy" in seen) == (not code)
    assert len(model(site.server.account).documents) == policies


def test_a_second_catalog_of_the_namespace(site: Site) -> None:
    """Another catalog does not prune what the first one gives: it is named, with what to do."""
    site.ok("apply", "--yes")
    mine = (site.directory / "catalog.yaml").read_text()
    other = site.directory / "other"
    other.mkdir()
    (other / "catalog.yaml").write_text(mine.replace("  ci:", "  deploy:"))
    ours = f"{site.directory.name}/catalog.yaml"
    words = f"ecrgen.pay.ci belongs to catalog {ours}, and this is other/catalog.yaml; give each a namespace of its own"
    said = ("-c", "other/catalog.yaml")
    shown = site.ok(*said, "plan")
    assert words in shown
    assert f"stops apply: {words}" in ecrgen(*said, "plan", "--prune").out
    assert words in site.refused(*said, "apply", "--yes", "--prune", code=1)
    site.ok(*said, "apply", "--yes")
    assert words in site.refused(*said, "apply", "--yes", "--prune", code=1)
    assert f"stops apply: {words}" in site.ok(*said, "destroy", "--preview")
    assert words in site.refused(*said, "destroy", "--yes", code=1)
    # the same grant in another catalog is changed, and that is said
    (other / "catalog.yaml").write_text(mine.replace("team/api", "team/web"))
    assert words in site.ok(*said, "plan")
    # one catalog in another place says so
    (other / "catalog.yaml").write_text(f"id: {ours}\n" + mine.replace("  ci:", "  deploy:"))
    assert "belongs to catalog" not in site.ok(*said, "plan", "--prune")
    assert site.ok(*said, "apply", "--yes", "--prune").endswith(" done\n")


def test_another_namespace_of_the_account_is_named(site: Site) -> None:
    """A namespace that is empty, as one that was renamed is, says which others there are."""
    site.ok("apply", "--yes")
    text = (site.directory / "catalog.yaml").read_text()
    (site.directory / "catalog.yaml").write_text(text.replace("namespace: pay", "namespace: payments"))
    assert "namespace payments is empty; the account has policies of ecrgen in pay\n" in site.ok("plan")


TWO_ACCOUNTS = """\
  ci:
    persona: push
    with: {repo: [team/api]}
    to: [role/ci, "arn:aws:iam::444455556666:role/deploy", account/777788889999]
  lambda:
    persona: pull
    with: {repo: [team/api]}
    to: service/lambda.amazonaws.com
    guards: [source-account=444455556666]
"""
HEAD_OF = "extends: builtin\nregion: us-east-1\naccount: '{account}'\n"


def test_the_registrys_account_does_its_own_half(site: Site) -> None:
    """A grant to several accounts is applied to those of this one, and the plan says what lies elsewhere."""
    site.write(TWO_ACCOUNTS, HEAD_OF.format(account=ACCOUNT))
    add_repositories(site.server.registry(), "team/api")
    iam_backends["444455556666"]["aws"].create_role("deploy", "{}", "/", None, "", [], None)
    shown = site.ok("plan")
    assert "+ attach ecrgen.pay.ci to role/ci" in shown
    assert "deploy" not in shown.split("access\n")[0]
    assert (
        "grant ci: the identity half of arn:aws:iam::444455556666:role/deploy lies in account 444455556666; apply this "
        "catalog there, too\n"
        "grant ci: whoever uses it from account/777788889999 needs an identity policy there, which "
        "`ecrgen render ci --identity` prints\n"
    ) in shown
    assert "set the statements of ci and lambda in the policy of" in shown
    assert site.ok("apply", "--yes") == "3 done\n"
    assert "no changes" in site.ok("plan")
    for line in shown.splitlines():
        if line.endswith(("prints", "to it")):
            site.ok(*line.split("`")[1].split()[1:])


def test_a_grantees_account_has_its_half(site: Site) -> None:
    """Run with the credentials of a grantee's account, the same catalog gives that grantee its half, and no other."""
    mine = TWO_ACCOUNTS.replace("444455556666:role/deploy", f"{ACCOUNT}:role/ci").replace("[role/ci, ", "[role/other, ")
    site.write(mine, HEAD_OF.format(account="444455556666"))
    shown = site.ok("plan")
    assert "+ attach ecrgen.pay.ci to role/ci" in shown
    assert "grant ci: the identity half of role/other lies in account 444455556666" in shown
    assert "grant ci: the policy of its repositories lies in account 444455556666; apply this catalog there\n" in shown
    assert site.ok("apply", "--yes") == "2 done\n"
    (policy,) = strict.local_policies(site.server.account)
    (version,) = policy.versions
    assert "arn:aws:ecr:us-east-1:444455556666:repository/team/api" in version.document
    assert attached(site.server.account) == {("ecrgen.pay.ci", "role/ci")}
    assert site.ok("apply", "--yes", "--prune") == "nothing to do\n"
    site.write(TWO_ACCOUNTS, HEAD_OF.format(account="999900001111"))
    words = site.refused("apply", "--yes")
    assert "the catalog names accounts 444455556666 and 999900001111, but this is account" in words
