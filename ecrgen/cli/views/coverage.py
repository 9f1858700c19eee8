"""Coverage: the actions of ECR with the personas that give them, and the personas beside AWS's own managed policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrgen.cli.call import option_name
from ecrgen.cli.escape import inline
from ecrgen.cli.views.difference import difference_values
from ecrgen.cli.views.formats import Item, Table
from ecrgen.messages import in_words
from ecrgen.policy.aws_policies import AwsPolicy
from ecrgen.proof.coverage import Against, ComparedPersona, Coverage, Covered, Giver

__all__ = ["markdown", "text", "values"]

NOBODY = "no persona"
# So many actions are named in a sentence, or one more; JSON names all.
FEW = 4


def text(shown: Coverage) -> Iterator[Item]:
    yield from summary(shown)
    yield Table(
        ("kind", "action", "access", "given by"),
        tuple(("action", each.action, each.access_level, givers(each)) for each in shown.actions),
        "actions",
    )
    yield Table(
        ("kind", "persona", "nearest policy of AWS's own", "which"),
        tuple(("persona", each.persona, nearest(each), "; ".join(beside(each))) for each in shown.personas),
        "personas",
    )
    yield Table(
        ("kind", "policy", "version", "edited"),
        tuple(("policy", each.name, each.version, str(each.edited)) for each in shown.policies),
        "policies of AWS's own",
    )


def summary(shown: Coverage) -> Iterator[str]:
    """How much is covered, and how old the data is."""
    given = sum(bool(each.personas) for each in shown.actions)
    yield f"personas give {given} of the {len(shown.actions)} actions of ECR and ECR Public"
    yield (
        f"the actions are those of AWS's service authorization reference of {shown.reference_date}, which does not say "
        "since when it has an action; two outputs of --json show what is new"
    )
    yield f"AWS's own managed policies are those of {shown.policies_date}, edited last on the days below"
    if shown.edited is not None:
        edited = in_words(map(str, shown.edited)) if shown.edited else "none of them"
        yield f"new or edited since {shown.since}: {edited}"
        yield (f"not known: which actions are new since {shown.since}, and what AWS edited after {shown.policies_date}")


def givers(action: Covered) -> str:
    return ", ".join(map(giver_words, action.personas)) or NOBODY


def giver_words(giver: Giver) -> str:
    """The persona, with the options that it takes and whether it gives the action at any time."""
    needs = [in_words([option_name(name) for name in giver.parameters])] if giver.parameters else []
    needs += ["conditions"] if giver.limited else []
    needs += ["the registry's policy"] if giver.registry else []
    return f"{giver.persona} (with {in_words(needs)})" if needs else giver.persona


def nearest(compared: ComparedPersona) -> str:
    return str(compared.against[0].policy) if compared.against else "none"


def beside(compared: ComparedPersona) -> Iterator[str]:
    """How the nearest policy differs from a persona, in short, and what of the persona is not known."""
    if compared.against:
        yield from in_short(compared.against[0])
    elif compared.registry:
        yield "is for the registry's policy, and they are for identities"
    elif not compared.problems:
        yield "shares no action of ECR with any of them"
    yield from (f"not known: {problem}" for problem in compared.problems)


def in_short(against: Against) -> Iterator[str]:
    if not against.differences:
        yield "gives the same"
    if against.more:
        yield f"also gives {some(against.more)}"
    if against.less:
        yield f"does not give {some(against.less)}"
    if against.wider:
        yield "gives the others in more places or under fewer conditions"
    if against.narrower:
        yield "gives the others in fewer places or under more conditions"


def some(actions: tuple[str, ...]) -> str:
    """A few actions by name; of many, the first and how many more there are."""
    few = actions if len(actions) <= FEW + 1 else (*actions[:FEW], f"{len(actions) - FEW} more")
    return in_words(few)


def markdown(shown: Coverage) -> Iterator[str]:
    for each in summary(shown):
        yield f"- {inline(each)}"
    yield "\n| Action | Access | Personas | AWS's own policies |"
    yield "|---|---|---|---|"
    for action in shown.actions:
        cells = (action.action, action.access_level, givers(action), ", ".join(action.policies))
        yield f"| {' | '.join(map(inline, cells))} |"
    yield "\n| Persona | Nearest policy of AWS's own | Which |"
    yield "|---|---|---|"
    for persona in shown.personas:
        differs = "<br>".join(map(inline, beside(persona)))
        yield f"| {inline(persona.persona)} | {inline(nearest(persona))} | {differs} |"
    yield "\n| Policy of AWS's own | Version | Edited |"
    yield "|---|---|---|"
    for policy in shown.policies:
        yield f"| {inline(policy.name)} | {inline(policy.version)} | {policy.edited} |"


def values(shown: Coverage) -> dict[str, Any]:
    return {
        "reference_date": shown.reference_date.isoformat(),
        "policies_date": shown.policies_date.isoformat(),
        "actions": [
            {
                "action": each.action,
                "access_level": each.access_level,
                "personas": [
                    {
                        "persona": one.persona,
                        "parameters": list(one.parameters),
                        "limited": one.limited,
                        "registry": one.registry,
                    }
                    for one in each.personas
                ],
                "policies": list(each.policies),
            }
            for each in shown.actions
        ],
        "personas": [
            {
                "persona": each.persona,
                "arguments": dict(each.arguments),
                "against": [
                    {
                        "policy": one.policy.name,
                        "more": list(one.more),
                        "less": list(one.less),
                        "wider": one.wider,
                        "narrower": one.narrower,
                        "differences": [difference_values(each) for each in one.differences],
                    }
                    for one in each.against
                ],
                "problems": list(each.problems),
                "registry": each.registry,
            }
            for each in shown.personas
        ],
        "policies": [policy_values(each) for each in shown.policies],
        "since": None if shown.since is None else shown.since.isoformat(),
        "edited": None if shown.edited is None else [each.name for each in shown.edited],
    }


def policy_values(policy: AwsPolicy) -> dict[str, Any]:
    return {"name": policy.name, "version": policy.version, "edited": policy.edited.isoformat()}
