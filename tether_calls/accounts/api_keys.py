"""API keys: `tk_live_<24 hex: the row's id>_<signature>`, computed from the row and the secret key.

Nothing that opens a door is stored, yet the key can be shown again; one more in `generation` makes the old one void.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from tether_calls.accounts.models import ApiKey
from tether_calls.common.object_id import is_object_id

PREFIX = "tk_live_"
_SEPARATOR = ":"


def _signer() -> Signer:
    return Signer(salt="tether_calls.accounts.api_keys", sep=_SEPARATOR)


@lru_cache(maxsize=1_000)
def _signatures(row_id: str, generation: int, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Of a row with each of the secrets, which are those of the settings; calculated for each request otherwise."""
    return tuple(_signer().signature(_signed(row_id, generation), secret) for secret in secrets)


def _signed(row_id: str, generation: int) -> str:
    return f"{row_id}.{generation}"


def key_of(api_key: ApiKey) -> str:
    """The key in clear, as its user puts it into the Authorization header."""
    return f"{PREFIX}{api_key.pk}_{_signer().signature(_signed(api_key.pk, api_key.generation))}"


def row_id_in(key: str) -> str | None:
    """The id of the row that a key claims to be, or None when it has not the shape of a key."""
    row_id = key.removeprefix(PREFIX)[:24]
    return row_id if key.startswith(PREFIX) and is_object_id(row_id) else None


def is_genuine(key: str, api_key: ApiKey) -> bool:
    """Whether `key` was signed for this row and its present generation; compared in constant time."""
    signature = key.removeprefix(PREFIX)[25:]
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    valid = _signatures(api_key.pk, api_key.generation, secrets)
    if not any(constant_time_compare(signature, one) for one in valid):
        return False
    return key[len(PREFIX) + 24] == "_"


def masked_key(api_key: ApiKey) -> str:
    """`tk_live_…wxyz`: enough to tell two keys apart."""
    return f"{PREFIX}…{key_of(api_key)[-4:]}"
