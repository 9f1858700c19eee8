"""What commands show: every value in every format, whatever text is in it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import ecrgen
from hostile_views import SAMPLES, document
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ecrgen.cli import views
from ecrgen.cli.escape import code, inline, line, message, printable
from ecrgen.cli.views import CHECKED, POLICY, VIEWS, View, lines, shown
from ecrgen.cli.views.formats import FORMATS

PLAIN = "plain"
CELLS = [(view, form) for view in VIEWS for form in view.forms]
# What terminals, logs of pipelines, code hosts and viewers act on.
HOSTILE = (
    "\x1b[2J\x1b[H no changes: the account holds what is asked for",
    "x\n::set-output name=digest::0",
    "::stop-commands::x",
    " ::add-mask::x",
    "##[add-mask]x",
    "##vso[task.setvariable variable=a]b",
    "a\r\nb\tc\x0bd\x85e\u2028f\u2029g\x00\x7f\x9b31m",
    "\u202egnp.exe\u2066\u200f",
    "a | b \\| c \\\\| d",
    "<!-- x --><script>alert(1)</script><img src=x>&lt;&#64;team",
    "`a` ``b`` ```\nc",
    "@team/owners a@example.com @b",
    "#1 org/repo#23 GH-4 gh-5",
    "[text](https://example.com) ![i](http://example.com/x.png) <https://example.com> www.example.com",
    "[a]: https://example.com",
    "# heading\n---\n- [ ] item\n1. one\n> quote\n===",
    "**bold** _emphasis_ ~~gone~~ $x^2$ :white_check_mark: a:x:",
    "{0} {1}](0)",
    "\\",
    "`",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(min_size=1, max_size=20),
    st.lists(st.sampled_from(HOSTILE) | st.text(st.sampled_from("\n\r\t |`*_[]()<>&#@:$~\\!{}\x1b\u202ea1w.-/"))).map(
        "".join
    ),
).filter(lambda text: text.strip() not in ("", "web", "other"))


def identity(cell: tuple[View[Any], str]) -> str:
    return f"{cell[0].name}-{cell[1]}"


def of_format(*forms: str) -> list[tuple[View[Any], str]]:
    return [cell for cell in CELLS if cell[1] in forms]


def test_every_view_and_format_is_in_the_tables() -> None:
    """Every view is in VIEWS and has a sample here, each of its formats is known and made, and each format is used."""
    named = {view.name: view for view in vars(views).values() if isinstance(view, View)}
    assert {view.name: view for view in VIEWS} == named
    assert named.keys() == SAMPLES.keys()
    assert {form for _, form in CELLS} == FORMATS.keys()
    for view, form in CELLS:
        assert callable(view.maker(form))
    makers = {target.partition(":")[0] for view in VIEWS for target in view.forms.values()}
    modules = {path.stem for path in Path(str(views.__file__)).parent.glob("*.py")}
    assert modules - {"__init__", "formats"} == makers


@pytest.mark.parametrize("cell", CELLS, ids=identity)
def test_every_view_shows_something(cell: tuple[View[Any], str]) -> None:
    """Every view in every format tells the text that the value holds."""
    view, form = cell
    assert PLAIN in shown(view, SAMPLES[view.name](PLAIN), form)


def held(text: str) -> bool:
    """Tell a line that nothing but a reader acts on."""
    return (text.isprintable() or text.replace("\t", "").isprintable()) and not (
        "##" in text or text.lstrip().startswith("::")
    )


@pytest.mark.parametrize("cell", of_format("text"), ids=identity)
@given(text=texts)
@settings(max_examples=25, deadline=None)
def test_text_is_shown_as_text(cell: tuple[View[Any], str], text: str) -> None:
    """A text view has the lines and columns that it has with a plain name, none of which acts on a terminal or log."""
    view, form = cell
    plain, hostile = (list(lines(view, SAMPLES[view.name](each), form)) for each in (PLAIN, text))
    assert len(hostile) == len(plain)
    assert sum(each.count("\t") for each in hostile) == sum(each.count("\t") for each in plain)
    assert all(map(held, hostile))


@pytest.mark.parametrize("cell", of_format("json", "compact", "sarif", "yaml"), ids=identity)
@given(text=texts)
@settings(max_examples=25, deadline=None)
def test_values_are_printable_and_themselves(cell: tuple[View[Any], str], text: str) -> None:
    """JSON and YAML are ASCII without control characters or commands, and read back as the values that they are of."""
    view, form = cell
    value = SAMPLES[view.name](text)
    written = shown(view, value, form)
    assert written.isascii()
    assert all(map(held, written.split("\n")))
    made = json.loads(json.dumps(view.maker(form)(value)))
    assert (yaml.safe_load(written) if form == "yaml" else json.loads(written)) == made


def tokens(source: str) -> Iterator[Token]:
    """A page's tokens, as GitHub reads it but for what it finds in the rendered text."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source):
        yield token
        yield from token.children or ()


