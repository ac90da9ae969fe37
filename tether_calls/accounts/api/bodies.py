"""What the endpoints of /api/auth and /api/api-keys are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

import msgspec
from django.utils import timezone

from tether_calls.accounts.api.key_documents import Permission
from tether_calls.accounts.models import KeyPermission
from tether_calls.accounts.services.api_keys import MAX_DIALS_PER_DAY, MAX_OVERLAP, MAX_REQUESTS_PER_MINUTE
from tether_calls.accounts.services.missed_call_message import MESSAGE_MAX, fault_of_message
from tether_calls.common.bodies import Body, Rule
from tether_calls.common.fields import moment, note, object_id, text
from tether_calls.common.json_values import Unreadable
from tether_calls.common.wire import UNSET, UnsetType


def _in_the_future(moment: datetime) -> datetime:
    if moment <= timezone.now():
        raise Unreadable("This is in the past")
    return moment


_OTP = "Of a user with two-factor login: a code of the authenticator app, or a recovery code."


class LoginRequest(Body):
    """Who wants to log in; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"email": "robin@example.com", "password": "correct horse battery"}

    email: Annotated[str, text(max_length=254)]
    password: Annotated[str, text(max_length=1024, is_trimmed=False)]
    otp: Annotated[str, text(max_length=40, description=_OTP)] | UnsetType = UNSET


class OidcLoginRequest(Body):
    """What a browser was handed that came back from the OpenID provider; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "code": "66f1a2b3c4d5e6f708192a3b.5d41402abc4b2a76b9719d911017c592",
        "codeVerifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }

    code: Annotated[str, text(max_length=200)]
    code_verifier: Annotated[str, text(max_length=128, description="That whose `challenge` the login began with.")]
    otp: Annotated[str, text(max_length=40, description=_OTP)] | UnsetType = UNSET


class RefreshRequest(Body):
    """The refresh token of the last pair."""

    example: ClassVar[dict[str, Any]] = {"refreshToken": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"}

    refresh_token: Annotated[str, text(max_length=4096)]


class OtpRequest(Body):
    """A code of the authenticator app, or a recovery code."""

    example: ClassVar[dict[str, Any]] = {"otp": "123456"}

    otp: Annotated[str, text(max_length=40)]


class PasswordCheckRequest(Body):
    """The user's own password; who has none, and logs in at a provider, leaves it out."""

    example: ClassVar[dict[str, Any]] = {"password": "correct horse battery"}
    may_be_left_out: ClassVar[bool] = True

    password: Annotated[str, text(max_length=1024, is_trimmed=False)] | UnsetType = UNSET


class PasswordChangeRequest(Body):
    """The password that is, and the one that is to be."""

    example: ClassVar[dict[str, Any]] = {"currentPassword": "correct horse battery", "newPassword": "staple of wires"}

    current_password: Annotated[str, text(max_length=1024, is_trimmed=False)]
    new_password: Annotated[str, text(max_length=1024, is_trimmed=False)]


class PasswordResetRequest(Body):
    """Whose password is forgotten."""

    example: ClassVar[dict[str, Any]] = {"email": "robin@example.com"}

    email: Annotated[str, text(max_length=254)]


class PasswordResetConfirmRequest(Body):
    """What the mail's link has, and the new password."""

    example: ClassVar[dict[str, Any]] = {"token": "64f0a1b2c3d4e5f6a7b8c9d4.5f1c", "password": "staple of wires"}

    token: Annotated[str, text(max_length=200)]
    password: Annotated[str, text(max_length=1024, is_trimmed=False)]


class AccessPolicyRequest(Body):
    """What is left out stays as it is."""

    example: ClassVar[dict[str, Any]] = {"narrowsRoles": True}
    at_least_one_of: ClassVar[tuple[str, ...]] = ("narrows_roles", "requires_two_factor", "requires_staff_reason")

    narrows_roles: Annotated[bool, note("Staff see their own calls only.")] | UnsetType = UNSET
    requires_two_factor: Annotated[bool, note("Users without two-factor login set it up first.")] | UnsetType = UNSET
    requires_staff_reason: (
        Annotated[bool, note("The platform's staff say why, before they hear or read what was said.")] | UnsetType
    ) = UNSET


class AvailabilityRequest(Body):
    """Whether calls may be handed over to the user; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"isAvailable": False}

    is_available: bool


class ApiKeyCreateRequest(Body):
    """A new key; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"name": "CRM", "permissions": ["can_read_calls", "can_read_contacts"]}

    name: Annotated[str, text(max_length=100, description="Which system uses it.")]
    permissions: Annotated[
        list[Annotated[Permission, msgspec.Meta(extra=Rule(wrong_type="No such permission").as_extra())]],
        msgspec.Meta(min_length=1, max_length=len(KeyPermission), description="At least one."),
    ]
    user_id: Annotated[str, object_id(description="Whose calls come in by it; you, if left out.")] | UnsetType = UNSET
    expires_at: Annotated[datetime, moment(read=_in_the_future, description="Never, unless given.")] | None = None
    requests_per_minute: Annotated[int, msgspec.Meta(ge=1, le=MAX_REQUESTS_PER_MINUTE)] = 60
    dials_per_day: Annotated[int, msgspec.Meta(ge=0, le=MAX_DIALS_PER_DAY)] = 100


class MissedCallMessageRequest(Body):
    """What is left out stays as it is."""

    example: ClassVar[dict[str, Any]] = {
        "missedCallMessage": "Hello {{contactName}}, sorry that we missed your call. We call back soon. {{agentName}}",
        "missedCallAutoMessageEnabled": True,
    }
    at_least_one_of: ClassVar[tuple[str, ...]] = ("missed_call_message", "missed_call_auto_message_enabled")

    missed_call_message: (
        Annotated[
            str,
            text(
                fault_of_message,
                max_length=MESSAGE_MAX,
                may_be_blank=True,
                description="Placeholders: `{{contactName}}` and `{{agentName}}`; no others.",
            ),
        ]
        | UnsetType
    ) = UNSET
    missed_call_auto_message_enabled: bool | UnsetType = UNSET


class ApiKeyRotateRequest(Body):
    """How the old key ends."""

    example: ClassVar[dict[str, Any]] = {"overlapSeconds": 3600}

    may_be_left_out: ClassVar[bool] = True

    overlap_seconds: Annotated[
        int,
        msgspec.Meta(ge=0, le=int(MAX_OVERLAP.total_seconds()), description="How long the old key goes on working."),
    ] = 0

    @property
    def overlap(self) -> timedelta:
        return timedelta(seconds=self.overlap_seconds)
