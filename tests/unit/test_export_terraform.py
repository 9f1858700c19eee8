"""Terraform: the documents that Terraform reads from an export, and the arguments of the provider's resources.

No provider can be had without a network, so resources are held against a table of their arguments, from the provider's
documentation, and what is Terraform's own (texts, locals, import blocks) is asked of Terraform itself, if it is there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_catalogs import ACCOUNT, BUILTIN, NOW, catalogs, exported

from ecrgen import Catalog
from ecrgen.account.from_catalog import desired_of
from ecrgen.catalog.model import Grant
from ecrgen.errors import EcrgenError
from ecrgen.export.terraform import label, spelled, terraform
from ecrgen.export.unnamed import Unnamed
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument

# No package registry has it, so that a run cannot install it; `.ci/run` says where it was not there.
needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="NOT TESTED: terraform, which is not here, has not read the documents back",
)

# The arguments of each resource, those that it needs first; attributes of data sources.
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_policy and its neighbours
ARGUMENTS = {
    "aws_iam_policy": ({"policy"}, {"name", "path", "tags", "description", "name_prefix"}),
    "aws_iam_role_policy_attachment": ({"role", "policy_arn"}, set()),
    "aws_iam_user_policy_attachment": ({"user", "policy_arn"}, set()),
    "aws_iam_group_policy_attachment": ({"group", "policy_arn"}, set()),
}
ATTRIBUTES = {"aws_partition": "partition", "aws_caller_identity": "account_id", "aws_region": "region"}
LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
SITE = replace(BUILTIN, namespace="pay", account=ACCOUNT, regions=("eu-west-1",), id="payments/catalog.yaml")


def asked(folder: Path, *arguments: str) -> str:
    """What Terraform prints; it has to succeed."""
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    done = subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def evaluated(folder: Path, values: dict[str, Any]) -> Any:
    """What Terraform makes of locals, as JSON."""
    output = {"all": {"value": {name: f"${{local.{name}}}" for name in values}}}
    (folder / "main.tf.json").write_text(json.dumps({"locals": values, "output": output}))
    asked(folder, "init", "-no-color")
    asked(folder, "apply", "-no-color", "-auto-approve")
    return json.loads(asked(folder, "output", "-json", "all"))


def grant(name: str, persona: str, *to: str, managed: bool = False, **arguments: object) -> Grant:
    return Grant(name, BUILTIN.bind(persona, arguments), to, managed=managed)


def site() -> Catalog:
    many = [f"team-{number}/service-{number:03}" for number in range(150)]
    grants = (
        grant("web", "push", "role/ci", "role/a.b@c+d", "group/devs", "user/ann", repo="team/web"),
        grant("me_too", "self-view", "user/ann"),
        grant("many", "pull", "role/ci", repo=many),
        grant("own", "console-read-only", "role/ops", managed=True),
    )
    return replace(SITE, grants={each.name: each for each in grants})


@needs_terraform
@pytest.mark.parametrize("named", [True, False])
def test_terraform_reads_the_documents_that_apply_makes(tmp_path: Path, named: bool) -> None:
    """The locals alone, evaluated by Terraform without a provider, are the documents, also with IAM's own `${…}`."""
    catalog = site() if named else replace(site(), account=None, regions=())
    made = terraform(exported(catalog))
    values = made["locals"] | {
        name: value
        for part, value in (("partition", "aws"), ("account", ACCOUNT), ("region", "eu-west-1"))
        if (name := f"ecrgen_{part}_pay") in made["locals"]
    }
    assert len(values) == (1 if named else 4)
    documents = evaluated(tmp_path, values)["ecrgen_policies_pay"]
    place: dict[str, Any] = {"account": ACCOUNT, "partition": "aws", "region": ("eu-west-1",)}
    wanted = desired_of(catalog, catalog.grants.values(), **place, now=NOW).policies
    single = [name for name in wanted if "many" not in name]
    assert {name: documents[name] for name in single} == {name: wanted[name].document.to_dict() for name in single}
    if named:
        assert documents == {name: policy.document.to_dict() for name, policy in wanted.items()}
    assert "user/${aws:username}" in json.dumps(documents["ecrgen.pay.me_too"])


