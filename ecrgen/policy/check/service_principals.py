"""The form that the name of an AWS service has as a principal."""

from __future__ import annotations

import re

from ecrgen.policy.names import SERVICE_PRINCIPAL

__all__ = ["is_service_principal"]

FORM = re.compile(SERVICE_PRINCIPAL)


def is_service_principal(text: str) -> bool:
    return FORM.fullmatch(text) is not None
