"""GET /api/schema and GET /api/docs: the API's document, for programs and for people."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.renderers import OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

_lock = Lock()
_document: dict[str, Any] = {}
_yaml: list[bytes] = []


# The first is what is sent to those who take any.
_MEDIA_TYPES = (
    "application/json",
    "application/yaml",
    "application/vnd.oai.openapi",
    "application/x-yaml",
    "text/yaml",
)


class SchemaView(SpectacularJSONAPIView):
    """As JSON, or as YAML to those who ask for it, by `?format=yaml` or by Accept.

    The document is the same for everybody, so it is made once; making it is not safe in two threads at once.
    """

    http_method_names = ("get", "head")
    schema = None  # the document does not describe itself

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with _lock:
            if not _document:
                answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
                _document.update(answer.data)
            is_yaml = _is_yaml_wanted(request)
            if is_yaml and not _yaml:
                # It takes a second.
                _yaml.append(OpenApiYamlRenderer2().render(_document))  # type: ignore[no-untyped-call]
        name = f"tether-calls.{'yaml' if is_yaml else 'json'}"
        headers = {"Content-Disposition": f'inline; filename="{name}"', "Vary": "Accept"}
        if is_yaml:
            return HttpResponse(_yaml[0], content_type=OpenApiYamlRenderer2.media_type, headers=headers)
        return Response(_document, headers=headers)


def _is_yaml_wanted(request: Request) -> bool:
    named = request.query_params.get("format")
    if named is not None:
        return named == "yaml"
    preferred = request._request.get_preferred_type(_MEDIA_TYPES)
    return preferred is not None and preferred != _MEDIA_TYPES[0]


class DocsView(SpectacularSwaggerSplitView):
    """The document, as a page to try it out; its script by itself, since the page's policy allows none in it."""

    http_method_names = ("get", "head")
    template_name = "api_docs.html"
    schema = None
