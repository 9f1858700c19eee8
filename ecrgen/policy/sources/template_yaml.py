"""CloudFormation's YAML as JSON values: its short forms of functions, and nothing else that YAML can do.

Every scalar is text, as IAM compares it; nothing is built but dict, list, str and None. Nesting, aliases and duplicate
keys are bounded or refused. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

from typing import Any, NoReturn

from ecrgen.errors import PolicyError

__all__ = ["template_values"]

MAX_DEPTH = 64
MAX_VALUES = 1_000_000
LONG = {"Ref": "Ref", "Condition": "Condition"}


def template_values(text: str) -> Any:
    """The values of a YAML text. Raises PolicyError with the line."""
    import yaml  # for start-up: most policies are JSON

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    builder = Builder()
    try:
        for event in yaml.parse(text, loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PolicyError(f"not YAML: line {mark.line + 1 if mark else 1}: {error.problem or error.context}") from None
    except yaml.YAMLError:
        raise PolicyError("not YAML: holds characters that YAML does not allow") from None
    return builder.root


class Builder:
    """Values from YAML's events, without recursion."""

    def __init__(self) -> None:
        self.root: Any = None
        self.values = 0
        self.documents = 0
        self.anchors: dict[str, tuple[Any, int]] = {}
        # the open containers, each with its tag, its anchor, the number of values before it, and its next key
        self.stack: list[list[Any]] = []

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "ScalarEvent":
                null = not event.style and event.value in ("", "~", "null") and event.tag is None
                value = wrapped(event.tag, None if null else event.value)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self.add(value, line)
            case "MappingStartEvent" | "SequenceStartEvent":
                container: Any = {} if type(event).__name__ == "MappingStartEvent" else []
                self.stack.append([container, event.tag, event.anchor, self.values, None, False])
                if len(self.stack) > MAX_DEPTH:
                    self.stop(line, f"nested more than {MAX_DEPTH} deep")
            case "MappingEndEvent" | "SequenceEndEvent":
                container, tag, anchor, before, *_ = self.stack.pop()
                value = wrapped(tag, container)
                if anchor:
                    self.anchors[anchor] = (value, self.values - before + 1)
                self.add(value, line)
            case "AliasEvent":
                if event.anchor not in self.anchors:
                    self.stop(line, f"*{event.anchor}: no &{event.anchor} ends before it")
                value, size = self.anchors[event.anchor]
                self.values += size - 1
                self.add(value, line)
            case "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    self.stop(line, "a second document begins")

    def add(self, value: Any, line: int) -> None:
        """Put a value where it belongs: as a mapping's next key, under that key, or in a list."""
        self.values += 1
        if self.values > MAX_VALUES:
            self.stop(line, f"more than {MAX_VALUES} values")
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        container = frame[0]
        if isinstance(container, list):
            container.append(value)
        elif not frame[5]:
            if not isinstance(value, str):
                self.stop(line, "a key must be plain text")
            if value in container:
                self.stop(line, f"the key {value} stands there already")
            frame[4], frame[5] = value, True
        else:
            container[frame[4]] = value
            frame[5] = False

    def stop(self, line: int, message: str) -> NoReturn:
        raise PolicyError(f"not a template: line {line}: {message}")


def wrapped(tag: str | None, value: Any) -> Any:
    """The long form of a function that is written as a tag: `!Sub x` is `{"Fn::Sub": "x"}`."""
    if tag is None or not tag.startswith("!") or tag == "!":
        return value
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {LONG.get(name, f"Fn::{name}"): value}
