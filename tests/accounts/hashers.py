"""A password hasher that counts its work; to be named in settings.PASSWORD_HASHERS."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    hashed: ClassVar[int] = 0

    def encode(self, password: str | bytes, salt: str | bytes) -> str:
        type(self).hashed += 1
        encoded: str = super().encode(password, salt)
        return encoded
