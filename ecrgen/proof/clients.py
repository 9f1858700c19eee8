"""What a client shows of actions that are denied to it: the first denial, in the order of its requests.

A client asks for more than it shows. The answer to a HEAD request has no body, so nothing of AWS's sentence is seen;
some clients go on after a denied HEAD, and show another denial, or none. Worked example: `docker push` without
ecr:BatchCheckLayerAvailability and ecr:PutImage. Its first requests are HEADs of layers, and it goes on where they are
denied; it uploads the layers, which is allowed; then it asks, by HEAD, whether the image's configuration is there, is
denied, and shows `error parsing HTTP 403 response body: unexpected end of JSON input: ""`. It never gets to the
manifest, for which it needs ecr:PutImage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ecrgen.catalog.model import Client, ClientRequest, Operation
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.evaluate import Decision
from ecrgen.policy.image import PUBLIC_HOSTS, registry_host

__all__ = ["DEFAULT", "messages"]

# The client whose message people are shown.
DEFAULT = "docker"
PLACEHOLDER = re.compile(r"\{(?:principal|action|resource|denial|image|url|account|repository)\}")


def messages(
    operations: Sequence[Operation], denied: Mapping[str, Decision], repository: Arn | None
) -> dict[str, str | None]:
    """What each client shows, None where it shows nothing or nobody has said what.

    `operations` are in the order in which they are done, the one that was asked for last; `denied` are the decisions
    that deny, by action in lower case; `repository` is what the operation is done on.
    """
    names = dict.fromkeys(client.name for operation in reversed(operations) for client in clients_of(operation))
    found = ((name, first_denial(name, operations, denied)) for name in names)
    return {name: filled(*denial, repository) if denial else None for name, denial in found}


def clients_of(operation: Operation) -> tuple[Client, ...]:
    """The clients of an operation. Its `message` is docker's, for each of its actions in turn."""
    if operation.clients or operation.message is None:
        return operation.clients
    return (Client(DEFAULT, (ClientRequest(operation.actions, operation.message),)),)


def first_denial(
    name: str, operations: Sequence[Operation], denied: Mapping[str, Decision]
) -> tuple[ClientRequest, Decision] | None:
    """The first of a client's requests whose denial it shows, and the decision that denies."""
    for number, operation in enumerate(operations):
        requests = requests_of(operation, name)
        later = {action for other in operations[number + 1 :] for action in actions_of(other, name)}
        if requests is None:
            if denied.keys() & {action.lower() for action in operation.actions} - later:
                return None  # what the client shows here nobody has said, and to the rest it never gets
            continue
        for request in requests:
            actions = [action.lower() for action in request.actions]
            first = next((action for action in actions if action in denied), None)
            if first is not None and later.isdisjoint(actions):
                return request, denied[first]
    return None


def requests_of(operation: Operation, name: str) -> tuple[ClientRequest, ...] | None:
    """A client's requests, in its order; None where the operation does not say what this client does."""
    return next((client.requests for client in clients_of(operation) if client.name == name), None)


def actions_of(operation: Operation, name: str) -> Iterator[str]:
    """The actions that an operation tells of a client: also those of what it needs, where the order is its own."""
    return (action.lower() for request in requests_of(operation, name) or () for action in request.actions)


def filled(request: ClientRequest, decision: Decision, arn: Arn | None) -> str:
    """A client's message with the values of a denial in it, and nothing else, whatever braces it holds."""
    asked = decision.request
    name = arn.resource.removeprefix("repository/") if arn else "REPOSITORY"
    registry = registry_of(arn) if arn else "REGISTRY"
    values = {
        "{principal}": asked.principal,
        "{action}": asked.action,
        "{resource}": asked.resource,
        "{denial}": sentence(decision),
        "{image}": f"{registry}/{name}",
        "{url}": f"https://{registry}/v2/{name}/{request.request.rpartition(' ')[2]}",
        "{account}": arn.account if arn else "ACCOUNT",
        "{repository}": name,
    }
    return PLACEHOLDER.sub(lambda found: values[found[0]], request.shows)


def registry_of(arn: Arn) -> str:
    if arn.service == "ecr" and partition_of(arn.region):
        return registry_host(arn.account, arn.region)
    return f"{PUBLIC_HOSTS[0]}/ALIAS" if arn.service == "ecr-public" else "REGISTRY"


def sentence(decision: Decision) -> str:
    """AWS's sentence about a request that is denied.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    asked = decision.request
    said = f"User: {asked.principal} is not authorized to perform: {asked.action} on resource: {asked.resource}"
    return f"{said} {decision.denial}"
