"""Faults: failed calls to AWS, sorted by what they mean, in words that hold no secret

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from json import JSONDecodeError
from typing import Literal, assert_never

from ecrgen.errors import EcrgenError

__all__ = ["NO_ANSWER", "AwsError", "Fault", "Meaning", "fault_of", "service_of", "settings_fault", "shown"]

# absent: what the call is about is not there, and only that · busy: was not carried out, may be later ·
# unclear: may have been carried out · unreachable: never arrived · identity: nobody's call would be carried out with
# these credentials and settings
Meaning = Literal["absent", "exists", "denied", "busy", "unclear", "unreachable", "identity", "refused"]

BUSY = (
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
)
ABSENT = (
    "NoSuchEntity",
    "RepositoryNotFoundException",
    "RepositoryPolicyNotFoundException",
    "RegistryPolicyNotFoundException",
    "StackSetNotFoundException",
    "OperationNotFoundException",
)
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
REJECTED = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "MissingAuthenticationToken",
    "IncompleteSignature",
    "OptInRequired",
)
STS = ("GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity")
ECR = re.compile("DescribeRepositories|ListTagsForResource|(Get|Set|Put|Delete)(Repository|Registry)Policy")
ORGANIZATIONS = re.compile(
    "DescribeOrganization|ListAccounts|ListParents|ListPoliciesForTarget|DescribePolicy"
    "|List(Accounts|OrganizationalUnits)ForParent"
)
STACK_SETS = re.compile("(Create|Update|Delete|Describe|List|Detect)Stack(Set|Instances)[A-Za-z]*")
# What to do about errors that AWS explains.
WAYS = {"AWSOrganizationsNotInUseException": " Use the management account, or one that it has delegated to."}
LOGIN_AGAIN = "the AWS session has expired; log in again (such as: aws sso login)"
CODE = re.compile(r"[A-Za-z][\w.:]*")
URL = re.compile(r"https?://[^\s\"']+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A failed call: its meaning, AWS's code or the exception's name, and AWS's own words where they can be shown.

    `answered`: AWS did answer, if only with an error.
    """

    meaning: Meaning
    code: str
    message: str = ""
    answered: bool = False


# The text of such an answer is never shown: it may be a whole page, and anything may stand in it.
NO_ANSWER = Fault("unclear", "NoAnswer", "what came is no answer of AWS's; is there a proxy in between?")


class AwsError(EcrgenError):
    """A call to AWS failed for good; `fault` says how, and `action` is what the caller must be allowed."""

    def __init__(self, fault: Fault, operation: str, entity: str, caller: str = "") -> None:
        super().__init__(words(fault, operation, entity, caller))
        self.fault = fault
        self.action = needed(fault, operation)

    @property
    def hopeless(self) -> bool:
        """True where every other call would fail in the same way."""
        return self.fault.meaning in ("identity", "unreachable")


def fault_of(error: Exception) -> Fault:
    """Sort an exception that a call to AWS raised. One that no call can raise is raised again.

    botocore's parsers raise what Python raises (a number that is none, a name that is not there) for an answer that is
    none; its credential providers raise OSError for a file or a program that is not there, and what the json module
    raises for what a program printed.
    """
    from botocore import exceptions as aws
    from botocore.parsers import ResponseParserError

    name = type(error).__name__
    match error:
        case aws.ClientError():
            return replace(answer_of(error.response), answered=True)
        case aws.EndpointConnectionError() | aws.ConnectTimeoutError() | aws.ProxyConnectionError() | aws.SSLError():
            return Fault("unreachable", name, shown(str(error)))
        case aws.HTTPClientError() | aws.IncompleteReadError():
            return Fault("unclear", name)
        case aws.ParamValidationError():
            return Fault("refused", name, shown(str(error)))
        case (
            aws.ProfileNotFound()
            | aws.ConfigParseError()
            | aws.ConfigNotFound()
            | aws.InvalidRegionError()
            | aws.InvalidRetryModeError()
        ):
            return Fault("identity", name, shown(str(error)))
        case aws.BotoCoreError():
            # what a credential process or a login service said is not repeated: it may hold a secret
            return Fault("identity", name)
        case ValueError() if "endpoint" in str(error).lower():
            return Fault("identity", "InvalidEndpoint", shown(str(error)))
        case OSError():
            named = f": {error.filename}" if isinstance(error.filename, str) else ""
            return Fault("identity", name, f"{error.strerror or 'cannot be read'}{named}")
        case JSONDecodeError():
            return Fault("identity", name)
        case ResponseParserError() | ValueError() | LookupError() | TypeError() | AttributeError():
            return NO_ANSWER
    raise error


def settings_fault(error: Exception) -> Fault:
    """Sort an exception that was raised before anything was sent to IAM: no answer of IAM's can be at fault."""
    fault = fault_of(error)
    if fault is not NO_ANSWER:
        return fault
    if isinstance(error, ValueError) and "IPv6" in str(error):
        return Fault("identity", "InvalidEndpoint", f"the endpoint: {error}")
    return Fault("identity", type(error).__name__)


