"""What has a say in a question to an account: the caller's policies, the resource's, and those of their organisations.

The layers are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html

A policy that is there but not known could say anything. It is asked twice, as the one that allows most and as the one
that denies all (ecrgen.audit.unknown): an answer that is the same both times holds whatever the policy says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ecrgen.account.account import Account, Held, Levels
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.unknown import Extreme, stand_in
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.policy.combine import needs
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import LAYERS, Layer
from ecrgen.policy.open_question import Answer as YesNoIf
from ecrgen.policy.open_question import OpenDecision, ask
from ecrgen.policy.request import ContextValue, Request
from ecrgen.proof import whatever
from ecrgen.proof.operations import Answer, Question, Step

__all__ = ["EVERYTHING", "Found", "Standing", "answer_of", "standing_of"]

# Of whoever has everything in an account that no file holds.
EVERYTHING = Held("the policies of its own account", whatever.EVERYTHING)
# Of a federated user of an account that a file holds.
ASKED_FOR = Held("the policies of the user who asked for the session", None, "no file tells which user that was")
SESSION = Held("the policy of the session", None, "no file holds it")


@dataclass(frozen=True, slots=True)
class Standing:
    """All policies that have a say in a question, by layer; `known` are the layers that the files tell in full."""

    identity: tuple[Held, ...] = ()
    resource: tuple[Held, ...] = ()
    boundary: Held | None = None
    session: Held | None = None
    scps: Levels = ()
    rcps: Levels = ()
    endpoint: Held | None = None
    known: frozenset[Layer] = frozenset()

    def all(self) -> Iterator[Held]:
        yield from self.identity
        yield from self.resource
        yield from (one for one in (self.boundary, self.session, self.endpoint) if one is not None)
        for levels in (self.scps, self.rcps):
            for level in levels:
                yield from level

    @property
    def unknown(self) -> tuple[Held, ...]:
        """The policies whose documents are not known, each once."""
        return tuple(dict.fromkeys(one for one in self.all() if one.document is None))

    def names(self) -> dict[str, list[object]]:
        """The names of the policies that are known, by evaluate's arguments, as `ask` numbers them."""
        one = {"boundary": self.boundary, "session": self.session, "endpoint": self.endpoint}
        found: dict[str, list[object]] = {
            "identity": [str(held) for held in self.identity if held.document is not None],
            "resource": [str(held) for held in self.resource if held.document is not None],
            **{name: [str(held)] for name, held in one.items() if held is not None and held.document is not None},
        }
        for name, levels in (("scps", self.scps), ("rcps", self.rcps)):
            if levels:
                found[name] = [[str(held) for held in level if held.document is not None] for level in levels]
        return found

    def ask(self, request: Request, effect: Extreme | None = None) -> OpenDecision:
        """The answer of the policies that are known, those that are not taken for ones of this effect, or left out."""

        def documents(layer: Layer, held: Iterable[Held]) -> list[PolicyDocument]:
            found = (one.document or (stand_in(effect, layer, request) if effect else None) for one in held)
            return [document for document in found if document is not None]

        def single(layer: Layer, held: Held | None) -> PolicyDocument | None:
            found = documents(layer, () if held is None else (held,))
            return found[0] if found else None

        return ask(
            request,
            identity=documents("identity", self.identity),
            resource=documents("resource", self.resource),
            boundary=single("boundary", self.boundary),
            session=single("session", self.session),
            scps=[documents("scp", level) for level in self.scps],
            rcps=[documents("rcp", level) for level in self.rcps],
            endpoint=single("endpoint", self.endpoint),
        )


def standing_of(accounts: Accounts, request: Request, given: Standing) -> Standing:
    """The policies of a request's caller and resource, with those given beside the files.

    A request of `*` is one to the caller's own registry. A caller whose identity policies are given is in no file.
    Raises EcrgenError where no file has another one, and for a policy that is given although the files tell it.
    """
    caller, owner = accounts.of_arn(request.principal), accounts.owner(request)
    principal = None if given.identity else accounts.principal(request.principal)
    above = caller.organization if caller else None
    over = owner.organization if owner else None
    for option, there, extra in (("--scp", above, given.scps), ("--rcp", over, given.rcps)):
        if there is not None and extra:
            raise EcrgenError(f"{option}: the file of the account holds its organization's policies; leave it out")
    given = completed(request, given)
    region = request.keys.get("aws:requestedregion")
    resource = resource_policies(owner, request.resource, region if isinstance(region, str) else "")
    if resource is None and needs(request) in ("both", "resource"):
        # nothing is allowed without them, so that what the rest says is no answer
        place = f"account {arn.account} in {arn.region}" if (arn := Arn.parse(request.resource)) else request.resource
        resource = (Held("the resource's own policies", None, f"no file holds those of {place}"),)
    known: set[Layer] = {"identity", "boundary"}
    known |= {"scp"} if above else set()
    known |= {"rcp"} if over else set()
    known |= set() if resource is None else {"resource"}
    known |= {"session"} if given.session is SESSION else set()
    return replace(
        given,
        identity=principal.policies if principal else given.identity,
        resource=resource or (),
        boundary=principal.boundary if principal else None,
        scps=above.scps if above else given.scps,
        rcps=over.rcps if over else given.rcps,
        known=frozenset(known),
    )


