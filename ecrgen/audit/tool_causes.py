"""Messages of tools around ECR: logins, credential stores, addresses, images, servers. Most are no question of policies

https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-troubleshooting.html
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html
https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html
"""

from __future__ import annotations

from ecrgen.audit.known import Known

__all__ = ["ANOTHER_REGISTRY", "TOOLS"]

ANOTHER_REGISTRY = Known(
    r"requested access to the resource is denied|incorrect username or password|docker\.io/.{0,200}\b40[13]\b|"
    r"\b40[13]\b.{0,200}docker\.io/|permission_denied: write_package",
    (
        "The answer is not ECR's, but another registry's, such as Docker Hub's, which is asked where an image's "
        "address has no ACCOUNT.dkr.ecr.REGION.amazonaws.com in front.",
    ),
)
# The first that is found counts, so what is more exact stands first.
TOOLS: tuple[Known, ...] = (
    Known(
        r"retrieving token from sso|SSO session associated with this profile|Error loading SSO Token|"
        r"refresh cached SSO token|token has expired and refresh failed",
        ("The session of IAM Identity Center has expired: aws sso login --profile PROFILE. No policy is the cause.",),
    ),
    Known(
        r"config profile \(.{0,100}\) could not be found|must specify a region|Missing region in config|"
        r"could not find region configuration",
        ("The profile or its region is not configured: aws configure list says what is used. No policy is the cause.",),
    ),
    Known(
        r"not authorized to perform:? sts:AssumeRole|Could not assume role",
        (
            "The role's trust policy does not let the caller in: compare the principal, or the token's sub and aud, "
            "with its conditions. No policy for ECR mends it.",
        ),
    ),
    Known(
        r"docker-credential-.{0,80}(not found|no such file)",
        ("The credential helper that the client's config.json names is not installed or not in PATH.",),
    ),
    Known(
        r"error storing credentials|stub received bad data|Error saving credentials",
        (
            "The login worked, but the client's credential store does not take the token, which is long. "
            "Use another credsStore in config.json, or the credential helper docker-credential-ecr-login.",
        ),
    ),
    Known(
        r"interactive login from a non[ -]TTY|password can.t be empty|"
        r"login attempt to \S{1,300} failed with status: 400",
        (
            "docker login got no token. See what aws ecr get-login-password says by itself: the caller may not do "
            "ecr:GetAuthorizationToken on *, or has no AWS credentials.",
            "The token was changed on the way, such as by a line break of the shell.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"credential provider plugin|ecr-credential-provider",
        (
            "The kubelet's credential provider got no token: the node's role may not do ecr:GetAuthorizationToken on "
            "*, or the instance has no role or cannot reach ECR. The lines before tell which.",
        ),
        "login",
        permission=True,
    ),
    Known(
        r"does not exist locally with the tag|tag does not exist: |No such image",
        ("There is no such image on this machine. Tag it with the registry's address first: docker tag IMAGE ADDRESS",),
    ),
    Known(
        r"invalid reference format|repository name must be lowercase|name invalid:",
        ("The image's address is none. A repository's name has small letters, digits and . _ - / only.",),
    ),
    Known(
        r"no match(ing)? manifest|no image found in (manifest list|image index) for (architecture|platform)|"
        r"exec format error",
        ("The image is there, but not for this platform. Build it for the platform, or pull with --platform.",),
    ),
    Known(
        r"Source image \S{1,300} does not exist\. Provide a valid source image",
        (
            "Lambda does not find the image: compare tag, repository, account and region (the function's own).",
            "Whoever creates the function may not do ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on it.",
        ),
        "pull",
        permission=True,
    ),
    Known(
        r"(image manifest|layer media type).{0,80}not supported|manifest invalid|UnsupportedImageType|"
        r"unsupported (media|manifest) type",
        ("The image's form is not taken. Lambda takes no attestations: build with --provenance=false.",),
    ),
    Known(
        r"does not grant ecr:.{0,300}permission to (?P<service>\S{1,300}\.amazonaws\.com)",
        (
            "The repository's own policy has to let that service in: a grant to service/NAME with a guard such as "
            "source-account gives its half.",
        ),
        "pull",
        permission=True,
    ),
    Known(
        r"AWSAppRunnerServicePolicyForECRAccess|access role.{0,80}\bECR\b|\bECR\b.{0,80}access role|"
        r"Failed to (copy|pull) the image from ECR",
        ("App Runner pulls with the service's access role, which may not pull, or does not let build.apprunner in.",),
        "pull",
        permission=True,
    ),
    Known(
        r"Back-off pulling image|ImagePullBackOff",
        (
            "The kubelet waits before it tries again. The reason is in an event before: kubectl describe pod NAME; "
            "explain that one.",
        ),
    ),
    Known(
        r"blob upload unknown|blob unknown to registry|manifest blob unknown|UploadNotFoundException|digest invalid",
        ("The upload was broken off or its layers are not there. Push again; no policy is the cause.",),
    ),
    Known(
        r"(status|HTTP status:?|request to \S{1,300}:|response)\s*(code\s*)?5\d\d\b|"
        r"\b50[0234] (Internal Server Error|Bad Gateway|Service (Temporarily )?Unavailable|Gateway Time-?out)|"
        r"ServerException",
        ("The registry, or what stands before it, failed. Try again later; no policy is the cause.",),
    ),
    Known(
        r"(status|request to \S{1,300}:|response)\s*(code\s*)?404\b|404 Not Found",
        (
            "There is no such repository, tag or digest. Compare name, region and account.",
            "It is the first pull through a pull-through cache, and the role may not do ecr:CreateRepository "
            "or ecr:BatchImportUpstreamImage (the operation first-pull).",
        ),
    ),
    Known(
        r"405 Method Not Allowed|Unable to access the repository '\S{1,300}' at tag",
        ("The registry's address or the repository's name is wrong, or the client asks what ECR does not have.",),
    ),
    Known(
        r"broken pipe|connection reset by peer|unexpected EOF|: EOF\b",
        ("The connection was broken off: the network or a proxy, not a permission. Try again.",),
    ),
    Known(
        r"MalformedPolicyDocument|Syntax errors in policy",
        ("The policy is not valid: ecrgen check FILE says where.",),
    ),
    Known(
        r"SecretNotFoundException|UnableTo(Access|Decrypt)SecretException?|UnableToDecryptSecretValueException",
        (
            "The secret of the pull-through cache rule is not there, or its name does not begin with "
            "ecr-pullthroughcache/, or its key of KMS may not be used. No policy for ECR mends it.",
        ),
    ),
    Known(
        r"UnableTo(Get|List)Upstream\w{1,60}Exception|UnsupportedUpstreamRegistryException",
        ("The registry behind the pull-through cache did not give the image. No policy for ECR mends it.",),
    ),
    Known(
        r"ImageArchivedException|LayerInaccessibleException",
        ("The image is archived: restore it (the operation archive), then pull it.",),
    ),
    Known(
        r"BlockedByOrganizationPolicyException",
        ("A policy of the organization forbids what the repository's policy says; its administrators can change it.",),
    ),
)
