"""Answers that are none, and settings that do not work: a sentence, an exit code, and nothing lost of what was done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from accounts import allowing, grant, wanted
from command_line import ecrgen, environment
from server import Page, Server
from world import add_grantees, add_policy, attach, model

from ecrgen.account.connection import Connection
from ecrgen.account.fetch import read_state
from ecrgen.provision.apply import apply
from ecrgen.provision.plan import plan

ANSWERS = Path(__file__).parents[1] / "hostile" / "answers"
CATALOG = """\
version: 1
extends: builtin
namespace: pay
region: us-east-1
grants:
  ci: {persona: push, with: {repo: [team/api]}, to: [role/ci]}
"""
HTML = Page("<html><head><title>Sign in</title></head><body>SECRET</body></html>")


@pytest.fixture
def site(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A directory with a catalog of one grant, and the account that it is for; a call is sent twice at most."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    add_grantees(server.account, "role/ci")
    return server


@pytest.mark.parametrize("path", sorted(ANSWERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_answer_that_is_none(site: Server, path: Path) -> None:
    """Each answer of the corpus ends in its sentence and its exit code, without a word of what came."""
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    page = Page(case["body"], case.get("status", 200), case.get("short", False))
    site.before = lambda call: page if call.operation == case["operation"] else None
    if grants := case.get("grants"):
        Path("catalog.yaml").write_text(CATALOG.partition("grants:")[0] + yaml.safe_dump({"grants": grants}))
    done = ecrgen("apply", "--yes")
    assert done.code == case["code"], done
    assert case["says"] in (done.err if case["code"] == 2 else done.out)
    assert "SECRET" not in done.out + done.err


def held(server: Server) -> None:
    """The account holds a grant, with a policy that nobody asks for any longer on role/ci."""
    policy = add_policy(server.account, "ecrgen.pay.old", allowing("x"))
    attach(server.account, policy.arn, "role/ci")


def test_a_page_in_place_of_the_answer_to_a_detach(site: Server) -> None:
    """A proxy's page, answered to every detach, is no detach: it fails, the rest is done, and JSON says all of it."""
    held(site)
    site.before = lambda call: HTML if call.operation == "DetachRolePolicy" else None
    done = ecrgen("apply", "--yes", "--prune", "--json")
    assert done.code == 1
    result = json.loads(done.out)
    assert [change["status"] for change in result["changes"]] == ["done", "done", "failed", "skipped"]
    assert (
        "DetachRolePolicy ecrgen.pay.old from role/ci: AWS did not answer properly" in result["changes"][2]["message"]
    )
    assert ("ecrgen.pay.old", "role/ci") in model(site.account).attached
    assert "SECRET" not in done.out + done.err


@pytest.mark.parametrize("operation", ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"])
def test_a_page_after_a_write_that_took_effect(site: Server, operation: str) -> None:
    """A write is read back where its answer is none: what took effect counts as done, and is not done twice."""
    held(site)
    site.after = lambda call: HTML if call.operation == operation else None
    done = ecrgen("apply", "--yes", "--prune")
    assert (done.code, done.out) == (0, "4 done\n")
    assert site.operations().count(operation) == 1


def test_a_fault_of_ours_loses_no_report(
    server: Server, connected: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done before something that nobody foresaw is reported, with what failed and what was not begun."""
    add_grantees(server.account, "role/ci")
    made = plan(wanted(grant("a", allowing("x"), "role/ci")), read_state(connected(), "pay"))
    monkeypatch.setattr("ecrgen.provision.iam.Iam.attach", lambda *_: 1 / 0)
    created, attached = apply(made, connected(), prune=True).outcomes
    assert (created.status, attached.status) == ("done", "failed")
    assert attached.words == "ecrgen.pay.a: a fault in ecrgen: ZeroDivisionError: division by zero"


SETTINGS = {
    "no credential process": ("credential_process = /nowhere/at-all", "FileNotFoundError: No such file or directory: "),
    "a process without JSON": ("credential_process = echo SECRET", "JSONDecodeError; its own words are left out"),
    "a process with a list": ("credential_process = echo [1]", "AttributeError; its own words are left out"),
    "a process without a version": ("credential_process = echo {}", "CredentialRetrievalError"),
    "no token file": (
        "web_identity_token_file = /nowhere\nrole_arn = arn:aws:iam::123456789012:role/ci",
        "FileNotFoundError: No such file or directory: /nowhere",
    ),
    "odd attempts": ("max_attempts = many", "AWS_MAX_ATTEMPTS (max_attempts): 'many' is no number up to 9999"),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_that_do_not_work(site: Server, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A profile that leads to no credentials is one line and exit 2, without what a program printed."""
    setting, words = SETTINGS[kind]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(f"[default]\nregion = us-east-1\n{setting}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    done = ecrgen("plan")
    assert (done.code, done.err.count("\n")) == (2, 1), done
    assert words in done.err
    assert "SECRET" not in done.err


@pytest.mark.parametrize("attempts", ["²", "-1", "1e3", "9" * 5000, "٣"])
def test_attempts_that_are_no_number(site: Server, monkeypatch: pytest.MonkeyPatch, attempts: str) -> None:
    """AWS_MAX_ATTEMPTS is a number of ASCII digits."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", attempts)
    done = ecrgen("plan")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("error: AWS_MAX_ATTEMPTS (max_attempts): ")
    assert len(done.err) < 200


@pytest.mark.parametrize(
    "url",
    ["nowhere", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http://[::1", "ftp://x", "http://a b"],
)
@pytest.mark.parametrize("given", ["option", "environment"])
def test_an_endpoint_that_is_none(site: Server, monkeypatch: pytest.MonkeyPatch, url: str, given: str) -> None:
    """An address that no call can go to is one line and exit 2."""
    if given == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    done = ecrgen("plan", *(("--endpoint-url", url) if given == "option" else ()))
    assert (done.code, done.err.count("\n")) == (2, 1), done
    assert "endpoint" in done.err


def test_a_version_as_the_api_may_write_it(site: Server) -> None:
    """`v1.a-B3` is a VersionId by the API's own pattern: it is read, ordered, planned and applied with."""
    held(site)
    (policy,) = [each for each in site.account.managed_policies.values() if each.name == "ecrgen.pay.old"]
    policy.versions[0].version_id = policy.default_version_id = "v1.a-B3"
    assert "v1.a-B3" in ecrgen("history", "old").out
    assert ecrgen("apply", "--yes", "--prune").out == "4 done\n"


@pytest.mark.parametrize("arguments", [("apply",), ("apply", "--yes"), ("destroy",), ("plan",)], ids=" ".join)
def test_standard_input_closed(site: Server, arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Where nobody can be asked, since standard input is closed, that is said; with --yes nothing is asked."""
    held(site)
    command = [sys.executable, "-c", f"import os, sys; os.close(0); os.execv({sys.executable!r}, sys.argv[1:])"]
    command += [sys.executable, "-m", "ecrgen", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False)
    assert "Traceback" not in done.stderr
    asks = arguments in (("apply",), ("destroy",))
    assert done.returncode == (2 if asks else 0), done
    assert ("nobody to ask" in done.stderr) == asks


def test_no_room_for_what_all_renders_to(site: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """render --all keeps what it makes until all is made; a full disk is one line, and nothing is half said."""

    def full(call: Any, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", full)
    done = ecrgen("render", "--all")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("error: --all: the temporary file in ")
    assert done.err.endswith("No space left on device\n")
