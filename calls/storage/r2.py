"""Recordings in R2, or in any other S3 service."""

from __future__ import annotations

from typing import Any

from storages.backends.s3 import S3Storage

from calls.storage.names import disposition_of


class R2Recordings(S3Storage):  # type: ignore[misc]  # django-storages ships no types
    """The bucket; each object says how it is to be called when it is saved."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_object_parameters(name)
        return {**parameters, "ContentDisposition": disposition_of(name)}