TEXTS = [
    *(
        "${aws:username}",
        "$${aws:username}",
        "$$${x}",
        "$$$${x}",
        "%{x}",
        "%%{x}",
        "%%%{ if }",
        "${",
        "%{",
        "$",
        "%",
        "$$",
    ),
    *('a\nb\tc"d\\e', "<&>", "é€😀", "${*}", "${$}", "}", "{{ x }}", "~}", "${~ x ~}", "\u2028", "$ {", "\x7f"),
]


@needs_terraform
def test_any_text_comes_back(tmp_path: Path) -> None:
    """A text is text whatever it looks like, also as a key, and beside what nobody names."""
    stand = Unnamed(account="000000000000", region="us-test-1")
    beside = [f"{text}000000000000{text}us-test-1{text}" for text in TEXTS]
    space = exported(site()).desired.namespace
    values = {
        "ecrgen_account_pay": "111122223333",
        "ecrgen_region_pay": "eu-west-1",
        "texts": spelled([*TEXTS, *beside], space, stand),
        "keys": spelled({text: text for text in TEXTS}, space, stand),
    }
    found = evaluated(tmp_path, values)
    assert found["texts"] == [
        *TEXTS,
        *(text.replace("000000000000", "111122223333").replace("us-test-1", "eu-west-1") for text in beside),
    ]
    assert found["keys"] == {text: text for text in TEXTS}


@needs_terraform
def test_import_blocks_are_read(tmp_path: Path) -> None:
    """Terraform takes the addresses, of instances too; a resource of its own stands for each of the provider's."""
    made = terraform(exported(site()), imports=True)
    addresses = [each["to"] for each in made["import"]]
    assert len(addresses) == len(set(addresses)) == 12
    text = json.dumps({"import": made["import"], "resource": made["resource"]})
    resources = {kind: f"terraform_data.{kind}_" for kind in made["resource"]}
    for kind, stand in resources.items():
        text = text.replace(f'"to": "{kind}.', f'"to": "{stand}')
    changed = json.loads(text)
    stands = {
        f"{kind}_{name}": {"input": "x", **({"for_each": each["for_each"]} if "for_each" in each else {})}
        for kind, labels in changed["resource"].items()
        for name, each in labels.items()
    }
    (tmp_path / "main.tf.json").write_text(
        json.dumps({"import": changed["import"], "resource": {"terraform_data": stands}})
    )
    asked(tmp_path, "init", "-no-color")
    assert "Plan: 12 to import, 0 to add" in asked(tmp_path, "plan", "-no-color")


def test_imports_name_what_apply_made() -> None:
    """A policy by its ARN, an attachment by the name of the role, user or group and the ARN; all need the account."""
    made = terraform(exported(site()), imports=True)
    ids = {each["to"]: each["id"] for each in made["import"]}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay/ecrgen.pay.web"
    assert ids["aws_iam_policy.ecrgen_pay_web"] == arn
    assert ids['aws_iam_role_policy_attachment.ecrgen_pay_web["a.b@c+d"]'] == f"a.b@c+d/{arn}"
    own = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    assert ids['aws_iam_role_policy_attachment.ecrgen_pay_own["ops"]'] == f"ops/{own}"
    with pytest.raises(EcrgenError, match=r"--import: .*name partition, account and region, too"):
        terraform(exported(replace(site(), account=None, regions=())), imports=True)


