"""What a template looks at by name: where it may decide by an account, and not only have ARNs made with it"""

from __future__ import annotations

import jinja2
from jinja2 import meta, nodes

from ecrgen.catalog.model import Template
from ecrgen.catalog.sandbox import environment

__all__ = ["mentions"]


def mentions(template: Template, variable: str) -> bool:
    """True where a template, or one that it brings in, has this name in an expression or a block.

    `arn` and the filters that make ARNs do not count: they write what they are given. A template whose name another
    one computes may be any, and counts.
    """
    env = environment(template.directory)
    waiting: list[str | None] = [template.name]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name is None:
            return True
        if name in seen:
            continue
        seen.add(name)
        assert env.loader is not None, "the environment of templates has a loader"
        try:
            source, file, _ = env.loader.get_source(env, name)
        except jinja2.TemplateNotFound:  # include … ignore missing
            continue
        tree = env.parse(source, name, file)
        if any(node.name == variable for node in tree.find_all(nodes.Name)):
            return True
        waiting += meta.find_referenced_templates(tree)
    return False
