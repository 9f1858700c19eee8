"""What an operation, an action and a resource mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Operation, Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.operations import Situation, answer, question

TARGET = Target("aws", "111122223333", ("eu-west-1", "us-east-1"))
MY_REPO = "arn:aws:ecr:eu-west-1:111122223333:repository/my-repo"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(builtin_file())


def requests(catalog: Catalog, name: str, resource: str | None = None, situation: Situation | None = None) -> list[str]:
    asked = question(catalog, name, resource, situation or Situation(TARGET))
    return [f"{step.request.action} {step.request.resource}" for step in asked.steps]


def problem(catalog: Catalog, name: str, resource: str | None = None) -> str:
    with pytest.raises(EcrgenError) as raised:
        question(catalog, name, resource, Situation(TARGET))
    return str(raised.value)


def test_what_is_needed_comes_first(catalog: Catalog) -> None:
    """An operation asks for all it needs, in the order in which a client calls it, and each action once."""
    assert requests(catalog, "first-pull", "my-repo") == [
        "ecr:GetAuthorizationToken *",
        f"ecr:BatchGetImage {MY_REPO}",
        f"ecr:GetDownloadUrlForLayer {MY_REPO}",
        f"ecr:BatchImportUpstreamImage {MY_REPO}",
        f"ecr:CreateRepository {MY_REPO}",
    ]


def test_own_steps(catalog: Catalog) -> None:
    """An operation's own steps leave out those of the operations it needs."""
    asked = question(catalog, "pull", "my-repo", Situation(TARGET))
    assert [step.request.action for step in asked.own] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_needs_in_a_circle(catalog: Catalog) -> None:
    """Operations that need each other end, each asked once."""
    circle = {
        "a": Operation("a", ("ecr:PutImage",), "repository", needs=("b",)),
        "b": Operation("b", ("ecr:ListImages",), "repository", needs=("a", "b")),
    }
    wanted = [f"ecr:ListImages {MY_REPO}", f"ecr:PutImage {MY_REPO}"]
    assert requests(replace(catalog, operations=circle), "a", "my-repo") == wanted


def test_action_by_any_case(catalog: Catalog) -> None:
    """An action may be written in any case, and is asked as AWS writes it."""
    assert requests(catalog, "ECR:putimage", "my-repo") == [f"ecr:PutImage {MY_REPO}"]


def test_arn_stays(catalog: Catalog) -> None:
    """A repository's ARN is asked as it is, wherever the target is."""
    arn = "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/web"
    assert requests(catalog, "list", arn) == [f"ecr:ListImages {arn}", f"ecr:DescribeImages {arn}"]


@pytest.mark.parametrize("name", ["login", "ecr:PutRegistryPolicy", "iam:ListUsers"])
def test_on_no_resource(catalog: Catalog, name: str) -> None:
    """What works on no resource is asked of `*`."""
    assert [line.split()[1] for line in requests(catalog, name)] == ["*"]


def test_on_no_resource_though_named(catalog: Catalog) -> None:
    """An action on no resource is asked of `*` even where a repository is named, as AWS does."""
    assert requests(catalog, "ecr:PutRegistryPolicy", "my-repo") == ["ecr:PutRegistryPolicy *"]


