"""The exceptions that stop ecrgen, and the collector that lets one of them carry every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

__all__ = ["EcrgenError", "PolicyError", "Problems", "together"]

A = TypeVar("A")
B = TypeVar("B")


class EcrgenError(Exception):
    """The input or the account is wrong: one or more problems, each a line that says where and what to do.

    `exit_code` is what the command line ends with.
    """

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PolicyError(EcrgenError):
    """A text or value is not a policy document; `path` is the place inside it, such as `Statement[0].Effect`."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Collecting:
    """The `with` block of `Problems.collected`."""

    problems: Problems
    worded: Callable[[str], str]

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if not isinstance(error, EcrgenError):
            return False
        self.problems.add(*map(self.worded, error.problems))
        return True


class Problems:
    """Collects problems while work goes on, so that a user reads all of them at once.

    ```
    problems = Problems()
    for name in names:
        with problems.collected(f"{name}: "):
            ...  # an EcrgenError in here is kept, each of its problems after the name
    problems.stop()  # raises EcrgenError with all of them, if there is one
    ```
    With `most`, `add` raises it as soon as there are so many.
    """

    def __init__(self, found: Iterable[str] = (), most: int = 0) -> None:
        self.found = list(found)
        self.most = most

    def add(self, *problems: str) -> None:
        """Keep these problems, each a whole line."""
        self.found.extend(problems)
        if self.most and len(self.found) >= self.most:
            raise EcrgenError(*self.found[: self.most], f"there may be more than these {self.most} problems") from None

    def collected(self, place: str | Callable[[str], str] = "") -> Collecting:
        """Keep the problems of an EcrgenError that is raised inside a `with`, and go on after the block.

        `place` is written before each of them, or makes the line of each.
        """
        return Collecting(self, place if callable(place) else lambda problem: f"{place}{problem}")

    def stop(self) -> None:
        """Raise EcrgenError with every problem kept so far; do nothing where there is none."""
        if self.found:
            raise EcrgenError(*self.found) from None


@overload
def together(first: Callable[[], A], second: Callable[[], B], /) -> tuple[A, B]: ...
@overload
def together(*steps: Callable[[], Any]) -> tuple[Any, ...]: ...
def together(*steps: Callable[[], Any]) -> tuple[Any, ...]:
    """The results of steps that do not need each other. Raises EcrgenError with the problems of all of them."""
    problems = Problems()
    results: list[Any] = []
    for step in steps:
        with problems.collected():
            results.append(step())
    problems.stop()
    return tuple(results)
