"""The actions that a statement is about, of some that a check asks for."""

from __future__ import annotations

from functools import lru_cache

from ecrgen.policy.check.model import StatementView
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import is_wild

__all__ = ["among", "granting", "place_of"]


def granting(statement: StatementView, actions: tuple[str, ...]) -> dict[str, str]:
    """Those of the actions that a statement is about, each with the text of Action that says so, or `NotAction`."""
    if statement.action is not None:
        found: dict[str, str] = {}
        for text in statement.action.values:
            for action in among(text, actions):
                if action not in found or not is_wild(text):
                    found[action] = text
        return found
    if statement.not_action is None:
        return {}
    left_out = {action for text in statement.not_action.values for action in among(text, actions)}
    return {action: "NotAction" for action in actions if action not in left_out}


@lru_cache(maxsize=8192)
def among(text: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the actions that the text of an action names."""
    lower = {action.lower(): action for action in actions}
    return tuple(lower[action] for action in Pattern.of(text, "action").among(lower))


def place_of(statement: StatementView, text: str) -> str:
    """The path of a text of Action that `granting` found, or of NotAction."""
    if statement.action is None:
        return f"{statement.path}.NotAction"
    return statement.action.at(statement.action.values.index(text))