def structure(source: str) -> Counter[str]:
    """How many there are of everything that is no text."""
    kinds: Counter[str] = Counter()
    for token in tokens(source):
        if token.type not in ("text", "text_special", "inline"):
            kinds[token.type if token.type != "html_inline" else token.content] += 1
    return kinds


def texts_of(source: str) -> str:
    return "".join(token.content for token in tokens(source) if token.type in ("text", "text_special", "code_inline"))


# What GitHub finds in the text of a rendered page: mentions, references, links, e-mail addresses, emoji, mathematics.
FOUND = re.compile(r"@\w|#\d|(?i:gh)-\d|://|(?i:www)\.|:[a-z_]+:(?<!:aws:)(?<!:ecr:)(?<!:iam:)")


@pytest.mark.parametrize("cell", of_format("markdown"), ids=identity)
@example(text=":a")
@example(text="# heading")
@example(text="1. one")
@example(text="     code")
@example(text="- [ ] item")
@given(text=texts)
@settings(max_examples=50, deadline=None)
def test_markdown_is_shown_as_text(cell: tuple[View[Any], str], text: str) -> None:
    """A Markdown view has the tables, rows, cells and marks that it has with a plain name; no link, HTML or mention."""
    view, form = cell
    plain, hostile = (shown(view, SAMPLES[view.name](each), form) for each in (PLAIN, text))
    assert structure(hostile) == structure(plain)
    shows = {"text": "", "text_special": "", "inline": "\n", "html_inline": "\n"}
    words = "".join(shows[t.type] or t.content for t in tokens(hostile) if t.type in shows)
    assert not FOUND.search(words.replace("https://example.com/", ""))
    assert all(held(each.lstrip("#")) for each in hostile.split("\n"))


