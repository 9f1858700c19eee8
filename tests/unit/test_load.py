"""Catalog files: read, merged, and every problem told at once, each with its file and line."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from limits import within

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog import source
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.managed import managed_policy
from ecrgen.catalog.model import NamedAccount
from ecrgen.policy.positions import yaml_positions

BOTOCORE = version("botocore")
GRANT = "{persona: pull, with: {repo: my-repo}}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to stand in, with a template that grants nothing much."""
    directory = tmp_path / "site"
    (directory / "templates").mkdir(parents=True)
    (directory / "templates" / "t.json.j2").write_text(
        '{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    )
    monkeypatch.chdir(directory)
    return directory


def problems(*paths: str) -> list[str]:
    with pytest.raises(EcrgenError) as caught:
        Catalog.load(*paths)
    assert all(problem.isprintable() for problem in caught.value.problems)
    return list(caught.value.problems)


def wrong(text: str | bytes) -> list[str]:
    """The problems of a file c.yaml with this text."""
    Path("c.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return problems("c.yaml")


def test_every_problem_of_a_file_is_told_at_once(here: Path) -> None:
    """Misspelt keys, bad values, unknown names and bad arguments come together, in the order of the lines."""
    assert wrong(
        """\
version: 1
extends: builtin
acount: "111122223333"
account: 1234
region: eu-west-1
partition: aws-cn
personas:
  mine:
    sumary: misspelt
    summary: Mine
    template: t.json.j2
    parameters:
      repo: {type: repositori}
      region: {type: string}
      size: {type: integer, default: many}
      text: {type: string, pattern: "(", default: x}
  pull:
    summary: Taken
    template: missing.json.j2
guards:
  Bad: {summary: x, template: t.json.j2}
operations:
  build: {actions: ecr:PutImage, on: repository, needs: psh}
grants:
  a:
    persona: pul
  b:
    persona: push
    with: {repo: [UPPER], repos: x}
    guards: [mfaa, "via=cloudformation", mfa=1, source-ip]
    managed: true
  B:
    persona: console-read-only
    managed: true
    guards: tls
  c: {persona: push}
  a: {persona: pull}
  d: {persona: push, wiht: {}, with: {repo: "*"}}
"""
    ) == [
        "c.yaml:3: acount: no such key; meant account?",
        "c.yaml:4: account: '1234': must be an account id, 12 digits",
        "c.yaml:5: region.0: eu-west-1 is a region of partition aws, not of the catalog's",
        "c.yaml:9: personas.mine.sumary: no such key; meant summary?",
        "c.yaml:13: personas.mine.parameters.repo.type: 'repositori': must be a parameter type; meant repository?",
        "c.yaml:14: personas.mine.parameters.region: 'region' is no name here: lower-case letters, digits and _, "
        "and not an option's own name such as region",
        "c.yaml:17: personas.pull: is defined already at the built-in catalog.yaml:"
        f"{builtin_line('  pull:')}; choose another name",
        f"c.yaml:19: personas.pull.template: no such file: {here.resolve()}/templates/missing.json.j2",
        "c.yaml:21: guards.Bad: 'Bad' is no name here: lower-case letters, digits and -",
        "c.yaml:23: operations.build.needs.0: no operation 'psh'; meant push?",
        "c.yaml:26: grants.a.persona: no persona 'pul'; meant pull?",
        "c.yaml:29: grants.b.with.repos: no such parameter; meant repo?",
        "c.yaml:29: grants.b.with.repo: 'UPPER': a repository's name is lower case: upper",
        "c.yaml:30: grants.b.guards.0: no guard 'mfaa'; meant mfa?",
        "c.yaml:30: grants.b.guards.1: via: 'cloudformation': a service principal is such as "
        "cloudformation.amazonaws.com",
        "c.yaml:30: grants.b.guards.2: mfa: takes no value",
        "c.yaml:30: grants.b.guards.3: source-ip: needs a value: Public address or range, such as 203.0.113.0/24",
        "c.yaml:32: grants.B: is defined already at c.yaml:27; choose another name",
        "c.yaml:34: grants.B.managed: AWS's own policy takes no guards; leave guards or managed out",
        "c.yaml:36: grants.c.with.repo: is missing; Repository to push to",
        "c.yaml:37: grants.a: stands already at c.yaml:25; give each key once",
        "c.yaml:38: grants.d.wiht: no such key; meant with?",
        "c.yaml:38: grants.d.with.repo: '*': a repository is one plain name, without * or ?; for a prefix use a "
        "persona such as pull-prefix",
    ]


def builtin_line(text: str) -> int:
    return builtin_file().read_text().splitlines().index(text) + 1


def test_problems_inside_a_definition_of_the_right_format(here: Path) -> None:
    """A pattern that is no expression and a default of the wrong type are found where they stand."""
    assert wrong(
        """\
version: 1
personas:
  mine:
    summary: Mine
    template: t.json.j2
    parameters:
      size: {type: integer, default: many}
      text:
        type: string
        pattern: "("
      other: {type: string, pattern: "a+", default: b}
      repo: {type: repository, default: [ab, cd]}
      repos: {type: repository, many: true, default: ["*"]}
"""
    ) == [
        "c.yaml:7: personas.mine.parameters.size.default: 'many': a whole number, such as 7",
        "c.yaml:10: personas.mine.parameters.text.pattern: no regular expression: missing ), unterminated subpattern "
        "at position 0",
        "c.yaml:11: personas.mine.parameters.other.default: 'b': must match a+",
        "c.yaml:12: personas.mine.parameters.repo.default: takes one value, not a list",
        "c.yaml:13: personas.mine.parameters.repos.default: '*': a repository is one plain name, without * or ?; for a "
        "prefix use a persona such as pull-prefix",
    ]


KEYS = (
    "version, extends, include, namespace, id, account, accounts, region, partition, new_regions, personas, guards, "
    "operations, grants and 1 more"
)
BAD: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["c.yaml:1: must be a mapping with version, not nothing"]),
    "only a comment": ("# hello\n", ["c.yaml:1: must be a mapping with version, not nothing"]),
    "a list": ("- version: 1\n", ["c.yaml:1: must be a mapping with version, not a list"]),
    "a text": ("catalog\n", ["c.yaml:1: must be a mapping with version, not text"]),
    "no version": ("grants: {}\n", ["c.yaml:1: no version; the only one is 1"]),
    "another version": (
        "version: 2\n",
        ["c.yaml:1: version: '2': must be the version of this format; the only one is 1"],
    ),
    "no value": ("version: ~\n", ["c.yaml:1: version: must be the version of this format, not nothing"]),
    "no syntax": ("version: 1\ngrants: {a: [}\n", ["c.yaml:2: not YAML: did not find expected node content"]),
    "a tab": ("version: 1\n\tgrants: {}\n", ["c.yaml:2: not YAML: a tab stands where YAML takes only spaces"]),
    "a tab in a map": (
        "version: 1\ngrants:\n\ta: {}\n",
        ["c.yaml:3: not YAML: a tab stands where YAML takes only spaces"],
    ),
    "binary": (b"\x7fELF\x02\x01\x01\x00\xff\xfe", ["c.yaml: not UTF-8 text; a catalog is a YAML file"]),
    "UTF-16": ("version: 1\n".encode("utf-16"), ["c.yaml: not UTF-8 text; a catalog is a YAML file"]),
    "a NUL": (b"version: 1\n\x00\n", ["c.yaml:2: not YAML: control characters are not allowed"]),
    "an escape sequence": (
        b'version: 1\nnamespace: "\x1b[2J"\n',
        ["c.yaml:2: not YAML: control characters are not allowed"],
    ),
    "an escape sequence by escapes": (
        'version: 1\nnamespace: "\\e[2J\\n"\n',
        ["c.yaml:2: namespace: '\\x1b[2J\\n': must be 1 to 56 letters, digits, _ and -"],
    ),
    "a key that is no name": ('version: 1\n"a\\nb": 1\n', [f"c.yaml:2: 'a\\nb': no such key; one of: {KEYS}"]),
    "a summary of two lines": (
        'version: 1\npersonas:\n  a: {summary: "a\\nb", template: t.json.j2}\n',
        ["c.yaml:3: personas.a.summary: 'a\\nb': must be one line of text"],
    ),
    "duplicate keys": (
        "version: 1\ngrants: {}\nversion: 1\ngrants: {}\n",
        [
            "c.yaml:3: version: stands already at c.yaml:1; give each key once",
            "c.yaml:4: grants: stands already at c.yaml:2; give each key once",
        ],
    ),
    "a duplicate key deep down": (
        "version: 1\nextends: builtin\ngrants:\n  a:\n    persona: pull\n    with: {repo: ab}\n"
        "    with:\n      repo: cd\n",
        ["c.yaml:7: grants.a.with: stands already at c.yaml:6; give each key once"],
    ),
    "a duplicate key in a list": (
        "version: 1\npersonas:\n  a:\n    summary: A\n    template: t.json.j2\n    expect:\n      - allow: login\n"
        "        allow: pull\n",
        ["c.yaml:8: personas.a.expect.0.allow: stands already at c.yaml:7; give each key once"],
    ),
    "duplicate keys in other quotes": (
        "version: 1\n'version': 1\n",
        ["c.yaml:2: version: stands already at c.yaml:1; give each key once"],
    ),
    "tags": (
        'version: !!int 1\nnamespace: !!python/object/apply:os.system ["true"]\nregion: !mine us-east-1\n',
        [
            "c.yaml:1: the tag tag:yaml.org,2002:int is not allowed; a catalog is plain YAML",
            "c.yaml:2: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed; a catalog is plain YAML",
            "c.yaml:2: namespace: must be 1 to 56 letters, digits, _ and -, not a list",
            "c.yaml:3: the tag !mine is not allowed; a catalog is plain YAML",
        ],
    ),
    "a merge key": (
        f"version: 1\nextends: builtin\ngrants:\n  a: &a {GRANT}\n  b: {{<<: *a}}\n",
        [
            "c.yaml:5: grants.b.<<: no such key; one of: persona, with, guards, to, managed, account, region, through",
            "c.yaml:5: grants.b: no persona; a persona's name",
        ],
    ),
    "two documents": (
        "version: 1\n---\nversion: 1\n",
        ["c.yaml:2: a second document begins; a catalog file is one YAML document"],
    ),
    "a key that is a list": ("version: 1\n? [a]\n: b\n", ["c.yaml:2: a key must be plain text"]),
    "an alias for nothing": ("version: *one\n", ["c.yaml:1: *one: no &one ends before it"]),
    "an alias inside its anchor": (
        "version: 1\ngrants: &all\n  a: *all\n",
        ["c.yaml:3: *all: no &all ends before it"],
    ),
    "an account in octal": (
        "version: 1\naccount: 0o14236\n",
        ["c.yaml:2: account: '0o14236': must be an account id, 12 digits"],
    ),
    "an account of 11 digits": (
        "version: 1\naccount: 12345678901\n",
        ["c.yaml:2: account: '12345678901': must be an account id, 12 digits"],
    ),
    "an account in Arabic digits": (
        "version: 1\naccount: \u0661\u0662\u0663456789012\n",
        ["c.yaml:2: account: '\\u0661\\u0662\\u0663456789012': must be an account id, 12 digits"],
    ),
    "an account that is a list": (
        "version: 1\naccount: ['111122223333']\n",
        ["c.yaml:2: account: must be an account id, 12 digits, not a list"],
    ),
    "no region": (
        "version: 1\nregion: [eu-west-1, NO]\n",
        ["c.yaml:2: region.1: 'NO': must be the name of a region, such as us-east-1"],
    ),
    "a region that AWS does not have": (
        "version: 1\nregion: [eu-west-1, eu-wset-1]\n",
        [
            f"c.yaml:2: region.1: 'eu-wset-1': no region that botocore {BOTOCORE} knows; meant eu-west-1? (for a newer "
            "one, name it in the catalog's new_regions)"
        ],
    ),
    "a new region that is the name of none": (
        "version: 1\nnew_regions: mars\n",
        ["c.yaml:2: new_regions: 'mars': must be the name of a region, such as us-east-1"],
    ),
    "regions of two partitions": (
        "version: 1\npartition: aws\nregion:\n  - eu-west-1\n  - cn-north-1\n",
        ["c.yaml:5: region.1: cn-north-1 is a region of partition aws-cn, not of the catalog's"],
    ),
    "a partition of no one": (
        "version: 1\npartition: aws-gov\n",
        ["c.yaml:2: partition: 'aws-gov': must be a partition; meant aws-us-gov?"],
    ),
    "yes for true": (
        f"version: 1\nextends: builtin\ngrants: {{a: {GRANT[:-1]}, managed: yes}}}}\n",
        ["c.yaml:3: grants.a.managed: must be true or false, not 'yes'"],
    ),
    "a section that is a list": (
        "version: 1\nextends: builtin\ngrants: [a]\n",
        ["c.yaml:3: grants: must be a mapping of names, not a list"],
    ),
    "a grant that is a text": (
        "version: 1\nextends: builtin\ngrants: {a: pull}\n",
        ["c.yaml:3: grants.a: must be a mapping with persona, not text"],
    ),
    "an empty list of repositories": (
        "version: 1\nextends: builtin\ngrants: {a: {persona: pull, with: {repo: []}}}\n",
        ["c.yaml:3: grants.a.with.repo: the list is empty; leave the key out or give it an item"],
    ),
    "a list in a list": (
        "version: 1\nextends: builtin\ngrants: {a: {persona: pull, with: {repo: [[ab]]}}}\n",
        ["c.yaml:3: grants.a.with.repo.0: must be text, not a list"],
    ),
    "nothing for a repository": (
        "version: 1\nextends: builtin\ngrants: {a: {persona: pull, with: {repo: ~}}}\n",
        ["c.yaml:3: grants.a.with.repo: must be text, not nothing"],
    ),
    "a persona that takes nothing": (
        "version: 1\nextends: builtin\ngrants: {a: {persona: login, with: {repo: ab}}}\n",
        ["c.yaml:3: grants.a.with.repo: no such parameter; it takes no arguments"],
    ),
    "no extends": (
        f"version: 1\ngrants:\n  a: {GRANT}\n",
        [
            "c.yaml:3: grants.a.persona: no persona 'pull'; the catalog has none; `extends: builtin` brings those of "
            "ecrgen"
        ],
    ),
    "extends another": (
        "version: 1\nextends: other.yaml\n",
        ["c.yaml:2: extends: 'other.yaml': must be the name of a catalog to build on; the only one is builtin"],
    ),
    "a template above": (
        "version: 1\npersonas:\n  a: {summary: A, template: ../t.json.j2}\n"
        "  b: {summary: B, template: a/../../t.json.j2}\n",
        [
            "c.yaml:3: personas.a.template: '../t.json.j2': must be a file below templates/, such as pull.json.j2",
            "c.yaml:4: personas.b.template: 'a/../../t.json.j2': must be a file below templates/, such as pull.json.j2",
        ],
    ),
    "an absolute template": (
        "version: 1\nguards:\n  a: {summary: A, template: /etc/passwd}\n",
        ["c.yaml:3: guards.a.template: '/etc/passwd': must be a file below templates/, such as pull.json.j2"],
    ),
    "an include of nothing": (
        "version: 1\ninclude: [grants/*.yaml, '**x', 'no\\such']\n",
        [
            "c.yaml:2: include.0: no file matches 'grants/*.yaml'",
            "c.yaml:2: include.1: no file matches '**x'",
            "c.yaml:2: include.2: no file matches 'no\\\\such'",
        ],
    ),
    "an include of a name too long": (
        f"version: 1\ninclude: {'a' * 300}\n",
        [f"c.yaml:2: include.0: no file matches '{'a' * 59}... (300 characters)"],
    ),
    "an absolute include": (
        'version: 1\ninclude: [/etc/*.yaml, "", "a\\0b"]\n',
        [
            "c.yaml:2: include.0: '/etc/*.yaml': must be a file or pattern below this one, such as grants/*.yaml",
            "c.yaml:2: include.1: '': must be a file or pattern below this one, such as grants/*.yaml",
            "c.yaml:2: include.2: 'a\\x00b': must be a file or pattern below this one, such as grants/*.yaml",
        ],
    ),
    "an include of itself": (
        "version: 1\ninclude: '*.yaml'\n",
        ["c.yaml:2: include: c.yaml: includes itself: c.yaml → c.yaml"],
    ),
    "a grant's name with a slash": (
        f"version: 1\nextends: builtin\ngrants:\n  ../a: {GRANT}\n  {'a' * 57}: {GRANT}\n",
        [
            "c.yaml:4: grants.../a: '../a' is no name here: 1 to 56 letters, digits, _ and -",
            f"c.yaml:5: grants.{'a' * 57}: '{'a' * 57}' is no name here: 1 to 56 letters, digits, _ and -",
        ],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_catalog_is_told_by_line(name: str, here: Path) -> None:
    """Each bad file gives exactly its problems, each with file, line, place and what would be right."""
    text, expected = BAD[name]
    assert wrong(text) == expected


@pytest.mark.parametrize("name", BAD)
def test_the_pure_python_loader_tells_the_same(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml the same files are refused at the same lines; only YAML's own syntax errors are worded apart."""
    monkeypatch.setattr(source, "Loader", yaml.BaseLoader)
    text, expected = BAD[name]
    found = wrong(text)
    words = "not YAML: "
    assert [problem.partition(words)[:2] for problem in found] == [problem.partition(words)[:2] for problem in expected]
    if words not in expected[0]:
        assert found == expected


def test_the_c_loader_is_used_where_it_is() -> None:
    """With libyaml, files are parsed by it."""
    assert source.Loader is yaml.CBaseLoader


def test_both_loaders_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in catalog is the same by libyaml and by Python."""
    by_c = Catalog.load(builtin_file())
    monkeypatch.setattr(source, "Loader", yaml.BaseLoader)
    assert Catalog.load(builtin_file()) == by_c
    text = builtin_file().read_text()
    positions = list(yaml_positions(text))
    assert positions[:3] == [((), (2, 1)), (("version",), (2, 1)), (("ignore",), (4, 1))]
    monkeypatch.delattr(yaml, "CBaseLoader")
    assert list(yaml_positions(text)) == positions


def test_yaml_surprises_stay_what_was_written(here: Path) -> None:
    """No number, boolean, date or null is guessed: every value is the text that stands there."""
    Path("c.yaml").write_text(
        """\
version: "1"
extends: builtin
namespace: NO
account: 012345678901
region: [eu-west-1]
grants:
  off: {persona: pull, with: {repo: [12, 0x1f, 2027-01-31, "null", 1e3, "true"]}, to: []}
  012: {persona: pull, with: {repo: no}, guards: expires=2027-01-31T00:00:00Z}
"""
    )
    catalog = Catalog.load("c.yaml")
    assert (catalog.namespace, catalog.account, catalog.regions) == ("NO", "012345678901", ("eu-west-1",))
    assert list(catalog.grants) == ["off", "012"]
    assert catalog.grants["off"].arguments == {"repo": ("12", "0x1f", "2027-01-31", "null", "1e3", "true")}
    assert catalog.grants["012"].arguments == {"repo": ("no",)}
    Path("c.yaml").write_text("version: 1\naccount: 111122223333\n")
    assert Catalog.load("c.yaml").account == "111122223333"


def test_aliases_and_a_byte_order_mark_are_plain_yaml(here: Path) -> None:
    """Anchors save writing, a byte order mark is nothing, and sections may be empty."""
    Path("c.yaml").write_bytes(
        b"\xef\xbb\xbfversion: 1\nextends: builtin\npersonas:\nguards: ~\noperations: {}\ngrants:\n"
        b"  a: {persona: pull, with: &w {repo: &r [ab, cd]}}\n  b: {persona: push, with: *w}\n"
        b"  c: {persona: push, with: {repo: *r}}\n"
    )
    grants = Catalog.load("c.yaml").grants
    assert [grant.arguments["repo"] for grant in grants.values()] == [("ab", "cd")] * 3


def bombs() -> dict[str, str]:
    laughs = "version: 1\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return {
        "aliases of aliases": laughs,
        "flow lists": "version: 1\nx: " + "[" * 100_000,
        "flow mappings": "version: 1\nx: " + "{a: " * 100_000,
        "block mappings": "version: 1\n" + "".join(" " * depth + "a:\n" for depth in range(2000)),
        "block lists": "version: 1\nx:\n" + "- " * 100_000,
        "closed": "version: 1\nx: " + "[" * 100_000 + "]" * 100_000,
        "keys of keys": "version: 1\n" + "? " * 100_000,
        "anchors": "version: 1\nx: " + "&a " * 100_000,
    }


@pytest.mark.parametrize("loader", ["CBaseLoader", "BaseLoader"])
@pytest.mark.parametrize("name", bombs())
def test_a_bomb_does_not_go_off(name: str, loader: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exploding aliases and bottomless nesting are refused within a second, and nothing overflows."""
    monkeypatch.setattr(source, "Loader", getattr(yaml, loader))
    with within(1):
        found = wrong(bombs()[name])
    assert len(found) == 1
    assert found[0].startswith("c.yaml:")


def test_many_values_are_no_bomb(here: Path) -> None:
    """A large file that repeats a small alias is read: only what aliases add is counted against them."""
    lines = "".join(f"  g{index}: {{persona: pull, with: *w}}\n" for index in range(3000))
    head = "version: 1\nextends: builtin\ngrants:\n  g: {persona: pull, with: &w {repo: [ab, cd, ef]}}\n"
    Path("c.yaml").write_text(head + lines)
    assert len(Catalog.load("c.yaml").grants) == 3001


def unreadable_files() -> dict[str, tuple[Callable[[], object], str]]:
    def bind() -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("c.yaml")

    return {
        "a directory": (lambda: os.mkdir("c.yaml"), "c.yaml: is a directory; a catalog is a YAML file"),
        "nothing": (lambda: None, "c.yaml: no such file; `ecrgen init` writes a catalog"),
        "a link to nothing": (
            lambda: os.symlink("nowhere", "c.yaml"),
            "c.yaml: no such file; `ecrgen init` writes a catalog",
        ),
        "a link to itself": (
            lambda: os.symlink("c.yaml", "c.yaml"),
            "c.yaml: cannot be read: Too many levels of symbolic links",
        ),
        "a socket": (bind, "c.yaml: cannot be read: No such device or address"),
    }


@pytest.mark.parametrize("kind", unreadable_files())
def test_a_file_that_cannot_be_read_is_named(kind: str, here: Path) -> None:
    """A directory, a link to nowhere, a circle of links and a socket are each one clear problem."""
    make, expected = unreadable_files()[kind]
    make()
    assert problems("c.yaml") == [expected]


def test_what_cannot_be_read_is_told_with_the_rest(here: Path) -> None:
    """An unreadable file among others does not hide what is wrong with those."""
    Path("a.yaml").write_text("version: 2\n")
    Path("b.yaml").mkdir()
    assert problems("a.yaml", "b.yaml", "x" * 300, "missing.yaml", "a.yaml/b", "") == [
        ".: is a directory; a catalog is a YAML file",
        "a.yaml:1: version: '2': must be the version of this format; the only one is 1",
        "a.yaml/b: cannot be read: Not a directory",
        "b.yaml: is a directory; a catalog is a YAML file",
        "missing.yaml: no such file; `ecrgen init` writes a catalog",
        f"{'x' * 300}: cannot be read: File name too long",
    ]


def test_includes_are_read_beside_the_file_that_names_them(here: Path) -> None:
    """A pattern is relative to its file; what it matches is read in the order of names, and named by its path."""
    Path("grants/more").mkdir(parents=True)
    Path("main.yaml").write_text(f"version: 1\nextends: builtin\ninclude: grants/*.yaml\ngrants: {{z: {GRANT}}}\n")
    Path("grants/b.yaml").write_text(f"version: 1\ngrants: {{b: {GRANT}}}\n")
    Path("grants/a.yaml").write_text(f"version: 1\ninclude: [more/*.yaml]\ngrants: {{a: {GRANT}}}\n")
    Path("grants/more/c.yaml").write_text(f"version: 1\ngrants: {{c: {GRANT}}}\n")
    assert list(Catalog.load("main.yaml").grants) == ["z", "a", "c", "b"]
    os.chdir("grants")
    assert list(Catalog.load("../main.yaml").grants) == ["z", "a", "c", "b"]
    Path("more/c.yaml").write_text("version: 1\ngrants: {c: {persona: pull}, a: 1}\n")
    assert problems("../main.yaml") == [
        "../grants/more/c.yaml:2: grants.a: must be a mapping with persona, not text",
        "../grants/more/c.yaml:2: grants.c.with.repo: is missing; Repository to pull from",
    ]


def test_includes_in_a_circle_are_refused(here: Path) -> None:
    """A file that comes back to itself by its includes is told with the way."""
    for name, following in (("a", "b"), ("b", "c"), ("c", "b")):
        Path(f"{name}.yaml").write_text(f"version: 1\n\ninclude: {following}.yaml\n")
    assert problems("a.yaml") == ["c.yaml:3: include: b.yaml: includes itself: b.yaml → c.yaml → b.yaml"]


def test_a_file_is_read_once(here: Path) -> None:
    """A file named or included twice is a problem, by whatever path or link it comes."""
    for name in ("b", "c"):
        Path(f"{name}.yaml").write_text("version: 1\ninclude: d.yaml\n")
    Path("a.yaml").write_text("version: 1\ninclude: [b.yaml, c.yaml]\n")
    Path("d.yaml").write_text("version: 1\n")
    os.symlink("d.yaml", "e.yaml")
    assert problems("a.yaml") == ["c.yaml:2: include: d.yaml: is read twice; include it or name it once"]
    assert problems("d.yaml", "./d.yaml") == ["d.yaml: is read twice; include it or name it once"]
    assert problems("d.yaml", "e.yaml") == ["e.yaml: is read twice; include it or name it once"]


def test_a_catalog_may_come_through_a_pipe(here: Path) -> None:
    """What a shell's process substitution gives is read like a file."""
    read, write = os.pipe()
    os.write(write, f"version: 1\nextends: builtin\ngrants: {{a: {GRANT}}}\n".encode())
    os.close(write)
    assert list(Catalog.load(f"/dev/fd/{read}").grants) == ["a"]
    os.close(read)


def test_accounts_and_what_reaches_them(here: Path) -> None:
    """An account has one name, and a profile or a role of its own; each slip is told with its line."""
    Path("c.yaml").write_text(
        """\
version: 1
extends: builtin
region: us-east-1
include: more.yaml
accounts:
  registry: {id: "111122223333", profile: registry admin}
"""
    )
    Path("more.yaml").write_text(
        'version: 1\naccounts:\n  consumer: {id: "444455556666", role: "arn:aws:iam::444455556666:role/a/b"}\n'
    )
    assert Catalog.load("c.yaml").accounts == (
        NamedAccount("registry", "111122223333", "registry admin"),
        NamedAccount("consumer", "444455556666", role="arn:aws:iam::444455556666:role/a/b"),
    )
    Path("more.yaml").write_text(
        """\
version: 1
accounts:
  both: {id: "444455556601", profile: prod, role: "arn:aws:iam::444455556601:role/x"}
  none: {id: "444455556602"}
  other: {id: "444455556603", role: "arn:aws:iam::444455556666:role/x"}
  user: {id: "444455556604", role: "arn:aws:iam::444455556604:user/x"}
  plain: {id: "444455556605", role: role/x}
  china: {id: "444455556606", role: "arn:aws-cn:iam::444455556606:role/x"}
  twin: {id: "111122223333", profile: x}
  short: {id: "1", profile: x}
  slip: {id: "444455556607", profil: x}
  Registry: {id: "444455556608", profile: x}
"""
    )
    no_credentials = "no profile and no role; name a profile of the AWS configuration, or the ARN of a role to assume"
    a_role = "must be the ARN of a role, such as arn:aws:iam::{}:role/access"
    assert problems("c.yaml") == [
        "more.yaml:3: accounts.both.role: a profile is named as well; leave one of the two out",
        f"more.yaml:4: accounts.none: {no_credentials}",
        "more.yaml:5: accounts.other.role: is a role of account 444455556666, not of 444455556603",
        f"more.yaml:6: accounts.user.role: {a_role.format('444455556604')}",
        f"more.yaml:7: accounts.plain.role: {a_role.format('444455556605')}",
        "more.yaml:8: accounts.china.role: is a role of partition aws-cn, not of the catalog's, aws",
        "more.yaml:9: accounts.twin.id: 111122223333 is account registry already; give an account one name",
        "more.yaml:10: accounts.short.id: '1': must be an account id, 12 digits",
        "more.yaml:11: accounts.slip.profil: no such key; meant profile?",
        f"more.yaml:11: accounts.slip: {no_credentials}",
        "more.yaml:12: accounts.Registry: is defined already at c.yaml:6; choose another name",
    ]


def test_several_catalogs_are_one(here: Path) -> None:
    """Each file named adds its definitions; settings that contradict each other and names used twice are problems."""
    Path("a.yaml").write_text(f"version: 1\nextends: builtin\nnamespace: one\ngrants: {{a: {GRANT}}}\n")
    Path("b.yaml").write_text(
        f"version: 1\nextends: builtin\nnamespace: one\naccount: 111122223333\ngrants: {{b: {GRANT}}}\n"
    )
    catalog = Catalog.load("a.yaml", "b.yaml")
    assert (list(catalog.grants), catalog.namespace, catalog.account) == (["a", "b"], "one", "111122223333")
    Path("b.yaml").write_text(f"version: 1\nnamespace: two\ngrants:\n  A: {GRANT}\n")
    assert problems("a.yaml", "b.yaml") == [
        "b.yaml:2: namespace: another file of the catalog says otherwise",
        "b.yaml:4: grants.A: is defined already at a.yaml:4; choose another name",
    ]


def test_the_built_in_catalog_lies_beneath(here: Path) -> None:
    """extends: builtin puts its personas first, in their order, once, however many files say so."""
    own = "personas: {mine: {summary: Mine, template: t.json.j2}}\n"
    Path("a.yaml").write_text(f"version: 1\nextends: builtin\n{own}")
    Path("b.yaml").write_text("version: 1\nextends: builtin\n")
    builtin = list(Catalog.load(builtin_file()).personas)
    assert builtin[:3] == ["console-read-only", "self-view", "single-repo"]
    assert list(Catalog.load("a.yaml", "b.yaml").personas) == [*builtin, "mine"]
    assert list(Catalog.load(builtin_file(), "a.yaml").personas) == [*builtin, "mine"]
    Path("c.yaml").write_text(f"version: 1\n{own}")
    assert list(Catalog.load("c.yaml").personas) == ["mine"]


def test_the_default_catalog(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ECRGEN_CATALOG comes first, then ./catalog.yaml, then the built-in one; a dead link is no reason to go on."""
    builtin = Catalog.load(builtin_file())
    assert Catalog.load() == builtin
    Path("catalog.yaml").write_text("version: 1\nnamespace: here\n")
    assert Catalog.load().namespace == "here"
    Path("other.yaml").write_text("version: 1\nnamespace: other\n")
    monkeypatch.setenv("ECRGEN_CATALOG", "other.yaml")
    assert Catalog.load().namespace == "other"
    monkeypatch.setenv("ECRGEN_CATALOG", "")
    assert Catalog.load().namespace == "here"
    monkeypatch.setenv("ECRGEN_CATALOG", "missing.yaml")
    assert problems() == ["missing.yaml: no such file; `ecrgen init` writes a catalog"]
    monkeypatch.delenv("ECRGEN_CATALOG")
    Path("catalog.yaml").unlink()
    Path("catalog.yaml").symlink_to("nowhere")
    assert problems() == ["catalog.yaml: no such file; `ecrgen init` writes a catalog"]


def test_grants_hold_what_was_written(here: Path) -> None:
    """A grant is bound: arguments with their types, guards with their values, grantees as written, its end."""
    Path("c.yaml").write_text(
        """\
version: 1
extends: builtin
grants:
  a:
    persona: pull
    with: {repo: my-repo}
    guards: [tls, "source-ip=203.0.113.0/24,198.51.100.7", expires=2027-01-31T00:00:00+01:00, "mfa-age=1h"]
    to: [role/ci, user/alice, role/ci]
  b: {persona: console-read-only, managed: true, to: group/ops}
"""
    )
    a, b = Catalog.load("c.yaml").grants.values()
    assert [str(guard) for guard in a.guards] == [
        "tls",
        "source-ip=203.0.113.0/24,198.51.100.7",
        "expires=2027-01-30T23:00:00Z",
        "mfa-age=3600",
    ]
    assert (a.to, a.managed, a.expires and a.expires.isoformat()) == (
        ("role/ci", "user/alice"),
        False,
        "2027-01-30T23:00:00+00:00",
    )
    assert (b.to, b.managed, b.expires, managed_policy(b.bound)) == (
        ("group/ops",),
        True,
        None,
        "AmazonEC2ContainerRegistryReadOnly",
    )


def test_a_grant_ends_with_its_earliest_end(here: Path) -> None:
    """Of several ends the earliest counts, past ones included; another guard of that name has none."""
    Path("c.yaml").write_text(
        "version: 1\nextends: builtin\ngrants:\n"
        "  a: {persona: login, guards: ['expires=2027-01-31T00:00:00Z', 'expires=0999-01-31T00:00:00Z']}\n"
    )
    end = Catalog.load("c.yaml").grants["a"].expires
    assert end is not None
    assert end.year == 999
    Path("c.yaml").write_text(
        "version: 1\npersonas: {p: {summary: P, template: t.json.j2}}\n"
        "guards: {expires: {summary: E, template: t.json.j2}}\ngrants: {a: {persona: p, guards: expires}}\n"
    )
    assert Catalog.load("c.yaml").grants["a"].expires is None


@pytest.mark.parametrize(
    "name", ["region", "guard", "to", "self", "all", "format", "Repo", "1st", "a-b", "_a", "a" * 33]
)
def test_a_parameter_has_a_name_of_its_own(name: str, here: Path) -> None:
    """A parameter may not be called like an option of a command, nor be no name at all."""
    found = wrong(
        "version: 1\npersonas:\n  p:\n    summary: P\n    template: t.json.j2\n"
        f"    parameters: {{{name}: {{type: string}}}}\n"
    )
    assert [problem.split("'")[0] for problem in found] == [f"c.yaml:6: personas.p.parameters.{name}: "]


def test_load_reads_each_file_into_values_only() -> None:
    """Values are dict, list, str and None, whatever YAML would make of them."""

    def kinds(value: Any) -> set[type]:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return {type(value)}.union(*map(kinds, children))

    text = "a: [1, 1.5, true, no, 2027-01-31, ~, '', null, 0o17, .inf, !!str x]\nb: {c: d}\n1: 2\n"
    values, tags, twice = source.parse(text, "c.yaml")
    assert kinds(values) == {dict, list, str, type(None)}
    assert (values["a"][5], values["a"][6], values["a"][7], values["1"]) == (None, "", None, "2")
    assert (tags, twice) == ([], [])


def test_what_clients_show(here: Path) -> None:
    """Requests of clients are in a catalog as written; what no client can show or do is found where it stands."""
    Path("c.yaml").write_text(
        """\
version: 1
operations:
  log: {actions: ecr:GetAuthorizationToken, on: registry, message: "{action}"}
  build:
    needs: log
    actions: [ecr:PutImage, ecr:CreateRepository]
    on: repository
    clients:
      docker:
        - {request: PUT manifests/TAG, actions: ecr:PutImage, shows: "denied: {denial}"}
        - {request: GetAuthorizationToken, actions: ecr:GetAuthorizationToken, shows: no token}
        - {request: CreateRepository, actions: [ecr:CreateRepository, ecr:TagResource], shows: "{action}"}
"""
    )
    (client,) = Catalog.load("c.yaml").operations["build"].clients
    first = client.requests[0]
    assert (client.name, first.request, first.shows) == ("docker", "PUT manifests/TAG", "denied: {denial}")
    assert client.requests[2].actions == ("ecr:CreateRepository", "ecr:TagResource")
    assert wrong(
        """\
version: 1
operations:
  build:
    actions: ecr:PutImage
    on: repository
    message: "{action}"
    clients:
      docker:
        - {request: HEAD manifests/TAG, actions: ecr:PutImage, shows: "denied: {denial}"}
        - {request: PUT manifests/TAG, actions: ecr:PutImag, shows: x}
"""
    ) == [
        "c.yaml:6: operations.build.message: is what docker shows, and clients says it; leave one of them out",
        "c.yaml:9: operations.build.clients.docker.0.shows: the answer to HEAD has no body, so no client can show "
        "{denial}",
        "c.yaml:10: operations.build.clients.docker.1.actions: 'ecr:PutImag': no action of build; meant ecr:PutImage?",
    ]
    assert wrong(
        "version: 1\noperations:\n"
        "  a: {actions: ecr:PutImage, on: repository, clients: {b: [{request: get x, shows: y}]}}\n"
    ) == [
        "c.yaml:3: operations.a.clients.b.0.request: 'get x': must be a request, such as HEAD blobs/DIGEST or "
        "CreateRepository",
        "c.yaml:3: operations.a.clients.b.0: no actions; a list, each an action, such as ecr:PutImage",
    ]
