"""Files are written whole or not at all, and nowhere but where they were asked for."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import ecrgen

from ecrgen import Catalog, EcrgenError
from ecrgen.cli.documents import read_text
from ecrgen.cli.files import write_file, write_files

PULL = ("render", "pull", "--repo", "my-repo", "--account", "111122223333", "--region", "eu-west-1")
GRANTS = """\
version: 1
extends: builtin
account: 111122223333
region: eu-west-1
grants:
  a: {persona: pull, with: {repo: ab}}
  B-2: {persona: login}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "here"
    directory.mkdir()
    (directory / "c.yaml").write_text(GRANTS)
    monkeypatch.chdir(directory)
    return directory


def names(directory: str = ".") -> list[str]:
    return sorted(os.listdir(directory))


def test_a_policy_is_written_to_a_file() -> None:
    """-o writes what would have been printed, says so on stderr or as JSON, and replaces what was there."""
    printed = ecrgen(*PULL).out
    assert ecrgen(*PULL, "-o", "new.json") == (0, "", "note: wrote 1 policy to new.json\n")
    assert Path("new.json").read_text() == printed
    Path("new.json").write_text("old" * 1000)
    assert json.loads(ecrgen(*PULL, "--output", "new.json", "--json").out) == {"written": "new.json", "policies": 1}
    assert Path("new.json").read_text() == printed
    assert ecrgen(*PULL, "-o", "-").out == printed
    missing = ecrgen(*PULL, "-o", "deep/er/new.json")
    assert missing == (2, "", "error: --output: deep/er: is no directory; make it first\n")
    assert names() == ["c.yaml", "new.json"]


def test_no_file_is_written_through_a_link() -> None:
    """Where a link leads to a file, to none or to no directory, nothing is written and nothing made."""
    Path("real").mkdir()
    Path("real/policy.json").write_text("old")
    os.symlink("real/policy.json", "link.json")
    os.symlink("real/new/new.json", "dangling.json")
    for name in ("link.json", "dangling.json", "/dev/stdout"):
        result = ecrgen(*PULL, "-o", name)
        assert (result.code, result.out) == (2, "")
        assert f"--output: {name}: is no file that can be replaced; leave --output out to print" in result.err
    assert os.readlink("link.json") == "real/policy.json"
    assert Path("real/policy.json").read_text() == "old"
    assert names("real") == ["policy.json"]


def test_a_private_file_stays_private() -> None:
    """What replaces a file has its permissions."""
    Path("private.json").write_text("old")
    os.chmod("private.json", 0o600)
    assert ecrgen(*PULL, "-o", "private.json").code == 0
    assert stat.S_IMODE(os.stat("private.json").st_mode) == 0o600
    assert Path("private.json").read_text() == ecrgen(*PULL).out


def test_a_terminated_write_leaves_nothing() -> None:
    """SIGTERM in the middle of many files takes the temporary ones and the new directories away."""

    def files() -> Iterator[tuple[str, str]]:
        yield "a.json", "a"
        os.kill(os.getpid(), signal.SIGTERM)
        yield "b.json", "b"

    with pytest.raises(SystemExit) as caught:
        write_files(Path("new"), files())
    assert caught.value.code == 128 + signal.SIGTERM
    assert names() == ["c.yaml"]


def test_what_is_no_file_is_not_replaced() -> None:
    """A device, a pipe and a link to them stay what they are."""
    os.mkfifo("pipe")
    os.symlink("pipe", "link")
    for name in ("pipe", "link", "/dev/null"):
        result = ecrgen(*PULL, "-o", name)
        assert (result.code, result.out) == (2, "")
        assert f"--output: {name}: is no file that can be replaced; leave --output out to print" in result.err
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert names() == ["c.yaml", "link", "pipe"]