class Tags(HTMLParser):
    """The tags of a page with their attributes' names, its scripts and styles, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[object] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        (self.found if self.lasttag in ("script", "style") else self.words).append(data)


@pytest.mark.parametrize("cell", of_format("html"), ids=identity)
@given(text=texts)
@settings(max_examples=50, deadline=None)
def test_html_is_shown_as_text(cell: tuple[View[Any], str], text: str) -> None:
    """A page has the tags and scripts that it has with a plain name, and shows the text."""
    view, form = cell
    plain, hostile = Tags(), Tags()
    plain.feed(shown(view, SAMPLES[view.name](PLAIN), form))
    hostile.feed(shown(view, SAMPLES[view.name](text), form))
    assert [each for each in hostile.found if isinstance(each, tuple)] == [
        each for each in plain.found if isinstance(each, tuple)
    ]
    assert printable(text) in "".join(hostile.words)


@pytest.mark.parametrize("cell", of_format("csv"), ids=identity)
@given(text=texts)
@example("=cmd|' /C calc'!A0")
@example("@SUM(1)")
@example("\tx")
@settings(max_examples=50, deadline=None)
def test_csv_is_shown_as_text(cell: tuple[View[Any], str], text: str) -> None:
    """A table has the rows and cells that it has with a plain name, none of them a formula."""
    view, form = cell
    plain, hostile = (
        list(csv.reader(io.StringIO(shown(view, SAMPLES[view.name](each), form)))) for each in (PLAIN, text)
    )
    assert [len(row) for row in hostile] == [len(row) for row in plain]
    assert not any(each.startswith(tuple("=+-@\t\r")) for row in hostile for each in row)


@given(text=texts)
@example("a|b\\|c\\\\|")
@settings(deadline=None)
def test_a_cell_a_paragraph_and_code_show_the_text(text: str) -> None:
    """In a cell, a paragraph and as code, a page shows the very text, with escapes for what no line can hold."""
    wanted = line(text)
    cell = f"| a | b |\n|---|---|\n| x{inline(text)}x | y |"
    assert structure(cell)["td_open"] == 2
    assert texts_of(cell).replace("\u200b", "") == f"abx{wanted}xy"
    assert texts_of(f"x{inline(text)}x").replace("\u200b", "") == f"x{wanted}x"
    assert structure(f"x{code(text)}x") == Counter(paragraph_open=1, paragraph_close=1, code_inline=1)
    assert texts_of(f"x{code(text)}x") == f"x{wanted}x"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("$x$", "\\$x\\$"),
        ("@team", "@&#8203;team"),
        ("org/repo#12 #x", "org/repo#&#8203;12 #x"),
        ("GH-12", "GH&#8203;-12"),
        ("https://a.b", "https:&#8203;//a.b"),
        (":x: arn:aws:ecr:us-east-1:123456789012:repository/x", None),
        ("arn:aws:ecr:us-east-1:123456789012:repository/x", "arn:aws:ecr:us-east-1:123456789012:repository/x"),
        ("<b> &lt;", "&lt;b&gt; &amp;lt;"),
    ],
)
def test_what_only_a_code_host_finds(text: str, written: str | None) -> None:
    """Mathematics, mentions, references, links and emoji are broken where no Markdown parser here shows them."""
    assert inline(text) == (written or text.replace(":x:", ":&#8203;x:"))


@given(text=texts)
@settings(deadline=None)
def test_a_sarif_message_has_no_link_and_no_place_for_arguments(text: str) -> None:
    """A SARIF viewer finds no link and no argument's place in a message."""
    made = message(text)
    assert made.isprintable()
    assert not re.search(r"\]\(", made)
    assert not re.search(r"(?<!\{)\{\d+\}(?!\})", made)


@given(text=texts)
@settings(max_examples=25, deadline=None)
def test_every_text_of_sarif_is_a_message(text: str) -> None:
    """Messages, descriptions, help and places of a SARIF log are printable, and without links."""
    (run,) = json.loads(shown(CHECKED, SAMPLES["checked"](text), "sarif"))["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    made = [rule[key]["text"] for rule in rules for key in ("shortDescription", "help")]
    made += [result["message"]["text"] for result in results]
    places = [place for result in results for each in result["locations"] for place in each["logicalLocations"]]
    assert all(each.isprintable() and "](" not in each for each in made)
    assert all(place["fullyQualifiedName"].isprintable() for place in places)
    assert len(made) > len(places) > 0


def test_a_long_text_stays_in_its_line_of_yaml() -> None:
    """YAML folds no text, so that no part of one begins a line."""
    text = f"{'a' * 100} ::stop-commands::x"
    assert all(map(held, shown(POLICY, document(text), "yaml").split("\n")))


@pytest.mark.parametrize("text", HOSTILE[:9])
def test_commands_show_hostile_documents_as_text(text: str, tmp_path: Path) -> None:
    """What a document holds forges no line of can, diff, check and plan, and no escape reaches standard output."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    policy = document(text)
    old.write_text(policy.to_json())
    new.write_text(document("other").to_json())
    results = [
        ecrgen("can", "--policy", str(old), "ecr:PutImage", "arn:aws:ecr:us-east-1:123456789012:repository/web"),
        ecrgen("diff", str(old), str(new)),
        ecrgen("check", str(old)),
    ]
    for result in results:
        assert all(map(held, result.out.removesuffix("\n").split("\n")))
    assert [result.out.count("\n") for result in results[:2]] == [4, 2]


def test_help_shows_a_catalog_s_texts_as_text(tmp_path: Path) -> None:
    """A summary that turns the direction of writing, or that a pipeline would obey, is text in help and completion."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/t.j2").write_text("{}")
    (tmp_path / "site.yaml").write_text(
        'version: 1\npersonas: {p: {summary: "\\u202ex ##[group]", template: t.j2, '
        'parameters: {repo: {type: repository, help: "::stop-commands::\\u2066"}}}}\n'
    )
    for arguments in (("list",), ("show", "p"), ("render", "--help"), ("render", "p", "--help")):
        result = ecrgen("-c", str(tmp_path / "site.yaml"), *arguments)
        assert result.code == 0
        assert all(map(held, result.out.removesuffix("\n").split("\n")))
    assert "\\u202ex" in result.out


