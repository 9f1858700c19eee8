"""What stops ecrgen: one exception, which carries every problem at once and the exit code."""

from __future__ import annotations

__all__ = ["EcrgenError", "PolicyError"]


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
