"""What one side gives or denies and the other does not, as a value with words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecrgen.policy.access.rules import Restriction
from ecrgen.policy.elements import Effect

__all__ = ["Difference", "Direction", "Names"]

Direction = Literal["gained", "lost"]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a pattern matches, but for those that an excepted pattern matches. `str()` of it is in words.

    `rest`: those of today are listed beside it or excepted, so that it reads "any other".
    """

    pattern: str
    excepted: tuple[str, ...] = ()
    rest: bool = False

    def __str__(self) -> str:
        if self.rest:
            return f"any other {self.pattern}"
        return f"{self.pattern} (except {', '.join(self.excepted)})" if self.excepted else self.pattern


@dataclass(frozen=True, slots=True)
class Difference:
    """Access gained or lost: the actions on the resources under the conditions, all of which must hold.

    `effect` is that of the statements: access is gained by an Allow that comes and by a Deny that goes. `principals` is
    empty for identity policies. `otherwise` are the conditions under which the other document has the access (or the
    Deny) too, as alternatives. `arn_prefix` is what the ARNs of all repositories of both documents begin with, if they
    are in one region of one account.
    """

    direction: Direction
    effect: Effect
    actions: tuple[Names, ...]
    resources: tuple[Names, ...]
    principals: tuple[Names, ...] = ()
    conditions: Restriction = ()
    otherwise: tuple[Restriction, ...] = ()
    arn_prefix: str = ""

    @property
    def words(self) -> str:
        """One sentence, such as `newly grants ecr:PutImage on repository/my-repo`."""
        from ecrgen.policy.access.words import sentence

        return sentence(self)