def test_an_account_forges_no_plan(tmp_path: Path) -> None:
    """A condition's value that somebody wrote into the account erases no plan and adds no heading, row or mention."""
    catalog = tmp_path / "site.yaml"
    catalog.write_text(
        "version: 1\nextends: builtin\nnamespace: pay\nregion: us-east-1\n"
        "grants: {web: {persona: pull, with: {repo: web}, to: role/ci}}\n"
    )
    text = "\x1b[2J\x1b[Hno changes\n\n# @team [approve](https://example.com) |<!--"
    arn = "arn:aws:iam::123456789012:policy/ecrgen/pay/ecrgen.pay.web"
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document(text).to_dict()}]
    policy = {"PolicyName": "ecrgen.pay.web", "Arn": arn, "Path": "/ecrgen/pay/", "DefaultVersionId": "v1"}
    role: dict[str, Any] = {"RoleName": "ci", "Arn": "arn:aws:iam::123456789012:role/ci", "Path": "/"}
    role["AttachedManagedPolicies"] = [{"PolicyArn": arn}]
    details = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [role],
        "Policies": [
            {**policy, "PolicyVersionList": [{**each, "CreateDate": "2026-01-01T00:00:00Z"} for each in versions]}
        ],
    }
    (tmp_path / "account.json").write_text(json.dumps(details))
    plan = ("-c", str(catalog), "plan", "--state", str(tmp_path / "account.json"), "--prune")
    plain, page = ecrgen(*plan), ecrgen(*plan, "--format", "markdown")
    assert (plain.code, page.code) == (0, 0)
    assert "\\x1b[2J" in plain.out
    assert all(map(held, plain.out.removesuffix("\n").split("\n")))
    assert not any(each.startswith(("no changes", "#")) for each in plain.out.split("\n"))
    kinds = structure(page.out)
    assert (kinds["heading_open"], kinds["tr_open"], kinds["link_open"]) == (1, 4, 0)
    assert not FOUND.search(texts_of(page.out))


def keys(value: object, place: str = "") -> Iterator[str]:
    """The places of JSON values, those of a list as one."""
    match value:
        case dict():
            for key, each in value.items():
                yield from keys(each, f"{place}.{key}")
        case list() | tuple():
            for each in value:
                yield from keys(each, f"{place}[]")
        case _:
            yield place


@pytest.mark.parametrize("cell", of_format("json", "compact"), ids=identity)
def test_json_keeps_its_keys(cell: tuple[View[Any], str]) -> None:
    """Programs read the JSON of every command: a key that was there stays, and a new one is put into this file."""
    view, form = cell
    known = json.loads((Path(__file__).parents[1] / "data/json_keys.json").read_text())
    made = json.loads(shown(view, SAMPLES[view.name](PLAIN), form))
    assert list(dict.fromkeys(keys(made))) == known[view.name]
