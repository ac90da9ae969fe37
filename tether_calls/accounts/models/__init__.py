from tether_calls.accounts.models.api_key import ApiKey, KeyPermission
from tether_calls.accounts.models.availability_change import AvailabilityChange, AvailabilityReason
from tether_calls.accounts.models.calling_hours import CallingHours
from tether_calls.accounts.models.oidc import OidcDoor, OidcIdentity, OidcLogin
from tether_calls.accounts.models.organization import (
    MOST_ATTEMPTS_COUNTED,
    ConsentPolicy,
    OptOutPolicy,
    Organization,
    RulePackCode,
)
from tether_calls.accounts.models.password_reset import PasswordReset
from tether_calls.accounts.models.saved_view import SavedView
from tether_calls.accounts.models.second_factor import RecoveryCode, SecondFactor
from tether_calls.accounts.models.user import AccessRole, EndedSession, User
from tether_calls.accounts.models.user_session import SessionKind, UserSession
from tether_calls.accounts.models.wallet import AppendOnlyError, EntryKind, Wallet, WalletEntry

__all__ = [
    "MOST_ATTEMPTS_COUNTED",
    "AccessRole",
    "ApiKey",
    "AppendOnlyError",
    "AvailabilityChange",
    "AvailabilityReason",
    "CallingHours",
    "ConsentPolicy",
    "EndedSession",
    "EntryKind",
    "KeyPermission",
    "OidcDoor",
    "OidcIdentity",
    "OidcLogin",
    "OptOutPolicy",
    "Organization",
    "PasswordReset",
    "RecoveryCode",
    "RulePackCode",
    "SavedView",
    "SecondFactor",
    "SessionKind",
    "User",
    "UserSession",
    "Wallet",
    "WalletEntry",
]
