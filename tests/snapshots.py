"""A snapshot as `aws iam get-account-authorization-details` writes it, for tests that change it."""

from __future__ import annotations

from typing import Any

from accounts import ACCOUNT, PREFIX, READ_ONLY, allowing

__all__ = ["GOOD"]


def detail(kind: str, name: str, *attached: str) -> dict[str, Any]:
    return {
        f"{kind.capitalize()}Name": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:{kind}/{name}",
        "Path": "/",
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": PREFIX + "ecrgen.pay.old",
        },
    }


def policy(name: str, *documents: Any) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "Arn": PREFIX + name,
        "Path": "/ecrgen/pay/",
        "DefaultVersionId": f"v{len(documents)}",
        "PolicyVersionList": [
            {"VersionId": f"v{n}", "IsDefaultVersion": True, "CreateDate": "2026-01-01T00:00:00Z", "Document": document}
            for n, document in enumerate(documents, 1)
        ],
    }


GOOD: dict[str, Any] = {
    "UserDetailList": [detail("user", "ann", PREFIX + "ecrgen.pay.old")],
    "GroupDetailList": [detail("group", "devs", PREFIX + "made-by-hand", PREFIX + "ecrgen.pay.web")],
    "RoleDetailList": [detail("role", "ci", PREFIX + "ecrgen.pay.web", READ_ONLY)],
    "Policies": [
        policy("ecrgen.pay.web", allowing("w").to_dict(), allowing("x").to_dict()),
        policy("ecrgen.pay.web.2", allowing("x").to_json()),
        policy("ecrgen.pay.old", allowing("o", denied=["x"]).to_dict()),
        policy("made-by-hand", allowing("*").to_dict()),
    ],
    "IsTruncated": False,
}
