"""What the endpoints of /api/api-keys answer with."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tether_calls.accounts.api_keys import key_of, masked_key
from tether_calls.accounts.models import ApiKey
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset, timestamp

Permission = Literal[
    "can_read_calls",
    "can_initiate_calls",
    "can_read_agents",
    "can_read_contacts",
    "can_write_contacts",
    "can_read_messages",
    "can_send_messages",
    "can_manage_webhooks",
    "can_ingest_calls",
]


class ApiKeyDocument(WireStruct):
    """An API key of the organization; never the key itself."""

    id: str = msgspec.field(name="_id")
    name: str
    masked_key: Annotated[str, msgspec.Meta(description="`tk_live_…` and the last four characters.")]
    state: Literal["active", "expired", "revoked"]
    permissions: list[Permission]
    requests_per_minute: int
    dials_per_day: int
    is_default: Annotated[bool, msgspec.Meta(description="The one that `GET /api/user/api-key` shows to its user.")]
    user_id: Annotated[str, msgspec.Meta(description="Whose calls come in by it.")]
    user_email: str
    created_at: Timestamp
    expires_at: Timestamp | UnsetType = UNSET
    last_used_at: Annotated[Timestamp, msgspec.Meta(description="Exact to a minute.")] | UnsetType = UNSET
    revoked_at: Timestamp | UnsetType = UNSET
    replaced_by: Annotated[str, msgspec.Meta(description="The id of the key in its place.")] | UnsetType = UNSET


class ApiKeysPageResponse(WireStruct):
    """One page of API keys, newest first; `total` counts those of all pages."""

    data: list[ApiKeyDocument]
    total: int
    page: int
    size: int


class NewApiKeyResponse(WireStruct):
    """A new API key, in clear this once."""

    success: Literal[True]
    key: Annotated[str, msgspec.Meta(description="`tk_live_...`; keep it secret, it is not shown again here.")]
    api_key: ApiKeyDocument


def api_key_document(api_key: ApiKey) -> ApiKeyDocument:
    state: Literal["active", "expired", "revoked"] = "expired" if api_key.has_ended else "active"
    return ApiKeyDocument(
        id=api_key.pk,
        name=api_key.name,
        masked_key=masked_key(api_key),
        state="revoked" if api_key.revoked_at is not None else state,
        permissions=[permission.value for permission in api_key.permissions],  # type: ignore[misc]  # those of Permission
        requests_per_minute=api_key.requests_per_minute,
        dials_per_day=api_key.dials_per_day,
        is_default=api_key.is_default,
        user_id=api_key.user_id,
        user_email=api_key.user.email,
        created_at=to_wire(api_key.created_at),
        expires_at=timestamp(api_key.expires_at),
        last_used_at=timestamp(api_key.last_used_at),
        revoked_at=timestamp(api_key.revoked_at),
        replaced_by=or_unset(api_key.replaced_by_id),
    )


def new_api_key_answer(api_key: ApiKey) -> NewApiKeyResponse:
    return NewApiKeyResponse(success=True, key=key_of(api_key), api_key=api_key_document(api_key))