@pytest.mark.parametrize(
    ("name", "resource", "words"),
    [
        ("pusch", "my-repo", "no operation 'pusch'; meant push? (or an action"),
        ("push", None, "push: needs a repository"),
        ("ecr:PutImage", None, "ecr:PutImage: needs a repository"),
        ("iam:GetUser", None, "iam:GetUser: needs a resource; give its ARN"),
        ("iam:GetUser", "bob", "'bob': name what iam acts on by its ARN"),
        ("ecr:PutImag", "my-repo", "meant ecr:PutImage?"),
        ("ecrr:PutImage", "my-repo", "'ecrr:PutImage': no action"),
        ("ecr:Put*", "my-repo", "without * or ?"),
        ("push", "my-repo*", "without * or ?"),
        ("push", "My-Repo", "lower case"),
        ("push", "", "2 to 256 characters"),
        ("push", "arn:aws:ecr:us-east-1:123456789012:repository/team-*", "without * or ?"),
        ("push", "arn:aws:ecr:us-east-1:12345678901:repository/my-repo", "not a repository's ARN"),
        ("push", "arn:aws:ecr:cn-north-1:123456789012:repository/my-repo", "not a repository's ARN"),
        ("push", "arn:aws:ecr:us-east-1:123456789012:image/my-repo", "not a repository's ARN"),
        ("push", "arn:aws:iam::123456789012:user/bob", "not a repository's ARN"),
        ("iam:GetUser", "arn:aws:iam::123456789012:user/*", "no * or ?"),
        ("iam:GetUser", "arn:aws:iam::1:user/bob", "no account id of 12 digits"),
    ],
)
def test_wrong(catalog: Catalog, name: str, resource: str | None, words: str) -> None:
    """What cannot be asked is refused with what would be right."""
    assert words in problem(catalog, name, resource)


def test_wrong_actions_of_an_operation(catalog: Catalog) -> None:
    """Every wrong action of an operation is told at once."""
    odd = replace(catalog, operations={"odd": Operation("odd", ("ecr:PutImag", "ecr:Get*"), "repository")})
    message = problem(odd, "odd", "my-repo")
    assert "'ecr:PutImag'" in message
    assert "'ecr:Get*'" in message


def test_default_principal(catalog: Catalog) -> None:
    """Unless said, someone in the resource's own account asks, else in the target's; the same one for every action."""
    elsewhere = "arn:aws-cn:ecr:cn-north-1:444455556666:repository/my-repo"
    for resource, principal in (
        ("my-repo", "arn:aws:sts::111122223333:assumed-role/example/session"),
        (elsewhere, "arn:aws-cn:sts::444455556666:assumed-role/example/session"),
    ):
        asked = question(catalog, "pull", resource, Situation(TARGET))
        assert {step.request.principal for step in asked.steps} == {principal}
    assert question(catalog, "iam:ListUsers", None, Situation(TARGET)).principal.split(":")[4] == "111122223333"


def test_region_of_login(catalog: Catalog) -> None:
    """A login goes to the region of its repository, else to the target's first, unless the context says otherwise."""

    def region(resource: str | None, **context: str) -> object:
        situation = Situation(TARGET, context={key.replace("_", ":"): value for key, value in context.items()})
        return question(catalog, "login", resource, situation).steps[0].request.keys["aws:requestedregion"]

    assert region(None) == "eu-west-1"
    assert region("arn:aws:ecr:ap-south-1:123456789012:repository/my-repo") == "ap-south-1"
    assert region(None, aws_requestedregion="us-west-2") == "us-west-2"


def test_answer(catalog: Catalog) -> None:
    """An answer has every decision, names what is missing, and what the client shows at the first denial."""
    policy = PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"},
            ],
        }
    )
    found = answer(question(catalog, "pull", "my-repo", Situation(TARGET)), identity=[policy])
    assert [each.answer for each in found.asked] == ["yes", "yes", "no"]
    assert found.answer == "no"
    assert found.missing == ("ecr:GetDownloadUrlForLayer",)
    assert found.message == (
        "error pulling image configuration: download failed after attempts=1: denied: "
        "User: arn:aws:sts::111122223333:assumed-role/example/session is not authorized to perform: "
        f"ecr:GetDownloadUrlForLayer on resource: {MY_REPO} "
        "because no identity-based policy allows the ecr:GetDownloadUrlForLayer action"
    )


def test_message_is_no_program(catalog: Catalog) -> None:
    """A message fills in the three names and nothing else, whatever braces it holds."""
    message = "{principal.__class__} {0} {action} {resource} {{action}}"
    odd = replace(catalog, operations={"odd": Operation("odd", ("ecr:PutImage",), "repository", message=message)})
    found = answer(question(odd, "odd", "my-repo", Situation(TARGET)))
    assert found.message == f"{{principal.__class__}} {{0}} ecr:PutImage {MY_REPO} {{ecr:PutImage}}"


