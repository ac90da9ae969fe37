"""Settings that cannot be meant are named by number, and none of their values is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tether_calls.common.checks import check_hosts, check_observing, host_and_port


def faults() -> list[str | None]:
    found = check_observing(None)
    assert "secret" not in " ".join(str(fault.msg) for fault in found)
    return [fault.id for fault in found]


def test_the_settings_of_the_tests_are_right() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("LOG_FORMAT", "secret", "tether.E001"),
        ("LOG_FORMAT", "JSON", "tether.E001"),
        ("METRICS_TOKEN", "secret-of-15-ch", "tether.E002"),
        ("METRICS_ADDRESS", "9464", "tether.E003"),
        ("METRICS_ADDRESS", "127.0.0.1", "tether.E003"),
        ("METRICS_ADDRESS", "127.0.0.1:0", "tether.E003"),
        ("METRICS_ADDRESS", "127.0.0.1:99999", "tether.E003"),
        ("METRICS_ADDRESS", "127.0.0.1:secret", "tether.E003"),
        ("METRICS_ADDRESS", "http://127.0.0.1:9464", "tether.E003"),
        ("METRICS_ADDRESS", "user:secret@127.0.0.1:9464", "tether.E003"),
        ("SENTRY_DSN", "secret", "tether.E005"),
        ("SENTRY_DSN", "https://secret@sentry.example.com/", "tether.E005"),
        ("SENTRY_DSN", "https://sentry.example.com/1", "tether.E005"),
        ("SENTRY_DSN", "ftp://secret@sentry.example.com/1", "tether.E005"),
        ("SENTRY_DSN", "https://secret@sentry.example.com:99999/1", "tether.E005"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "secret:4318", "tether.E006"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://secret:4317", "tether.E006"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "tether.E006"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector?key=secret", "tether.E006"),
    ],
)
def test_what_cannot_be_meant_is_named(name: str, value: str, fault: str, settings: Settings) -> None:
    setattr(settings, name, value)

    assert faults() == [fault]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_FORMAT", "json"),
        ("METRICS_TOKEN", "x" * 16),
        ("METRICS_ADDRESS", "0.0.0.0:9464"),
        ("METRICS_ADDRESS", "[::1]:9464"),
        ("METRICS_ADDRESS", "metrics.internal:9464"),
        ("SENTRY_DSN", "https://key@sentry.example.com/1"),
        ("SENTRY_DSN", "http://key@127.0.0.1:9000/prefix/42"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.com/v1"),
    ],
)
def test_what_can_be_meant_is_not(name: str, value: str, settings: Settings) -> None:
    setattr(settings, name, value)

    assert faults() == []


def test_a_folder_that_cannot_be_made_is_named_while_anything_is_counted(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.METRICS_DIR = str(tmp_path / "file" / "metrics")
    assert faults() == ["tether.E004"]
    settings.METRICS_TOKEN = ""
    assert faults() == []


def test_an_address_in_brackets_is_taken_apart() -> None:
    expected: Any = ("::1", 9464)
    assert host_and_port("[::1]:9464") == expected


@pytest.mark.parametrize(
    ("hosts", "faults"),
    [
        (["calls.example.com", "127.0.0.1"], []),
        (["calls.example.com", ".example.com"], ["tether.W001"]),
        ([".github.io"], ["tether.W001"]),
    ],
)
def test_hosts_that_stand_for_all_below_them_are_warned_of(
    hosts: list[str], faults: list[str], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = hosts

    assert [fault.id for fault in check_hosts(None)] == faults
