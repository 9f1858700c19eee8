"""moto as a server in this process, strict as IAM is, with faults before and after calls, and every call noted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from socket import SHUT_RDWR
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl

from moto.cloudformation import cloudformation_backends
from moto.ecr.models import ECRBackend, ecr_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

__all__ = ["ACCOUNT", "WRITES", "Call", "Changed", "Cut", "Page", "Reply", "Server"]

ACCOUNT = "123456789012"
WRITES = re.compile(r"Create|Delete|Attach|Detach|Set|Tag|Untag|Put|Update")
# of the credentials that a call is signed with
SCOPE = re.compile(r"(Credential=[^/]*/[0-9]+)/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/")
# moto has no ECR Public: it is a registry of ECR, in a region that no test is about.
PUBLIC_REGION = "me-central-1"


@dataclass(frozen=True)
class Call:
    """A call as it arrives: its number since the last `reset`, its operation, its parameters, the caller's app id.

    `region` is where it was sent, and empty for IAM, STS and ECR Public; `as_json`: the service speaks JSON, not XML.
    """

    number: int
    operation: str
    parameters: dict[str, Any]
    app: str
    region: str = ""
    as_json: bool = False
    public: bool = False

    @property
    def writes(self) -> bool:
        return WRITES.match(self.operation) is not None


@dataclass(frozen=True)
class Reply:
    """An error that is answered instead of moto's reply."""

    status: int
    code: str
    message: str = "made up by a test"


@dataclass(frozen=True)
class Page:
    """Bytes that are answered instead of moto's reply, such as a proxy's page; `short`: less of them than announced."""

    body: str
    status: int = 200
    short: bool = False


@dataclass(frozen=True)
class Changed:
    """What moto replied, changed; only `after` can answer so."""

    change: Callable[[bytes], bytes]


class Cut:
    """The connection is cut instead of a reply."""


Fault = Callable[[Call], Reply | Page | Changed | Cut | None]


def no_fault(call: Call) -> None:
    return None


@dataclass
class Server:
    """`before` may answer instead of moto; `after` may hide what moto answered; `seen` is told after each write.

    `calls` are those since the last `reset`, `ever` all that were made.
    """

    before: Fault = no_fault
    after: Fault = no_fault
    seen: Callable[[Call], None] = no_fault
    calls: list[Call] = field(default_factory=list)
    ever: list[Call] = field(default_factory=list)
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def start(self) -> None:
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self.application, threaded=True, request_handler=QuietHandler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def reset(self) -> None:
        """An empty account, no faults, no calls."""
        self.before = self.after = self.seen = no_fault
        self.calls.clear()
        iam_backends.reset()
        ecr_backends.reset()
        cloudformation_backends.reset()

    @property
    def account(self) -> IAMBackend:
        return iam_backends[ACCOUNT]["aws"]

    def registry(self, region: str = "us-east-1", account: str = ACCOUNT) -> ECRBackend:
        """The registry of a region; without one, that of ECR Public."""
        return ecr_backends[account][region or PUBLIC_REGION]

    def replied(self, call: Call, environ: dict[str, Any], head: list[Any]) -> list[bytes]:
        """What moto replies, and its head."""
        if call.public:
            as_private(environ)
        chunks = list(self.moto(environ, lambda status, headers, info=None: head.append((status, headers))))
        if not call.public:
            return chunks
        private, public = f"arn:aws:ecr:{PUBLIC_REGION}:", "arn:aws:ecr-public::"
        whole = b"".join(chunks).replace(private.encode(), public.encode())
        status, headers = head.pop()
        head.append((status, [*plain_headers(headers), ("Content-Length", str(len(whole)))]))
        return [whole]

    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if len(body) < length:  # the caller was killed while it was sending, so that no call arrived
            start_response("400 Bad Request", [])
            return []
        with self.lock:
            call = call_of(len(self.calls), environ, body)
            self.calls.append(call)
            self.ever.append(call)
        chunks: list[bytes] = []
        head: list[Any] = []
        fault = self.before(call)
        if fault is None:
            environ["wsgi.input"] = Body(body)
            with self.lock:
                chunks.extend(self.replied(call, environ, head))
                if call.writes:
                    self.seen(call)
            fault = self.after(call)
        match fault:
            case None:
                start_response(*head[0])
                return chunks
            case Changed(change):
                changed = change(b"".join(chunks))
                start_response(head[0][0], [*plain_headers(head[0][1]), ("Content-Length", str(len(changed)))])
                return [changed]
            case Reply():
                return answer(fault, call, start_response)
            case Page(text, status, short):
                whole = str(len(text.encode()) + (100 if short else 0))
                start_response(f"{status} Said", [("Content-Type", "text/html"), ("Content-Length", whole)])
                return cut_short(text.encode(), environ["werkzeug.socket"]) if short else [text.encode()]
            case Cut():
                environ["werkzeug.socket"].shutdown(SHUT_RDWR)
                start_response("200 OK", [])
                return []


def as_private(environ: dict[str, Any]) -> None:
    """A call of ECR Public as one of ECR, for moto."""
    target = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
    environ["HTTP_X_AMZ_TARGET"] = f"AmazonEC2ContainerRegistry_V20150921.{target}"
    environ["HTTP_AUTHORIZATION"] = SCOPE.sub(rf"\1/{PUBLIC_REGION}/ecr/", environ["HTTP_AUTHORIZATION"])


def plain_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() != "content-length"]


def cut_short(text: bytes, socket: Any) -> Iterator[bytes]:
    yield text
    socket.shutdown(SHUT_RDWR)


class Body:
    """The request's body a second time."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, size: int = -1) -> bytes:
        size = len(self.body) if size is None or size < 0 else size
        out, self.body = self.body[:size], self.body[size:]
        return out

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def call_of(number: int, environ: dict[str, Any], body: bytes) -> Call:
    app = re.search(r"app/(\S+)", environ.get("HTTP_USER_AGENT", ""))
    name = app[1] if app else ""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        scope = SCOPE.search(environ["HTTP_AUTHORIZATION"])
        assert scope is not None
        public = scope["service"] == "ecr-public"
        assert not public or scope["region"] == "us-east-1"
        region = "" if public else scope["region"]
        return Call(number, target.rpartition(".")[2], json.loads(body), name, region, as_json=True, public=public)
    parameters = dict(parse_qsl(body.decode()))
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    region = scope["region"] if scope and scope["service"] == "cloudformation" else ""
    return Call(number, parameters.get("Action", ""), parameters, name, region)


def answer(reply: Reply, call: Call, start_response: Callable[..., Any]) -> list[bytes]:
    if call.as_json:
        start_response(f"{reply.status} Error", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"__type": reply.code, "message": reply.message}).encode()]
    text = (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        f"<Code>{reply.code}</Code><Message>{reply.message}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    )
    start_response(f"{reply.status} Error", [("Content-Type", "text/xml")])
    return [text.encode()]


class QuietHandler(MotoRequestHandler):
    """Keeps connections open, and its log to itself."""

    def log(self, *arguments: Any, **named: Any) -> None:
        return None
