"""examples/: each is a catalog that check has nothing to say about, and what it grants is what its first lines say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import ecrgen

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.parent.name for path in FOLDER.glob("*/catalog.yaml"))
# Of each example a grant, and what can be done with it or not.
ASKED = {
    "team": [
        ("payments-ci push payments/api --context aws:SecureTransport=true", "yes"),
        ("payments-ci push payments/api --context aws:SecureTransport=false", "no"),
        ("payments-developers pull payments/web", "yes"),
        ("payments-developers push payments/web", "no"),
        ("payments-audit scan-findings payments/api", "if"),
    ],
    "company": [
        ("payments-release push payments/api", "no"),
        ("payments-release ecr:PutImage payments/api", "yes"),
        ("web-ci create-and-push web/shop --context aws:TagKeys=team", "yes"),
        ("web-ci create-and-push web/shop --context aws:TagKeys=owner", "no"),
        ("base-images pull base/python", "yes"),
        ("platform-admins repository-policy web/shop", "no"),
        ("platform-admins create-repository web/shop --context aws:MultiFactorAuthPresent=true", "yes"),
    ],
    "eks": [
        ("nodes node-pull web/shop", "yes"),
        ("nodes node-pull 602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1", "yes"),
        ("nodes first-pull docker-hub/library/nginx", "no"),
        ("nodes-docker-hub first-pull docker-hub/library/nginx", "yes"),
        ("nightly-cleanup clean-up web/shop", "yes"),
        ("nightly-cleanup delete-repository web/shop", "no"),
    ],
}


@pytest.fixture(autouse=True)
def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / request.node.callspec.params["name"] if hasattr(request.node, "callspec") else FOLDER)


def test_every_example_is_listed_and_asked() -> None:
    """The page names each example, and each is asked something."""
    page = Path("README.md").read_text()
    assert [name for name in EXAMPLES if f"[{name}]({name}/catalog.yaml)" not in page] == []
    assert sorted(ASKED) == EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_clean(name: str) -> None:
    """Nothing is found in it, not even a suggestion; every grant renders, for nobody's account but its own."""
    done = ecrgen("check", "--fail-on", "suggestion")
    assert (done.code, done.out) == (0, ""), done
    rendered = ecrgen("render", "--all")
    assert rendered.code == 0
    policies = [json.loads(line) for line in rendered.out.splitlines()]
    assert {question.split()[0] for question, _ in ASKED[name]} <= {policy["name"] for policy in policies}
    assert "123456789012" not in rendered.out


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_says(name: str) -> None:
    """Each grant allows what it is for, and not the next thing."""
    answers = {question: ecrgen("can", *question.split()).out.partition(":")[0] for question, _ in ASKED[name]}
    assert answers == dict(ASKED[name])
