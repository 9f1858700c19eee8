"""Bad input: exit 2, a line for each problem that names the option or the file and the fix, and nothing else done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import ecrgen, ecrgen_process

GRANTS = """\
version: 1
extends: builtin
account: 111122223333
region: eu-west-1
personas:
  broken: {summary: Broken, template: broken.j2}
grants:
  fine: {persona: pull, with: {repo: my-repo}}
  bad: {persona: broken}
"""
NO_NAME = (
    "not a repository's name: lower-case letters and digits, joined by . _ __ or -, in parts divided by /, such as "
    "team-a/web"
)


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a catalog whose second grant cannot be rendered, and a file that must stay as it is."""
    directory = tmp_path / "site"
    (directory / "templates").mkdir(parents=True)
    (directory / "templates" / "broken.j2").write_text("\n{{ nosuch }}")
    (directory / "grants.yaml").write_text(GRANTS)
    (directory / "empty.yaml").write_text("")
    (directory / "old.json").write_text("old")
    monkeypatch.chdir(directory)
    return directory


def snapshot(directory: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(directory.rglob("*"))}


PULL = ("render", "pull", "--repo")
ALL = ("-c", "grants.yaml", "render", "--all")
BAD: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "unknown persona": (("render", "singel-repo"), ["no persona 'singel-repo'; meant single-repo?"]),
    "unknown persona with options": (("render", "pul", "--repo", "ab"), ["no persona 'pul'; meant pull?"]),
    "a Cyrillic persona": (("render", "\u0440ull"), ["no persona '\\u0440ull'; meant pull?"]),
    "no persona": (
        ("render",),
        ["render: name a persona or a grant of `ecrgen list`, or --all for every grant of the catalog"],
    ),
    "unknown guard": ((*PULL, "ab", "--guard", "mfaa"), ["--guard: no guard 'mfaa'; meant mfa?"]),
    "unknown name": (("show", "sourceip"), ["no persona, grant, guard or operation 'sourceip'; meant source-ip?"]),
    "missing argument": (("render", "pull"), ["pull: --repo: is missing; Repository to pull from"]),
    "everything at once": (
        (*PULL, "A", "--guard", "mfaa", "--guard", "tls=1", "--account", "12", "--region", "mars"),
        [
            "pull: --repo: 'A': a repository's name has 2 to 256 characters, not 1",
            "--guard: no guard 'mfaa'; meant mfa?",
            "--guard: tls: takes no value",
            "--account: '12': an account id is 12 digits 0-9",
            "--region: 'mars': not the name of a region, such as us-east-1",
        ],
    ),
    "one bad repository of two": ((*PULL, "ab", "--repo", "a b"), [f"pull: --repo: 'a b': {NO_NAME}"]),
    "account of 11 digits": ((*PULL, "ab", "--account", "12345678901"), ["--account: '12345678901': an account id is"]),
    "account in other digits": (
        (*PULL, "ab", "--account", "".join(chr(0x661 + digit) for digit in range(9)) + "012"),
        ["--account: '\\u0661\\u0662\\u0663"],
    ),
    "region of another partition": (
        (*PULL, "ab", "--region", "us-east-1", "--partition", "aws-cn"),
        ["--region: us-east-1 is a region of partition aws, not of aws-cn"],
    ),
    "no such partition": ((*PULL, "ab", "--partition", "aws-xx"), ["--partition: 'aws-xx': no such partition; one of"]),
    "private address": (
        (*PULL, "ab", "--guard", "source-ip=10.0.0.0/8"),
        ["--guard: source-ip: '10.0.0.0/8': overlaps"],
    ),
    "a VPC for an endpoint": (
        (*PULL, "ab", "--guard", "vpce=vpc-0123456789abcdef0"),
        ["--guard: vpce: 'vpc-0123456789abcdef0': a VPC endpoint's id is vpce- and 8 or 17 hexadecimal digits"],
    ),
    "a past end": (
        (*PULL, "ab", "--guard", "expires=2020-01-31T00:00:00Z"),
        ["--guard: expires=2020-01-31T00:00:00Z: has passed; it would allow nothing"],
    ),
    "guards that exclude each other": (
        (*PULL, "ab", "--guard", "mfa-age=60", "--guard", "mfa-age=61"),
        ["guard mfa-age=61: statement GetAuthorizationToken has NumericLessThan aws:MultiFactorAuthAge with other val"],
    ),
    "unknown format": ((*PULL, "ab", "--format", "toml"), ["--format: 'toml': must be one of: json, compact, yaml"]),
    "yaml as JSON": (
        (*PULL, "ab", "--format", "yaml", "--json"),
        ["--format: yaml cannot be printed by --json or --all"],
    ),
    "two formats": (
        ("plan", "--state", "old.json", "--format", "markdown", "--json"),
        ["--json: is --format json; leave it or --format markdown out"],
    ),
    "yaml a line": ((*ALL, "--format", "yaml"), ["--format: yaml cannot be printed by --json or --all"]),
    "all and one": (("render", "--all", "login"), ["--all: renders every grant with its own guards; leave login out"]),
    "all and a guard": (
        ("render", "--all", "--guard", "mfa"),
        ["--all: renders every grant with its own guards; leave"],
    ),
    "all of nothing": (("render", "--all"), ["--all: the catalog has no grants; write them under `grants`"]),
    "a grant that fails": (ALL, ["grant bad: broken.j2:2: UndefinedError: 'nosuch' is undefined"]),
    "a grant that fails, to files": (
        (*ALL, "-o", "policies"),
        ["grant bad: broken.j2:2: UndefinedError: 'nosuch' is undefined"],
    ),
    "bad input, to a file": ((*PULL, "A*", "-o", "old.json"), ["pull: --repo: 'A*': a repository is one plain name"]),
    "to a directory": ((*PULL, "ab", "-o", "templates"), ["--output: templates: is a directory; name a file"]),
    "to a directory that is not there": (
        (*PULL, "ab", "-o", "new/ab.json"),
        ["--output: new: is no directory; make it first"],
    ),
    "to nothing": ((*PULL, "ab", "-o", ""), ["--output: .: is a directory; name a file"]),
    "below a file": ((*PULL, "ab", "-o", "old.json/new.json"), ["--output: "]),
    "to a device": ((*PULL, "ab", "-o", "/dev/null"), ["--output: /dev/null: is no file that can be replaced; leave"]),
    "all to a file": (("-c", "grants.yaml", "render", "--all", "-o", "old.json"), ["--output: old.json: cannot be wr"]),
    "a name too long": ((*PULL, "ab", "-o", "x" * 300), ["--output: "]),
    "an empty account": ((*PULL, "ab", "--account", ""), ["--account: '': an account id is 12 digits 0-9"]),
    "an empty region": ((*PULL, "ab", "--region", ""), ["--region: '': not the name of a region, such as us-east-1"]),
    "an empty partition": ((*PULL, "ab", "--partition", ""), ["--partition: '': no such partition; one of: aws,"]),
    "no catalog": (("-c", "nosuch.yaml", "list"), ["nosuch.yaml: no such file; `ecrgen init` writes a catalog"]),
    "catalogs that are none": (
        ("-c", "empty.yaml", "-c", "templates", "-c", "nosuch.yaml", "render", "pull"),
        [
            "empty.yaml:1: must be a mapping with version, not nothing",
            "nosuch.yaml: no such file; `ecrgen init` writes a catalog",
            "templates: is a directory; a catalog is a YAML file",
        ],
    ),
    "init over a file": (("init", "old.json"), ["old.json: exists already; name another file"]),
    "init over a directory": (("init", "templates"), ["templates: exists already; name another file"]),
    "init in no directory": (("init", "no/such.yaml"), ["no/such.yaml: cannot be written: No such file or directory"]),
}
REPOSITORIES = {
    "quotes": 'my-"repo',
    "braces": "{my-repo}",
    "an expression": "{{ 7 * 7 }}",
    "a variable": "${aws:username}",
    "star": "my-*/x",
    "question mark": "my-rep?",
    "upper case": "My-Repo",
    "Cyrillic": "m\u0443-repo",
    "dotless i": "m\u0131-repo",
    "full width": "\uff4dy-repo",
    "zero width": "my\u200b-repo",
    "newline": "my-repo\nx",
    "trailing newline": "my-repo\n",
    "carriage return": "my-repo\r",
    "escape sequence": "\x1b[31mmy-repo",
    "too long": "x" * 257,
    "empty": "",
    "space": " ",
    "above": "../my-repo",
    "a colon": "my-repo:latest",
    "a digest": "my-repo@sha256:00",
    "an ARN": "arn:aws:ecr:us-east-1:123456789012:repository/my-repo",
    "not text": "my-repo\udcff",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_and_nothing_done(name: str, site: Path) -> None:
    """Exit 2, exactly these problems on stderr, nothing on stdout, no file changed."""
    arguments, expected = BAD[name]
    before = snapshot(site)
    result = ecrgen(*arguments)
    lines = [line for line in result.err.splitlines() if not line.startswith("note: ")]
    assert (result.code, result.out, len(lines)) == (2, "", len(expected))
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(f"error: {beginning}")
    assert snapshot(site) == before


@pytest.mark.parametrize("name", REPOSITORIES)
@pytest.mark.parametrize("persona", ["pull", "push", "single-repo", "pull-prefix"])
def test_a_repository_that_is_none_is_refused(name: str, persona: str) -> None:
    """Whatever is no repository's name is refused in one printable ASCII line that shows it."""
    given = REPOSITORIES[name]
    result = ecrgen("render", persona, "--repo", given)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(f"error: {persona}: --repo: {ascii(given)[:40]}")
    assert result.err.isascii()
    assert result.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rendr",), "no such command 'rendr'; meant 'render'? `ecrgen --help` says what there is"),
        (("render", "pull", "--rep", "ab"), "no such option: --rep; meant "),
        (("render", "pull", "--repo"), "option '--repo' requires an argument"),
        (("--nosuch",), "no such option: --nosuch; `ecrgen --help` says what there is"),
        (("-c",), "option '-c' requires an argument"),
        (("schema", "-c", "grants.yaml"), "no such option: -c; `ecrgen schema --help` says what there is"),
        (("render", "pull", "--repo", "ab", "-c"), "option '-c' requires an argument"),
        (("show",), "missing argument 'NAME'; `ecrgen show --help` says what there is"),
        (("list", "extra"), "unexpected argument: extra; `ecrgen list --help`"),
        (("render", "login", "extra"), "unexpected argument: extra"),
        (("render", "login", "--all"), "no such option: --all"),
        (("init", "a.yaml", "b.yaml"), "unexpected argument: b.yaml"),
        (("list", "--json=x"), "option '--json' does not take a value"),
        (("list", "::x"), "unexpected argument: ::x"),
        (("can",), "can: needs a persona, a grant, --policy or --state; `ecrgen can --help` says what there is"),
        (("can", "--policy", "old.json"), "can: needs OPERATION-OR-ACTION [RESOURCE]; `ecrgen can --help`"),
    ],
)
def test_a_call_that_is_none_names_the_option(arguments: tuple[str, ...], words: str, site: Path) -> None:
    """An unknown command or option, or one without its value, is one line like every problem, and exit 2."""
    before = snapshot(site)
    result = ecrgen(*arguments)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(f"error: {words}")
    assert snapshot(site) == before


