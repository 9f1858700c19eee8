"""Nothing that an argument holds becomes a variable, a region of another partition, or everyone."""

from __future__ import annotations

import pytest

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.catalog.load import builtin_file
from ecrgen.policy.arn import partition_of

BUILTIN = Catalog.load(builtin_file())
CHINA = {"account": "111122223333", "region": "cn-north-1"}


def refused(type_: str, *values: str) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        coerce(Parameter("p", type_, many=True), list(values))
    return str(caught.value)


@pytest.mark.parametrize("value", ["$", "a$", "${", "$x", "{$}"])
def test_no_text_holds_a_dollar(value: str) -> None:
    """A template may join two values, and `$` and `{aws:username}` would be a variable; a tag's value may be one."""
    assert "must not hold *, ? or $" in refused("string", value)
    assert "must not hold *, ? or $" in refused("arn", f"arn:aws:iam::111122223333:role/{value}")
    assert str(coerce(Parameter("p", "tag"), "team=${aws:PrincipalTag/team}")) == "team=${aws:PrincipalTag/team}"


@pytest.mark.parametrize("name", ["us-gov-1", "us-iso-1", "us-isob-1", "us-isof-1", "eu-isoe-1"])
def test_a_region_of_no_partition_is_none_of_aws(name: str) -> None:
    """What looks like another partition's region is not one of the partition aws."""
    assert partition_of(name) is None
    assert "not the name of a region" in refused("region", name)


def test_regions_of_every_partition_are_known() -> None:
    """The regions that there are stay in their partitions."""
    for name, partition in (
        *((each, "aws") for each in ("us-east-1", "eu-central-2", "ap-southeast-5", "il-central-1", "mx-central-1")),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("cn-north-1", "aws-cn"),
    ):
        assert partition_of(name) == partition


def test_a_policy_for_one_partition_names_nothing_of_another() -> None:
    """Regions of a guard and ARNs of a persona are of the partition that the policy is for."""
    with pytest.raises(EcrgenError, match=r"^guard regions=us-east-1: us-east-1 is of partition aws, not of aws-cn"):
        BUILTIN.render("pull", repo="ab", guards=["regions=us-east-1"], **CHINA)
    arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    with pytest.raises(
        EcrgenError, match=r"^operator: managed_policy: arn:aws:iam.* is of partition aws, not of aws-cn"
    ):
        BUILTIN.render("operator", managed_policy=[arn], **CHINA)
    assert BUILTIN.render("pull", repo="ab", guards=["regions=cn-north-1"], **CHINA)


@pytest.mark.parametrize("value", ["2000::/3", "2000::/4", "2a00::/12", "2000::/15", "16.0.0.0/6", "64.0.0.0/3"])
def test_no_range_is_nearly_everyone(value: str) -> None:
    """A range that no one holder has names the public, whatever it was meant for."""
    assert "names nearly everyone" in refused("cidr", value)


def test_no_ranges_are_everyone_together() -> None:
    """Every public address, written as ranges that are each small enough."""
    slash_eights = [f"{n}.0.0.0/8" for n in range(1, 224) if n not in (10, 100, 127, 169, 172, 192)]
    parts = [f"{n}.{m}.0.0/16" for n in (100, 169, 172, 192) for m in range(256)]
    public = [each for each in parts if not each.startswith(("169.254", "192.168"))]
    public = [each for each in public if not (each.startswith("172.") and 16 <= int(each.split(".")[1]) < 32)]
    public = [each for each in public if not (each.startswith("100.") and 64 <= int(each.split(".")[1]) < 128)]
    assert "every public address together" in refused("cidr", *slash_eights, *public)
    assert coerce(Parameter("p", "cidr", many=True), slash_eights)
