"""Where providers call us: a view for each address of each provider, made from the registry."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.providers.endpoint import Endpoint, Incoming
from calls.services.deliveries.answer import answer_delivery
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.parsers import RawParser, read_body
from tether_calls.common.urls import absolute_url

_REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 413, 500), CallsErrorResponse)


class WebhookViewSet(ViewSet):
    """A delivery is authenticated by its signature alone, which is made over the bytes of its body."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawParser,)
    endpoint: ClassVar[Endpoint[Any]]

    @property
    def body_limit(self) -> int:
        around: int = settings.TETHER_BODY_MAX_BYTES
        recording: int = settings.TETHER_RECORDING_MAX_BYTES
        return recording * 4 // 3 + around if self.endpoint.takes_audio else around

    def receive(self, request: Request) -> HttpResponseBase:
        incoming = Incoming(
            # As the provider called it: the signature may cover the query.
            url=absolute_url(request, request.get_full_path()),
            content_type=request.META.get("CONTENT_TYPE", ""),
            headers={name: request.headers[name] for name in self.endpoint.signed_headers if name in request.headers},
            body=read_body(request),
            received_at=timezone.now(),
            authorization=request.headers.get("Authorization"),
        )

        reply = answer_delivery(
            path=self.endpoint.path, incoming=incoming, url_of=lambda address: absolute_url(request, address)
        )

        if isinstance(reply.content, str):
            return HttpResponse(reply.content, content_type=reply.content_type)
        return Response(reply.content)


def view_of(endpoint: Endpoint[Any]) -> Any:
    """The view of one address, described as its endpoint describes itself."""
    described = extend_schema(
        summary=endpoint.summary,
        description=endpoint.description,
        tags=["Webhooks"],
        request={endpoint.media_type: endpoint.request_document or OpenApiTypes.OBJECT},
        responses={**_answered(endpoint), **_REFUSALS},
    )
    # A class of its own each: what a view is described by is kept in it.
    viewset: type[WebhookViewSet] = type(
        type(endpoint).__name__, (WebhookViewSet,), {"endpoint": endpoint, "own_security": endpoint.security}
    )
    return described(viewset).as_view({"post": "receive"})


def _answered(endpoint: Endpoint[Any]) -> dict[Any, Any]:
    document = endpoint.reply_document
    if isinstance(document, str):
        return {(200, document): OpenApiTypes.STR}
    return {200: document or OpenApiTypes.OBJECT}
