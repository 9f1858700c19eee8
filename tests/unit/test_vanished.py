"""Statements of ours that are missing: what is said of them, and that nothing is said that nobody can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from accounts import allowing, grant, state_of, wanted
from test_both_halves import API, REGISTRY, WEB, Said, repository, saying

from ecrgen.account.resource_policies import ResourcePolicies, Resources, SharedPlace
from ecrgen.account.shared_document import SharedDocument
from ecrgen.policy.document import Statement
from ecrgen.provision.documents import remarks
from ecrgen.provision.plan import plan
from ecrgen.provision.writers import looks_like

Document = Mapping[str, Any] | None

OTHERS = "the policy of {} has statements of others, too"
AGAIN = (
    "whoever owns it whole, as Terraform and CloudFormation do, takes ecrgen's out again: let them ignore changes of it"
)
BOTH = (
    "somebody took them out, or an apply stopped half-way, for its identity policy and its others are as they should be"
)
RESOURCE = "it is new in the grant, or somebody took them out, for the grant's other policies have them"
GRANTEE = "a grantee is new, or somebody took them out, for the grant's identity policy is as it should be"
NOTHING = "nothing there tells who, but CloudTrail may"
ASKED: Said = {WEB: (saying("ci"),), API: (saying("ci"),)}


def theirs(sid: str | None = "mine", version: str = "2012-10-17", **elements: Any) -> Document:
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": ["ecr:ListImages"], **elements}
    return {"Version": version, "Statement": [{**({} if sid is None else {"Sid": sid}), **statement}]}


def ours(*statements: Statement, beside: Document = None) -> Document:
    there = [each.to_dict() for each in statements]
    return {"Version": "2012-10-17", "Statement": [*(beside or {"Statement": []})["Statement"], *there]}


def said(there: Mapping[SharedPlace, Document], asked: Said = ASKED, *, in_force: bool = False) -> list[str]:
    """The remarks of a plan where these documents are there; `in_force`: the grant's identity policy is, too."""
    documents = {place: SharedDocument("pay", document) for place, document in there.items()}
    resources = Resources("pay", asked, ResourcePolicies(documents), everywhere=True)
    desired = wanted(grant("ci", allowing("web"), "role/ci"))
    made = plan(desired, state_of(desired if in_force else wanted(), "role/ci"), resources)
    return list(remarks(made, resources))


def missing(told: str, by: str, place: object = WEB) -> str:
    return f"grant ci: statements are missing in the policy of {place}: {told}; {by}"


def test_what_is_as_it_should_be_elsewhere_tells() -> None:
    """Where the grant's other policies and its identity policy are as they should be, one without was changed."""
    there = {WEB: theirs("PrivateReadOnly"), API: ours(saying("ci"))}
    look = (
        "what others have there looks like those of Terraform's module terraform-aws-modules/ecr (Sid PrivateReadOnly)"
    )
    assert said(there, in_force=True) == [missing(BOTH, f"{look}; {AGAIN}")]
    assert said({**there, WEB: theirs()}, in_force=True) == [missing(BOTH, f"{NOTHING}; {AGAIN}")]


def test_what_may_be_otherwise_is_said_so() -> None:
    """One of the two alone leaves it open whether it is new, and is said where somebody else may own the policy."""
    there = {WEB: theirs(), API: ours(saying("ci"))}
    assert said(there) == [missing(RESOURCE, f"{NOTHING}; {AGAIN}")]
    assert said({WEB: theirs()}, {WEB: (saying("ci"),)}, in_force=True) == [missing(GRANTEE, f"{NOTHING}; {AGAIN}")]
    other = saying("ci", 1, "ecr:PutImage")
    assert said({**there, API: ours(other)}, in_force=True)[0] == missing(GRANTEE, f"{NOTHING}; {AGAIN}")


@pytest.mark.parametrize(
    "there",
    [
        {WEB: None, API: None},
        {WEB: None, API: ours(saying("ci"))},
        {WEB: ours(saying("old")), API: ours(saying("ci"))},
        {API: ours(saying("ci"))},
        {WEB: ours(saying("ci")), API: ours(saying("ci"))},
        {WEB: ours(saying("ci", 1, "ecr:PutImage")), API: ours(saying("ci"))},
    ],
    ids=["nothing", "new repository", "of another grant", "unread", "as asked", "changed by hand"],
)
def test_what_is_as_usual_is_not_said(there: Mapping[SharedPlace, Document]) -> None:
    """A grant's first run, another repository, one that nobody may read and a change by hand are none that vanished."""
    assert said(there) == []


