"""Catalog files → a Catalog: read, check against the format, merge, and bind every grant; all problems at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from ecrgen.catalog import schema
from ecrgen.catalog.build import MAX_PROBLEMS, Contents, Reader, listed
from ecrgen.catalog.files import matching
from ecrgen.catalog.source import Place, Source, read_source
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.arn import partition_of
from ecrgen.policy.regions import is_region, no_region

__all__ = ["builtin_file", "default_catalog", "identity", "load"]

BUILTIN_NAME = "the built-in catalog.yaml"
# Each file that includes the next is a call within a call.
MAX_INCLUDES = 32
EXTENDS = re.compile(rb"^extends\s*:", re.MULTILINE)
SETTINGS = ("namespace", "id", "account", "region", "partition")
SECTIONS = ("personas", "guards", "operations", "grants", "accounts")


@lru_cache(maxsize=1)
def builtin_file() -> Path:
    """The built-in catalog: in the installed package, or at the top of a checkout.

    Where a site's catalog was written over that of a checkout, it is the copy that pip made when it installed the
    checkout as editable.
    """
    package = Path(__file__).resolve().parents[1]
    installed, top = package / "catalog.yaml", package.parent / "catalog.yaml"
    if installed.is_file():
        return installed
    if not is_sites(top):
        return top
    from sysconfig import get_path  # for start-up: a checkout seldom needs it

    copy = Path(get_path("purelib")) / package.name / "catalog.yaml"
    return copy if copy.is_file() else top


def is_sites(path: Path) -> bool:
    """True for a file that builds on the built-in catalog, and so is not that."""
    try:
        return EXTENDS.search(path.read_bytes()) is not None
    except OSError:
        return False


def default_catalog() -> tuple[Path, ...]:
    """The catalog nobody named: ECRGEN_CATALOG, else ./catalog.yaml, else the built-in one."""
    named = os.environ.get("ECRGEN_CATALOG")
    if named:
        return (Path(named),)
    here = Path("catalog.yaml")
    # a link that leads nowhere is a mistake to report, not a reason for another catalog
    return (here,) if os.path.lexists(here) else (builtin_file(),)


def identity(path: str | os.PathLike[str]) -> str:
    """What tells a catalog without an `id` from others: its file's name and its folder's, which most checkouts share.

    Empty for the built-in catalog and for one on standard input, which have no place of their own.
    """
    if Path(path) in (builtin_file(), Path("-")):
        return ""
    real = Path(os.path.realpath(path))
    return re.sub(r"[^A-Za-z0-9._/:+=@-]", "_", f"{real.parent.name}/{real.name}")[-100:]


def load(paths: Iterable[str | os.PathLike[str]]) -> Contents:
    """Read the files, all they include and what they extend; `-` is standard input, as a file of the working directory.

    Raises EcrgenError with every problem, as file:line.
    """
    contents = Contents()
    reading = Reading(contents)
    for path in map(Path, paths):
        if path == builtin_file():
            # an installer may link each file of the package to its cache
            path, name = Path(os.path.realpath(path)), BUILTIN_NAME
        else:
            name = str(path)
        try:
            root = Path(os.path.realpath(path.parent))
        except FileNotFoundError:
            raise EcrgenError(f"{name}: the working directory is gone; go to another") from None
        gather(path, name, replace(reading, root=root))
    builtin = Path(os.path.realpath(builtin_file()))
    extended = any(source.values.get("extends") for source in contents.sources)
    if extended and all(source.path != builtin for source in contents.sources):
        source = read_source(builtin, BUILTIN_NAME, builtin.parent)
        contents.sources.insert(0, source)
        contents.inherited = frozenset(source.values.get("personas") or ())
    stop_at_replaced(builtin, contents)
    merge(contents)
    contents.problems.found.sort(key=file_and_line)
    contents.problems.stop()
    return contents


def stop_at_replaced(builtin: Path, contents: Contents) -> None:
    """Raise EcrgenError where somebody wrote a catalog of their own over the built-in one of a checkout."""
    if any(source.path == builtin and source.values.get("extends") for source in contents.sources):
        raise EcrgenError(
            f"{builtin}: is the built-in catalog of this checkout, and a site's catalog was written over it; move that "
            "to another folder, and restore the file with `git checkout catalog.yaml`"
        )


def file_and_line(problem: str) -> tuple[str, int]:
    match = re.match(r"(.*?):([0-9]+): ", problem)
    return (match[1], int(match[2])) if match else (problem, 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of reading: the root that nothing leaves, the files read so far, and the way of includes to here.

    `where` is the place that includes the next file, for messages.
    """

    contents: Contents
    root: Path = Path()
    seen: set[Path] = field(default_factory=set)
    parents: tuple[Path, ...] = ()
    where: str = ""


