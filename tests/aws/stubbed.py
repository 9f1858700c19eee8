"""Clients of services that moto does not have: botocore's Stubber answers by the service model's shapes."""

from __future__ import annotations

from typing import Any

import boto3

__all__ = ["client_of"]


def client_of(service: str, region: str = "us-east-1") -> Any:
    """A client that could not sign a real request, to be stubbed."""
    return boto3.client(
        service,
        region_name=region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