def test_a_new_grantee_of_a_policy_that_nobody_wrote() -> None:
    """An identity policy in force tells nothing of a repository without a policy: a grantee is new, as is usual."""
    assert said({WEB: None}, {WEB: (saying("ci"),)}, in_force=True) == []


def test_a_first_run_beside_others() -> None:
    """Where nothing tells that we were there, it is said only who may take out what is about to be written."""
    there = {WEB: theirs("new policy"), API: theirs()}
    assert said(there) == [
        f"{OTHERS.format(API)}; {AGAIN}",
        f"{OTHERS.format(WEB)}, like the example of Terraform's aws_ecr_repository_policy (Sid new policy); {AGAIN}",
    ]


def test_a_policy_that_was_deleted() -> None:
    """Where there is no policy at all, a repository may be another one of the same name; a registry is not."""
    gone = "there is no policy now: it was deleted"
    there = {WEB: None, API: ours(saying("ci"))}
    assert said(there, in_force=True) == [missing(BOTH, f"{gone}, or the repository was made anew")]
    asked: Said = {REGISTRY: (saying("ci", at=REGISTRY),), API: (saying("ci"),)}
    assert said({**there, REGISTRY: None}, asked, in_force=True) == [missing(BOTH, gone, REGISTRY)]


def test_numbers_tell() -> None:
    """ecrgen numbers the statements of a grant from 1, so a later one alone was not always alone."""
    asked: Said = {WEB: (saying("ci"), saying("ci", 2), saying("ci", 3))}
    first = "somebody took them out, for number 1 is missing and a later one is there"
    assert said({WEB: ours(saying("ci", 2), saying("ci", 3))}, asked) == [missing(first, NOTHING)]
    assert said({WEB: ours(saying("ci"), saying("ci", 3), beside=theirs())}, asked) == [
        missing(first.replace("1", "2"), f"{NOTHING}; {AGAIN}")
    ]
    assert said({WEB: ours(saying("ci"), saying("ci", 2))}, asked) == []


def test_many_are_one_line() -> None:
    """What is told of several policies alike is one line, which names the first and counts the others."""
    many = [repository(f"r{number}") for number in range(6)]
    asked: Said = {place: (saying("ci"),) for place in (*many, API)}
    there = {**dict.fromkeys(many, theirs()), API: ours(saying("ci"))}
    places = f"{many[0]}, {many[1]}, {many[2]} and 3 more"
    assert said(there, asked) == [missing(RESOURCE, f"{NOTHING}; {AGAIN}", places)]


PULLS = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.mark.parametrize(
    ("document", "look"),
    [
        (theirs("PrivateLambdaReadOnly"), "Terraform's module terraform-aws-modules/ecr"),
        (theirs("PublicReadOnly"), "Terraform's module terraform-aws-modules/ecr"),
        (theirs("new policy", "2008-10-17"), "the example of Terraform's aws_ecr_repository_policy"),
        (theirs(None, Action=PULLS), "AWS CDK's grantPull"),
        (theirs(None, Action=PULLS[1:]), ""),
        (theirs("Pull", Action=PULLS), ""),
        (theirs("new statement", "2008-10-17"), "ECR's console, or a copy of them"),
        (theirs("new statement"), ""),
        (theirs("LambdaECRImageRetrievalPolicy", "2008-10-17"), "what Lambda adds by itself, which takes nothing out"),
        ({"Statement": [3, {"Sid": {}, "Action": [{}]}, {"Sid": "new statement"}]}, ""),
        (None, ""),
    ],
)
def test_what_others_statements_look_like(document: Document, look: str) -> None:
    """What a known module, example or tool writes is told; anything else tells nothing."""
    found = looks_like(SharedDocument("pay", document))
    assert look in found
    assert bool(look) == bool(found)


def test_what_tells_most_is_told() -> None:
    """Lambda adds to what others own, so it is named where nothing else tells."""
    both = [*theirs("LambdaECRImageRetrievalPolicy")["Statement"], *theirs("PrivateReadOnly")["Statement"]]  # type: ignore[index]
    assert "terraform-aws-modules/ecr" in looks_like(SharedDocument("pay", {"Statement": both}))


def test_somebody_deleted_in_others_statements() -> None:
    """Who was deleted and is named by others keeps AWS from taking a change, which the plan says before apply does."""
    document = theirs("x", Principal={"AWS": "AIDAEXAMPLEEXAMPLE123"})
    (deleted, _) = said({WEB: document}, {WEB: (saying("ci"),)})
    assert deleted.startswith(
        f"the policy of {WEB} names AIDAEXAMPLEEXAMPLE123 in statements of others, a role or user"
    )
