"""A wrong setting is one sentence that names its variable; a misspelt one is told with the nearest name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tether_calls.common.checks import check_names
from tether_calls.settings.reading import Variables

WEB, REDIS = "https://calls.example.com", "redis://:password@host:6379/0"
SERVED = ["calls.example.com", ".example.com", "*", "[::1]"]
HOSTS = ["127.0.0.1:8765", "[::1]:80", "::1", "files.example.com"]


def read(monkeypatch: pytest.MonkeyPatch, how: str, text: str | None, **limits: Any) -> Any:
    if text is None:
        monkeypatch.delenv("X_SETTING", raising=False)
    else:
        monkeypatch.setenv("X_SETTING", text)
    return getattr(Variables(), how)("X_SETTING", **limits)


@pytest.mark.parametrize(
    ("how", "text", "limits", "value"),
    [
        ("whole", None, {"default": 7}, 7),
        ("whole", " ", {"default": 7}, 7),
        ("whole", " 12 ", {"default": 7}, 12),
        ("whole", "0", {"default": 7}, 0),
        ("seconds", None, {"default": 0.1}, 0.1),
        ("seconds", "2.5", {"default": 1.0}, 2.5),
        ("yes", None, {"default": True}, True),
        ("yes", "No", {"default": True}, False),
        ("yes", "1", {"default": False}, True),
        ("level", None, {"default": "INFO"}, "INFO"),
        ("level", "debug", {"default": "INFO"}, "DEBUG"),
        ("days", "36500", {"default": 30}, 36_500),
        ("names", " a, b,,c ", {}, ["a", "b", "c"]),
        ("names", " , ", {"default": ["d"]}, ["d"]),
        ("host", "10.0.0.5:5060", {"default": "x"}, "10.0.0.5:5060"),
        ("hosts", "127.0.0.1:8765, [::1]:80, ::1, files.example.com", {}, HOSTS),
        ("served", "calls.example.com, .example.com,*,[::1]", {"default": []}, SERVED),
        ("address", None, {"like": WEB}, ""),
        ("address", "https://s3.example.com/a?b", {"like": WEB}, "https://s3.example.com/a?b"),
        (
            "address",
            "https://calls.example.com:8443/",
            {"like": WEB, "only_host": True},
            "https://calls.example.com:8443",
        ),
        ("address", "rediss://:secret@redis.example/0", {"like": REDIS}, "rediss://:secret@redis.example/0"),
        (
            "origins",
            "https://app.example.com/, capacitor://localhost",
            {},
            ["https://app.example.com", "capacitor://localhost"],
        ),
        ("sender", "Calls <calls@example.com>", {"default": "x"}, "Calls <calls@example.com>"),
    ],
)
def test_what_can_be_read_is(
    how: str, text: str | None, limits: dict[str, Any], value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(monkeypatch, how, text, **limits) == value


@pytest.mark.parametrize(
    ("how", "text", "limits", "sentence"),
    [
        ("whole", "abc", {"default": 2212}, "X_SETTING 'abc' is no whole number such as 2212"),
        ("whole", "1.5", {"default": 5}, "X_SETTING '1.5' is no whole number such as 5"),
        ("whole", "-1", {"default": 5}, "X_SETTING is -1, and has to be at least 0"),
        ("whole", "0", {"default": 5, "least": 1}, "X_SETTING is 0, and has to be at least 1"),
        ("whole", "70000", {"default": 5, "most": 65_535}, "X_SETTING is 70000, and has to be between 0 and 65535"),
        ("seconds", "soon", {"default": 5.0}, "X_SETTING 'soon' is no number of seconds such as 5"),
        ("seconds", "nan", {"default": 5.0}, "X_SETTING 'nan' is no number of seconds such as 5"),
        ("seconds", "inf", {"default": 5.0}, "X_SETTING 'inf' is no number of seconds such as 5"),
        ("seconds", "0", {"default": 5.0}, "X_SETTING '0' is no number of seconds such as 5"),
        ("yes", "offf", {"default": True}, "X_SETTING 'offf' is neither true nor false"),
        ("seconds", "1e12", {"default": 5.0}, "X_SETTING '1e12' is no number of seconds such as 5"),
        ("level", "verbose", {"default": "INFO"}, "X_SETTING 'verbose' is none of DEBUG, INFO, "),
        ("level", "notset", {"default": "INFO"}, "X_SETTING 'notset' is none of DEBUG, INFO, "),
        ("days", "99999999", {"default": 30}, "X_SETTING is 99999999, and has to be between 0 and 36500"),
        ("minutes", "0", {"default": 15}, "X_SETTING is 0, and has to be between 1 and "),
        ("host", "sip:host", {"default": "x"}, "X_SETTING 'sip:host' is no host such as "),
        ("host", "host:99999", {"default": "x"}, "X_SETTING 'host:99999' is no host such as "),
        ("hosts", "a.example, http://b.example", {}, "X_SETTING 'http://b.example' is no host such as "),
        ("served", "https://a.example", {"default": []}, "X_SETTING 'https://a.example' is no host name such as "),
        ("served", "a.example:443", {"default": []}, "X_SETTING 'a.example:443' is no host name such as "),
        ("origins", "https://a.example/app", {}, "X_SETTING 'https://a.example/app' is no origin such as "),
        ("origins", "app.example.com", {}, "X_SETTING 'app.example.com' is no origin such as "),
        ("sender", "not an address", {"default": "x@localhost"}, "X_SETTING 'not an address' is no address such as "),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    how: str, text: str, limits: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(sentence)}"):
        read(monkeypatch, how, text, **limits)


@pytest.mark.parametrize(
    "address",
    [
        "foo",
        "postgresql://",
        "mysql://u:hunter2@h/d",
        "://",
        "postgresql://u:hunter2@h:port/d",
        "hunter2",
        "sqlite://:memory",
    ],
)
def test_the_address_of_a_database_is_not_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(monkeypatch, "database", address)
    assert str(refused.value).startswith("X_SETTING is no address such as postgresql://")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("how", "text", "limits"),
    [
        ("address", "hunter2", {"like": REDIS}),
        ("address", "http://:hunter2@redis.example", {"like": REDIS}),
        ("address", "redis://", {"like": REDIS}),
        ("address", "redis://:hunter2@redis.example:port/0", {"like": REDIS}),
        ("address", "calls.example.com", {"like": WEB}),
        ("address", "ftp://calls.example.com", {"like": WEB}),
        ("address", "https://calls.example.com/hunter2", {"like": WEB, "only_host": True}),
        ("address", "https://u:hunter2@calls.example.com", {"like": WEB, "only_host": True}),
        ("address", "https://calls.example.com /", {"like": WEB}),
        ("page", "hunter2", {"placeholder": "{token}"}),
        ("page", "https://app.example.com/reset", {"placeholder": "{token}"}),
        ("mail", "smtp://", {"default": "dummymail://"}),
        ("mail", "hunter2", {"default": "dummymail://"}),
    ],
)
def test_an_address_that_is_none_is_not_told(
    how: str, text: str, limits: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^X_SETTING (is no address such as|has no \{token\} in it)"
    ) as refused:
        read(monkeypatch, how, text, **limits)
    assert "hunter2" not in str(refused.value)


def test_an_address_of_a_database_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, "database", "postgresql://u:p%40ss@db.example:6432/calls")
    assert (found["HOST"], found["PORT"], found["NAME"], found["PASSWORD"]) == ("db.example", 6432, "calls", "p@ss")


def test_a_name_that_nothing_reads_is_told_with_the_nearest_that_something_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TETHER_THREDS", "8")
    monkeypatch.setenv("TETHER_COLOUR_OF_THE_SKY", "blue")
    monkeypatch.setenv("OIDC_ISUER", "https://login.example.com")
    told = {str(warning.msg).split(" ")[0]: warning.hint for warning in check_names(None)}
    assert told["TETHER_THREDS"] == "Is TETHER_THREADS meant?"
    assert told["OIDC_ISUER"] == "Is OIDC_ISSUER meant?"
    assert told["TETHER_COLOUR_OF_THE_SKY"] is None


@pytest.mark.parametrize("page", ["docs/settings.md", "script/test"])
def test_every_documented_name_of_ours_is_read_by_something(page: str) -> None:
    documented = set(re.findall(r"\b((?:TETHER|OIDC)_[A-Z_]+)\b", (settings.BASE_DIR / page).read_text()))
    assert documented
    assert settings.VARIABLES.misspelt(documented) == {}