def gather(path: Path, name: str, reading: Reading) -> None:
    """Read one file and those it includes, keeping what is wrong with each."""
    contents, parents, where = reading.contents, reading.parents, reading.where
    resolved = Path(os.path.realpath(path))
    if resolved in parents:
        chain = " → ".join(p.name for p in (*parents[parents.index(resolved) :], resolved))
        contents.problems.add(f"{where}{name}: includes itself: {chain}")
        return
    if resolved in reading.seen:
        contents.problems.add(f"{where}{name}: is read twice; include it or name it once")
        return
    if len(parents) > MAX_INCLUDES:
        contents.problems.add(f"{where}{name}: is included more than {MAX_INCLUDES} files deep; include it higher up")
        return
    reading.seen.add(resolved)
    source = None
    with contents.problems.collected():
        source = read_source(path, name, reading.root, quoting=not parents)
    if source is None:
        return
    if parents and not is_catalog(source):
        # whatever it is, it may hold what no message should
        contents.problems.add(f"{where}{name}: is no catalog, which says version: 1")
        return
    contents.problems.add(*source.flaws)
    for place, message, usable in list(islice(schema.problems(source.values, schema.CATALOG), MAX_PROBLEMS)):
        contents.problems.add(source.problem(place, message))
        if not usable:
            forget(source.values, place, contents)
    if not isinstance(source.values, dict):
        return
    contents.sources.append(source)
    include(source, replace(reading, parents=(*parents, resolved)))


def is_catalog(source: Source) -> bool:
    return isinstance(source.values, dict) and source.values.get("version") == "1"


def include(source: Source, reading: Reading) -> None:
    """Read the files that a file's `include` names."""
    directory = source.path.parent
    for index, pattern in enumerate(listed(source.values.get("include"))):
        place = ("include", index)
        files = matching(reading.root, directory, pattern)
        if not files:
            reading.contents.problems.add(source.problem(place, f"no file matches {quoted(pattern)}"))
        for file in files:
            shown = os.path.join(os.path.dirname(source.name), os.path.relpath(file, directory))
            gather(file, shown, replace(reading, where=f"{source.at(place)}: include: "))


def forget(values: Any, place: Place, contents: Contents) -> None:
    """Take out what cannot be read: an entry of a section, or a setting; what else is wrong is then still found."""
    match place:
        case (section, name, *_) if section in SECTIONS:
            values[section].pop(name, None)
            contents.unreadable.add((str(section), str(name)))
        case (key, *_):
            values.pop(key, None)
        case _:
            pass  # the file is no mapping at all


def merge(contents: Contents) -> None:
    """Personas, guards and operations of all files first, then the grants that name them."""
    for source in contents.sources:
        settle(source, contents)
    define_once(contents)
    readers = [Reader(source, contents) for source in contents.sources]
    for reader in readers:
        reader.definitions()
    for reader in readers:
        reader.uses()
    for source in contents.sources:
        if source.values.get("accounts"):
            from ecrgen.catalog.accounts import accounts_of  # for start-up: few catalogs name any

            for account in accounts_of(source, contents):
                contents.accounts[account.name] = account
        if source.values.get("ignore"):
            from ecrgen.catalog.ignores import ignores_of  # for start-up: few catalogs ignore any

            built_in = source.path == Path(os.path.realpath(builtin_file()))
            contents.ignores += ignores_of(source, contents, known=built_in)


def settle(source: Source, contents: Contents) -> None:
    """The settings of a file, which those of other files must not contradict."""
    for setting in SETTINGS:
        if setting in source.values:
            value = source.values[setting]
            if contents.settings.setdefault(setting, value) != value:
                contents.problems.add(source.problem((setting,), "another file of the catalog says otherwise"))
    for index, region in enumerate(listed(source.values.get("region"))):
        if not is_region(region, contents.new_regions):
            contents.problems.add(source.problem(("region", index), f"{quoted(region)}: {no_region(region)}"))
        elif partition_of(region) != contents.settings.get("partition", partition_of(region)):
            message = f"{region} is a region of partition {partition_of(region)}, not of the catalog's"
            contents.problems.add(source.problem(("region", index), message))


def define_once(contents: Contents) -> None:
    """No name is defined twice in a section, and no grant has a persona's."""
    places: dict[tuple[str, str], tuple[Source, Place]] = {}
    for source in contents.sources:
        for section in SECTIONS:
            for name in source.values.get(section) or ():
                # IAM compares policy names without case, and so must the names of grants
                first, place = places.setdefault((section, name.lower()), (source, (section, name)))
                if (first, place) != (source, (section, name)):
                    message = f"is defined already at {first.at(place)}; choose another name"
                    contents.problems.add(source.problem((section, name), message))
    for source in contents.sources:
        for name in source.values.get("grants") or ():
            persona = places.get(("personas", name.lower()))
            if persona is not None:
                message = f"a persona has this name, at {persona[0].at(persona[1])}; give the grant another"
                contents.problems.add(source.problem(("grants", name), message))