def completed(request: Request, given: Standing) -> Standing:
    """The given policies of a caller of a kind of its own.

    The root user has no identity policies. A federated user has what both those of the user who asked for its session
    and that session's own policy allow: no file tells them, and without the latter it has nothing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html
    """
    outside = given.identity == (EVERYTHING,)
    match request.caller.type if request.caller else None:
        case "Account" if outside:
            return replace(given, identity=())
        case "FederatedUser" if outside:
            return replace(given, session=EVERYTHING)
        case "FederatedUser":
            return replace(given, identity=given.identity or (ASKED_FOR,), session=given.session or SESSION)
        case _:
            return given


def resource_policies(account: Account | None, arn: str, region: str) -> tuple[Held, ...] | None:
    """The policies of a repository and of its registry; None where no file tells them."""
    if account is None or region not in account.registries:
        return None
    both = (account.policy_of(arn, region), account.registries[region])
    return tuple(held for held in both if held is not None)


def placed(accounts: Accounts, asked: Question, *, stranger: bool) -> Question:
    """The question with what the files know of its context: tags, the role's path, organisations."""
    steps = [Step(placed_request(accounts, step.request, stranger=stranger), step.operation) for step in asked.steps]
    return replace(asked, steps=tuple(steps))


def placed_request(accounts: Accounts, request: Request, *, stranger: bool) -> Request:
    caller = accounts.of_arn(request.principal)
    owner = accounts.owner(request)
    found: dict[str, ContextValue] = {}
    all_of: list[str] = []
    principal = None if stranger else accounts.principal(request.principal)
    if principal is not None and caller is not None:
        found["aws:PrincipalArn"] = principal.arn
        # whoever assumes a role may give its session other tags
        if ":user/" in principal.arn and principal.tags is not None:
            found |= {f"aws:PrincipalTag/{key}": value for key, value in principal.tags.items()}
            all_of.append("aws:principaltag/")
    repository = owner.repositories.get(request.resource) if owner else None
    if repository is not None and repository.tags is not None:
        for key, value in repository.tags.items():
            found |= {f"aws:ResourceTag/{key}": value, f"ecr:ResourceTag/{key}": value}
        all_of += ("aws:resourcetag/", "ecr:resourcetag/")
    for prefix, account in (("Principal", caller), ("Resource", owner)):
        organization = account.organization if account else None
        if organization is not None:
            found[f"aws:{prefix}OrgID"] = organization.id
            found |= {f"aws:{prefix}OrgPaths": (organization.path,)} if organization.path else {}
    given = {key.lower() for key in request.context}
    found = {key: value for key, value in found.items() if key.lower() not in given}
    return replace(request, context={**request.context, **found}, all_of=tuple(all_of))


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question: `told` is that of the policies that are known, `answer` holds whatever the others say.

    `missing` are the actions that are denied whatever the others say. `standings` are the policies that each step was
    asked of; `unknown` those of them that are not known, where the answer hangs on what they say.
    """

    answer: YesNoIf
    told: Answer
    missing: tuple[str, ...]
    standings: tuple[Standing, ...]
    unknown: tuple[Held, ...] = ()

    @property
    def not_considered(self) -> tuple[Layer, ...]:
        """The layers that could change the answer, and of which the files do not tell what there is."""
        said: set[Layer] = set()
        for step, standing in zip(self.told.asked, self.standings, strict=True):
            said |= set(Answer(self.told.question, (step,)).not_considered) - standing.known
        return tuple(layer for layer in LAYERS if layer in said)


def answer_of(accounts: Accounts, asked: Question, given: Standing) -> Found:
    """The answer of all policies together to a question, each step asked of those that have a say in it.

    `given` are policies that no file of an account tells, such as a session's. Raises EcrgenError where no file has the
    caller, and for a policy that is given although a file tells it.
    """
    asked = placed(accounts, asked, stranger=bool(given.identity))
    standings = tuple(standing_of(accounts, step.request, given) for step in asked.steps)

    def said(effect: Extreme | None = None) -> Answer:
        each = zip(asked.steps, standings, strict=True)
        return Answer(asked, tuple(standing.ask(step.request, effect) for step, standing in each))

    told = said()
    unknown = tuple(dict.fromkeys(held for standing in standings for held in standing.unknown))
    if not unknown:
        return Found(told.answer, told, told.missing, standings)
    least, most = said("Deny"), said("Allow")
    if least.answer == most.answer:
        return Found(least.answer, told, most.missing, standings)
    return Found("if", told, most.missing, standings, unknown)
