"""One old and one new catalog whose difference holds every kind of change, and the account of the old one."""

from __future__ import annotations

from accounts import allowing, grant, wanted
from moto.iam.models import IAMBackend
from server import Call, Server
from world import add_grantees, add_policy, attach, model, target

ACTIONS = ("PutImage",)
REPOSITORIES = ("p", "q", "r", "s", "t", "u")
# The calls of a run that nothing disturbs, after GetCallerIdentity; a test keeps the number true.
CALLS = 40

OLD = wanted(
    grant("full", allowing("p"), "role/ci"),  # has five versions
    grant("gone", allowing("q"), "role/ci", "user/ann"),
    grant("grows", allowing("r"), "role/stays", "role/leaves"),
    grant("moves", allowing("s"), "role/moves"),
    grant("part-1", allowing("t", "u"), "role/ci"),
    grant("part-2", allowing("s"), "role/ci"),
    grant("fence", allowing(denied=["r"]), "group/devs"),
    grant("inside", allowing("r", "q"), "group/devs"),
)
NEW = wanted(
    grant("full", allowing("p", "q"), "role/ci"),
    grant("new", allowing("q"), "role/ci", "group/devs"),
    grant("grows", allowing("r", "p"), "role/stays"),
    grant("lands", allowing("s"), "role/moves"),
    grant("part-1", allowing("t"), "role/ci"),
    grant("part-2", allowing("s", "u"), "role/ci"),
    grant("other-fence", allowing(denied=["r", "t"]), "group/devs"),
    grant("inside", allowing("r", "t"), "group/devs"),
)


def seed(account: IAMBackend) -> None:
    """The account of the old catalog, with history, strangers and things that are nobody's business."""
    add_grantees(account, "role/ci", "role/stays", "role/leaves", "role/moves", "user/ann", "group/devs")
    for name, policy in OLD.policies.items():
        history = [allowing(f"old{n}") for n in range(4)] if policy.grant in ("full", "gone") else []
        add_policy(account, name, *history, policy.document)
    for attachment in OLD.attachments:
        attach(account, attachment.policy, str(attachment.grantee))
    foreign = add_policy(account, "foreign", allowing("p"), path="/ecrgenx/")
    attach(account, foreign.arn, "role/ci")


def watch(server: Server) -> list[str]:
    """Notes every write after which somebody has access that neither the old nor the new catalog gives."""
    bound = target(OLD).access(ACTIONS, REPOSITORIES) | target(NEW).access(ACTIONS, REPOSITORIES)
    leaks: list[str] = []

    def look(call: Call) -> None:
        more = model(server.account).access(ACTIONS, REPOSITORIES) - bound
        if more:
            leaks.append(f"{call.number} {call.operation}: {more}")

    server.seen = look
    return leaks
