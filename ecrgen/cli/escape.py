"""One escaping per format: what a name, a Sid, a key, a value or a file's name holds is shown as text, never obeyed.

Texts come from pull requests and from whoever may write into an account. `line` keeps a terminal and a pipeline's log
from obeying them, `inline` and `code` a Markdown page, `cell` a spreadsheet, `message` a viewer of SARIF. JSON and the
template of an HTML page escape for themselves.
"""

from __future__ import annotations

import re

__all__ = ["cell", "code", "inline", "line", "message", "printable"]

# Shown as nothing, and ends what a code host would otherwise read as a mention, a reference, a link or an emoji.
BREAK = "&#8203;"

# What Markdown and GitHub's pages act on. Mentions, references and emoji are found in the text of the rendered page, so
# that neither a backslash nor an entity in their place helps, only a character more.
# https://github.github.com/gfm/ and
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
ACTIVE = re.compile(
    r"""
    (?P<block> \A[ ]{0,3} (?: \d+(?=[.)])      # a list, a heading or a line across, where the text begins a line
                           | (?=[\#=+-]) ) )
    | (?P<mark> [\\`*_\[\]|~$] )                  # emphasis, code, links, cells, mathematics
    | (?P<html> [<>&] )
    | (?P<before> \A(?=[ ]{4})                 # code
                | (?<=[Gg][Hh])-(?=\d)          # GH-12
                | (?<=[Ww]{3})\. )              # www.example.com
    | (?P<after> @                              # @team, somebody@example.com
               | \#(?=\d)                       # #12
               | :(?=//)                        # https://example.com
               | :(?! (?:aws[a-z-]* | ecr | iam | sts | s3 | ec2 | [a-z]{2}(?:-[a-z]+)+-\d+ | \d{12} | \d\d) : )
                  (?=[a-z0-9_+-]+:) )          # :tada:, but nothing that ARNs have between two colons
    """,
    re.VERBOSE,
)
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def printable(text: str) -> str:
    """The text without line ends, control characters and marks that turn the direction of writing: as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in text)


def line(text: str) -> str:
    """The text as one line for a terminal or a log, in which no pipeline sees a command of its own.

    Such commands are `::set-output …` at the beginning of a line, and `##[group]` or `##vso[…]` anywhere.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    shown = printable(text).replace("##", "#\\x23")
    if shown.lstrip().startswith("::"):
        return shown.replace(":", "\\x3a", 1)
    return shown


def inline(text: str) -> str:
    """The text in a Markdown paragraph or a cell of a table, every character standing for itself."""
    return ACTIVE.sub(inactive, line(text))


def inactive(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "block":
            return f"{match[0].lstrip()}\\"
        case "mark":
            return f"\\{match[0]}"
        case "html":
            return ENTITIES[match[0]]
        case "before":
            return BREAK + match[0]
        case _:
            return match[0] + BREAK


def code(text: str) -> str:
    """The text as Markdown code, outside of tables: between more backticks than it has in a row."""
    shown = line(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{space}{shown}{space}{fence}"


def cell(text: str) -> str:
    """The text as a cell of CSV, which no spreadsheet takes for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = line(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", "\t", "\r")) else shown


def message(text: str) -> str:
    """The text as a SARIF message: no link to elsewhere, and no place for an argument (sections 3.11.5 and 3.11.6)."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", printable(text).replace("](", "]\\("))