@pytest.mark.parametrize(
    ("arguments", "words", "before"),
    [
        (("apply", "--concurrency", "0"), "must be at least 1", "0 is not in the range 1<=x<=64"),
        (("apply", "--concurrency", "65"), "must be at most 64", "65 is not in the range 1<=x<=64"),
        (("export", "terraform", "--templates", "x"), "must be a whole number", "'x' is not a valid int range"),
    ],
)
def test_a_number_that_is_none_names_the_option(arguments: tuple[str, ...], words: str, before: str) -> None:
    """One line names the option and what it takes, and never pydantic; the oldest typer says it in words of its own."""
    result = ecrgen(*arguments)
    option = arguments[-2]
    said = (f"error: {option}: {words}; `ecrgen ", f"error: invalid value for '{option}': {before}; `ecrgen ")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(said)


def test_many_problems_are_cut_short(site: Path) -> None:
    """Fifty problems are told one by one, the rest is counted."""
    grants = "".join(f"  g{index}: {{persona: pull, with: {{repo: '*'}}}}\n" for index in range(60))
    Path("many.yaml").write_text(f"version: 1\nextends: builtin\ngrants:\n{grants}")
    lines = ecrgen("-c", "many.yaml", "list").err.splitlines()
    assert len(lines) == 51
    assert lines[0].startswith("error: many.yaml:4: grants.g0.with.repo: '*': ")
    assert lines[-1] == "error: … and 10 more"


def test_a_problem_is_one_line_whatever_it_quotes(site: Path) -> None:
    """Line ends and control characters that a template or a file's name brings in are written as escapes."""
    Path("templates/broken.j2").write_text('{{ {}["a\\nb"] }}')
    result = ecrgen("-c", "grants.yaml", "render", "broken")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert ecrgen("-c", "no\nsuch\x1b.yaml", "list").err == (
        "error: no\\nsuch\\x1b.yaml: no such file; `ecrgen init` writes a catalog\n"
    )


def test_a_process_says_the_same(site: Path) -> None:
    """As a process, too: exit 2, the same line, no traceback, even for an argument that is not text."""
    result = ecrgen_process("render", "pull", "--repo", os.fsdecode(b"my-repo\xff"), cwd=site)
    assert result == (2, "", f"error: pull: --repo: 'my-repo\\udcff': {NO_NAME}\n")