def read_back(value: Any) -> Any:
    """JSON values as Terraform evaluates them: `${…}` is a local, and what is escaped is text."""
    places = {"account": ACCOUNT, "partition": "aws", "region": "eu-west-1"}
    pattern = r"\$\$\{|%%\{|\$\{local\.ecrgen_(account|partition|region)_pay\}|\$\{\"(\$+)\"\}|[$%]\{"

    def text(found: re.Match[str]) -> str:
        assert len(found[0]) > 2, f"Terraform would evaluate {found.string}"
        return places[found[1]] if found[1] else found[2] or found[0][1:]

    match value:
        case str():
            return re.sub(pattern, text, value)
        case dict():
            return {read_back(key): read_back(each) for key, each in value.items()}
        case list():
            return [read_back(each) for each in value]
        case _:
            return value


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), st.booleans())
def test_the_documents_are_those_of_apply(catalog: Catalog, named: bool) -> None:
    """Of any catalog: where the account is named to the letter, else in parts that give the same together."""
    if named:
        catalog = replace(catalog, account=ACCOUNT, regions=("eu-west-1",))
    place: dict[str, Any] = {"account": ACCOUNT, "partition": "aws", "region": ("eu-west-1",)}
    wanted = desired_of(catalog, catalog.grants.values(), **place, now=NOW).policies
    documents = read_back(terraform(exported(catalog))["locals"]["ecrgen_policies_pay"])
    theirs = {name: policy.document.to_dict() for name, policy in wanted.items()}
    if named:
        assert documents == theirs
    for grant in {policy.grant for policy in wanted.values()}:
        ours, parts = (
            [each for name, each in some.items() if name.removeprefix(f"ecrgen.pay.{grant}")[:1] in ("", ".")]
            for some in (documents, theirs)
        )
        if len(ours) == len(parts) == 1:
            assert ours == parts
        elif sum(len(each["Statement"]) for each in ours) < 12:
            assert diff(together(ours), together(parts)) == ()


def together(documents: list[dict[str, Any]]) -> PolicyDocument:
    statements = [each for one in documents for each in one["Statement"]]
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statements})


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(catalogs(), st.booleans())
def test_resources_are_what_apply_makes(catalog: Catalog, named: bool) -> None:
    """Names, paths, tags and holders are apply's; every argument is one that there is, and every reference leads on."""
    if named:
        catalog = replace(catalog, account=ACCOUNT, regions=("eu-west-1",), id="payments/catalog.yaml")
    found = exported(catalog)
    made = terraform(found)
    assert json.dumps(terraform(found)) == json.dumps(made)
    resources = made["resource"]
    labels = {}
    for name, policy in resources["aws_iam_policy"].items():
        labels[f"${{aws_iam_policy.{name}.arn}}"] = policy["name"]
        assert policy["policy"] == f'${{jsonencode(local.ecrgen_policies_pay["{policy["name"]}"])}}'
        assert policy["path"] == "/ecrgen/pay/"
        grant = catalog.grants[policy["tags"]["ecrgen:grant"]]
        assert policy["name"].split(".")[:3] == ["ecrgen", "pay", grant.name]
        assert policy["tags"]["ecrgen:persona"] == grant.persona.name
        assert policy["tags"].get("ecrgen:catalog", "") == catalog.id
    assert set(labels.values()) == set(made["locals"]["ecrgen_policies_pay"]) == set(found.desired.policies)
    attached = {
        (labels[each["policy_arn"]], f"{kind}/{holder}")
        for kind in ("role", "user", "group")
        for each in resources.get(f"aws_iam_{kind}_policy_attachment", {}).values()
        for holder in each["for_each"]
    }
    assert attached == {(each.name, str(each.grantee)) for each in found.desired.attachments}
    for kind, instances in resources.items():
        needed, optional = ARGUMENTS[kind]
        for name, each in instances.items():
            assert LABEL.fullmatch(name)
            assert needed <= each.keys() - {"for_each"} <= needed | optional
    for kind, instances in made.get("data", {}).items():
        assert list(instances.items()) == [("ecrgen_pay", {})]
        assert f"${{data.{kind}.ecrgen_pay.{ATTRIBUTES[kind]}}}" in made["locals"].values()
    used = set(re.findall(r"(?<!\$)\$\{local\.(\w+)\}", json.dumps(made)))
    assert used <= made["locals"].keys()


def test_labels_tell_namespaces_grants_and_parts_apart() -> None:
    """No two policies have the same label, and each is one that Terraform takes."""
    names = ("a", "a_b", "b", "a-b", "_", "__", "Z", "Z5f", "2", "b_2")
    space = exported(site()).desired.namespace
    labels = [label(replace(space, name=one), two, part) for one in names for two in names for part in (1, 2, 22)]
    assert len(set(labels)) == len(labels)
    assert all(LABEL.fullmatch(each) for each in labels)
