"""Catalogs and templates are made of regular files below their own root, and of nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from limits import within

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog.files import MAX_BYTES, real_paths

SECRET = "aws_secret_access_key"
HERE = {"account": "111122223333", "region": "eu-west-1"}
POLICY = '{"Statement": {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}}'
PERSONA = "version: 1\npersonas: {p: {summary: P, template: p.j2}}\n"
INCLUDING = '{% set s %}{% include "part" %}{% endset %}{"Statement": {"Sid": {{ s }}}}'
MAIN = "version: 1\ninclude: '*/x.yaml'\n"


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site to stand in, with a secret beside it."""
    directory = tmp_path / "site"
    (directory / "templates").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "part").write_text(f"{SECRET} = abc\n")
    (tmp_path / "secrets" / "x.yaml").write_text(f"version: 1\nnamespace: {SECRET}/abc\n")
    (directory / "c.yaml").write_text(PERSONA)
    (directory / "templates" / "p.j2").write_text(INCLUDING)
    monkeypatch.chdir(directory)
    return directory


def problems(*files: str) -> list[str]:
    """The problems of loading and rendering, which must come in a second and tell no secret."""
    with within(1), pytest.raises(EcrgenError) as caught:
        Catalog.load(*files or ("c.yaml",)).render("p", **HERE)
    assert "abc" not in str(caught.value)
    return [problem.replace(str(Path.cwd()), "SITE") for problem in caught.value.problems]


def linked(target: str) -> Callable[[], None]:
    return lambda: os.symlink(target, "templates/part")


def large() -> None:
    Path("templates/part").write_text(" " * (MAX_BYTES + 1))


