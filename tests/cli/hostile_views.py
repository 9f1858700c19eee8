"""A value of every view, with one text in every place that a name, a Sid, a key, a value or a file's name can stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from accounts import ACCOUNT, PREFIX, grant, state, wanted

from ecrgen.account.account import Account
from ecrgen.account.authorization import Evaluated
from ecrgen.account.desired import DesiredPolicy
from ecrgen.account.namespace import Namespace
from ecrgen.account.provenance import VERSIONS
from ecrgen.account.shared_document import SharedDocument
from ecrgen.account.state import Attachment, Grantee, ManagedPolicy, Version
from ecrgen.audit.by_authorization import Said
from ecrgen.audit.denial import Denial
from ecrgen.audit.explain import Explanation
from ecrgen.audit.imported import Candidate, Found, Imported, Left, Near
from ecrgen.audit.remedy import Remedy
from ecrgen.audit.report import Report
from ecrgen.audit.rows import Cell, Row
from ecrgen.audit.who import Able, Through, Who
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.model import BoundGuard, BoundPersona, Expectation, Grant, Ignore, Operation, Rendered, Target
from ecrgen.catalog.places import Repository
from ecrgen.catalog.sids import sid_of
from ecrgen.cli.planned import Planned, PlannedTogether
from ecrgen.cli.views.answer import Answered
from ecrgen.cli.views.files import Compared, Written
from ecrgen.cli.views.history import History
from ecrgen.cli.views.imported import Adopted
from ecrgen.cli.views.named import Named
from ecrgen.cli.views.proofs import Checked
from ecrgen.cli.views.result import Applied, AppliedTogether
from ecrgen.cli.views.stackset import AppliedSet, PlannedSet
from ecrgen.export.stackset.access import Change, Gain
from ecrgen.export.stackset.fetch import Place
from ecrgen.export.stackset.plan import Policies, SetPlan
from ecrgen.export.stackset.values import (
    AccountResult,
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DeleteSet,
    Instance,
    StackSet,
    Targets,
    UpdateSet,
)
from ecrgen.export.stackset.values import Operation as SetOperation
from ecrgen.export.stackset.values import Outcome as SetOutcome
from ecrgen.export.stackset.values import Result as SetResult
from ecrgen.policy.access import Difference, Names
from ecrgen.policy.aws_policies import AwsPolicy
from ecrgen.policy.check.finding import Finding, Rule
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.open_question import OpenKey
from ecrgen.policy.request import Request
from ecrgen.proof.acceptance import Accepted
from ecrgen.proof.coverage import Against, ComparedPersona, Coverage, Covered, Giver
from ecrgen.proof.expectations import Outcome
from ecrgen.proof.operations import Question, Step, answer
from ecrgen.proof.proofs import Proof
from ecrgen.proof.samples import Given, Sample, Suited
from ecrgen.proof.whole import Told
from ecrgen.provision import apply, changes
from ecrgen.provision.across import Order
from ecrgen.provision.history import pasts
from ecrgen.provision.kept import Kept
from ecrgen.provision.set_statements import SetStatements

REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/web"
CATALOG = replace(Catalog.load(), files=())


def document(text: str) -> PolicyDocument:
    def statement(action: str, **more: Any) -> dict[str, Any]:
        return {"Sid": text, "Effect": "Allow", "Action": action, "Resource": REPOSITORY, **more}

    condition = {"StringEquals": {"aws:PrincipalOrgID": text}}
    statements = [statement("ecr:ListImages"), statement("ecr:PutImage", Condition=condition)]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Id": text, "Statement": statements})


def operation(text: str) -> Operation:
    return Operation(text, (text,), text, (text,), text, text, text)


def answered(text: str) -> Answered:
    requests = [Request(action, REPOSITORY) for action in ("ecr:ListImages", "ecr:PutImage", "ecr:BatchDeleteImage")]
    question = Question(text, text, tuple(Step(request, operation(text)) for request in requests))
    found = Answered.of(answer(question, identity=[document(text)] * 2), {"identity": [text, text], "resource": []})
    return replace(found, verdict="if", unknown=(f"{text}: {text}",))


def who(text: str) -> Who:
    able = Able(
        text, "if", (OpenKey(text, ((text, "yes"), (None, "no"))),), (Through(text, text, 0, text),), (text,), False
    )
    return Who(text, text, (able,), (replace(able, answer="yes"),), ("rcp",))


def covered(text: str) -> Coverage:
    day = date(2026, 1, 1)
    policy = AwsPolicy(text, "/", text, day, document(text))
    givers = (Giver(text, (text,), True), Giver(text))
    actions = (Covered(text, text, givers, (text,)), Covered(text, text, (), ()))
    against = (Against(policy, differences(text), (text,), (text,), True, True), Against(policy, ()))
    personas = (ComparedPersona(text, {text: [text]}, against, (text,)), ComparedPersona(text, {}))
    return Coverage(day, day, actions, personas, (policy,), day)


def report(text: str) -> Report:
    (able,) = who(text).principals
    account = Account(text, "aws", text, text, unread=(text,))
    cells = {text: Cell(able, False), "push": Cell(replace(able, answer="yes"), True)}
    arns = tuple(f"arn:aws:ecr:eu-west-1:111122223333:repository/{text}{number}" for number in range(5))
    row = Row((text,) * 5, arns, cells)
    return Report((account,), (text, "push"), (row,), (replace(row, callers=(text,)),), (text,), ("rcp",))


def adopted(text: str) -> Adopted:
    made = catalog(text)
    (granted,) = made.grants.values()
    bound = replace(granted.bound, guards=(BoundGuard(granted.guards[0].guard, text),))
    target = Target("aws", ACCOUNT, ("us-east-1",))
    grants = tuple(
        Found("a", bound, Target("aws", account, (region,)), managed, (text,), (text,), (text,), True, (text,), (text,))
        for account, region, managed in ((ACCOUNT, "us-east-1", True), (text, text, False))
    )
    near = Near(Candidate(bound, target, document(text)), differences(text))
    left = (Left((text,), text, near), Left((text,), text, statement=True))
    return Adopted(Imported(target, (text,), grants, left, 1), text, (text,))


def catalog(text: str) -> Catalog:
    persona, guard = CATALOG.personas["pull"], CATALOG.guards["source-ip"]
    (parameter,) = persona.parameters.values()
    assert guard.parameter is not None
    hostile = replace(
        persona,
        name=text,
        summary=text,
        source=text,
        managed_policy=text,
        template=replace(persona.template, name=text),
        parameters={text: replace(parameter, name=text, type=text, help=text)},
        expect=(Expectation({text: text}, (text,), text, {text: text}, (text,), (text,), (text,)),),
        policy="registry",
        to=(text,),  # type: ignore[arg-type]
    )
    caution = replace(
        guard, name=text, summary=text, source=text, caution=text, parameter=replace(guard.parameter, help=text)
    )
    bound = BoundPersona(hostile, {text: (text,)}, (BoundGuard(caution, text),))
    granted = Grant(text, bound, (text,), managed=True, account=text, regions=(text,))
    things = {"guards": {text: caution}, "operations": {text: operation(text)}, "grants": {text: granted}}
    return replace(CATALOG, personas={text: hostile}, **things)


def named(text: str) -> Named:
    made = catalog(text)
    guard = made.guards[text]
    suited = (Suited(guard, True, (), text), Suited(guard, False, (text,), text))
    given = Given(text, (text,), (text,), (text,))
    sample = Sample(made.personas[text], {text: [text]}, document(text), given, suited, to=(text,))
    kinds = {"grant": made.grants, "guard": made.guards, "operation": made.operations}
    return Named({"persona": sample, **{kind: things[text] for kind, things in kinds.items()}})


def checked(text: str) -> Checked:
    findings = tuple(
        Finding(text, severity, text, text, text, text, origin)
        for severity, origin in (("ERROR", "access-analyzer"), ("WARNING", "offline"))
    )
    decision = evaluate(Request("ecr:ListImages", REPOSITORY), identity=[document(text)])
    outcome = Outcome(("personas", text, "expect", 0, "deny", 0), text, "deny", False, decision)
    accepted = tuple(Accepted(finding, text) for finding in findings)
    proof = Proof(text, "policy", frozenset((text,)), text, findings, (outcome,), open=(text,), accepted=accepted)
    return Checked((proof,), CATALOG, False, (Ignore(text, text, text, text),))


def managed(text: str) -> ManagedPolicy:
    return ManagedPolicy(PREFIX + "ecrgen.pay.web", (version(text, "v1"), version(text, "v2")), "v2")


def version(text: str, name: str) -> Version:
    return Version(name, text, document(text if name == "v2" else "other").to_json(None))


def history(text: str) -> History:
    odd = replace(version(text, "v2"), id=text)
    policy = ManagedPolicy(PREFIX + text, (version(text, "v1"), odd), text, tags={text: text, VERSIONS: text})
    return History(tuple(pasts((policy,), None, {})), Target("aws", text, (text,)))


def plan(text: str) -> changes.Plan:
    new, grantee = DesiredPolicy(PREFIX + text, text, "push", document(text)), Grantee("role", text)
    own, ours = Attachment(PREFIX + text, grantee), Attachment(PREFIX + "ecrgen.pay.web", grantee)
    made = (
        changes.Create(new),
        changes.Update(new, managed(text), text),
        changes.Attach(own, text, document(text)),
        changes.Attach(own, text, None),
        changes.Attach(ours, "web", document(text)),
        changes.SetDefault(managed(text), version(text, "v1")),
        changes.Detach(ours, document(text)),
        changes.Delete(managed(text)),
        shared(text),
    )
    return changes.Plan(Namespace(text, text, text), tuple(map(changes.Step, made)), text, (text,), {new.name: text})


def shared(text: str) -> SetStatements:
    """Others' statements, and one of ours that says something else from now on."""
    here = {"Effect": "Allow", "Principal": {"AWS": text}, "Action": "ecr:ListImages"}
    ours = {**here, "Sid": sid_of(text, "web", 1)}
    document = SharedDocument(text, {"Id": text, "Statement": [{**here, "Sid": text}, ours]})
    statements = ({**ours, "Action": ["ecr:ListImages", "ecr:PutImage"]},)
    return SetStatements(Repository(f"{REPOSITORY}{text}"), document, statements)


