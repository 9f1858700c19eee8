"""A connection to one account's IAM: one session, one way to call, to page, to retry and to report.

Every call is sent again, within bounds, where AWS is busy or did not answer properly.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ecrgen.account.faults import AwsError, Fault, fault_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

__all__ = ["Connection", "connect"]

ATTEMPTS = 8
# seconds: the pause before a call is sent a second time, doubled for each further one, and the longest
PAUSE, LONGEST = 0.2, 10.0
# seconds: how long a connection, the first answer (who the caller is) and any other answer may take
CONNECTING, FIRST_ANSWER, ANSWER = 5, 5, 30


def connect(
    *,
    profile: str | None = None,
    endpoint_url: str | None = None,
    region: str | None = None,
    concurrency: int = 8,
    pause: float = PAUSE,
) -> Connection:
    """A connection as the caller whom boto3's credential chain finds; asks STS who that is.

    `region` is used where the environment and the profile name none. AWS_MAX_ATTEMPTS and AWS_RETRY_MODE, or the
    profile's settings, bound the retries: 8 attempts, adaptive, where unset.
    Raises EcrgenError within seconds where there are no credentials, they are refused, or AWS is out of reach.
    """
    import boto3
    import botocore.session
    from botocore.config import Config

    try:
        core = botocore.session.Session(profile=profile)
        settings = core.get_scoped_config()
        if not (os.environ.get("AWS_RETRY_MODE") or settings.get("retry_mode")):
            core.set_config_variable("retry_mode", "adaptive")
        attempts = str(os.environ.get("AWS_MAX_ATTEMPTS") or settings.get("max_attempts") or ATTEMPTS)
        if not attempts.isdigit():
            raise EcrgenError(f"AWS_MAX_ATTEMPTS (max_attempts): {attempts!r} is no number")
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECTING,
            read_timeout=ANSWER,
            max_pool_connections=concurrency,
        )
        first = config.merge(Config(read_timeout=FIRST_ANSWER))
        session = boto3.Session(botocore_session=core)
        where = session.region_name or region
        sts = session.client("sts", region_name=where, endpoint_url=endpoint_url, config=first)
        iam = session.client("iam", region_name=where, endpoint_url=endpoint_url, config=config)
    except EcrgenError:
        raise
    except Exception as error:
        raise AwsError(fault_of(error), "", "AWS") from None
    return Connection(iam, sts, concurrency, max(int(attempts), 1), pause)


class Connection:
    """Calls to one account, safe to share between threads. `concurrency` is how many may be under way at once."""

    def __init__(
        self, iam: IAMClient, sts: STSClient, concurrency: int = 8, attempts: int = ATTEMPTS, pause: float = PAUSE
    ) -> None:
        self.concurrency = concurrency
        self.attempts = attempts
        self._iam = iam
        self._sts = sts
        self._pause = pause
        self._reached = False
        self.caller = ""  # until STS says
        caller = self.call("GetCallerIdentity")["Arn"]
        arn = Arn.parse(caller)
        if arn is None:
            raise EcrgenError(f"GetCallerIdentity: AWS calls the caller {caller!r}, which is no ARN")
        self.caller = caller
        self.partition = arn.partition
        self.account = arn.account

    def call(self, operation: str, entity: str = "", **parameters: Any) -> Mapping[str, Any]:
        """The answer of an operation, named as AWS names it, about an entity. Raises AwsError."""
        return self.send(operation, entity, parameters) or {}

    def pages(self, operation: str, entity: str = "", **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """Every page of an operation's answer, up to 1,000 items each. Raises AwsError."""
        marker: dict[str, str] = {}
        while True:
            page = self.call(operation, entity, MaxItems=1000, **parameters, **marker)
            yield page
            if not page.get("IsTruncated"):
                return
            marker = {"Marker": page["Marker"]}

    def send(
        self,
        operation: str,
        entity: str,
        parameters: Mapping[str, Any],
        *,
        done: Callable[[], bool] = lambda: False,
        gone_is_done: bool = False,
        absent_is_busy: bool = False,
    ) -> Mapping[str, Any] | None:
        """Send a call until it is answered; None where it is done already. Raises AwsError.

        `done` is asked before a call whose reply was lost is sent again, and before a failure is reported: a write
        that took effect is never written twice. `gone_is_done` and `absent_is_busy` say what NoSuchEntity means: that
        there is nothing left to do, or that what was made a moment ago cannot be seen everywhere yet.
        """
        from botocore import xform_name  # not at the top: a plan from a snapshot never loads botocore

        method = getattr(self._sts if operation == "GetCallerIdentity" else self._iam, xform_name(operation))
        fault = Fault("unclear", "")
        for attempt in range(self.attempts):
            self.wait(attempt)
            if attempt and fault.meaning == "unclear" and done():
                return None
            try:
                answer: Mapping[str, Any] = method(**parameters)
            except Exception as error:
                fault = fault_of(error)
            else:
                self._reached = True
                return answer
            self._reached = self._reached or fault.answered
            if fault.meaning == "absent" and gone_is_done:
                return None
            # what has never answered is not waited for
            again = self._reached and fault.meaning in ("busy", "unclear", "unreachable")
            if not again and not (fault.meaning == "absent" and absent_is_busy):
                break
        if fault.meaning in ("unclear", "refused") and done():
            return None
        raise AwsError(fault, operation, entity, self.caller)

    def wait(self, attempt: int) -> None:
        """Pause before the attempt of that number (0 is the first): twice as long each time, with jitter."""
        if attempt:
            time.sleep(min(self._pause * 2 ** (attempt - 1), LONGEST) * random.uniform(0.5, 1))
