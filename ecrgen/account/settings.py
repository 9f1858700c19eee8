"""The caller's settings and credentials: what of them is used, a role that is assumed, and faults that are theirs"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ecrgen.account.faults import AwsError, settings_fault, shown
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["ATTEMPTS", "as_role", "attempts_of", "check_endpoint", "settings_at_work"]

ATTEMPTS = 8
# What CloudTrail calls the sessions of roles that are assumed.
SESSION = "ecrgen"


@contextmanager
def settings_at_work(operation: str = "", about: str = "AWS") -> Iterator[None]:
    """Whatever fails in here, before anything is asked of IAM, is a matter of the caller's settings and credentials."""
    try:
        yield
    except EcrgenError:
        raise
    except Exception as error:
        fault = settings_fault(error)
        raise AwsError(fault, getattr(error, "operation_name", operation), about) from None


def attempts_of(core: Session) -> int:
    """The number of times that a call is sent at most; retries are adaptive where nothing says how they are."""
    settings = core.get_scoped_config()
    if not (os.environ.get("AWS_RETRY_MODE") or settings.get("retry_mode")):
        core.set_config_variable("retry_mode", "adaptive")
    attempts = str(os.environ.get("AWS_MAX_ATTEMPTS") or settings.get("max_attempts") or ATTEMPTS)
    if not re.fullmatch("[0-9]{1,4}", attempts):
        raise EcrgenError(f"AWS_MAX_ATTEMPTS (max_attempts): {quoted(attempts)} is no number up to 9999")
    return max(int(attempts), 1)


def check_endpoint(url: str) -> None:
    """Raise EcrgenError for an address that boto3 takes when a client is made, and to which no call can go."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.port != 0:
            return
        words = "is no address of http or https"
    except ValueError as error:
        words = str(error)
    raise EcrgenError(f"the endpoint {quoted(shown(url))}: {words}")


def as_role(core: Session, role: str, client: Callable[..., Any]) -> None:
    """Give a session a role's credentials, which its own caller asks STS for, and again before they end.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import NoCredentialsError

    caller = core.get_component("credential_provider").load_credentials()
    if caller is None:
        raise NoCredentialsError
    fetcher = AssumeRoleCredentialFetcher(client, caller, role, {"RoleSessionName": SESSION})

    def fetch() -> dict[str, Any]:
        with settings_at_work("AssumeRole", role):
            found: dict[str, Any] = fetcher.fetch_credentials()
            return found

    core.register_component("credential_provider", Assumed(DeferredRefreshableCredentials(fetch, "assume-role")))


@dataclass(frozen=True)
class Assumed:
    """Where a session finds the credentials that it was given."""

    credentials: Any

    def load_credentials(self) -> Any:
        return self.credentials
