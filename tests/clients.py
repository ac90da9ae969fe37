"""HTTP as clients speak it, without a server: JSON in and out, with a bearer token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.test import Client

from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.tokens import issue_tokens


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
        self._client = Client(raise_request_exception=False)

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