def planned(text: str) -> Planned:
    desired = wanted(grant("web", document(text), "role/ci"))
    actual = state([managed(text)], {"role/ci": ["ecrgen.pay.web"]})
    stays = (Kept(f"arn:aws:iam::aws:policy/{text}", (Grantee("role", text),)),)
    said = ((text,), (text,), (text,))
    made = Planned(plan(text), desired, actual, False, *said, stays, (text,), (text,), (text,), {text: operation(text)})
    return replace(made, remarks=(text,))


def planned_together(text: str) -> PlannedTogether:
    """Two accounts of hostile names, of which one has to be done before the other."""
    one = planned(text)
    here = one.plan.namespace
    there = replace(one, plan=replace(one.plan, namespace=replace(here, account="444455556666")))
    order = Order((here.account, "444455556666"), {"444455556666": frozenset({here.account})}, (text,))
    return PlannedTogether({text: one, f"{text} too": there}, order)


def applied_together(text: str) -> AppliedTogether:
    made = planned_together(text)
    return AppliedTogether(made, dict.fromkeys(made.order.accounts, applied(text).result))


def applied(text: str) -> Applied:
    steps = plan(text).changes
    outcomes = tuple(apply.Outcome(change, status, text) for change in steps for status in ("failed", "skipped"))
    return Applied(text, apply.Result(outcomes))