def test_a_write_that_fails_midway_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, or the last step fails, the file is as it was and nothing is left beside it."""
    Path("old.json").write_text("old")

    def full(self: Path, text: str, **options: object) -> int:
        with self.open("w") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    def denied(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    for owner, name, failing in ((Path, "write_text", full), (os, "replace", denied)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failing)
            result = ecrgen(*PULL, "-o", "old.json")
        assert (result.code, result.out) == (2, "")
        assert "cannot be written: " in result.err
        assert Path("old.json").read_text() == "old"
        assert names() == ["c.yaml", "old.json"]


def test_a_directory_that_takes_no_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file can be made, nothing is."""

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ecrgen.cli.files.TemporaryDirectory", denied)
    result = ecrgen(*PULL, "-o", "new.json")
    assert (result.code, result.err.endswith(": cannot be written: Permission denied\n")) == (2, True)
    assert names() == ["c.yaml"]


def test_all_grants_are_written_to_a_directory() -> None:
    """-o DIR gets a file for each grant by its name; other files there stay, links are replaced, not followed."""
    Path("out").mkdir()
    Path("out/other.txt").write_text("other")
    Path("outside.json").write_text("outside")
    os.symlink("../outside.json", "out/a.json")
    result = ecrgen("-c", "c.yaml", "render", "--all", "-o", "out")
    assert result == (0, "", "note: wrote 2 policies to out\n")
    assert names("out") == ["B-2.json", "a.json", "other.txt"]
    assert Path("outside.json").read_text() == "outside"
    policies = {item.grant.name: item.policy for item in Catalog.load("c.yaml").render_all()}
    for name, policy in policies.items():
        assert Path(f"out/{name}.json").read_text() == policy.to_json() + "\n"
    assert ecrgen("-c", "c.yaml", "render", "--all", "-o", "new", "--format", "yaml", "--json").out == (
        '{\n  "written": "new",\n  "policies": 2\n}\n'
    )
    assert names("new") == ["B-2.yaml", "a.yaml"]
    missing = ecrgen("-c", "c.yaml", "render", "--all", "-o", "deep/er")
    assert missing == (2, "", "error: --output: deep: is no directory; make it first\n")


def test_files_of_grants_that_are_no_more_are_told() -> None:
    """Policies in the directory that no grant makes any more are named, and stay: somebody may use them."""
    assert ecrgen("-c", "c.yaml", "render", "--all", "-o", "out").err == "note: wrote 2 policies to out\n"
    Path("c.yaml").write_text(GRANTS.replace("B-2", "b3"))
    Path("out/notes.txt").write_text("mine")
    told = ecrgen("-c", "c.yaml", "render", "--all", "-o", "out")
    assert told.err.splitlines()[1:] == [
        "note: out: B-2.json is of no grant of this catalog; remove it where nothing uses it"
    ]
    ecrgen("-c", "c.yaml", "render", "--all", "-o", "out", "--format", "yaml")
    data = json.loads(ecrgen("-c", "c.yaml", "render", "--all", "-o", "out", "--json").out)
    assert data == {"written": "out", "policies": 2, "others": ["B-2.json", "a.yaml", "b3.yaml"]}
    assert Path("out/B-2.json").exists()


def test_no_directory_is_left_when_a_grant_fails() -> None:
    """When one grant cannot be rendered no file is written, and directories made for them are gone again."""
    Path("templates").mkdir()
    Path("templates/bad.j2").write_text("{{ nosuch }}")
    Path("c.yaml").write_text(
        GRANTS + "  z: {persona: bad}\npersonas: {bad: {summary: Bad, template: bad.j2}}\n",
    )
    assert ecrgen("-c", "c.yaml", "render", "--all", "-o", "new").code == 2
    assert names() == ["c.yaml", "templates"]
    Path("old").mkdir()
    Path("old/a.json").write_text("old")
    assert ecrgen("-c", "c.yaml", "render", "--all", "-o", "old").code == 2
    assert names("old") == ["a.json"]
    assert Path("old/a.json").read_text() == "old"


def test_a_directory_in_a_file_s_place_is_told_before_anything_is_written() -> None:
    """Where a grant's file would have to replace a directory, no file is written at all."""
    Path("out/B-2.json").mkdir(parents=True)
    result = ecrgen("-c", "c.yaml", "render", "--all", "-o", "out")
    assert (result.code, result.err) == (2, "error: --output: out/B-2.json: is a directory, where a file is to be\n")
    assert names("out") == ["B-2.json"]


