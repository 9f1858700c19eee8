"""The calls that change IAM: one method per change, each may be repeated, and none leaves the namespace's path"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch import GRANTEE_PARAMETER, attached_to, default_version, tags_of
from ecrgen.account.namespace import Namespace
from ecrgen.account.provenance import VERSIONS, InForce, made_of, with_newest, written
from ecrgen.account.state import Attachment, Grantee
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import in_words
from ecrgen.policy.document import PolicyDocument

__all__ = ["Iam"]


class Iam:
    """The policies of one namespace in one account, to be changed. Every method raises AwsError or EcrgenError."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self.connection = connection
        self._namespace = Namespace(connection.partition, connection.account, namespace)
        self._made: set[str] = set()

    def create_policy(self, arn: str, document: PolicyDocument, tags: Mapping[str, str], newest: InForce) -> None:
        """Create a policy. One that is there already has to have this document."""
        name = self._own(arn)
        parameters = {
            "PolicyName": name,
            "Path": self._namespace.path,
            "PolicyDocument": document.to_json(indent=None),
            "Tags": tag_list({**tags, VERSIONS: written((newest,))}),
        }
        try:
            self.connection.send("CreatePolicy", name, parameters, done=lambda: self._holds(arn, document))
        except AwsError as error:
            if error.fault.meaning != "exists":
                raise
            if not self._holds(arn, document):
                raise EcrgenError(
                    f"CreatePolicy {name}: somebody made a policy of this name meanwhile, with another document or "
                    "under another path; plan again"
                ) from None
        self._made.add(arn)

    def update_policy(
        self,
        arn: str,
        document: PolicyDocument,
        tags: Mapping[str, str],
        newest: InForce,
        *,
        expected: str,
        spare: str | None,
    ) -> None:
        """Make the document the new default version of a policy, the version `spare` deleted first to make room.

        `expected` is the default version that the plan saw. Where it is another by now, that has to have the document.
        """
        name = self._own(arn)
        default, before = self._default(arn)
        if default != expected:
            if self._holds(arn, document):
                return
            raise EcrgenError(f"{name}: its default version is {default}, and was {expected} when planned; plan again")
        if spare is not None:
            self._delete_version(arn, spare)
        self._tag(arn, {**tags, VERSIONS: written(with_newest(made_of(before), newest))})
        self.connection.send(
            "CreatePolicyVersion",
            name,
            {"PolicyArn": arn, "PolicyDocument": document.to_json(indent=None), "SetAsDefault": True},
            done=lambda: self._holds(arn, document),
        )

    def set_default_version(self, arn: str, version: str, newest: InForce) -> None:
        """Make a version the default one, and read back that it is.

        What was put in force after it is forgotten, so that another way back goes on from there.
        """
        name = self._own(arn)
        entries = made_of(self._default(arn)[1])
        known = [number for number, entry in enumerate(entries) if entry.document == newest.document]
        self._tag(arn, {VERSIONS: written(entries[known[0] :] if known else with_newest(entries, newest))})
        self.connection.send(
            "SetDefaultPolicyVersion",
            name,
            {"PolicyArn": arn, "VersionId": version},
            done=lambda: self._default(arn)[0] == version,
        )
        default = ""
        for attempt in range(self.connection.attempts):
            self.connection.wait(attempt)
            default = self._default(arn)[0]
            if default == version:
                return
        raise EcrgenError(f"{name}: was set to {version}, and IAM says {default}; somebody else changed it meanwhile")

    def attach(self, attachment: Attachment) -> None:
        """Attach an own policy, or one of AWS's, to a grantee; twice is once."""
        if not attachment.policy.startswith(f"arn:{self.connection.partition}:iam::aws:policy/"):
            self._own(attachment.policy)
        kind, grantee = attachment.grantee.kind, attachment.grantee
        self.connection.send(
            f"Attach{kind.capitalize()}Policy",
            f"{attachment.name} to {grantee}",
            {GRANTEE_PARAMETER[kind]: grantee.name, "PolicyArn": attachment.policy},
            done=lambda: self._attached(attachment),
            absent_is_busy=attachment.policy in self._made,
        )

    def detach(self, attachment: Attachment) -> None:
        """Detach an own policy from a grantee; what is not attached is done."""
        self._own(attachment.policy)
        kind, grantee = attachment.grantee.kind, attachment.grantee
        self.connection.send(
            f"Detach{kind.capitalize()}Policy",
            f"{attachment.name} from {grantee}",
            {GRANTEE_PARAMETER[kind]: grantee.name, "PolicyArn": attachment.policy},
            done=lambda: not self._attached(attachment),
            gone_is_done=True,
        )

    def delete_policy(self, arn: str, bounds: Sequence[Grantee] = ()) -> None:
        """Delete a policy with all its versions; what is gone is done.

        `bounds` are those whose permissions boundary it is: IAM refuses then, once the other versions are gone, so
        nothing is done.
        """
        name = self._own(arn)
        if bounds:
            raise EcrgenError(
                f"DeletePolicy {name}: it is the permissions boundary of {in_words(map(str, bounds))}; "
                "take it away there first (iam:DeleteRolePermissionsBoundary, iam:DeleteUserPermissionsBoundary)"
            )
        try:
            pages = list(self.connection.pages("ListPolicyVersions", name, PolicyArn=arn))
        except AwsError as error:
            if error.fault.meaning == "absent":
                return
            raise
        for version in (version for page in pages for version in page.items("Versions")):
            if not version.flag("IsDefaultVersion"):
                self._delete_version(arn, version.text("VersionId"))
        self.connection.send(
            "DeletePolicy",
            name,
            {"PolicyArn": arn},
            done=lambda: self._gone("GetPolicy", PolicyArn=arn),
            gone_is_done=True,
        )

    def _delete_version(self, arn: str, version: str) -> None:
        parameters = {"PolicyArn": arn, "VersionId": version}
        self.connection.send(
            "DeletePolicyVersion",
            f"{arn.rpartition('/')[2]} {version}",
            parameters,
            done=lambda: self._gone("GetPolicyVersion", **parameters),
            gone_is_done=True,
        )

    def _tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self.connection.send("TagPolicy", arn.rpartition("/")[2], {"PolicyArn": arn, "Tags": tag_list(tags)})

    def _default(self, arn: str) -> tuple[str, dict[str, str]]:
        """The default version of a policy, and its tags."""
        policy = self.connection.call("GetPolicy", arn.rpartition("/")[2], PolicyArn=arn).member("Policy")
        return policy.text("DefaultVersionId"), tags_of(policy)

    def _gone(self, operation: str, **parameters: str) -> bool:
        """True where what the operation reads is not there."""
        try:
            self.connection.call(operation, **parameters)
        except AwsError as error:
            if error.fault.meaning == "absent":
                return True
            raise
        return False

    def _attached(self, attachment: Attachment) -> bool:
        return attachment.policy in (attached_to(self.connection, attachment.grantee) or ())

    def _holds(self, arn: str, document: PolicyDocument) -> bool:
        """True where a policy is there and its default version is this document."""
        try:
            return default_version(self.connection, arn).document().normalised() == document.normalised()
        except PolicyError:
            return False
        except AwsError as error:
            if error.fault.meaning == "absent":
                return False
            raise

    def _own(self, arn: str) -> str:
        """The name of a policy that is the namespace's own; anything else is refused here, whatever a plan says."""
        if not self._namespace.owns(arn):
            raise EcrgenError(f"{arn}: not directly below {self._namespace.arn('')}, and ecrgen changes nothing else")
        return arn.rpartition("/")[2]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
