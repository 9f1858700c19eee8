"""The JSON Schema of a catalog says what load says: it takes the same files and refuses the same."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import yaml

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog.argument_types import TYPES
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.schema import CATALOG, json_schema, near
from ecrgen.cli.init import text_for


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors read: `on` is a text, and a date is one."""


Core.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag.endswith((":int", ":float", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
EXAMPLE = """\
version: 1
extends: builtin
namespace: payments
id: company/payments
account: "111122223333"
accounts:
  registry: {id: "111122223333", profile: registry admin}
  consumer: {id: "444455556666", role: "arn:aws:iam::444455556666:role/access"}
region: eu-west-1
new_regions: [eu-west-9]
personas:
  release-repo:
    summary: Push, pull and list images in named repositories
    source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
    template: release-repo.json.j2
    parameters:
      repo: {type: repository, many: true, help: Repository to push to and pull from}
      size: {type: integer, default: 7, required: false}
    expect:
      - with: {repo: [my-repo]}
        allow: [login, push my-repo, pull my-repo, ecr:ListImages my-repo]
        deny: [push other, pull my-repo2, ecr:DeleteRepository my-repo]
        context: {"aws:MultiFactorAuthPresent": "true"}
        as: arn:aws:iam::123456789012:user/alice
guards:
  only-via:
    summary: Via
    template: release-repo.json.j2
    parameter: {type: service-principal, many: true}
    breaks: "ecr:*"
    for: identities
operations:
  fetch: {needs: [login], actions: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer], on: repository}
grants:
  payments-ci:
    persona: single-repo
    with: {repo: [payments/api, payments/worker]}
    guards: [tls, expires=2027-01-31T00:00:00Z]
    to: [role/payments-ci, account/444455556666]
    account: "222233334444"
    region: [eu-west-1, eu-central-1]
    through: registry
ignore:
  - {code: REDUNDANT_STATEMENT, where: [payments-ci, release-repo], because: It is AWS's own example}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "release-repo.json.j2").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loads(data: object) -> bool:
    Path("c.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    try:
        Catalog.load("c.yaml")
    except EcrgenError:
        return False
    return True


def test_the_schema_is_a_json_schema() -> None:
    """It is valid by the meta-schema of its own draft."""
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert UUID(json_schema()["$id"].removeprefix("urn:uuid:")).version == 4


def test_an_editor_finds_the_schema_of_a_first_catalog(here: Path) -> None:
    """The file that init's comment for editors names is the one that its next line says how to make."""
    text = text_for(Path("payments/catalog.yaml"))
    named = re.search(r"\A# yaml-language-server: \$schema=(\S+)\n.*`ecrgen schema >(\S+)`", text)
    assert named is not None
    assert named[1] == named[2]


@pytest.mark.parametrize("name", ["built-in", "init", "example"])
def test_the_schema_takes_what_load_takes(name: str, here: Path) -> None:
    """The built-in catalog, the one that init writes, and one that uses every key are of the schema."""
    text = {
        "built-in": builtin_file().read_text(),
        "init": text_for(Path("payments/catalog.yaml")),
        "example": EXAMPLE,
    }[name]
    assert list(VALIDATOR.iter_errors(yaml.load(text, Core))) == []
    if name != "built-in":
        assert loads(yaml.load(text, Core))


def test_the_example_uses_every_key() -> None:
    """What the schema allows anywhere is in the example, so that no key goes untested."""
    used = yaml.load(EXAMPLE, Core)
    sections = json_schema()["properties"]
    assert set(CATALOG.keys) - set(used) == {"include", "partition"}
    grant = sections["grants"]["additionalProperties"]["properties"]
    assert set(grant) - set(used["grants"]["payments-ci"]) == {"managed"}
    parameter = sections["personas"]["additionalProperties"]["properties"]["parameters"]["additionalProperties"]
    assert parameter["properties"]["type"]["enum"] == list(TYPES)


REFUSED: dict[str, tuple[str, object]] = {
    "another version": ("version", 2),
    "no version": ("version", ...),
    "an unknown key": ("grans", {}),
    "an unknown base": ("extends", "other"),
    "an account of 11 digits": ("account", "12345678901"),
    "no region": ("region", "eu-west"),
    "a list with no region": ("region", ["eu-west-1", "mars"]),
    "an empty list": ("region", []),
    "a new region that is none": ("new_regions", ["eu-west"]),
    "a namespace with a slash": ("namespace", "a/b"),
    "a namespace too long": ("namespace", "a" * 57),
    "a partition of no one": ("partition", "aws-us"),
    "an absolute include": ("include", "/etc/x.yaml"),
    "grants as a list": ("grants", []),
    "a grant's name": ("grants.a b", {"persona": "login"}),
    "a grant without persona": ("grants.payments-ci.persona", ...),
    "a grant with another key": ("grants.payments-ci.too", "x"),
    "managed as a text": ("grants.payments-ci.managed", "yes"),
    "a guard with a blank name": ("grants.payments-ci.guards", ["=x"]),
    "arguments as a list": ("grants.payments-ci.with", ["repo"]),
    "an argument that is a mapping": ("grants.payments-ci.with.repo", {"a": "b"}),
    "an argument that is nothing": ("grants.payments-ci.with.repo", None),
    "a persona's name": ("personas.Release", {"summary": "x", "template": "release-repo.json.j2"}),
    "a persona without summary": ("personas.release-repo.summary", ...),
    "a summary of two lines": ("personas.release-repo.summary", "a\nb"),
    "a template above": ("personas.release-repo.template", "../release-repo.json.j2"),
    "a source that is no address": ("personas.release-repo.source", "AWS"),
    "a parameter's name": ("personas.release-repo.parameters.region", {"type": "string"}),
    "a parameter's type": ("personas.release-repo.parameters.repo.type", "repo"),
    "many as a number": ("personas.release-repo.parameters.repo.many", 7),
    "a guard's parameter with a default": ("guards.only-via.parameter.default", "x"),
    "an operation on nothing": ("operations.fetch.on", "images"),
    "an operation without actions": ("operations.fetch.actions", ...),
    "an action that is none": ("operations.fetch.actions", "BatchGetImage"),
    "breaks that are no action": ("guards.only-via.breaks", "everything"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_schema_refuses_what_load_refuses(name: str, here: Path) -> None:
    """One change that makes the example wrong is seen by both."""
    place, value = REFUSED[name]
    data = copy.deepcopy(yaml.load(EXAMPLE, Core))
    inner: Any = data
    *steps, last = place.split(".")
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    assert not VALIDATOR.is_valid(data)
    assert not loads(data)


def test_the_nearest_name_or_what_there_is() -> None:
    """A slip is told the name that was meant, anything else the choices, and an empty catalog how to have some."""
    assert near("singel-repo", ("pull", "single-repo")) == "meant single-repo?"
    assert near("zzz", ("pull", "push")) == "one of: pull, push"
    assert near("pull", ()) == "the catalog has none; `extends: builtin` brings those of ecrgen"
