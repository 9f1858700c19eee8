"""AWS's global condition keys, as data: what type they have and how many values a request carries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from functools import lru_cache

from ecrgen.policy.reference import ConditionKey, condition_key

__all__ = [
    "ALWAYS_PRESENT_KEYS",
    "GLOBAL_KEYS",
    "SENSITIVE_KEYS",
    "VPCE_KEY_SERVICES",
    "global_key",
    "known_key",
    "may_have_several",
    "words",
]

# One value a request. Keys that end in "/" take a tag key.
SINGLE = {
    "String": """
        aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalTag/ aws:PrincipalServiceName aws:PrincipalType aws:userid
        aws:username aws:FederatedProvider aws:Ec2InstanceSourceVpc aws:SourceIdentity glue:RoleAssumedBy
        glue:CredentialIssuingService identitystore:UserId aws:SourceVpc aws:SourceVpce aws:VpceAccount aws:VpceOrgID
        aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/ aws:CalledViaFirst aws:CalledViaLast aws:CalledViaAWSMCP
        aws:Referer aws:RequestedRegion aws:RequestTag/ aws:SourceAccount aws:SourceOrgID aws:UserAgent
        """,
    "ARN": """
        aws:PrincipalArn aws:SignInSessionArn aws:ChatbotSourceArn aws:SourceVpcArn aws:SourceArn ec2:SourceInstanceArn
        codebuild:BuildArn codebuild:ProjectArn lambda:SourceFunctionArn ssm:SourceInstanceArn
        """,
    "Bool": """
        aws:PrincipalIsAWSService aws:AssumedRoot aws:MultiFactorAuthPresent aws:ViaAWSService aws:ViaAWSMCPService
        aws:SecureTransport aws:IsMcpServiceAction
        """,
    "Numeric": "aws:MultiFactorAuthAge ec2:RoleDelivery",
    "Date": "aws:TokenIssueTime aws:CurrentTime aws:EpochTime",
    "IPAddress": "aws:SourceIp aws:VpcSourceIp aws:Ec2InstanceSourcePrivateIPv4",
}
# Several values a request: a condition on them needs ForAllValues or ForAnyValue.
MANY = """
    aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths aws:SourceOrgPaths aws:VpceOrgPaths
    aws:CalledVia aws:TagKeys
    """

GLOBAL_KEYS: dict[str, ConditionKey] = {
    name.lower(): ConditionKey(name, kind, many=False) for kind, names in SINGLE.items() for name in names.split()
} | {name.lower(): ConditionKey(name, "String", many=True) for name in MANY.split()}
TAG_KEYS = tuple(name for name in GLOBAL_KEYS if name.endswith("/"))


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# No wildcard in them has a valid use.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sensitive
SENSITIVE_KEYS = words(
    """
    aws:principalaccount aws:principalorgid aws:resourceaccount aws:resourceorgid aws:sourceaccount aws:sourceorgid
    aws:sourcevpc aws:sourcevpce aws:vpceaccount aws:vpceorgid
    """
)

# In every request, so a condition that any value meets says nothing.
ALWAYS_PRESENT_KEYS = words(
    "aws:currenttime aws:epochtime aws:principalaccount aws:principaltype aws:requestedregion aws:securetransport "
    "aws:viaawsservice"
)

# The services whose requests carry the keys of a VPC endpoint's owner; for all others the key is absent.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpceaccount
VPCE_OWNER_SERVICES = words(
    """
    apprunner discovery athena servicediscovery applicationinsights cloudformation comprehendmedical compute-optimizer
    ecr ecs kinesisanalytics route53 datasync dynamodb ebs scheduler firehose gamelift medical-imaging healthlake omics
    iam iotfleetwise iotwireless kms lambda payment-cryptography polly acm-pca rbin rekognition servicequotas s3 shield
    storagegateway ssm-contacts textract transcribe transfer
    """
)
VPCE_KEY_SERVICES: dict[str, frozenset[str]] = {
    "aws:vpceaccount": VPCE_OWNER_SERVICES,
    "aws:vpceorgpaths": VPCE_OWNER_SERVICES,
    "aws:vpceorgid": VPCE_OWNER_SERVICES
    | words(
        """
        b2bi cognito-identity dms ds-data identitystore iottwinmaker cassandra network-firewall sms-voice pricing ses
        sqs workmail
        """
    ),
}


def global_key(lower: str) -> ConditionKey | None:
    """The global key of that name in lower case, with its tag key where it takes one."""
    found = GLOBAL_KEYS.get(lower)
    if found is not None and not lower.endswith("/"):
        return found
    return next((GLOBAL_KEYS[tag] for tag in TAG_KEYS if lower.startswith(tag) and len(lower) > len(tag)), None)


def known_key(lower: str) -> ConditionKey | None:
    """A condition key by its name in lower case: a global one or one of a service. None where there is none."""
    return global_key(lower) or (None if lower.startswith("aws:") else condition_key(lower))


@lru_cache(maxsize=1024)
def may_have_several(name: str) -> bool:
    """Whether a request may have several values of a key; so may one of a key that nobody knows."""
    known = known_key(name.lower())
    return known is None or known.many
