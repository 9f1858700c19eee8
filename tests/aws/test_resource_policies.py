"""Policies of repositories and registries, read from an account: what is there, and what nobody may read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest
from accounts import ACCOUNT, state_of, wanted
from server import Changed, Reply, Server
from world import add_repositories, repository

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch_resources import list_repositories, read_policies, read_resources
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Registry
from ecrgen.catalog.sids import sid_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import Statement
from ecrgen.provision.plan import plan

Connect = Callable[..., Connection]
STATEMENT = {"Sid": "x", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}


def policy(**more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**STATEMENT, **more}]})


def test_a_call_for_each_document(server: Server, connected: Connect) -> None:
    """Each document costs one call in its own region, and one that is missing is told from one without a policy."""
    add_repositories(server.registry(), "a/b", "none")
    add_repositories(server.registry("eu-west-1"), "a/b")
    server.registry().set_repository_policy(None, "a/b", policy(Sid="us"))
    server.registry("eu-west-1").set_repository_policy(None, "a/b", policy(Sid="eu"))
    server.registry().put_registry_policy(policy(Resource="*"))
    connection = connected(4)
    server.calls.clear()
    there = [repository("a/b"), repository("a/b", "eu-west-1"), repository("none")]
    registries = [Registry(ACCOUNT, "us-east-1"), Registry(ACCOUNT, "eu-west-1")]
    found = read_policies(connection, "pay", [*there, repository("zap"), *registries, there[0]])
    sids = {place: [each["Sid"] for each in document.others] for place, document in found.documents.items()}
    assert sids == {there[0]: ["us"], there[1]: ["eu"], there[2]: [], registries[0]: ["x"], registries[1]: []}
    assert found.documents[there[2]].text is None
    assert found.missing == (repository("zap"),)
    assert found.unread == {}
    assert Counter(server.operations()) == {"GetRepositoryPolicy": 4, "GetRegistryPolicy": 2}


def test_all_pages_of_the_repositories(server: Server, connected: Connect) -> None:
    """Every repository of each region is listed, page by page; without a region nothing is asked."""
    add_repositories(server.registry(), *(f"r{n}" for n in range(7)))
    add_repositories(server.registry("eu-west-1"), "r0")
    connection = connected()
    server.calls.clear()
    listed = list_repositories(connection, ["us-east-1", "eu-west-1"])
    assert listed.repositories == (repository("r0", "eu-west-1"), *(repository(f"r{n}") for n in range(7)))
    assert server.operations() == ["DescribeRepositories"] * 4
    assert list_repositories(connection, []).repositories == ()


def test_what_is_denied_is_said(server: Server, connected: Connect) -> None:
    """A policy that the caller may not read is left out, with the action that is lacking; so is a region."""
    add_repositories(server.registry(), "web", "api")
    connection = connected()
    server.before = lambda call: (
        Reply(400, "AccessDeniedException", "no") if call.parameters.get("repositoryName") != "web" else None
    )
    places = [repository("web"), repository("api"), Registry(ACCOUNT, "us-east-1")]
    found = read_policies(connection, "pay", places)
    assert list(found.documents) == [repository("web")]
    assert list(found.unread) == places[1:]
    assert "lacks ecr:GetRepositoryPolicy" in found.unread[repository("api")]
    assert "lacks ecr:GetRegistryPolicy" in found.unread[places[2]]
    assert "lacks ecr:DescribeRepositories" in list_repositories(connection, ["us-east-1"]).unread["us-east-1"]


def test_what_cannot_be_given_back_is_left_alone(server: Server, connected: Connect) -> None:
    """A document that ecrgen could not write as it was is not read at all, and the reason is said."""
    add_repositories(server.registry(), "web")
    server.registry().repositories["web"].policy = '{"Statement": [], "Statement": []}'
    found = read_policies(connected(), "pay", [repository("web")])
    assert found.documents == {}
    assert found.unread[repository("web")].startswith(f"{repository('web')}: duplicate key")


def test_any_other_fault_stops(server: Server, connected: Connect) -> None:
    """What fails for another reason than a denial is no answer, and nothing is taken to be absent."""
    connection = connected()
    server.before = lambda call: Reply(400, "InvalidParameterException", "no")
    with pytest.raises(AwsError, match="InvalidParameterException"):
        read_policies(connection, "pay", [repository("web")])


def test_pages_that_go_round(server: Server, connected: Connect) -> None:
    """A list of repositories that never ends is an error."""
    add_repositories(server.registry(), "web")
    again = Changed(lambda body: json.dumps({**json.loads(body), "nextToken": "0"}).encode())
    connection = connected()
    server.after = lambda call: again
    with pytest.raises(EcrgenError, match="a nextToken comes a second time"):
        list_repositories(connection, ["us-east-1"])


@pytest.mark.parametrize(
    "answer",
    [
        {"repositories": [{"repositoryArn": "web"}]},
        {"repositories": [{"repositoryArn": f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/web"}]},
        {"repositories": [{"repositoryArn": "arn:aws:ecr:us-east-1:999999999999:repository/web"}]},
        {"repositories": [{"repositoryArn": 1}]},
        {"repositories": [{}]},
        {"repositories": [None]},
    ],
    ids=str,
)
def test_an_answer_that_is_none_of_aws(server: Server, connected: Connect, answer: object) -> None:
    """A repository that cannot be one of this account and region is an error with its place, and nothing is done."""
    connection = connected()
    server.after = lambda call: Changed(lambda body: json.dumps(answer).encode())
    with pytest.raises(EcrgenError, match="AWS did not answer properly"):
        list_repositories(connection, ["us-east-1"])


def test_an_answer_without_a_policy(server: Server, connected: Connect) -> None:
    """An answer that lacks the policy is no answer: a document is never taken to be empty."""
    connection = connected()
    add_repositories(server.registry(), "web")
    server.registry().set_repository_policy(None, "web", policy())
    server.after = lambda call: Changed(lambda body: b"{}")
    with pytest.raises(EcrgenError, match="lacks policyText"):
        read_policies(connection, "pay", [repository("web")])


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_thousand_repositories(server: Server, connected: Connect, concurrency: int) -> None:
    """A grant on 1,000 repositories costs as many calls to plan, and one for the registry."""
    names = [f"team/r{number}" for number in range(1000)]
    add_repositories(server.registry(), *names)
    statement = Statement.from_dict({**STATEMENT, "Sid": sid_of("pay", "ci", 1)})
    halves = [ResourceHalf(repository(name), (statement,)) for name in names]
    connection = connected(concurrency)
    server.calls.clear()
    resources = read_resources(connection, "pay", halves, ["us-east-1"], everywhere=False)
    assert len(server.calls) == 1001
    made = plan(wanted(), state_of(wanted()), resources)
    assert len(made.steps) == 1000
