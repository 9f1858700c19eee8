"""A process that plans and applies, to be killed: forked from this one, which has imported everything already.

Says that it is ready; then reads the name of a catalog in `scenario` from each line, forks, says the child's process
id, and when that has ended, how. A child stops itself before its first call, and goes on when told to (SIGCONT).
"""

from __future__ import annotations

import os
import signal
import sys

import scenario
import scenario_halves

from ecrgen.account.connection import Connection, connect
from ecrgen.account.fetch import read_state
from ecrgen.provision.apply import apply
from ecrgen.provision.plan import plan


def run(connection: Connection, catalog: str) -> int:
    if catalog == "BOTH":
        made = scenario_halves.planned(connection)
    else:
        made = plan(getattr(scenario, catalog), read_state(connection, "pay"))
    result = apply(made, connection, prune=True)
    return 0 if result.complete else 1


def main() -> None:
    concurrency = int(sys.argv[1])
    # asks STS who it is; nothing that a child will do is open yet
    connection = connect(region="us-east-1", concurrency=concurrency, pause=0.001)
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(run(connection, line.strip()))
        os.waitpid(child, os.WUNTRACED)
        say(child)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
