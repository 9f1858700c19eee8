"""Catalog files → a Catalog: read, check against the format, merge, and bind every grant; all problems at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ecrgen.catalog import schema
from ecrgen.catalog.read import Contents, Reader, listed
from ecrgen.catalog.source import Place, Source, read_source
from ecrgen.errors import EcrgenError

__all__ = ["builtin_file", "default_catalog", "load"]

BUILTIN_NAME = "the built-in catalog.yaml"
SETTINGS = ("namespace", "account", "region", "partition")
SECTIONS = ("personas", "guards", "operations", "grants")


def builtin_file() -> Path:
    """The built-in catalog: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "catalog.yaml"
    return installed if installed.is_file() else package.parent / "catalog.yaml"


def default_catalog() -> tuple[Path, ...]:
    """The catalog nobody named: ECRGEN_CATALOG, else ./catalog.yaml, else the built-in one."""
    named = os.environ.get("ECRGEN_CATALOG")
    if named:
        return (Path(named),)
    here = Path("catalog.yaml")
    return (here,) if here.exists() else (builtin_file(),)


def load(paths: Iterable[str | os.PathLike[str]]) -> Contents:
    """Read the files, all they include and what they extend. Raises EcrgenError with every problem, as file:line."""
    contents = Contents()
    for path in paths:
        builtin = Path(path) == builtin_file()
        gather(Path(path), BUILTIN_NAME if builtin else str(path), contents, ())
    if any(source.values.get("extends") for source in contents.sources):
        contents.sources.insert(0, read_source(builtin_file(), BUILTIN_NAME))
    if contents.problems:
        raise EcrgenError(*contents.problems)
    merge(contents)
    if contents.problems:
        raise EcrgenError(*contents.problems)
    return contents


def gather(path: Path, name: str, contents: Contents, parents: tuple[Path, ...]) -> None:
    """Read one file and those it includes, keeping what is wrong with each."""
    resolved = path.resolve()
    if resolved in parents:
        contents.problems.append(f"{name}: includes itself: {' → '.join(p.name for p in (*parents, resolved))}")
        return
    if any(source.path == resolved for source in contents.sources):
        contents.problems.append(f"{name}: is read twice; include it or name it once")
        return
    try:
        source = read_source(resolved, name)
    except EcrgenError as error:
        contents.problems.extend(error.problems)
        return
    wrong = [source.problem(place, message) for place, message in schema.problems(source.values, schema.CATALOG)]
    if wrong:
        contents.problems.extend(wrong)
        return
    contents.sources.append(source)
    for index, pattern in enumerate(listed(source.values.get("include"))):
        files = sorted(resolved.parent.glob(pattern)) if not Path(pattern).is_absolute() else []
        if not files:
            contents.problems.append(source.problem(("include", index), f"no file matches {pattern}"))
        for file in files:
            shown = os.path.join(os.path.dirname(name), os.path.relpath(file, resolved.parent))
            gather(file, shown, contents, (*parents, resolved))


def merge(contents: Contents) -> None:
    """Personas, guards and operations of all files first, then the grants that name them."""
    places: dict[tuple[str, str], tuple[Source, Place]] = {}
    for source in contents.sources:
        for setting in SETTINGS:
            if setting in source.values:
                value = source.values[setting]
                if contents.settings.setdefault(setting, value) != value:
                    contents.problems.append(source.problem((setting,), "another file of the catalog says otherwise"))
        for section in SECTIONS:
            for name in source.values.get(section) or ():
                # IAM compares policy names without case, and so must the names of grants
                first, place = places.setdefault((section, name.lower()), (source, (section, name)))
                if (first, place) != (source, (section, name)):
                    message = f"is defined already at {first.at(place)}; choose another name"
                    contents.problems.append(source.problem((section, name), message))
    readers = [Reader(source, contents) for source in contents.sources]
    for reader in readers:
        reader.definitions()
    for reader in readers:
        reader.uses()
