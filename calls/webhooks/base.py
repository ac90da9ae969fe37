"""What all of the providers' endpoints share: no login, the raw body, and the way into the service."""

from __future__ import annotations

from typing import ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from calls.services.deliveries.endpoints import ENDPOINTS
from calls.services.deliveries.incoming import Incoming
from calls.services.deliveries.process import ProcessedDelivery
from calls.services.deliveries.receive import receive_delivery
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.parsers import RawParser, read_body
from tether_calls.common.urls import absolute_url

REFUSALS = dict.fromkeys((400, 401, 413, 500), CallsErrorResponse)


class WebhookViewSet(ViewSet):
    """A delivery is believed by its signature alone, which is made over the bytes of its body."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawParser,)
    # The path after /api/webhook/, by action.
    endpoints: ClassVar[dict[str, str]]

    def receive(self, request: Request) -> ProcessedDelivery:
        return receive_delivery(name=self.endpoints[self.action], incoming=self._incoming(request))

    def _incoming(self, request: Request) -> Incoming:
        wanted = ENDPOINTS[self.endpoints[self.action]].signed_headers
        return Incoming(
            # As the provider called it: the signature may cover the query.
            url=absolute_url(request, request.get_full_path()),
            content_type=request.META.get("CONTENT_TYPE", ""),
            headers={name: request.headers[name] for name in wanted if name in request.headers},
            body=read_body(request),
            received_at=timezone.now(),
            authorization=request.headers.get("Authorization"),
        )
