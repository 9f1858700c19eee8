"""A connection to one account of AWS: one session, one way to call, to page, to retry and to report.

Every call is sent again, within bounds, where AWS is busy or did not answer properly.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from ecrgen.account.answers import Answer
from ecrgen.account.faults import NO_ANSWER, AwsError, Fault, fault_of, service_of
from ecrgen.account.settings import ATTEMPTS, as_role, attempts_of, check_endpoint, settings_at_work
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.arn import Arn

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

__all__ = ["Connection", "connect"]

# By service: the parameter that says how long a page may be, the one that asks for the next, and how long it may be.
PAGES = {
    "iam": ("MaxItems", "Marker", 1000),
    "ecr": ("maxResults", "nextToken", 1000),
    "organizations": ("MaxResults", "NextToken", 20),
    "cloudformation": ("MaxResults", "NextToken", 100),
}
# seconds: the pause before a call is sent a second time, doubled for each further one, and the longest
PAUSE, LONGEST = 0.2, 10.0
# seconds: how long a connection, the first answer (who the caller is) and any other answer may take
CONNECTING, FIRST_ANSWER, ANSWER = 5, 5, 30


def connect(
    *,
    profile: str | None = None,
    role: str | None = None,
    endpoint_url: str | None = None,
    region: str | None = None,
    concurrency: int = 8,
    pause: float = PAUSE,
) -> Connection:
    """A connection as the caller whom boto3's credential chain finds; asks STS who that is.

    With `role` (its ARN), that caller assumes the role first. `region` is used where the environment and the profile
    name none. AWS_MAX_ATTEMPTS and AWS_RETRY_MODE, or the profile's settings, bound the retries: 8 attempts, adaptive,
    where unset.
    Raises EcrgenError within seconds where there are no credentials, they are refused, or AWS is out of reach.
    """
    import boto3
    import botocore.session

    config, first = config_of(concurrency, ANSWER), config_of(concurrency, FIRST_ANSWER)
    with settings_at_work():
        core = botocore.session.Session(profile=profile)
        attempts = attempts_of(core)
        session = boto3.Session(botocore_session=core)
        where = session.region_name or region
        if role is not None:
            as_role(core, role, partial(core.create_client, region_name=where, endpoint_url=endpoint_url, config=first))
        credentials = session.get_credentials()
        if credentials is not None:
            credentials.get_frozen_credentials()  # now, so that what fails is the credentials and nothing else
        sts = session.client("sts", region_name=where, endpoint_url=endpoint_url, config=first)
        iam = session.client("iam", region_name=where, endpoint_url=endpoint_url, config=config)
        for client in (sts, iam):
            check_endpoint(client.meta.endpoint_url)

    def make_client(service: str, region: str) -> object:
        make: Any = session.client  # is typed for services by their names only
        if service == "ecr" and not region:
            # ECR Public has no regions, and its API is in one. https://docs.aws.amazon.com/general/latest/gr/ecr-public.html
            service, region = "ecr-public", "us-east-1"
        with settings_at_work():
            return make(service, region_name=region or where, endpoint_url=endpoint_url, config=config)

    return Connection(iam, sts, make_client, where or "", concurrency, attempts, pause)


def config_of(concurrency: int, answer: int) -> Config:
    """How clients call: once, as `Connection` does the rest, and with so many seconds for an answer."""
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECTING,
        read_timeout=answer,
        max_pool_connections=concurrency,
    )


class Connection:
    """Calls to one account, safe to share between threads. `concurrency` is how many may be under way at once."""

    def __init__(
        self,
        iam: IAMClient,
        sts: STSClient,
        make: Callable[[str, str], object],
        region: str = "",
        concurrency: int = 8,
        attempts: int = ATTEMPTS,
        pause: float = PAUSE,
    ) -> None:
        """`make` makes the client of a service in a region: called once for each, and by one thread at a time.

        `region` is the one that the caller's settings name, empty where they name none.
        """
        self.region = region
        self.concurrency = concurrency
        self.attempts = attempts
        self._make = make
        self._clients: dict[tuple[str, str], object] = {("iam", ""): iam, ("sts", ""): sts}
        self._lock = Lock()
        self._pause = pause
        self._reached = False
        self.caller = ""  # until STS says
        caller = self.call("GetCallerIdentity").text("Arn")
        arn = Arn.parse(caller)
        if arn is None:
            raise EcrgenError(f"GetCallerIdentity: AWS calls the caller {quoted(caller)}, which is no ARN")
        self.caller = caller
        self.partition = arn.partition
        self.account = arn.account

    def call(self, operation: str, entity: str = "", region: str = "", **parameters: Any) -> Answer:
        """The answer of an operation, named as AWS names it, about an entity. Raises AwsError.

        The operations of ECR and of CloudFormation need a region; without one, those of ECR are ECR Public's.
        """
        answer = self.send(operation, entity, parameters, region=region)
        return Answer(answer, f"{f'{operation} {entity}'.strip()}: AWS did not answer properly")

    def pages(self, operation: str, entity: str = "", region: str = "", **parameters: Any) -> Iterator[Answer]:
        """Every page of an operation's answer.

        Raises AwsError, and EcrgenError for a page that leads nowhere or back to one that was there already.
        """
        service = service_of(operation)
        most, marker, size = PAGES[service]
        more: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            page = self.call(operation, entity, region, **{most: size}, **parameters, **more)
            yield page
            if not page.flag("IsTruncated") if service == "iam" else page.get(marker) is None:
                return
            token = page.text(marker)
            if token in seen:
                raise page.wrong(f"goes round in a circle: a {marker} comes a second time; run it again")
            seen.add(token)
            more = {marker: token}

    def send(
        self,
        operation: str,
        entity: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        attempts: int = 0,
        done: Callable[[], bool] = lambda: False,
        gone_is_done: bool = False,
        absent_is_busy: bool = False,
    ) -> Mapping[str, Any] | None:
        """Send a call until it is answered, so many `attempts` at most; None where it is done already. Raises AwsError.

        `done` reads back whether a write took effect. It is asked before a call whose reply was lost, or was none of
        AWS's, is sent again, and before a failure is reported: what took effect is never written twice.
        `gone_is_done` and `absent_is_busy` say what it means that something is not there: that there is nothing left to
        do, or that what was made a moment ago cannot be seen everywhere yet.
        """
        from botocore import xform_name  # not at the top: a plan from a snapshot never loads botocore

        method = getattr(self.client(service_of(operation), region), xform_name(operation))
        fault = Fault("unclear", "")
        for attempt in range(attempts or self.attempts):
            self.wait(attempt)
            if attempt and fault.meaning == "unclear" and is_so(done):
                return None
            try:
                answer: Mapping[str, Any] = method(**parameters)
            except Exception as error:
                fault = fault_of(error)
            else:
                # whatever AWS answers has an id, and the page of a proxy has none
                # https://docs.aws.amazon.com/IAM/latest/APIReference/programming.html
                if answer.get("ResponseMetadata", {}).get("RequestId"):
                    self._reached = True
                    return answer
                fault = NO_ANSWER
            self._reached = self._reached or fault.answered
            if fault.meaning == "absent" and gone_is_done:
                return None
            # what has never answered is not waited for
            again = self._reached and fault.meaning in ("busy", "unclear", "unreachable")
            if not again and not (fault.meaning == "absent" and absent_is_busy):
                break
        if fault.meaning in ("unclear", "refused") and is_so(done):
            return None
        raise AwsError(fault, operation, entity, self.caller)

    def client(self, service: str, region: str) -> object:
        """The client of a service, in a region where it has any."""
        with self._lock:  # boto3 makes clients for one thread at a time
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make(service, region)
            return self._clients[service, region]

    def wait(self, attempt: int) -> None:
        """Pause before the attempt of that number (0 is the first): twice as long each time, with jitter."""
        if attempt:
            time.sleep(min(self._pause * 2 ** (attempt - 1), LONGEST) * random.uniform(0.5, 1))


def is_so(done: Callable[[], bool]) -> bool:
    """The answer of `done`; where it cannot be had, nothing is known, and no is what never leaves a write out."""
    try:
        return done()
    except EcrgenError:
        return False
