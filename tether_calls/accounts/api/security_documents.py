"""What the endpoints of two-factor login, passwords and sessions answer with."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tether_calls.accounts.models import UserSession
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset


class TwoFactorState(WireStruct):
    """Whether a code is asked for at login."""

    is_enabled: bool
    is_required: Annotated[bool, msgspec.Meta(description="By the organization.")]
    recovery_codes_left: int


class TwoFactorStateResponse(WireStruct):
    """How the user logs in."""

    success: Literal[True]
    two_factor: TwoFactorState


class TwoFactorEnrolmentResponse(WireStruct):
    """What an authenticator app is told. Shown again only by beginning anew."""

    success: Literal[True]
    secret: Annotated[str, msgspec.Meta(description="Base32, to be typed in.")]
    otpauth_uri: Annotated[str, msgspec.Meta(description="What a QR code is made of.")]
    qr_svg: Annotated[str, msgspec.Meta(description="The QR code, as SVG.")]


class RecoveryCodesResponse(WireStruct):
    """Each lets the user in once in place of a code; they are shown this once."""

    success: Literal[True]
    recovery_codes: list[str]


class SessionDocument(WireStruct):
    """A session that goes on."""

    id: str = msgspec.field(name="_id")
    kind: Literal["api", "admin"]
    is_current: bool
    created_at: Timestamp
    used_at: Annotated[Timestamp, msgspec.Meta(description="When its tokens were last exchanged.")]
    expires_at: Timestamp
    ip: Annotated[str, msgspec.Meta(description="From where it was begun.")] | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET


class SessionsResponse(WireStruct):
    """The newest 200."""

    success: Literal[True]
    sessions: list[SessionDocument]


class AccessPolicyResponse(WireStruct):
    """What an organization asks of its users, and shows them."""

    narrows_roles: bool
    requires_two_factor: bool
    requires_staff_reason: bool


def session_document(session: UserSession, *, current: str | None) -> SessionDocument:
    return SessionDocument(
        id=session.pk,
        kind=session.kind,  # type: ignore[arg-type]  # the database holds one of these
        is_current=session.pk == current,
        created_at=to_wire(session.created_at),
        used_at=to_wire(session.used_at),
        expires_at=to_wire(session.expires_at),
        ip=or_unset(session.address),
        user_agent=or_unset(session.user_agent),
    )
