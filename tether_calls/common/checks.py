"""System checks: settings that cannot be meant, or are wider than they need be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from tether_calls.common.observing.metrics import is_on

SHORTEST_TOKEN = 16


@register()
def check_observing(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """What is wrong with the settings; no value is quoted, since there are secrets among them."""
    return [*_log(), *_metrics(), *_addresses()]


@register(Tags.security, deploy=True)
def check_hosts(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Names of hosts that stand for all names below them."""
    wide = [host for host in settings.ALLOWED_HOSTS if host.startswith(".")]
    if not wide:
        return []
    sentence = f"ALLOWED_HOSTS has {', '.join(wide)}: every host below is believed to be this service"
    return [checks.Warning(sentence, hint="Name the hosts that lead here.", id="tether.W001")]


@register()
def check_names(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Variables that nothing reads, though they are called like ours: most likely misspelt."""
    return [
        checks.Warning(
            f"{name} is no setting, and changes nothing",
            hint=None if nearest is None else f"Is {nearest} meant?",
            id="tether.W002",
        )
        for name, nearest in settings.VARIABLES.misspelt(os.environ).items()
    ]


def _log() -> Iterator[CheckMessage]:
    if settings.LOG_FORMAT not in settings.LOG_FORMATTERS:
        yield Error(f"LOG_FORMAT is none of {', '.join(settings.LOG_FORMATTERS)}", id="tether.E001")


def _metrics() -> Iterator[CheckMessage]:
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield Error(f"METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters", id="tether.E002")
    if settings.METRICS_ADDRESS and host_and_port(settings.METRICS_ADDRESS) is None:
        yield Error("METRICS_ADDRESS is no host:port such as 127.0.0.1:9464", id="tether.E003")
    if is_on() and not _may_be_written(Path(settings.METRICS_DIR)):
        yield Error("METRICS_DIR is no folder that can be written, nor one that can be made", id="tether.E004")


def _addresses() -> Iterator[CheckMessage]:
    if settings.SENTRY_DSN and not _is_dsn(settings.SENTRY_DSN):
        yield Error("SENTRY_DSN is no address such as https://key@sentry.example.com/1", id="tether.E005")
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and _origin(settings.OTEL_EXPORTER_OTLP_ENDPOINT) is None:
        yield Error("OTEL_EXPORTER_OTLP_ENDPOINT is no address such as http://127.0.0.1:4318", id="tether.E006")


def host_and_port(address: str) -> tuple[str, int] | None:
    """`127.0.0.1:9464` or `[::1]:9464` in two parts; None for anything else."""
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    is_plain = parts.netloc == address and parts.username is None
    return (host, port) if is_plain and host and port else None


def _origin(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts.scheme if is_address and not parts.query else None


def _is_dsn(address: str) -> bool:
    parts = urlsplit(address) if _origin(address) is not None else None
    return parts is not None and bool(parts.username) and parts.path.rpartition("/")[2].isdigit()


def _may_be_written(folder: Path) -> bool:
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
