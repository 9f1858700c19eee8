"""Messages that no policy explains by itself, or that several causes have: what is behind them, and what to do.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/error-pullthroughcache.html
"""

from __future__ import annotations

from ecrgen.audit.known import Known
from ecrgen.audit.tool_causes import ANOTHER_REGISTRY, TOOLS

__all__ = ["TABLE"]

LOGIN = (
    "Nobody is logged in to this registry. Log in: aws ecr get-login-password --region REGION | "
    "docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com",
    "The login was for another region or another account's registry. Compare the host in the image's address with it.",
    "The token is older than 12 hours. Log in again.",
    "On a node, its role or the kubelet's credential provider cannot get a token: "
    "the role needs ecr:GetAuthorizationToken on *.",
    "The credential helper is not found, or the login was by another user, such as with sudo.",
)
NETWORK = (
    "This is the network, not a permission: ECR could not be reached.",
    "A subnet without a way to the internet needs a NAT gateway, or VPC endpoints for ecr.api, ecr.dkr and S3 whose "
    "security groups let port 443 in.",
)

# The first that is found counts, so what is more exact stands first.
TABLE: tuple[Known, ...] = (
    Known(
        r"Encoded authorization failure message",
        ("The message is encoded. Decode it: aws sts decode-authorization-message --encoded-message TEXT",),
    ),
    Known(
        r"ResourceInitializationError.{0,400}(RequestError|send request failed|i/o timeout|deadline exceeded)|"
        r"(api\.ecr|dkr\.ecr|starport-layer-bucket).{0,400}(i/o timeout|connection timed out|Client\.Timeout|"
        r"context deadline exceeded|no such host|connection refused|TLS handshake timeout|network is unreachable)|"
        r"(Could not connect to the endpoint URL|ConnectTimeoutError|EndpointConnectionError).{0,400}ecr",
        NETWORK,
    ),
    Known(
        r"proxyconnect|Proxy Authentication Required|HTTP 407|x509: certificate",
        (
            "A proxy stands between the client and ECR. Let *.amazonaws.com through it without changing TLS, "
            "or name it in NO_PROXY.",
        ),
    ),
    Known(
        r"Your authorization token has expired|authorization token has expired",
        ("The token is older than 12 hours. Log in again with aws ecr get-login-password.",),
        "login",
    ),
    Known(
        r"ExpiredToken(Exception)?\b|security token included in the request is expired",
        ("The AWS credentials have expired. Get new ones; no policy is the cause.",),
    ),
    Known(
        r"SignatureDoesNotMatch|Signature expired|Signature not yet current|RequestTimeTooSkewed|"
        r"InvalidSignatureException",
        ("The clock of this machine is wrong, or the secret key is. Set the clock and check the credentials.",),
    ),
    Known(
        r"UnrecognizedClientException|InvalidClientTokenId|security token included in the request is invalid|"
        r"Unable to locate credentials|NoCredentialProviders|no EC2 IMDS role found|Could not load credentials|"
        r"failed to refresh cached credentials|could not find credentials|InvalidAccessKeyId",
        (
            "The client has no valid AWS credentials. Give it some (a profile, a role, environment variables), "
            "and see who it is: aws sts get-caller-identity",
            "The region is not enabled for the account, or is of another partition than the credentials.",
        ),
    ),
    Known(
        r"ecr: could not list credentials",
        (
            "The credential helper found no login. Either its role may not do ecr:GetAuthorizationToken on *, "
            "or it has no AWS credentials.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"ecr: Failed to get authorization token|retrieve ecr registry auth|unable to get ECR (auth|credentials)",
        (
            "The role may not do ecr:GetAuthorizationToken on *; of an ECS task on Fargate it is the execution role.",
            "The role's credentials could not be had, or ECR could not be reached.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"\bkms\b.{0,400}(grant|AccessDenied)|KmsException|KMS key|KMSAccessDenied",
        (
            "The repository is encrypted with a key of KMS, to which the caller or ECR's grants have no access. "
            "Look at the key's policy and its grants; that the key is enabled, too. No policy for ECR mends it.",
        ),
    ),
    Known(
        r"ImageTagAlreadyExistsException|tag invalid:.{0,400}(already exists|immutable)|"
        r"cannot be overwritten because the repository is immutable|"
        r"tag is immutable",
        (
            "The repository's tags are immutable and this one exists. Push under another tag, or change the "
            "repository's setting; no policy is the cause.",
        ),
    ),
    Known(
        r"ImageAlreadyExistsException",
        ("The very image is there already under this tag. Nothing is to be done; no policy is the cause.",),
    ),
    Known(
        r"name unknown: The repository with name|NAME_UNKNOWN|RepositoryNotFoundException|"
        r"repository with name .{0,300} does not exist in the registry",
        (
            "The repository does not exist under this name, in this region and account. Compare the three, "
            "or create it: aws ecr create-repository --repository-name NAME",
            "It is the first pull through a pull-through cache, and the role may not do ecr:CreateRepository "
            "or ecr:BatchImportUpstreamImage (the operation first-pull).",
        ),
    ),
    Known(
        r"manifest unknown|MANIFEST_UNKNOWN|ImageNotFoundException|Requested image not found|"
        r"manifest for \S{1,300} not found",
        (
            "The repository has no image of this tag or digest. A lifecycle policy may have removed it.",
            "It is the first pull through a pull-through cache of a repository that exists, and the role may not do "
            "ecr:BatchImportUpstreamImage (the operation first-pull).",
        ),
    ),
    Known(
        r"failed to resolve ref(erence)? .{1,600}: not found",
        (
            "There is no such repository, tag or digest. Compare name, region and account.",
            "It is the first pull through a pull-through cache, and the role may not do ecr:CreateRepository "
            "or ecr:BatchImportUpstreamImage (the operation first-pull).",
        ),
    ),
    Known(
        r"toomanyrequests|TOOMANYREQUESTS|ThrottlingException|Rate exceeded|RequestLimitExceeded|429 Too Many Requests",
        ("ECR or the upstream registry limits how often it is asked. Try again later; no policy is the cause.",),
    ),
    Known(
        r"LimitExceededException|quota of images per repository|exceeds? (the )?(quota|limit)",
        ("A quota of the account or the repository is reached. Remove images or ask for a higher quota.",),
    ),
    Known(
        r"Principal not found",
        ("The repository's policy names a role or user that does not exist. Create it first, or correct its ARN.",),
        "repository-policy",
        "ecr:SetRepositoryPolicy",
    ),
    Known(
        r"Invalid repository policy provided",
        (
            "The repository's policy is not valid: it has no Resource, and only ecr actions that work on repositories. "
            "ecrgen check FILE --type repository says what is wrong.",
        ),
        "repository-policy",
        "ecr:SetRepositoryPolicy",
    ),
    Known(
        r"Lambda does not have permission to access the ECR image|"
        r"Image repository must be in the same account as the caller",
        (
            "The repository's policy does not let lambda.amazonaws.com do ecr:BatchGetImage and "
            "ecr:GetDownloadUrlForLayer.",
            "Whoever creates the function may not read the image, or may not read and set the repository's policy "
            "(ecr:GetRepositoryPolicy, ecr:SetRepositoryPolicy); Lambda then cannot add its own statement.",
            "The function and the repository are in two accounts, and the policy lacks the other account, or they are "
            "in two regions, which Lambda does not take.",
        ),
        "pull",
        permission=True,
    ),
    ANOTHER_REGISTRY,
    Known(
        r"push access denied",
        (
            "The registry answered 401: nobody is logged in to it, the login is for another region or account, "
            "or the token is older than 12 hours. Log in again.",
            "The repository does not exist.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"no basic auth credentials|401 Unauthorized|status code 401|UNAUTHORIZED: |"
        r"unauthorized: authentication required|"
        r"DENIED\W{1,8}message\W{1,8}Not Authorized|"
        r"authorization failed",
        LOGIN,
        "login",
        permission=True,
    ),
    Known(
        r"pull access denied",
        (
            "The registry answered 401: nobody is logged in to it, the login is for another region or account, "
            "or the token is older than 12 hours. Log in again.",
            "The address has no registry in front of the name, so that docker asked Docker Hub.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"starport-layer-bucket|s3\S{0,300}amazonaws\.com.{0,400}403 Forbidden",
        (
            "A layer is fetched from S3. Where a VPC endpoint for S3 has a policy, it must allow s3:GetObject on "
            "arn:aws:s3:::prod-REGION-starport-layer-bucket/*; no policy for ECR mends it.",
        ),
        "pull",
    ),
    Known(
        r"CannotPullContainerError|The task can.t pull the image|"
        r"Check that the role has the permissions to pull images",
        (
            "On Fargate the task's execution role may not pull; on EC2 it is the instance's role.",
            "The repository, tag or region is wrong, or ECR cannot be reached from the subnet.",
        ),
        "pull",
        permission=True,
    ),
    *TOOLS,
    Known(
        r"\b[A-Z]\w{1,60}(AlreadyExists|NotFound|NotEmpty|InProgress|InvalidStatus|NotSupported|DoesNotMatch|TooSmall)Exception|"
        r"\b(Invalid|Empty|TooMany)\w{1,60}Exception|\bValidationException",
        ("ECR refused what the request asks, whoever asks it. The error's name says why; no policy is the cause.",),
    ),
    # What says least stands last.
    Known(
        r"ecr.{0,400}403 Forbidden|403 Forbidden.{0,400}ecr|response status code 403|status code 403",
        (
            "A permission is missing, and the answer does not say which: a HEAD request has no text. "
            "Ask ecrgen can for the operation, or repeat the request by GET.",
        ),
        permission=True,
    ),
    Known(
        r"AccessDenied(Exception)?\b|User is not authorized|\bUnauthorizedOperation\b",
        (
            "A permission is missing, and the text does not say which. CloudTrail's event of the request names the "
            "principal, the action and the repository.",
        ),
        permission=True,
    ),
)