@pytest.mark.parametrize("name", ["../a.json", "/a.json", "b/a.json", "..", ".", "", "a/"])
def test_a_name_that_would_leave_the_directory_is_refused(name: str) -> None:
    """Whatever the names are, nothing is written outside the directory, nor before all names are known."""
    with pytest.raises(EcrgenError, match=r"would leave the directory out$"):
        write_files(Path("out"), [("fine.json", "{}"), (name, "{}")])
    assert names() == ["c.yaml"]


def test_an_interrupt_leaves_nothing() -> None:
    """Ctrl-C while files are made leaves no file and no directory."""

    def interrupted() -> Iterator[tuple[str, str]]:
        yield "a.json", "{}"
        assert len(os.listdir("out")) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_files(Path("out"), interrupted())
    assert names() == ["c.yaml"]


def test_a_file_has_the_usual_rights() -> None:
    """What is written may be read by whom the umask lets read."""
    old = os.umask(0o027)
    try:
        write_file(Path("new.json"), "{}")
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat("new.json").st_mode) == 0o640


def test_init_leaves_no_half_a_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full while init writes, there is no file."""
    monkeypatch.setattr("ecrgen.cli.init.CATALOG", "\ud800")
    with pytest.raises(UnicodeEncodeError):
        ecrgen("init", "site.yaml")
    assert names() == ["c.yaml"]


def test_a_working_directory_that_is_gone_is_told(here: Path) -> None:
    """Reading a catalog and writing a file beside nothing is one sentence."""
    gone = here / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    told = "the working directory is gone; go to another"
    assert ecrgen("-c", "c.yaml", "list") == (2, "", f"error: c.yaml: {told}\n")
    assert ecrgen(*PULL, "-o", "x.json") == (2, "", f"error: --output: x.json: {told}\n")
    os.chdir(here)


def test_a_closed_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a standard input there is nothing to read from it."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(EcrgenError, match=r"^-: standard input is closed; name a file$"):
        read_text("-")


PULL_ONLY = "aws:AmazonEC2ContainerRegistryPullOnly"


def test_a_policy_of_aws_stands_where_a_file_does(tmp_path: Path) -> None:
    """aws:NAME is asked, compared and checked as a file with the document; ./aws:NAME is a file."""
    assert ecrgen("can", "--policy", PULL_ONLY, "pull", "web").code == 0
    assert ecrgen("can", "--policy", PULL_ONLY, "push", "web").code == 1
    assert ecrgen("check", PULL_ONLY).code == 0
    assert ecrgen("diff", PULL_ONLY, PULL_ONLY).code == 0
    assert ecrgen("diff", PULL_ONLY, "aws:AmazonEC2ContainerRegistryReadOnly").out.splitlines()[-1] == (
        "no longer grants ecr:BatchImportUpstreamImage on *"
    )
    file = f"{tmp_path}/{PULL_ONLY}"
    assert f"{file}: no such file" in ecrgen("diff", file, PULL_ONLY).err


@pytest.mark.parametrize("command", [["check"], ["diff", PULL_ONLY], ["can", "pull", "web", "--policy"]])
def test_an_unknown_policy_of_aws_is_an_error(command: list[str]) -> None:
    """A name that none of AWS's policies for ECR has is exit 2, with the nearest."""
    result = ecrgen(*command, "aws:AmazonEC2ContainerRegistryPullonly")
    assert result.code == 2
    assert "aws:AmazonEC2ContainerRegistryPullonly: " in result.err
    assert "meant AmazonEC2ContainerRegistryPullOnly?" in result.err


@pytest.mark.parametrize(
    ("folder", "namespace"),
    [("payments", "payments"), ("My Team's access", "my-team-s-access"), ("ä", "site"), ("x" * 60, "x" * 40)],
)
def test_init_names_the_namespace_after_the_folder(tmp_path: Path, folder: str, namespace: str) -> None:
    """Two catalogs that `init` wrote do not meet in one namespace, and none is called default."""
    directory = tmp_path / folder
    directory.mkdir()
    done = ecrgen("init", str(directory / "catalog.yaml"))
    assert f"with namespace {namespace};" in done.err
    assert Catalog.load(directory / "catalog.yaml").namespace == namespace