def set_planned(text: str) -> PlannedSet:
    targets = Targets((text,), (text,))
    steps = (
        CreateSet(),
        UpdateSet((text,)),
        CreateInstances(targets, (text,)),
        DeleteInstances(targets, (text,)),
        DeleteSet(),
    )
    said = (text,)
    gains = tuple(Gain(text, gains, text) for gains in (True, False))
    made = SetPlan(text, steps, text, text, text, {text: text}, True, Policies(said, said, said), said, said, said)
    return PlannedSet(made, Place(text, text), said, (Change(text, gains), Change(text, unknown=text)), said, said)


def set_applied(text: str) -> AppliedSet:
    made = set_planned(text).plan
    results = tuple(AccountResult(text, text, status, text) for status in ("FAILED", "CANCELLED", "SUCCEEDED"))
    statuses: tuple[Any, ...] = ("failed", "waiting", "skipped", "done", "done")
    ends = zip(made.steps, statuses, strict=True)
    return AppliedSet(made, SetResult(tuple(SetOutcome(step, status, text, text, results) for step, status in ends)))


def stack_set(text: str) -> StackSet:
    instances = (Instance(text, text, text, text, text, text, text),)
    units = frozenset((text,))
    return StackSet(
        text, text, {text: text}, True, True, units, instances, SetOperation(text, text, "RUNNING", text), text
    )


