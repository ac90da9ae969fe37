"""GET /api/schema and GET /api/docs: the API's document, for programs and for people."""

from __future__ import annotations

from threading import Lock
from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.response import Response

_lock = Lock()
_document: dict[str, Any] = {}


class SchemaView(SpectacularJSONAPIView):
    """The document is the same for everybody, so it is made once; making it is not safe in two threads at once."""

    http_method_names = ("get", "head")
    schema = None  # the document does not describe itself

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with _lock:
            if not _document:
                answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
                _document.update(answer.data)
        return Response(_document, headers={"Content-Disposition": 'inline; filename="tether-calls.json"'})


class DocsView(SpectacularSwaggerView):
    """The document, as a page to try it out."""

    http_method_names = ("get", "head")
    schema = None
