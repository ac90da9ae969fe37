"""API keys: `tk_live_<24 hex: the row's id>_<signature>`, computed from the row and the secret key.

Nothing that opens a door is stored, yet the key can be shown again; one more in `generation` makes the old one void.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from tether_calls.accounts.models import ApiKey
from tether_calls.common.object_id import is_object_id

PREFIX = "tk_live_"
_SEPARATOR = ":"


def _signer() -> Signer:
    return Signer(salt="tether_calls.accounts.api_keys", sep=_SEPARATOR)


def key_of(api_key: ApiKey) -> str:
    """The key in clear, as its user puts it into the Authorization header."""
    return f"{PREFIX}{api_key.pk}_{_signer().signature(f'{api_key.pk}.{api_key.generation}')}"


def row_id_in(key: str) -> str | None:
    """The id of the row that a key claims to be, or None when it has not the shape of a key."""
    row_id = key.removeprefix(PREFIX)[:24]
    return row_id if key.startswith(PREFIX) and is_object_id(row_id) else None


def is_genuine(key: str, api_key: ApiKey) -> bool:
    """Whether `key` was signed for this row and its present generation; compared in constant time."""
    signature = key.removeprefix(PREFIX)[25:]
    try:
        _signer().unsign(f"{api_key.pk}.{api_key.generation}{_SEPARATOR}{signature}")
    except BadSignature:
        return False
    return key[len(PREFIX) + 24] == "_"


def masked_key(api_key: ApiKey) -> str:
    """`tk_live_…wxyz`: enough to tell two keys apart."""
    return f"{PREFIX}…{key_of(api_key)[-4:]}"
