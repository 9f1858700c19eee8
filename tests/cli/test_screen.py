"""The screen: lines are broken at words and coloured where a person looks, and nowhere else."""

from __future__ import annotations

import io

import pytest

from ecrgen.cli.screen import Screen, screen_of
from ecrgen.cli.views.formats import Marked, Table, Verbatim, text_lines

ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    ("variables", "colours"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_who_wants_them(
    variables: dict[str, str], colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal has colours unless NO_COLOR holds something or TERM is dumb; a pipe has neither colours nor width."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert screen_of(Terminal()) == Screen(40, colours)
    assert screen_of(io.StringIO()) == Screen()


def test_a_terminal_breaks_lines_at_words_but_not_what_is_copied() -> None:
    """Rows are as wide as the terminal but for an ARN; a command stays in one line, and a mark goes on in a new row."""
    items = (f"  one: allowed on {ARN} and on nothing else at all", Verbatim("    $ ecrgen render pull --repo " + ARN))
    assert list(text_lines(items, Terminal())) == [
        f"  one: allowed on\n    {ARN}\n    and on nothing else at all",
        f"    $ ecrgen render pull --repo {ARN}",
    ]
    assert list(text_lines(items, io.StringIO())) == [getattr(item, "text", item) for item in items]
    marked = Marked("x" * 34 + " no longer grants it", "no longer grants", "red")
    assert list(text_lines([marked], Terminal())) == ["x" * 34 + " \x1b[31mno\n  longer grants\x1b[0m it"]


def test_a_mark_holds_no_escape_of_a_text() -> None:
    """What a text holds of a terminal's escapes is shown, inside of a mark as beside it."""
    hostile = "no\x1b[2J"
    (shown,) = text_lines([Marked(f"{hostile} and {hostile}", hostile, "red")], Terminal())
    assert shown == "\x1b[31mno\\x1b[2J\x1b[0m and no\\x1b[2J"


def test_a_table_has_rows_of_their_own_for_long_texts_where_it_is_narrow() -> None:
    """A last column that would be squeezed stands below the others, and an empty column is left out."""
    short = Table(("name", "", "takes"), (("web", "", "--repo"), ("worker", "", "")))
    assert list(text_lines([short], Terminal())) == ["name    takes", "web     --repo", "worker"]
    beside = Table(("n", ""), (("x" * 39, ""), ("x", "default")))
    assert list(text_lines([beside], Terminal())) == ["n", "x" * 39, "x", "    default"]
    long = Table(
        ("kind", "name", "summary"), (("persona", "pull", "Pull images from named repositories now"),), "personas"
    )
    assert list(text_lines([long], Terminal())) == [
        "\x1b[1mpersonas\x1b[0m",
        "  pull",
        "      Pull images from named\n      repositories now",
    ]
    assert list(text_lines([long], io.StringIO())) == ["persona\tpull\tPull images from named repositories now"]