def answer_of(response: object) -> Fault:
    """The fault that an error answer of AWS means."""
    reply = response if isinstance(response, dict) else {}
    code = str(reply.get("Error", {}).get("Code", ""))
    message = shown(str(reply.get("Error", {}).get("Message", "")))
    status = reply.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in EXPIRED or code in REJECTED:
        return Fault("identity", code)  # the message may hold the signed request
    if code in BUSY:
        return Fault("busy", code, message)
    if code in ABSENT:
        return Fault("absent", code, message)
    if code == "EntityAlreadyExists":
        return Fault("exists", code, message)
    if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
        return Fault("denied", code, message)
    if not CODE.fullmatch(code):  # the status, of a body that botocore cannot read
        return replace(NO_ANSWER, code=str(status))
    return Fault("unclear" if status >= 500 else "refused", code, message)


def shown(text: str) -> str:
    """One line without the parts of a URL that can hold a secret: its user and its query."""
    return URL.sub(lambda url: re.sub(r"//[^/@]*@", "//", url[0]).partition("?")[0], " ".join(text.split()))


def words(fault: Fault, operation: str, entity: str, caller: str) -> str:
    """A fault as a message: the operation that failed, the entity, the reason, and a way out."""
    where = f"{operation} {entity}".strip()
    said = f": {fault.message}" if fault.message else ""
    match fault.meaning:
        case "absent":
            return f"{where}: not there ({fault.code}{said}); deleted meanwhile, or never made: plan again"
        case "exists":
            return f"{where}: it is there already ({fault.code}{said})"
        case "denied":
            action = needed(fault, operation)
            lacks = f"{caller or 'the caller'} lacks {action}; {way_to(action)}"
            return f"{where}: access denied: {lacks}{said}"
        case "busy":
            return f"{where}: AWS is busy ({fault.code}); run it again, or with a lower --concurrency"
        case "unclear":
            return f"{where}: AWS did not answer properly ({fault.code}{said}); run it again"
        case "unreachable":
            return (
                f"{where}: AWS cannot be reached ({fault.code}{said}); check the network, the region and the endpoint"
            )
        case "identity":
            return f"{where}: {of_identity(fault)}"
        case "refused":
            return f"{where}: {fault.code}{said}{WAYS.get(fault.code, '')}"
    assert_never(fault.meaning)


def way_to(action: str) -> str:
    """What gives an action to whoever needs it: a built-in persona, or the owner of the role that is to be assumed."""
    if action == "sts:AssumeRole":
        return "allow it on that role, and let the role trust the caller"
    return f"persona {persona_giving(action)} grants it"


def persona_giving(action: str) -> str:
    """The built-in persona for whoever needs an action, in words."""
    if STACK_SETS.fullmatch(action.partition(":")[2]) or action.endswith("ForParent"):
        return "stackset-operator"
    if action.startswith("organizations:") or action == "ecr:ListTagsForResource":
        return "auditor"
    with_what = {"ecr": " with repo", "ecr-public": " with public"}
    return f"operator{with_what.get(action.partition(':')[0], '')}"


def needed(fault: Fault, operation: str) -> str:
    """The action that was denied, as AWS names it, else that of the operation."""
    named = re.search(r"to perform: (\S+?:\w+)", fault.message)
    return named[1] if named else f"{service_of(operation)}:{operation}"


def service_of(operation: str) -> str:
    if operation in STS:
        return "sts"
    if ORGANIZATIONS.fullmatch(operation):
        return "organizations"
    if operation == "DescribeStackResources" or STACK_SETS.fullmatch(operation):
        return "cloudformation"
    return "ecr" if ECR.fullmatch(operation) else "iam"


def of_identity(fault: Fault) -> str:
    if fault.code in EXPIRED or fault.code in ("UnauthorizedSSOTokenError", "LoginRefreshRequired"):
        return LOGIN_AGAIN
    if fault.code in REJECTED:
        return f"AWS does not accept the credentials ({fault.code})"
    match fault.code:
        case "NoCredentialsError":
            return "no AWS credentials; give --profile, set AWS_PROFILE, or log in (such as: aws sso login)"
        case "SSOTokenLoadError" | "TokenRetrievalError" | "LoginTokenLoadError":
            return "not logged in; log in (such as: aws sso login)"
        case "ProfileNotFound":
            return f"no such profile ({fault.message}); `aws configure list-profiles` shows which there are"
        case "NoRegionError":
            return "no AWS region; set AWS_REGION, or region in the profile or the catalog"
    said = f": {fault.message}" if fault.message else "; its own words are left out, as they may hold a secret"
    return f"the AWS credentials or settings do not work ({fault.code}{said}); `aws configure list` shows them"
