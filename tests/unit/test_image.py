"""Addresses of images: which repository they mean, and that none is taken for a repository's name."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.image import SUFFIXES, Image, image_of, registry_host, without_image
from ecrgen.policy.regions import regions
from ecrgen.proof.operations import Situation, question
from ecrgen.proof.resources import resource_of

TARGET = Target("aws", "123456789012", ("us-east-1",))
WEB = Image("ecr", "aws", "eu-west-1", "111122223333", "team/web")


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
        ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/team/web", "arn:aws:ecr:us-east-1:111122223333"),
        ("111122223333.dkr-ecr.eu-west-1.on.aws/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
        ("111122223333.dkr-ecr-fips.us-east-1.on.aws/team/web", "arn:aws:ecr:us-east-1:111122223333"),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/team/web", "arn:aws-cn:ecr:cn-north-1:111122223333"),
        (
            "111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/team/web",
            "arn:aws-cn:ecr:cn-north-1:111122223333",
        ),
        ("111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/team/web", "arn:aws-us-gov:ecr:us-gov-west-1:111122223333"),
        ("111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/team/web", "arn:aws-iso:ecr:us-iso-east-1:111122223333"),
        ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/team/web", "arn:aws-eusc:ecr:eusc-de-east-1:111122223333"),
        ("https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
        ("oci://111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
        ("111122223333.DKR.ECR.eu-west-1.amazonaws.com:443/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
        ("arn:aws:ecr:eu-west-1:111122223333:repository/team/web", "arn:aws:ecr:eu-west-1:111122223333"),
    ],
)
@pytest.mark.parametrize("image", ["", ":1.2", "@sha256:0123456789abcdef", ":1.2@sha256:0123456789abcdef"])
def test_understood(text: str, arn: str, image: str) -> None:
    """Every form of a registry's host says account, region and partition, and the image in the repository is put by."""
    found = image_of(text + image)
    assert found is not None
    assert (found.arn, found.image, found.wrong) == (f"{arn}:repository/team/web", image, "")
    assert resource_of(text + image, "ecr", TARGET).arn == found.arn


def test_public() -> None:
    """An address of ECR Public tells the name; an alias is nobody's account."""
    for host in ("public.ecr.aws", "ecr-public.aws.com"):
        found = resource_of(f"{host}/a1b2c3d4/tools/web:1", "ecr-public", TARGET)
        assert found.arn == "arn:aws:ecr-public::123456789012:repository/tools/web"
        assert found.note == f"an alias does not tell the account: asked of {found.arn}"


@pytest.mark.parametrize(
    "text", ["team/web", "team/web:1", "ghcr.io/team/web", "docker.io/library/nginx:1", "dkr.ecr", "", ":", "a" * 300]
)
def test_no_address(text: str) -> None:
    """Names, and addresses of other registries, which a cache's prefix may look like, are no addresses of ECR."""
    assert image_of(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dkr.ecr.eu-west-1.amazonaws.com/x", "begins with an account id of 12 digits"),
        ("1111.dkr.ecr.eu-west-1.amazonaws.com/x", "begins with an account id of 12 digits"),
        ("vpce-1.111122223333.dkr.ecr.eu-west-1.amazonaws.com/x", "begins with an account id of 12 digits"),
        ("111122223333.dkr.ecr.eu-west1.amazonaws.com/x", "'eu-west1' in the address is not the name of a region"),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com/x", "it is 111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("111122223333.dkr-ecr.eu-west-1.amazonaws.com/x", "it is 111122223333.dkr-ecr.eu-west-1.on.aws"),
        ("111122223333.dkr-ecr.us-iso-east-1.on.aws/x", "it is 111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov"),
        ("ecr.eu-west-1.amazonaws.com/x", "is ACCOUNT.dkr.ecr.REGION.amazonaws.com"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "add the repository"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/", "add the repository"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/Team/Web", "lower case: team/web"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/*", "without * or ?"),
        ("public.ecr.aws/a1b2c3d4/web", "a repository of ecr-public, which an action of ecr is not asked of"),
        ("team/web:", "not a repository's name"),
        ("team/web:1:2", "meant team/web?"),
        ("arn:aws:ecr", "not a repository's ARN"),
        ("arn:aws:ecr-public::111122223333:repository/web", "not a repository's ARN"),
        (
            "arn:aws:ecr:eu-west-1:111122223333:repository/111122223333.dkr.ecr.eu-west-1.amazonaws.com/web",
            "meant web?",
        ),
    ],
)
def test_no_resource(text: str, words: str) -> None:
    """An address that no registry has, or of no repository, is refused with what is wrong."""
    with pytest.raises(EcrgenError) as raised:
        resource_of(text, "ecr", TARGET)
    assert words in str(raised.value)


def test_every_partition() -> None:
    """The DNS suffix of each partition is botocore's, and each region's registry has an address that is understood."""
    data = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())
    outputs = {each["id"]: each["outputs"]["dnsSuffix"] for each in data["partitions"]}
    assert {name: suffixes[0] for name, suffixes in SUFFIXES.items()} == outputs
    assert SUFFIXES.keys() == PARTITIONS.keys()
    for region, partition in regions().items():
        found = image_of(f"{registry_host('111122223333', region)}/web")
        assert found == Image("ecr", partition, region, "111122223333", "web")


hosts = st.sampled_from(
    [
        *(
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "dkr.ecr.x",
            "a.b.dkr-ecr-fips.y.z",
            "1.dkr.ecr.amazonaws.com",
        ),
        *("public.ecr.aws", "ecr-public.aws.com", "api.ecr.eu-west-1.amazonaws.com", "x.amazonaws.com.cn", "y.on.aws"),
    ]
)
names = st.from_regex(r"[a-z0-9]{1,5}([._-][a-z0-9]{1,5})?(/[a-z0-9]{2,5}){0,3}", fullmatch=True)


@given(host=hosts, name=names, image=st.sampled_from(["", ":1", "@sha256:ab", "/*", "*"]))
def test_never_a_name(host: str, name: str, image: str) -> None:
    """Whatever follows the host of a registry, no argument that names repositories takes it."""
    for kind in ("repository", "repository-pattern"):
        with pytest.raises(ValueError, match="without"):
            coerce(Parameter("repo", kind), f"{host}/{name}{image}")


@given(name=names, tag=st.sampled_from(["", ":1", ":v1.2-rc_3"]), digest=st.sampled_from(["", "@sha256:0a1b"]))
def test_name_and_image(name: str, tag: str, digest: str) -> None:
    """A name, and the tag and digest behind it, come apart where they were put together."""
    assert without_image(name + tag + digest) == (name, tag + digest)


def test_question_about_an_image() -> None:
    """What is asked of an image's address is asked of its repository, in its account and region, with a note."""
    text = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2"
    asked = question(Catalog.load(), "pull", text, Situation(TARGET))
    assert [step.request.resource for step in asked.steps] == ["*", WEB.arn, WEB.arn]
    assert asked.steps[0].request.keys["aws:requestedregion"] == "eu-west-1"
    assert asked.principal.split(":")[4] == "111122223333"
    assert asked.notes == (f"policies decide about repositories, not about images: asked of {WEB.arn}",)
    assert question(Catalog.load(), "pull", WEB.arn, Situation(TARGET)).notes == ()
