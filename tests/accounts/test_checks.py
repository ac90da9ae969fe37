"""Settings of the login at an OpenID provider that cannot be meant are named, without their values."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from pytest_django import Settings

RIGHT: dict[str, Any] = {
    "OIDC_ISSUER": "https://login.example.com/realms/staff",
    "OIDC_CLIENT_ID": "tether-calls",
    "OIDC_CLIENT_SECRET": "a secret of the client",
    "OIDC_FRONTEND_PAGE": "https://app.example.com/login?at=provider",
    "ALLOWED_ORIGINS": ["https://app.example.com"],
}


def named(settings: Settings, *, deploy: bool = False, **changed: Any) -> list[str]:
    for name, value in {**RIGHT, **changed}.items():
        setattr(settings, name, value)
    told = run_checks()
    if deploy:
        # Without the check of the API's document, which makes that anew and has nothing to do with them.
        told += run_checks(tags=[Tags.security], include_deployment_checks=True)
    found = [each for each in told if "OIDC" in str(each.msg)]
    assert not any(RIGHT["OIDC_CLIENT_SECRET"] in str(each.msg) for each in found)
    return [str(each.id) for each in found]


def test_what_is_right_is_not_named(settings: Settings) -> None:
    assert named(settings, deploy=True) == []


def test_nothing_is_named_where_there_is_none(settings: Settings) -> None:
    off = dict.fromkeys(("OIDC_ISSUER", "OIDC_CLIENT_ID"), "")

    assert named(settings, deploy=True, OIDC_ALGORITHMS=["none"], **off) == []


@pytest.mark.parametrize(
    ("changed", "ids"),
    [
        ({"OIDC_ISSUER": ""}, ["tether.E007", "tether.E008"]),
        ({"OIDC_CLIENT_ID": ""}, ["tether.E007"]),
        ({"OIDC_ISSUER": "login.example.com"}, ["tether.E008"]),
        ({"OIDC_ISSUER": "https://login.example.com?x=1"}, ["tether.E008"]),
        ({"OIDC_ISSUER": "https://[login"}, ["tether.E008"]),
        ({"OIDC_SCOPES": "email"}, ["tether.E009"]),
        ({"OIDC_ALGORITHMS": ["RS256", "HS256"]}, ["tether.E010"]),
        ({"OIDC_ALGORITHMS": ["none"]}, ["tether.E010"]),
        ({"OIDC_ALGORITHMS": []}, ["tether.E010"]),
        ({"OIDC_ORGANIZATION": "Example Corp"}, ["tether.E011"]),
        ({"OIDC_CREATES_ACCOUNTS": True}, ["tether.E012"]),
        ({"OIDC_CREATES_ACCOUNTS": True, "OIDC_ORGANIZATION_CLAIM": "org"}, []),
        ({"OIDC_FRONTEND_PAGE": "/login"}, ["tether.E013"]),
        ({"OIDC_FRONTEND_PAGE": "https://app.example.com/#/login"}, ["tether.E013"]),
        ({"ALLOWED_ORIGINS": ["https://www.example.com"]}, ["tether.W004"]),
        ({"ALLOWED_ORIGINS": [], "PUBLIC_BASE_URL": "https://app.example.com"}, []),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_named(changed: dict[str, Any], ids: list[str], settings: Settings) -> None:
    assert named(settings, **changed) == ids


def test_a_client_without_a_secret_is_named_before_it_is_deployed(settings: Settings) -> None:
    assert named(settings, OIDC_CLIENT_SECRET="") == []
    assert named(settings, deploy=True, OIDC_CLIENT_SECRET="") == ["tether.W003"]
