"""HTTP as clients speak it, without a server: JSON in and out, with a bearer token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from calls.api.pushes.in_front import IngestInFront
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.common import content_security


class _Everywhere(dict[Any, Any]):
    """As if Django had answered at each place already."""

    def get(self, place: Any, default: Any = None) -> list[tuple[str, str]]:
        return [("Content-Type", "application/json"), (content_security.HEADER, content_security.NOTHING)]


class _IngestInFront(IngestInFront):
    def __init__(self, django: Any) -> None:
        super().__init__(django)
        self._headers = _Everywhere()

    def finish(self) -> None:
        """Nothing, as at Django's own test client: the connection is the test's."""


class _ServedClient(Client):
    """Django's, with what is answered in front of Django."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self._django: ClientHandler = self.handler
        self._response: Any = None
        self._in_front = _IngestInFront(self._through_django)
        self.handler: Any = self._served

    def _through_django(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self._response = self._django(environ)
        return []

    def _served(self, environ: dict[str, Any]) -> Any:
        self._response, started = None, []
        content = self._in_front(environ, lambda status, headers: started.append((status, headers)))
        if self._response is not None:
            return self._response
        ((status, headers),) = started
        response: Any = HttpResponse(b"".join(content), status=int(status.split()[0]), headers=dict(headers))
        response.wsgi_request = WSGIRequest(environ)
        return response


class Answer:
    """Status, headers and decoded body of a response."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers: dict[str, str] = dict(response.headers)
        self.content: bytes = b"".join(response.streaming_content) if response.streaming else response.content

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    def __repr__(self) -> str:
        return f"{self.status} {self.content[:500]!r}"


class ApiClient:
    """A client with one bearer token, or none. Errors of the server become a 500, as over the wire."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._client = _ServedClient()

    def get(self, path: str, **query: Any) -> Answer:
        return Answer(self._client.get(path, query, headers=self._headers()))

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`body` is sent as it is when it is bytes, else as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {**self._headers(), **(headers or {})}
        return Answer(self._client.post(path, data, content_type=content_type, headers=sent))

    def put(self, path: str, body: Any = None) -> Answer:
        """As `post`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("PUT", path, data=data, content_type="application/json")

    def patch(self, path: str, body: Any = None) -> Answer:
        """As `post`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("PATCH", path, data=data, content_type="application/json")

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def request(self, method: str, path: str, **extra: Any) -> Answer:
        return Answer(self._client.generic(method, path, headers=self._headers(), **extra))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def logged_in(user: User) -> ApiClient:
    return ApiClient(issue_tokens(user).access)


def vendor_of(user: User) -> ApiClient:
    """A client with an API key of the user."""
    api_key, _ = ApiKey.objects.get_or_create(user=user, is_default=True, defaults={"name": "Default"})
    return ApiClient(key_of(api_key))
