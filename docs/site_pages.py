"""For mkdocs: the pages that stand outside of docs/, those of all decisions, and links between them."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

TOP = Path(__file__).resolve().parents[1]
# What stands elsewhere, by its place in the site.
OUTSIDE = {
    "index.md": "README.md",
    "examples.md": "examples/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
PAGES = {source: page for page, source in OUTSIDE.items()} | {"docs/adr": "adr/index.md"}
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")


def decisions() -> dict[str, str]:
    """The titles of the decisions, by file."""
    return {
        path.name: path.read_text().splitlines()[0].lstrip("# ") for path in sorted((TOP / "docs/adr").glob("*.md"))
    }


def on_config(config: Any) -> None:
    """Give every decision a place in the navigation."""
    last = config.nav[-1]["Change"]
    last[-1] = {"Decisions": [last[-1]["Decisions"], *(f"adr/{name}" for name in decisions())]}


def on_files(files: Any, config: Any) -> None:
    for page, source in OUTSIDE.items():
        files.append(File.generated(config, page, content=text_of(source)))
    index = "".join(f"- [{title}]({name})\n" for name, title in decisions().items())
    files.append(File.generated(config, "adr/index.md", content=f"# Decisions\n\n{index}"))


def text_of(source: str) -> str:
    """The text of a page; that of the examples has its catalogs in it, too."""
    text = (TOP / source).read_text()
    if source != "examples/README.md":
        return text
    catalogs = sorted(TOP.glob("examples/**/*.yaml"))
    return text + "".join(f"\n## {heading(path)}\n\n```yaml\n{path.read_text()}```\n" for path in catalogs)


def heading(path: Path) -> str:
    return path.relative_to(TOP / "examples").as_posix()


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to pages of the site, and let what is folded away hold Markdown."""
    here = OUTSIDE.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def led(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), match[1]))
        if target.startswith("examples/") and target.endswith(".yaml"):
            return f"#{re.sub(r'[^a-z0-9-]', '', heading(TOP / target).lower())}"
        found = PAGES.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(found, posixpath.dirname(page.file.src_uri) or ".") + (match[2] or "")

    return LINK.sub(led, markdown).replace("<details>", '<details markdown="1">')