PARTS: dict[str, tuple[Callable[[], object], str]] = {
    "a link out": (linked("../../secrets/part"), "leads out of SITE/templates; put the file itself there"),
    "a link to a link out": (
        lambda: (os.symlink("../../secrets/part", "templates/a"), os.symlink("a", "templates/part")),
        "leads out of SITE/templates; put the file itself there",
    ),
    "the environment of the process": (linked("/proc/self/environ"), "leads out of SITE/templates; "),
    "a catalog beside the templates": (linked("../c.yaml"), "leads out of SITE/templates; "),
    "an endless device": (linked("/dev/zero"), "leads out of SITE/templates; "),
    "the input": (linked("/dev/stdin"), "leads out of SITE/templates; "),
    "a pipe": (lambda: os.mkfifo("templates/part"), "is no regular file"),
    "a large file": (large, f"has more than {MAX_BYTES} bytes; divide it"),
    "a link to nothing": (linked("nothing"), "no such template: SITE/templates/part"),
    "a link to itself": (linked("part"), "cannot be read: Too many levels of symbolic links"),
    "a directory": (lambda: os.mkdir("templates/part"), "no such template: SITE/templates/part"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_an_include_reads_no_file_but_a_template(kind: str) -> None:
    """Links out, devices, pipes and what is large are errors with the line that includes and the template's name."""
    make, expected = PARTS[kind]
    make()
    assert len(found := problems()) == 1
    assert found[0].startswith("p.j2:1: ")
    assert expected in found[0]


def test_a_template_of_a_persona_is_refused_when_the_catalog_is_read() -> None:
    """Without rendering, a persona's template that leads out, by itself or by its directory, is told with its place."""
    Path("templates/p.j2").unlink()
    os.symlink("../../secrets/part", "templates/p.j2")
    refused = (
        "c.yaml:2: personas.p.template: SITE/templates/p.j2: leads out of SITE/templates; put the file itself there"
    )
    assert problems() == [refused]
    Path("templates/p.j2").unlink()
    os.mkfifo("templates/p.j2")
    assert problems() == ["c.yaml:2: personas.p.template: SITE/templates/p.j2: is no regular file"]
    Path("templates").rename("old")
    Path("../secrets/p.j2").write_text(POLICY)
    os.symlink("../secrets", "templates")
    assert problems() == [refused]


def test_a_template_that_becomes_a_link_after_loading_is_not_read() -> None:
    """What is checked when the catalog is read is checked again when the template is."""
    Path("templates/p.j2").write_text(POLICY)
    catalog = Catalog.load("c.yaml")
    Path("templates/p.j2").unlink()
    os.symlink("../../secrets/part", "templates/p.j2")
    with pytest.raises(EcrgenError, match=r"^p\.j2: leads out of .*/templates; put the file itself there$"):
        catalog.render("p", **HERE)


@pytest.mark.parametrize("place", ["templates", "templates/sub", "templates/sub/p.j2"])
def test_a_link_that_comes_between_the_check_and_the_opening_is_not_followed(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step of the path becomes a link to a secret once its real path is known, the secret is not read."""
    Path("templates/sub").mkdir()
    Path("templates/sub/p.j2").write_text(POLICY)
    Path("c.yaml").write_text(PERSONA.replace("p.j2", "sub/p.j2"))
    Path("../secrets/sub").mkdir()
    for secret in ("../secrets/p.j2", "../secrets/sub/p.j2"):
        Path(secret).write_text(POLICY.replace("*", SECRET))
    catalog = Catalog.load("c.yaml")
    target = {"templates": "secrets", "templates/sub": "secrets/sub", "templates/sub/p.j2": "secrets/p.j2"}[place]

    def raced(root: Path, path: Path) -> tuple[Path, Path]:
        real = real_paths(root, path)
        Path(place).rename("old")
        os.symlink(Path.cwd().parent / target, place)
        return real

    monkeypatch.setattr("ecrgen.catalog.files.real_paths", raced)
    with pytest.raises(EcrgenError, match=r"^sub/p\.j2: (cannot be read|no such template)") as caught:
        catalog.render("p", **HERE)
    assert SECRET not in str(caught.value)


def test_links_inside_the_root_work() -> None:
    """A link to a template below the same root, a linked directory of them, and a linked include are read."""
    Path("templates").rename("policies")
    os.symlink("policies", "templates")
    Path("policies/sub").mkdir()
    Path("policies/sub/real").write_text(POLICY)
    os.symlink("sub/real", "policies/part")
    Path("policies/p.j2").write_text('{% include "part" %}')
    Path("c.yaml").rename("real.yaml")
    Path("grants").mkdir()
    os.symlink("../real.yaml", "grants/x.yaml")
    Path("c.yaml").write_text("version: 1\ninclude: grants/x.yaml\n")
    assert Catalog.load("c.yaml").render("p", **HERE).to_dict()["Statement"]["Resource"] == "*"


def included(make: Callable[[], object]) -> Callable[[], None]:
    def build() -> None:
        Path("c.yaml").write_text(MAIN)
        Path("grants").mkdir()
        make()

    return build


def chain() -> None:
    for index in range(1500):
        Path(f"{index}.yaml").write_text(f"version: 1\ninclude: {index + 1}.yaml\n")
    Path("c.yaml").write_text("version: 1\ninclude: 0.yaml\n")


def text(content: str) -> Callable[[], None]:
    return included(lambda: Path("grants/x.yaml").write_text(content))


OUT = "grants/x.yaml: leads out of SITE; put the file itself there"
CATALOGS: dict[str, tuple[Callable[[], object], str]] = {
    "a link out": (included(lambda: os.symlink("../../secrets/x.yaml", "grants/x.yaml")), OUT),
    "an endless device": (included(lambda: os.symlink("/dev/zero", "grants/x.yaml")), OUT),
    "the input": (included(lambda: os.symlink("/dev/stdin", "grants/x.yaml")), OUT),
    "a pipe": (included(lambda: os.mkfifo("grants/x.yaml")), "grants/x.yaml: is no regular file"),
    "a large file": (text("#" * (MAX_BYTES + 1)), f"grants/x.yaml: has more than {MAX_BYTES} bytes; divide it"),
    "a linked directory": (
        lambda: (Path("c.yaml").write_text("version: 1\ninclude: a/x.yaml\n"), os.symlink("../secrets", "a")),
        "c.yaml:2: include.0: no file matches 'a/x.yaml'",
    ),
    "a way up": (
        lambda: Path("c.yaml").write_text("version: 1\ninclude: ../secrets/*.yaml\n"),
        "c.yaml:2: include.0: no file matches '../secrets/*.yaml'",
    ),
    "a way up after a wildcard": (
        lambda: Path("c.yaml").write_text("version: 1\ninclude: '*/../../secrets/x.yaml'\n"),
        "c.yaml:2: include.0: no file matches '*/../../secrets/x.yaml'",
    ),
    "a slow pattern": (
        lambda: Path("c.yaml").write_text(f"version: 1\ninclude: '{'*/../' * 40}x'\n"),
        "c.yaml:2: include.0: no file matches ",
    ),
    "a slow pattern of links": (
        lambda: (
            [os.symlink(".", f"l{n}") for n in range(20)],
            Path("c.yaml").write_text(f"version: 1\ninclude: '{'*/' * 40}x'\n"),
        ),
        "c.yaml:2: include.0: no file matches ",
    ),
    "a slow pattern of names and links": (
        lambda: (
            [Path(f"d{n}").mkdir() for n in range(20)],
            [os.symlink("..", f"d{n}/a") for n in range(20)],
            Path("c.yaml").write_text(f"version: 1\ninclude: '{'*/a/' * 40}x'\n"),
        ),
        "c.yaml:2: include.0: no file matches ",
    ),
    "a slow pattern of depths": (
        lambda: (
            Path("/".join("d" * 60)).mkdir(parents=True),
            Path("c.yaml").write_text(f"version: 1\ninclude: '{'**/' * 20}x'\n"),
        ),
        "c.yaml:2: include.0: no file matches ",
    ),
    "a long chain": (chain, "32.yaml: is included more than 32 files deep; include it higher up"),
    "a list of secrets": (text("- abc\n"), "c.yaml:2: include: grants/x.yaml: is no catalog, which says version: 1"),
    "credentials": (text('{"private_key": "abc"}'), "c.yaml:2: include: grants/x.yaml: is no catalog, which says"),
    "another format": (text("version: '3'\nservices: {abc: 1}\n"), "c.yaml:2: include: grants/x.yaml: is no catalog,"),
    "an alias": (text("key: *abc\n"), "grants/x.yaml:1: *alias: no &alias ends before it"),
    "a tag": (text("version: 1\nkey: !abc x\n"), "grants/x.yaml:2: a tag is not allowed; a catalog is plain YAML"),
    "no YAML": (text("a: b\n: abc: : [\n"), "grants/x.yaml:2: not YAML: "),
    "no text": (included(lambda: Path("grants/x.yaml").write_bytes(b"\xffabc")), "grants/x.yaml: not UTF-8 text"),
}


@pytest.mark.parametrize("kind", CATALOGS)
def test_an_include_reads_no_file_but_a_catalog_below_the_first(kind: str) -> None:
    """What is outside, endless, slow to find or no catalog is an error with a place, and nothing of it is shown."""
    make, expected = CATALOGS[kind]
    make()
    assert expected in problems()[0]


def test_a_catalog_that_is_a_link_out_or_a_device_is_refused(tmp_path: Path) -> None:
    """The first file's root is the directory it is named in."""
    for target in (tmp_path / "secrets" / "x.yaml", "/dev/zero", "/proc/self/environ"):
        Path("catalog.yaml").unlink(missing_ok=True)
        os.symlink(target, "catalog.yaml")
        assert problems("catalog.yaml") == ["catalog.yaml: leads out of SITE; put the file itself there"]
    Path("catalog.yaml").unlink()
    os.mkfifo("catalog.yaml")
    assert problems("catalog.yaml") == ["catalog.yaml: is no regular file"]
    assert problems("/dev/zero") == ["/dev/zero: is no regular file"]