def test_no_message_for_an_action(catalog: Catalog) -> None:
    """An action by itself has no client, and what is allowed shows nothing."""
    assert answer(question(catalog, "ecr:PutImage", "my-repo", Situation(TARGET))).message is None


def test_service_without_token(catalog: Catalog) -> None:
    """An AWS service pulls without a token: the login that a pull needs is not asked of it, and a note says so."""
    lambda_ = Situation(TARGET, "lambda.amazonaws.com", {"aws:SourceAccount": "111122223333"})
    assert requests(catalog, "pull", "my-repo", lambda_) == [
        f"ecr:BatchGetImage {MY_REPO}",
        f"ecr:GetDownloadUrlForLayer {MY_REPO}",
    ]
    (note,) = question(catalog, "pull", "my-repo", lambda_).notes
    assert "lambda.amazonaws.com needs no token" in note
    assert requests(catalog, "login", None, lambda_) == ["ecr:GetAuthorizationToken *"]
    person = Situation(TARGET, "arn:aws:iam::111122223333:user/alice")
    assert requests(catalog, "pull", "my-repo", person)[0] == "ecr:GetAuthorizationToken *"


@pytest.mark.parametrize("key", ["aws:RequestTag/team", "AWS:requesttag/team", "aws:TagKeys"])
@pytest.mark.parametrize("name", ["create-repository", "create-and-push", "ecr:CreateRepository"])
def test_creating_with_tags(catalog: Catalog, name: str, key: str) -> None:
    """A repository that is created with tags is also tagged, right then; one without is not."""
    tagged = requests(catalog, name, "my-repo", Situation(TARGET, context={key: "a"}))
    assert tagged[:2] == [f"ecr:CreateRepository {MY_REPO}", f"ecr:TagResource {MY_REPO}"]
    other = requests(catalog, name, "my-repo", Situation(TARGET, context={"aws:ResourceTag/team": "a"}))
    assert other == [each for each in tagged if "TagResource" not in each]


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "ecr:ResourceTag/team"])
def test_tags_are_the_repositorys(catalog: Catalog, key: str) -> None:
    """The tags of a repository are in the requests for it, not in the login that comes first."""
    context = {key: "web", "aws:ResourceAccount": "111122223333"}
    login, *others = question(catalog, "pull", "my-repo", Situation(TARGET, context=context)).steps
    assert key.lower() not in login.request.keys
    assert {step.request.keys[key.lower()] for step in others} == {"web"}


def test_account_of_the_repository(catalog: Catalog) -> None:
    """Whose the repository is may be said, also by somebody of another account, whose login is of its own account."""
    theirs = "arn:aws:iam::444455556666:user/alice"
    situation = Situation(TARGET, theirs, {"aws:resourceaccount": "111122223333"})
    asked = [step.request.keys["aws:resourceaccount"] for step in question(catalog, "pull", MY_REPO, situation).steps]
    assert asked == ["444455556666", "111122223333", "111122223333"]


def test_public(catalog: Catalog) -> None:
    """A token of ECR Public takes the bearer token of STS, and a name is a repository of ECR Public."""
    asked = requests(catalog, "public-push", "my-tool")
    assert asked[:2] == ["ecr-public:GetAuthorizationToken *", "sts:GetServiceBearerToken *"]
    assert {each.split()[1] for each in asked[2:]} == {"arn:aws:ecr-public::111122223333:repository/my-tool"}
    assert requests(catalog, "ecr-public:GetAuthorizationToken") == asked[:2]
    assert "a repository of ecr, which an action of ecr-public" in problem(
        catalog, "public-push", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/my-tool"
    )
    assert "not a repository's ARN, such as arn:aws:ecr-public::" in problem(catalog, "public-push", MY_REPO)


def test_taken_over_steps(catalog: Catalog) -> None:
    """A step that an operation shares with what it needs is its own, and stays in its place."""
    asked = question(catalog, "create-and-push", "my-repo", Situation(TARGET))
    assert [step.request.action for step in asked.own] == ["ecr:CreateRepository"]
    assert asked.steps[0].request.action == "ecr:CreateRepository"


