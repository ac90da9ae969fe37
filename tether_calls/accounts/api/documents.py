"""What the endpoints of /api/auth and /api/user answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.wire import UNSET, UnsetType, WireStruct

if TYPE_CHECKING:
    _Role: TypeAlias = str
else:
    _Role = Literal[tuple(AccessRole.values)]


class UserDocument(WireStruct):
    """The user that is logged in."""

    id: str
    email: str
    full_name: str
    organization_id: str
    access_role: _Role
    is_available: Annotated[bool, msgspec.Meta(description="Takes calls that agents hand over.")] | UnsetType = UNSET


class LoginResponse(WireStruct):
    """A session: send `token` as bearer; exchange `refreshToken`, once, for the next pair."""

    token: str
    refresh_token: str
    user: UserDocument


class OidcState(WireStruct):
    is_enabled: bool
    label: Annotated[str, msgspec.Meta(description="What to write on the button.")]
    login_url: (
        Annotated[str, msgspec.Meta(description="Where it leads, with `?challenge=` and the verifier's digest.")]
        | UnsetType
    ) = UNSET


class OidcStateResponse(WireStruct):
    """Whether users may log in at an OpenID provider."""

    success: Literal[True]
    oidc: OidcState


class TokenPairResponse(WireStruct):
    """The next pair; the refresh token that it was exchanged for is void."""

    token: str
    refresh_token: str


class TokenGoodResponse(WireStruct):
    """The token is valid."""

    message: str


class ProfileResponse(WireStruct):
    """The user that is logged in."""

    user: UserDocument
    persona: Annotated[
        Any,
        msgspec.Meta(
            description="Always null.", extra_json_schema={"type": "object", "nullable": True, "enum": [None]}
        ),
    ]


class AvailabilityResponse(WireStruct):
    """The user, as they are now."""

    success: Literal[True]
    user: UserDocument


class ApiKeyData(WireStruct):
    api_key: Annotated[str, msgspec.Meta(description="`tk_live_...`; keep it secret.")]


class ApiKeyResponse(WireStruct):
    """The user's key for `POST /api/calls/ingest`."""

    success: Literal[True]
    data: ApiKeyData
    message: str | UnsetType = UNSET


def user_document(user: User) -> UserDocument:
    return UserDocument(
        id=user.pk,
        email=user.email,
        full_name=user.full_name,
        organization_id=user.organization_id or "",
        access_role=user.access_role,
        is_available=user.is_available,
    )


class MissedCallMessageResponse(WireStruct):
    """What those are written whose calls were missed, and whether they are."""

    missed_call_message: str
    missed_call_auto_message_enabled: bool
