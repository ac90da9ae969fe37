"""Secrets at rest: encrypted with the newest of ENCRYPTION_KEYS, readable with any of them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tether_calls.common.errors import ErrorCode, TetherError


class UndecipherableSecret(TetherError):
    """A stored secret that none of ENCRYPTION_KEYS opens: a key was taken away too early."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.SECRETS_UNREADABLE)


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Raises UndecipherableSecret."""
    try:
        return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise UndecipherableSecret() from None


class SecretsField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A dictionary of texts, one encrypted column: nothing of it can be read, or searched, in the database."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(json.dumps(value or {}))

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> dict[str, str]:
        return json.loads(decrypt(value)) if value else {}

    def to_python(self, value: Any) -> Any:
        return json.loads(decrypt(value)) if isinstance(value, str) and value else value

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` writes: no less encrypted than in the database, and `loaddata` reads it."""
        return str(self.get_prep_value(self.value_from_object(obj)))