def rendered(text: str) -> Rendered:
    return Rendered(replace(grant_of_catalog(), name=text), document(text))


def half(text: str) -> ResourceHalf:
    return ResourceHalf(Repository(text), document(text).statements)


def grant_of_catalog() -> Grant:
    return Grant("web", CATALOG.bind("pull", {"repo": ["web"]}))


def differences(text: str) -> tuple[Difference, ...]:
    names = (Names(text, (text,)),)
    return tuple(
        Difference(direction, "Allow", names, names, names, arn_prefix=text) for direction in ("gained", "lost")
    )


def compared(text: str) -> tuple[Told, ...]:
    return tuple(Told((each,), (text,), each.actions) for each in differences(text))


# By the view's name.
def explanation(text: str) -> Explanation:
    grant = {"persona": text, "with": {"repo": [text]}, "to": [text]}
    denial = Denial(text, text, text, "identity", "implicit", text, text, text)
    found = Remedy(text, {"repo": text}, text, grant)
    policy = Evaluated("scp", "SERVICE_CONTROL_POLICY", text, False, (text,), {"Statement": [{"Sid": text}]})
    policies = (Said(policy, (text,), (text,)), Said(replace(policy, layer=None, type=text, inline=True)))
    return Explanation(denial, True, text, found, "identity", (text,), policies)


SAMPLES: Mapping[str, Callable[[str], Any]] = {
    "answer": answered,
    "catalog": catalog,
    "checked": checked,
    "coverage": covered,
    "differences": compared,
    "explanation": explanation,
    "export": lambda text: {text: [text]},
    "half": half,
    "history": history,
    "imported": adopted,
    "named": named,
    "plan": planned,
    "plans": planned_together,
    "policy": document,
    "rendered": rendered,
    "result": applied,
    "results": applied_together,
    "report": report,
    "rule": lambda text: Rule("ECR_" + "X", "ERROR", text, text, "https://example.com/"),
    "rules": lambda text: (Rule("ECR_" + "X", "ERROR", text, text, "https://example.com/"),),
    "schema": lambda text: {text: [text]},
    "set-plan": set_planned,
    "set-result": set_applied,
    "set-status": stack_set,
    "who": who,
    "compared": lambda text: Compared(text, (text,), (text,)),
    "written": lambda text: Written(text, 2, (text,)),
}
