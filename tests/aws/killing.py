"""Processes to be killed before or after a call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from server import Call, Cut, Server

__all__ = ["Victim"]

HERE = Path(__file__).parent


class Victim:
    """A process that applies a catalog of `scenario`, to be killed."""

    def __init__(self, server: Server, concurrency: int = 1, catalog: str = "NEW") -> None:
        self.catalog = catalog
        environment = {**os.environ, "AWS_ENDPOINT_URL": server.url}
        environment["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parent), str(HERE.parent.parent)])
        self.server = server
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "victim.py"), str(concurrency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.line() == "ready\n"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def run(self, at: int | None, *, after: bool) -> int:
        """Let it apply; kill it before or after the call of that number took effect. Answers its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{self.catalog}\n")
        self.process.stdin.flush()
        child = int(self.line())

        def kill(call: Call) -> Cut | None:
            if call.number != at:
                return None
            os.kill(child, signal.SIGKILL)
            return Cut()

        if after:
            self.server.after = kill
        else:
            self.server.before = kill
        os.kill(child, signal.SIGCONT)
        return int(self.line())

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
