"""Traces over OTLP: a request or a job, with its statements and its requests to providers, as one trace.

What is sent names kinds: the template of a route, the beginning of a statement, a provider. No path, no value of a
statement, no body, no header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created

# What a statement does, and to which table; what comes later may be a value.
_STATEMENT = re.compile(r'\s*(\w+)(?:(?<=UPDATE)|.*?\b(?:FROM|INTO)\b)\s+"?(\w+)', re.DOTALL)

# Made by start(); None: nothing is traced, and OpenTelemetry is not imported.
_tracer: Any = None


def start() -> None:
    """Trace from now on; once for a process, which may fork afterwards."""
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "tether-calls", "service.version": settings.VERSION})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"))
    )
    _tracer = provider.get_tracer("tether_calls", settings.VERSION)
    connection_created.connect(_trace_statements)


def is_on() -> bool:
    """Whether anything is traced."""
    return _tracer is not None


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """A part of what goes on, in the trace of whatever it is part of; yields None where nothing is traced."""
    return nullcontext() if _tracer is None else _span(name, attributes)


@contextmanager
def _span(name: str, attributes: dict[str, str | int]) -> Iterator[Any]:
    # The text of an exception may quote a number: its type alone is kept.
    started = _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    )
    with started as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            raise


def _trace_statements(connection: Any, **_: Any) -> None:
    if _trace_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_trace_statement)


def _trace_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    if _tracer is None:
        return execute(sql, params, many, context)
    with _span(_name_of(str(sql)), {"db.system.name": context["connection"].vendor}):
        return execute(sql, params, many, context)


def _name_of(sql: str) -> str:
    """Such as `SELECT calls_call`."""
    found = _STATEMENT.match(sql)
    return " ".join(found.groups()) if found is not None else sql.split(None, 1)[0] if sql.strip() else "SQL"
