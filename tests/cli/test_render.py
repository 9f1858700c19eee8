"""`render`, `list`, `show`, `schema` and `init`: what they print, and that it is what the Python interface gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import yaml
from command_line import ecrgen

import ecrgen as package
from ecrgen import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.schema import RESERVED, json_schema
from ecrgen.cli import personas
from ecrgen.cli.call import Call, load_catalog
from ecrgen.cli.main import COMMANDS as TABLE

HERE = ("--account", "111122223333", "--region", "eu-west-1")
BUILTIN = Catalog.load(builtin_file())
GRANTS = """\
version: 1
extends: builtin
account: 111122223333
region: eu-west-1
grants:
  api: {persona: single-repo, with: {repo: [team/api, team/web]}, guards: tls, to: role/ci}
  all_: {persona: console-read-only}
  Last-1: {persona: pull-prefix, with: {repo: team/*}}
"""


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test stands in an empty directory."""
    directory = tmp_path / "empty"
    directory.mkdir()
    monkeypatch.chdir(directory)


def written(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def test_the_command_line_and_python_agree() -> None:
    """The same persona, arguments, guards and target give the same document, to the byte."""
    guards = ("mfa-age=1h", "via=lambda.amazonaws.com,cloudformation.amazonaws.com")
    result = ecrgen(
        *("render", "pull", "--repo", "team/web", "--repo", "ab", "--guard", guards[0], "--guard", guards[1]),
        *("--region", "eu-west-1", "--region", "us-east-1", "--account", "111122223333"),
    )
    policy = BUILTIN.render(
        "pull", repo=["team/web", "ab"], guards=guards, region=["eu-west-1", "us-east-1"], account="111122223333"
    )
    assert (result.code, result.out) == (0, policy.to_json() + "\n")


def test_options_may_stand_before_and_after_the_persona() -> None:
    """An option of render means the same on either side of the persona's name, the one after it winning."""
    after = ecrgen("render", "pull", "--repo", "ab", *HERE, "--guard", "tls", "--format", "compact")
    assert after == ecrgen("render", *HERE, "--guard", "tls", "--format", "compact", "pull", "--repo", "ab")
    assert after == ecrgen("render", "--account", "444455556666", "--guard=mfa", "--region=us-east-1", "pull", *(
        "--repo=ab", "--account=111122223333", "--guard=tls", "--region=eu-west-1", "--format=compact"
    ))  # fmt: skip
    assert after.code == 0
    assert ecrgen("render", "--json", "pull", "--repo", "ab", "--format", "yaml").code == 2


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (["login"], 8),
        (["--number", "2", "login"], 2),
        (["login", "--number", "2"], 2),
        (["--number", "2", "login", "--number", "0"], 0),
        (["--number", "2", "login", "--number", "8"], 8),
    ],
)
def test_an_option_before_the_persona_beats_only_a_default(arguments: list[str], number: int) -> None:
    """What is given after the persona counts, then what is given before it, then the default; 0 is a value."""
    seen = []

    def run(call: Call, *, number: Annotated[int, typer.Option("--number")] = 8) -> None:
        """Do it."""
        seen.append((call.persona, number))

    load_catalog.cache_clear()
    personas.persona_group(run, "it")(arguments, standalone_mode=False)
    assert seen == [("login", number)]


def test_the_formats_hold_the_same_document() -> None:
    """json, compact and yaml read back as the same values; compact is one line."""
    run = ("render", "single-repo", "--repo", "ab", "--guard", "expires=2099-01-31T00:00:00Z", *HERE)
    indented, compact, as_yaml = (ecrgen(*run, "--format", form).out for form in ("json", "compact", "yaml"))
    assert indented == ecrgen(*run).out == ecrgen(*run, "--json").out
    assert json.loads(indented) == json.loads(compact) == yaml.safe_load(as_yaml)
    assert compact.count("\n") == 1
    assert " " not in compact


def test_notes_go_to_stderr() -> None:
    """What a person should know stands on stderr, the policy alone on stdout."""
    result = ecrgen("render", "pull", "--repo", "ab", "--guard", "via=cloudformation.amazonaws.com")
    assert json.loads(result.out)
    assert result.err.splitlines() == [
        "note: guard via: A docker client calls ECR itself, so login, pull and push never pass this guard",
        "note: account 123456789012 and region us-east-1 are examples; give your own",
    ]
    quiet = ecrgen("render", "self-view", "--guard", "via=cloudformation.amazonaws.com")
    assert quiet.err == ""


@pytest.mark.parametrize(
    ("persona", "guard", "warned"),
    [
        ("pull", "mfa", True),
        ("pull", "mfa-age=60", True),
        ("pull", "tls", False),
        ("pull", "source-ip=203.0.113.7", True),
        ("pull", "vpc=vpc-01234567", True),
        ("pull", "vpce=vpce-01234567", True),
        ("pull", "org=o-a1b2c3d4e5", False),
        ("pull", "tag=team=a", True),
        ("pull", "regions=eu-west-1", False),
        ("self-view", "regions=eu-west-1", True),
        ("self-view", "tag=team=a", True),
        ("self-view", "via=lambda.amazonaws.com", False),
        ("pull", "expires=2099-01-31T00:00:00Z", False),
    ],
)
def test_a_guard_warns_where_it_is_known_to_break_something(persona: str, guard: str, warned: bool) -> None:
    """The caution is printed where the policy has actions that the guard breaks, and nowhere else."""
    arguments = ("--repo", "ab") if persona == "pull" else ()
    caution = BUILTIN.guards[guard.partition("=")[0]].caution
    result = ecrgen("render", persona, *arguments, "--guard", guard, *HERE)
    assert result.code == 0
    assert result.err == (f"note: guard {guard.partition('=')[0]}: {caution}\n" if warned else "")


def test_all_grants_are_one_json_object_a_line() -> None:
    """--all prints each grant's name and policy on a line of its own, in the order of the file."""
    result = ecrgen("--catalog", written("c.yaml", GRANTS), "render", "--all")
    assert (result.code, result.err) == (0, "")
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert lines == [
        {"name": item.grant.name, "policy": item.policy.to_dict()} for item in Catalog.load("c.yaml").render_all()
    ]
    assert [line["name"] for line in lines] == ["api", "all_", "Last-1"]
    assert ecrgen("-c", "c.yaml", "render", "--all", "--json") == result
    elsewhere = ecrgen("-c", "c.yaml", "render", "--all", "--region", "cn-north-1", "--account", "444455556666").out
    assert elsewhere.count("arn:aws-cn:ecr:cn-north-1:444455556666:repository/") == 5


def test_what_to_know_of_grants_is_told_with_their_names() -> None:
    """Ended grants, cautions and, once, example values are noted while rendering all."""
    written(
        "catalog.yaml",
        "version: 1\nextends: builtin\ngrants:\n"
        "  a: {persona: pull, with: {repo: ab}, guards: [expires=2020-01-31T00:00:00Z]}\n"
        "  b: {persona: pull, with: {repo: ab}, guards: [mfa]}\n",
    )
    result = ecrgen("render", "--all")
    assert (result.code, result.out.count("\n")) == (0, 2)
    assert result.err.splitlines() == [
        "note: account 123456789012 and region us-east-1 are examples; give your own",
        "note: grant a: has ended (2020-01-31T00:00:00Z) and allows nothing",
        f"note: grant b: guard mfa: {BUILTIN.guards['mfa'].caution}",
    ]


def test_list_names_everything() -> None:
    """Each persona, guard, operation and grant is a line with tabs, or an object with --json."""
    rows = [line.split("\t") for line in ecrgen("list").out.splitlines()]
    data = json.loads(ecrgen("list", "--json").out)
    assert rows == [
        [section.removesuffix("s"), item["name"], item["takes"], item["summary"]]
        for section, items in data.items()
        for item in items
    ]
    assert {section: [item["name"] for item in items] for section, items in data.items()} == {
        "personas": list(BUILTIN.personas),
        "guards": list(BUILTIN.guards),
        "operations": list(BUILTIN.operations),
        "grants": [],
    }
    assert ["persona", "pull-prefix", "--repo", BUILTIN.personas["pull-prefix"].summary] in rows
    assert ["guard", "source-ip", "=CIDR,…", BUILTIN.guards["source-ip"].summary] in rows


def test_show_tells_what_one_needs_to_choose_a_persona() -> None:
    """What it takes and gives, which guards suit it, its policy and where it comes from; nothing of its tests."""
    result = ecrgen("show", "single-repo")
    persona = BUILTIN.personas["single-repo"]
    for text in (
        f"single-repo (persona): {persona.summary}",
        "  --repo REPOSITORY: Repository to push to and pull from (required, repeatable)",
        "  allows on my-repo: login, pull, node-pull, push, mount, list",
        "  also allows the actions: ecr:GetRepositoryPolicy, ecr:DescribeRepositories",
        "    tls: Only over TLS",
        f"      caution: {BUILTIN.guards['mfa'].caution}",
        f"    tag=TAG: login fails. {BUILTIN.guards['tag'].caution}",
        f"  source: {persona.source}",
    ):
        assert text in result.out.splitlines()
    assert "other" not in result.out  # the repository of the expectations
    _, _, example = result.out.partition("  example:\n    $ ecrgen ")
    command, _, policy = example.partition("\n")
    assert json.loads(policy) == json.loads(ecrgen(*command.split()).out)
    data = json.loads(ecrgen("show", "single-repo", "--json").out)
    assert data["persona"]["parameters"]["repo"] == {
        "name": "repo",
        "type": "repository",
        "help": "Repository to push to and pull from",
        "many": True,
        "required": True,
        "default": None,
        "pattern": None,
        "new_regions": [],
    }
    managed = "  AWS managed policy that gives the same: AmazonEC2ContainerRegistryReadOnly (v3 of 2019-12-10)"
    assert managed in ecrgen("show", "console-read-only").out.splitlines()


@pytest.mark.parametrize("name", [*BUILTIN.personas, *BUILTIN.guards, *BUILTIN.operations])
def test_everything_can_be_shown(name: str) -> None:
    """Each name of `list` is shown, every kind of thing that bears it, for people and as JSON."""
    kinds = {
        kind: things[name]
        for kind, things in (
            ("persona", BUILTIN.personas),
            ("guard", BUILTIN.guards),
            ("operation", BUILTIN.operations),
        )
        if name in things
    }
    text, data = ecrgen("show", name), json.loads(ecrgen("show", name, "--json").out)
    assert (text.code, set(data)) == (0, set(kinds))
    for kind, thing in kinds.items():
        assert f"{name} ({kind}): {thing.summary}" in text.out.splitlines()
        assert data[kind]["summary"] == thing.summary
        caution = getattr(thing, "caution", None)
        assert caution is None or f"  caution: {caution}" in text.out.splitlines()


def test_schema_prints_the_schema_and_init_a_catalog_of_it() -> None:
    """`schema` is the JSON Schema; what `init` writes is read, extends the built-in catalog, and grants nothing."""
    assert json.loads(ecrgen("schema").out) == json.loads(ecrgen("schema", "--json").out) == json_schema()
    result = ecrgen("init")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("note: wrote catalog.yaml with namespace empty; ")
    assert ecrgen("init", "-").out == Path("catalog.yaml").read_text()
    catalog = Catalog.load()
    assert (list(catalog.personas), dict(catalog.grants)) == (list(BUILTIN.personas), {})
    assert json.loads(ecrgen("init", "site.yaml", "--json").out) == {"written": "site.yaml"}
    assert Path("site.yaml").read_bytes() == Path("catalog.yaml").read_bytes()
    uncommented = Path("site.yaml").read_text().replace("# account", "account").replace("# region", "region")
    written("site.yaml", uncommented.replace("  # web-ci", "  web-ci").replace("  #   ", "    "))
    site = Catalog.load("site.yaml")
    assert (site.account, site.regions, list(site.grants)) == ("123456789012", ("eu-west-1",), ["web-ci"])


def test_init_and_schema_read_no_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog that is not there yet, or broken, keeps nobody from the schema or from writing one."""
    monkeypatch.setenv("ECRGEN_CATALOG", "site.yaml")
    assert ecrgen("schema").code == ecrgen("init", "site.yaml").code == ecrgen("list").code == 0
    written("site.yaml", "broken: [")
    assert ecrgen("schema").code == ecrgen("init", "other.yaml").code == 0


def test_which_catalog_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """--catalog, then ECRGEN_CATALOG, then ./catalog.yaml, then the built-in one; --catalog may be repeated."""

    def grants() -> list[str]:
        return [json.loads(line)["name"] for line in ecrgen("render", "--all").out.splitlines()]

    def catalog(name: str) -> str:
        return written(f"{name}.yaml", f"version: 1\nextends: builtin\ngrants: {{{name}: {{persona: login}}}}\n")

    assert ecrgen("list").out.startswith("persona\tconsole-read-only")
    catalog("catalog")
    assert grants() == ["catalog"]
    monkeypatch.setenv("ECRGEN_CATALOG", catalog("named"))
    assert grants() == ["named"]
    result = ecrgen("-c", catalog("one"), "--catalog", catalog("two"), "render", "--all")
    assert [json.loads(line)["name"] for line in result.out.splitlines()] == ["one", "two"]


def test_the_version_is_the_package_s() -> None:
    """--version prints name and version."""
    assert ecrgen("--version") == (0, f"ecrgen {package.__version__}\n", "")


# Options of `can` since version 0.1, in whose catalogs a parameter may have such a name.
NEWER = ("boundary", "session", "scp", "rcp", "endpoint")
COMMANDS = ["", *TABLE, *(f"render {name}" for name in BUILTIN.personas)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help(command: str, option: str) -> None:
    """--help and -h of each command, and of each persona, tell its usage and every option of it."""
    result = ecrgen(*command.split(), option)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: ecrgen")
    assert "Show this message and exit." in result.out


def test_help_shows_the_texts_of_a_catalog_as_they_are() -> None:
    """Brackets, backticks and stars in a catalog's texts are no markup."""
    Path("templates").mkdir()
    written("templates/t.j2", "{}")
    summary = "Pull [all] of `it`, *now* [/] [red]x"
    written(
        "catalog.yaml",
        f"version: 1\npersonas:\n  p:\n    summary: '{summary}'\n    template: t.j2\n"
        "    parameters: {repo: {type: repository, help: '[bold]which[/bold]'}}\n",
    )
    result = ecrgen("render", "p", "--help")
    assert summary in result.out
    assert "[bold]which[/bold] (required)" in result.out


@pytest.mark.parametrize("name", ["from", "class", "form", "ctx", "all_grants", "principal", "file", "named"])
def test_a_parameter_may_have_any_name_that_is_no_option(name: str) -> None:
    """A word of Python or of ecrgen's own code is a parameter's name like another."""
    Path("templates").mkdir()
    body = '{"Statement": {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": {{ NAME }}}}'
    written("templates/t.j2", body.replace("NAME", name))
    written(
        "catalog.yaml",
        f"version: 1\npersonas: {{p: {{summary: P, template: t.j2, parameters: {{{name}: {{type: string}}}}}}}}\n",
    )
    result = ecrgen("render", "p", f"--{name.replace('_', '-')}", "value", "--format", "compact")
    assert (result.code, '"Resource":"value"' in result.out) == (0, True)
    assert "Usage" in ecrgen("render", "p", "--help").out


def test_no_option_of_a_command_is_free_for_a_parameter() -> None:
    """Every option of the commands that take a persona is a reserved name, but those that came after version 0.1."""
    taken: set[str] = set()
    for name, entry in TABLE.items():
        command = entry.built(name)
        if isinstance(command, personas._PersonaGroup):
            taken |= {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert {"--region", "--guard", "--to", "--context", "--plan-digest"} <= taken
    assert {option[2:].replace("-", "_") for option in taken} - set(RESERVED) == {
        *NEWER,
        "accounts",
        "check",
        "only",
        "identity",
        "repository_policy",
    }


@pytest.mark.parametrize("name", NEWER)
def test_a_parameter_keeps_its_name_when_a_command_gets_an_option(name: str) -> None:
    """After the persona the option is the parameter's; before it, the command's."""
    Path("templates").mkdir()
    body = '{"Statement": {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": {{ NAME }}}}'
    written("templates/t.j2", body.replace("NAME", name))
    written(
        "catalog.yaml",
        f"version: 1\npersonas: {{p: {{summary: P, template: t.j2, parameters: {{{name}: {{type: string}}}}}}}}\n",
    )
    denial = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    whose = {"Principal": "*"} if name in ("rcp", "endpoint") else {}
    written("limit.json", json.dumps({"Version": "2012-10-17", "Statement": denial | whose}))
    repository = "arn:aws:ecr:us-east-1:123456789012:repository/web"
    asked = ("p", f"--{name}", repository, "ecr:PutImage", repository)
    assert ecrgen("can", *asked).code == 0
    assert ecrgen("can", f"--{name}", "limit.json", *asked).code == 1


def test_optional_parameters_and_defaults() -> None:
    """An option left out takes its default; one without a default is null in the template."""
    Path("templates").mkdir()
    body = '{"Statement": {"Effect": "Allow", "Action": [{{ a }}, {{ b or "none" }}], "Resource": {{ c }}}}'
    written("templates/t.j2", body)
    written(
        "catalog.yaml",
        "version: 1\npersonas: {p: {summary: P, template: t.j2, parameters: {a: {type: string, default: x}, "
        "b: {type: string, required: false}, c: {type: string, many: true, default: [y, z]}}}}\n",
    )

    def statement(*options: str) -> Any:
        return json.loads(ecrgen("render", "p", *options).out)["Statement"]

    assert (statement()["Action"], statement()["Resource"]) == (["x", "none"], ["y", "z"])
    given = statement("--a", "1", "--b", "2", "--c", "3", "--c", "4")
    assert (given["Action"], given["Resource"]) == (["1", "2"], ["3", "4"])
    assert "(optional, repeatable)" in ecrgen("render", "p", "-h").out


def test_the_public_names_are_there() -> None:
    """Every name of the package's public interface resolves, and the package says that it is typed."""
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = package.nosuch
    assert (Path(package.__file__).parent / "py.typed").is_file()
