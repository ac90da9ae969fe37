"""GET /metrics."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tether_calls.common.error_views import not_found, reads_only
from tether_calls.monitoring.scrape import is_permitted, scrape


@reads_only
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has METRICS_TOKEN; without one it is not there."""
    if not settings.METRICS_TOKEN:
        return not_found(request)
    if not is_permitted(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    text, media_type = scrape(request.headers.get("Accept", ""))
    return HttpResponse(text, content_type=media_type, headers={"Cache-Control": "no-store"})