def test_message_of_what_is_needed(catalog: Catalog) -> None:
    """The message is of the operation that is denied first; of one that says nothing, nothing is made up."""
    operations = {
        "a": Operation("a", ("ecr:PutImage",), "repository", message="a {action}"),
        "b": Operation("b", ("ecr:ListImages",), "repository", needs=("a",), message="b {action}"),
        "c": Operation("c", ("ecr:BatchGetImage",), "repository"),
        "d": Operation("d", ("ecr:ListImages",), "repository", needs=("c",), message="d {action}"),
    }
    odd = replace(catalog, operations=operations)
    assert answer(question(odd, "b", "my-repo", Situation(TARGET))).message == "a ecr:PutImage"
    assert answer(question(odd, "d", "my-repo", Situation(TARGET))).message is None


@pytest.mark.parametrize(
    ("principal", "resource_policy", "end"),
    [
        (
            "arn:aws:iam::111122223333:user/alice",
            None,
            "because no identity-based policy allows the ecr:PutImage action",
        ),
        (
            "arn:aws:iam::444455556666:user/alice",
            None,
            "because no resource-based policy allows the ecr:PutImage action",
        ),
        ("lambda.amazonaws.com", None, "because no resource-based policy allows the ecr:PutImage action"),
        ("arn:aws:iam::111122223333:user/alice", "Deny", "with an explicit deny in a resource-based policy"),
    ],
)
def test_end_of_the_sentence(catalog: Catalog, principal: str, resource_policy: str | None, end: str) -> None:
    """AWS's sentence ends with the kind of policy that denies or does not allow."""
    statement = {"Effect": resource_policy, "Principal": "*", "Action": "ecr:PutImage"}
    document = {"Version": "2012-10-17", "Statement": statement}
    operation = Operation("odd", ("ecr:PutImage",), "repository", message="{denial}")
    odd = replace(catalog, operations={"odd": operation})
    asked = question(odd, "odd", "my-repo", Situation(TARGET, principal))
    found = answer(asked, resource=[PolicyDocument.from_dict(document)] if resource_policy else [])
    said = f"User: {principal} is not authorized to perform: ecr:PutImage on resource: {MY_REPO}"
    assert found.message == f"{said} {end}"


def test_explicit_deny_of_an_identity_policy(catalog: Catalog) -> None:
    """The sentence about an explicit deny of the caller's own policies says so."""
    statement = {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}
    policy = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})
    found = answer(question(catalog, "push", "my-repo", Situation(TARGET)), identity=[policy])
    assert found.message is not None
    assert "GetAuthorizationToken on resource: * with an explicit deny in an identity-based policy;" in found.message


def test_all_repositories(catalog: Catalog) -> None:
    """Describing repositories without naming one is asked of all of them, and no narrower pattern allows that."""
    everything = MY_REPO.replace("my-repo", "*")
    assert requests(catalog, "ecr:DescribeRepositories") == [f"ecr:DescribeRepositories {everything}"]
    assert requests(catalog, "ecr:DescribeRepositories", "my-repo") == [f"ecr:DescribeRepositories {MY_REPO}"]
    assert "needs a repository" in problem(catalog, "ecr:ListImages")
    asked = question(catalog, "ecr:DescribeRepositories", None, Situation(TARGET))
    for resource, allowed in (("*", True), (everything, True), (MY_REPO, False), (MY_REPO[:-4] + "*", False)):
        statement = {"Effect": "Allow", "Action": "ecr:Describe*", "Resource": resource}
        policy = PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})
        assert (answer(asked, identity=[policy]).answer == "yes") is allowed, resource
    for wrong in (everything.replace("eu-west-1", "*"), everything.replace("*", "team/*")):
        with pytest.raises(EcrgenError, match="holds no"):
            Situation(TARGET).request("ecr:DescribeRepositories", wrong)
    with pytest.raises(EcrgenError, match="holds no"):
        Situation(TARGET).request("ecr:ListImages", everything)
