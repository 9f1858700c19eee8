"""`ecrgen init`"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ecrgen.catalog.load import builtin_file
from ecrgen.cli.call import Call
from ecrgen.cli.options import Json
from ecrgen.cli.output import note, print_text
from ecrgen.cli.views import WRITTEN, show
from ecrgen.cli.views.files import Written
from ecrgen.errors import EcrgenError

__all__ = ["namespace_of"]

DEFAULT = "catalog.yaml"
CATALOG = """\
# yaml-language-server: $schema=catalog.schema.json
# An editor then completes and checks this file: `ecrgen schema >catalog.schema.json`, beside it, is all that it needs.

# The site's catalog: who gets which access to Amazon ECR. `ecrgen schema` prints the format.
version: 1
extends: builtin # the personas, guards and operations of `ecrgen list`

namespace: {namespace} # policies live under /ecrgen/<namespace>/ in the account
# account: "123456789012"
# region: eu-west-1

grants:
  # a name for the grant, which names its policy in the account
  # web-ci:
  #   persona: push
  #   with: {repo: [team/web]}
  #   guards: [tls]
  #   to: [role/web-ci]
"""


# Of a folder's name, so that room is left for grants.
MOST = 40


def run(
    call: Call,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="The file to write, or - to print; in a checkout of ecrgen, access.yaml."),
    ] = DEFAULT,
    json: Json = False,
) -> None:
    """Write a catalog to start from, which extends the built-in one; never over an existing file."""
    if file == "-":
        print_text(text_for(Path(file)), end="")
        return
    if file == DEFAULT and builtin_here():
        file = "access.yaml"
    try:
        with Path(file).open("x", encoding="utf-8") as new, discarded_on_error(Path(file)):
            new.write(text_for(Path(file)))
            new.flush()
    except FileExistsError:
        raise EcrgenError(f"{file}: exists already; name another file") from None
    except OSError as error:
        raise EcrgenError(f"{file}: cannot be written: {error.strerror}") from None
    if json:
        show(WRITTEN, Written(file))
    else:
        note(
            f"wrote {file} with namespace {namespace_of(Path(file))}; put grants into it and look at them with "
            f"`ecrgen -c {file} render --all`"
        )


def text_for(file: Path) -> str:
    return CATALOG.replace("{namespace}", namespace_of(file))


def namespace_of(file: Path) -> str:
    """A namespace named after the folder in which a catalog is written."""
    name = re.sub("[^a-z0-9_-]+", "-", Path(os.path.realpath(file)).parent.name.lower()).strip("-")
    return name[:MOST] or "site"


def builtin_here() -> bool:
    """True at the top of a checkout, where ./catalog.yaml is the built-in catalog."""
    return Path(DEFAULT).exists() and Path(DEFAULT).samefile(builtin_file())


@contextmanager
def discarded_on_error(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.unlink()
        raise
