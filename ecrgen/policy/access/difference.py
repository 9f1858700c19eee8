"""A difference: access that one side gives or denies and the other does not, as a value and as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ecrgen.policy.access.wording import POLICY, Direction, Kind, Wording
from ecrgen.policy.document import Condition
from ecrgen.policy.elements import Effect
from ecrgen.policy.implication import Restriction

__all__ = ["Difference", "Direction", "Names", "sentence"]

# So many alternatives are told in one sentence, or one more.
MOST_ALTERNATIVES = 8


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
    are in one region of one account. `uncompared` is the place of a statement that would have taken too long to
    compare: the other document may have its access (or its Deny) too.
    """

    direction: Direction
    effect: Effect
    actions: tuple[Names, ...]
    resources: tuple[Names, ...]
    principals: tuple[Names, ...] = ()
    conditions: Restriction = ()
    otherwise: tuple[Restriction, ...] = ()
    arn_prefix: str = ""
    uncompared: str = ""

    @property
    def words(self) -> str:
        """One sentence, such as `newly grants ecr:PutImage on repository/my-repo`."""
        return sentence(self)


class Phrase(NamedTuple):
    """A condition as what is required ("requires MFA") and as how something is granted ("grants … with MFA")."""

    required: str
    granted: str


class Content(NamedTuple):
    """What a sentence says: what kind of difference it is, what access it is about, and what else there is to say."""

    kind: Kind
    about: str
    more: str = ""


def sentence(difference: Difference, wording: Wording = POLICY) -> str:
    """One sentence about an access gained or lost, by a policy or, in another wording, by whoever has it."""
    content = content_of(difference)
    return wording[difference.direction, content.kind].format(about=content.about, more=content.more)


def content_of(difference: Difference) -> Content:
    about = f"{access(difference)}{under(difference.conditions)}"
    if difference.uncompared:
        where = f"{difference.uncompared} was not compared, for that would take too long"
        return Content("may allow" if difference.effect == "Allow" else "may deny", f"{about} ({where})")
    if difference.effect == "Deny":
        time = "now" if difference.direction == "gained" else "before"
        return Content("deny", f"{about}{aside(difference, time)}")
    time = "before" if difference.direction == "gained" else "now"
    return changed_requirement(difference) or Content("allow", f"{about}{aside(difference, time)}")


def aside(difference: Difference, time: str) -> str:
    return f" ({time}: only {alternatives(difference.otherwise)})" if difference.otherwise else ""


def changed_requirement(difference: Difference) -> Content | None:
    """What to say where the same access has more conditions in one of the documents, or another expiry."""
    here, others = difference.conditions, difference.otherwise
    gained = difference.direction == "gained"
    if not others:
        return None
    mine_all = set(here)
    if all(mine_all.issubset(other) for other in others):
        more = [tuple(each for each in other if each not in here) for other in others]
        about = f"{access(difference)}{under(here)}"
        if all(len(each) == 1 and is_expiry(each[0]) for each in more):
            return Content("end", about, few([when(each[0]) for each in more]))
        required = few([" and ".join(phrase(each).required for each in extra) for extra in more])
        return Content("requirement", about, required)
    mine = [each for each in here if each not in others[0]]
    its = [each for each in others[0] if each not in here]
    if len(others) == len(mine) == len(its) == 1 and is_expiry(mine[0]) and is_expiry(its[0]):
        about = f"{access(difference)}{under(tuple(each for each in here if each != mine[0]))}"
        late, early = when(mine[0]), when(its[0])
        return Content("other end", about, f"{late}, not {early}" if gained else f"{early}, not {late}")
    return None


def access(difference: Difference) -> str:
    """The actions, where they are and for whom."""
    resources = ", ".join(map(str, difference.resources))
    if difference.arn_prefix:
        # all repositories have it
        resources = resources.replace(difference.arn_prefix, "")
    words = ", ".join(map(str, difference.actions))
    whom = ", ".join("everyone" if str(names) == "*" else str(names) for names in difference.principals)
    if not whom:
        return f"{words} on {resources}" if resources else words
    # a repository policy speaks about its own repository
    return f"{words} to {whom}" if resources == "*" else f"{words} on {resources} to {whom}"


def under(restriction: Restriction) -> str:
    """The conditions of a grant in words, after a space; nothing where there are none."""
    return " " + " and ".join(phrase(each).granted for each in restriction) if restriction else ""


def alternatives(restrictions: tuple[Restriction, ...]) -> str:
    return few([under(each).strip() for each in restrictions[: MOST_ALTERNATIVES + 1]], len(restrictions))


def few(alternatives: list[str], count: int | None = None) -> str:
    """Alternatives in words; of many, the first and the number of the others."""
    count = len(alternatives) if count is None else count
    if count <= MOST_ALTERNATIVES + 1:
        return " or ".join(alternatives)
    return f"{' or '.join(alternatives[:MOST_ALTERNATIVES])} or in {count - MOST_ALTERNATIVES} other ways"


def is_expiry(condition: Condition) -> bool:
    return (condition.operator, condition.key.lower()) == ("DateLessThan", "aws:currenttime")


def when(condition: Condition) -> str:
    return " or ".join(value or '""' for value in condition.values)


def phrase(condition: Condition) -> Phrase:
    """The words for the documented form of each guard; for every other condition, the condition."""
    key, values = condition.key.lower(), when(condition)
    match condition.operator, key, condition.values:
        case "Bool", "aws:multifactorauthpresent", ("true",):
            return Phrase("MFA", "with MFA")
        case (("Bool" | "BoolIfExists"), "aws:multifactorauthpresent", ("false",)):
            return Phrase("no MFA", "without MFA")
        case "NumericLessThan", "aws:multifactorauthage", _:
            return Phrase(f"MFA less than {values} seconds ago", f"with MFA less than {values} seconds ago")
        case "Bool", "aws:securetransport", ("true",):
            return Phrase("TLS", "over TLS")
        case (("Bool" | "BoolIfExists"), "aws:securetransport", ("false",)):
            return Phrase("no TLS", "without TLS")
        case "ForAnyValue:StringEquals", "aws:calledvia", _:
            return Phrase(f"a call via {values}", f"via {values}")
        case "IpAddress", "aws:sourceip", _:
            return Phrase(f"source IP {values}", f"from {values}")
        case "NotIpAddress", "aws:sourceip", _:
            return Phrase(f"a source IP outside {values}", f"from outside {values}")
        case "StringEquals", "aws:sourcevpc", _:
            return Phrase(f"VPC {values}", f"from VPC {values}")
        case "StringEquals", "aws:sourcevpce", _:
            return Phrase(f"VPC endpoint {values}", f"through VPC endpoint {values}")
        case "StringEquals", "aws:principalorgid", _:
            return Phrase(f"organization {values}", f"from organization {values}")
        case "StringEquals", _, _ if key.startswith(("aws:resourcetag/", "ecr:resourcetag/")):
            tag = f"{condition.key.partition('/')[2]} = {values}"
            return Phrase(f"resource tag {tag}", f"where the resource has tag {tag}")
        case "DateLessThan", "aws:currenttime", _:
            return Phrase(f"a time before {values}", f"until {values}")
        case "DateGreaterThan", "aws:currenttime", _:
            return Phrase(f"a time after {values}", f"from {values} on")
        case "StringEquals", "aws:requestedregion", _:
            return Phrase(f"region {values}", f"in {values}")
        case _:
            text = f"{condition.operator} {condition.key} = {values}"
            return Phrase(text, f"if {text}")
