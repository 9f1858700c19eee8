"""False positives: what check says of the policies that AWS itself manages, as moto carries them."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ecrgen.policy.check import RULES, Finding, check

# The errors that stay, each kind looked through.
KNOWN_ERRORS = {
    "INVALID_ARN_RESOURCE": "slips of AWS's own (statemachine: for stateMachine:), or resource types the data lacks",
    "INVALID_GLOBAL_CONDITION_KEY": "aws:PrincipalOrgMasterAccountId, which AWS uses and does not document",
    "INVALID_SERVICE_CONDITION_KEY": "lakeformation:GlueARN, which the public reference does not have",
    "MISSING_QUALIFIER": "events:detail-type, of which the reference says that a request may have several",
    "VARIABLE_UNSUPPORTED_IN_ELEMENT": "${aws:PrincipalAccount} as the account of an ARN, in one policy",
    "ECR_TOKEN_ON_REPOSITORY": "a token on repositories, in one policy: it does not work there either",
}


# They name the service that a role is passed to with IfExists, which a request without the key meets.
SERVICE_IF_IT_EXISTS = {
    "AWSLambdaReplicator",
    "AWSProtonCodeBuildProvisioningServiceRolePolicy",
    "AWSRoboMakerServiceRolePolicy",
    "AWSServiceRoleForAmazonEKSNodegroup",
    "AWSServiceRoleForSMS",
    "AmazonSageMakerEdgeDeviceFleetPolicy",
}


@cache
def documents() -> dict[str, Any]:
    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}


@cache
def found() -> dict[str, tuple[Finding, ...]]:
    return {name: check(document) for name, document in documents().items()}


def policies_with(code: str) -> set[str]:
    return {name for name, findings in found().items() if any(finding.code == code for finding in findings)}


def test_every_managed_policy_can_be_checked() -> None:
    """AWS's own policies are checked without a traceback, and most have no error."""
    assert len(found()) > 1000
    wrong = [name for name, findings in found().items() if any(finding.severity == "ERROR" for finding in findings)]
    assert len(wrong) < 0.03 * len(found())


def test_errors_on_managed_policies_are_known_kinds() -> None:
    """A rule that finds errors in AWS's own policies has a reason, or it is wrong."""
    examples: defaultdict[str, list[str]] = defaultdict(list)
    for name, findings in found().items():
        for finding in findings:
            if finding.severity == "ERROR":
                examples[finding.code].append(f"{name} {finding.path}: {finding.message}")
    assert {code: texts for code, texts in examples.items() if code not in KNOWN_ERRORS} == {}
    assert set(KNOWN_ERRORS) <= set(RULES)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "AmazonEC2ContainerRegistryReadOnly",
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonEC2ContainerRegistryPowerUser",
        ),
        *("AmazonElasticContainerRegistryPublicReadOnly", "AmazonElasticContainerRegistryPublicPowerUser"),
        *("AWSAppRunnerServicePolicyForECRAccess", "AmazonEKSWorkerNodePolicy", "AmazonECSTaskExecutionRolePolicy"),
    ],
)
def test_managed_policies_of_ecr_are_clean(name: str) -> None:
    """Of AWS's policies for ECR users nothing is said but what is long or said twice."""
    codes = {finding.code for finding in found()[name]}
    assert codes <= {"REDUNDANT_ACTION", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "ECR_MANAGED_POLICY_SIZE"}


def test_access_analyzers_page_names_the_same_policies() -> None:
    """Managed policies that Access Analyzer's page lists with a finding have it here, and hardly any other has."""
    assert policies_with("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE") >= {"AdministratorAccess", "IAMFullAccess"}
    assert policies_with("CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE") >= {"AdministratorAccess", "IAMFullAccess"}
    assert policies_with("CREATE_SLR_WITH_STAR_IN_RESOURCE") >= {
        "PowerUserAccess",
        "AWSOrganizationsServiceTrustPolicy",
    }
    assert policies_with("PASS_ROLE_WITH_STAR_IN_RESOURCE") >= {
        "AdministratorAccess-Amplify",
        "AmazonDynamoDBFullAccesswithDataPipeline",
        "AmazonElasticMapReduceFullAccess",
    }
    assert policies_with("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS") >= {
        "AmazonSecurityLakeAdministrator",
        "AWSCodePipeline_FullAccess",
        "AWSCodePipeline_ReadOnlyAccess",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
    }
    assert policies_with("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA") >= {
        "ReadOnlyAccess",
        "AWSSupportServiceRolePolicy",
    }
    for code in ("PASS_ROLE_WITH_STAR_IN_RESOURCE", "CREATE_SLR_WITH_STAR_IN_RESOURCE"):
        assert len(policies_with(code) - SERVICE_IF_IT_EXISTS) < 10
    assert policies_with("PASS_ROLE_WITH_STAR_IN_RESOURCE") >= SERVICE_IF_IT_EXISTS
