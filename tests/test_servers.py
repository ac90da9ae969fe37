"""The servers of the real pass are what they claim to be; see tests/servers.py."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3
import psycopg
import pytest
import redis
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="only where real servers run")


def s3_client(*, secret: str = "") -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=os.environ["R2_ENDPOINT_URL"],
        aws_access_key_id=os.environ["R2_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or os.environ["R2_SECRET_ACCESS_KEY"],
        region_name="auto",
        config=Config(proxies={}),
    )


def presigned(*, seconds: int, secret: str = "") -> str:
    """The address of an object that exists."""
    bucket = os.environ["R2_BUCKET"]
    s3_client().put_object(Bucket=bucket, Key="tests/servers", Body=b"sound")
    parameters = {"Bucket": bucket, "Key": "tests/servers"}
    return s3_client(secret=secret).generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)


def test_s3_serves_an_address_that_is_signed() -> None:
    answer = requests.get(presigned(seconds=60), timeout=PATIENCE)

    assert (answer.status_code, answer.content) == (200, b"sound")


def test_s3_refuses_an_address_signed_with_another_secret() -> None:
    assert requests.get(presigned(seconds=60, secret="another"), timeout=PATIENCE).status_code == 403


def test_s3_refuses_an_address_without_a_signature() -> None:
    address, _, _ = presigned(seconds=60).partition("?")

    assert requests.get(address, timeout=PATIENCE).status_code == 403


def test_s3_refuses_an_address_that_has_expired() -> None:
    address = presigned(seconds=1)

    def is_over() -> bool:
        return requests.get(address, timeout=PATIENCE).status_code == 403

    wait_until(is_over, what="the end of the address", every=0.2)


def test_s3_refuses_a_client_with_another_secret() -> None:
    with pytest.raises(ClientError) as refused:
        s3_client(secret="another").list_objects_v2(Bucket=os.environ["R2_BUCKET"])

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_redis_answers() -> None:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as connection:
        assert connection.ping()


def test_redis_refuses_a_client_without_the_password() -> None:
    address = os.environ["REDIS_URL"].rpartition("@")[2]
    with redis.Redis.from_url(f"redis://{address}") as connection, pytest.raises(redis.AuthenticationError):
        connection.ping()


def test_postgresql_is_18_and_has_pg_trgm() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        assert connection.info.server_version // 10_000 == 18
        found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        assert found.fetchone()
