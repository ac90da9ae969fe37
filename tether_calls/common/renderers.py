"""JSON out, by msgspec: dicts, lists and structs alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from tether_calls.common.times import to_wire


def _encode_other(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, datetime):
        return to_wire(value)
    raise NotImplementedError(f"{type(value).__name__} has no form on the wire")


_encoder = msgspec.json.Encoder(enc_hook=_encode_other)


def to_json(value: Any) -> bytes:
    """Encode a document; structs leave out what they do not have."""
    return _encoder.encode(value)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else to_json(data)


class AlwaysJson(BaseContentNegotiation):
    """The service has one form of answer, so what Accept asks for changes nothing."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:  # type: ignore[override]
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type in (content_type, "*/*")), None)

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], str(renderers[0].media_type)
