"""Limits on the length of a document, in characters, white space not counted.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

__all__ = ["ECR_POLICY", "INLINE", "MANAGED", "READABLE"]

MANAGED = 6144
INLINE = 10240
ECR_POLICY = 10240
# 25 managed policies, the most a quota can be raised to, and the inline ones.
READABLE = 25 * MANAGED + INLINE
