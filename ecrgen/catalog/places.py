"""Places: the resources whose own policies say whom they let in"""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.policy.kinds import PUBLIC_REPOSITORY, REGISTRY, REPOSITORY, PolicyKind

__all__ = ["PUBLIC", "Place", "Registry", "Repositories", "Repository"]

# In words, where the region of others stands: the repositories of ECR Public are in none, written as an empty one.
PUBLIC = "ECR Public"


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """The policy of one repository, by the repository's ARN."""

    arn: str

    @property
    def kind(self) -> PolicyKind:
        return PUBLIC_REPOSITORY if self.arn.split(":")[2] == "ecr-public" else REPOSITORY

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def name(self) -> str:
        return self.arn.partition(":repository/")[2]

    def __str__(self) -> str:
        return self.arn


@dataclass(frozen=True, slots=True, order=True)
class Repositories:
    """The policies of all repositories that there are of a pattern, an ARN with wildcards in the repository's name."""

    pattern: str

    @property
    def kind(self) -> PolicyKind:
        return Repository(self.pattern).kind

    @property
    def region(self) -> str:
        return Repository(self.pattern).region

    @property
    def account(self) -> str:
        return Repository(self.pattern).account

    def __str__(self) -> str:
        return self.pattern


@dataclass(frozen=True, slots=True, order=True)
class Registry:
    """The registry's policy of an account and a region."""

    account: str
    region: str

    @property
    def kind(self) -> PolicyKind:
        return REGISTRY

    def __str__(self) -> str:
        return f"the registry of account {self.account} in {self.region}"


Place = Repository | Repositories | Registry
