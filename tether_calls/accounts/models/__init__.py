from tether_calls.accounts.models.api_key import ApiKey, KeyPermission
from tether_calls.accounts.models.availability_change import AvailabilityChange, AvailabilityReason
from tether_calls.accounts.models.calling_hours import CallingHours
from tether_calls.accounts.models.organization import OptOutPolicy, Organization
from tether_calls.accounts.models.saved_view import SavedView
from tether_calls.accounts.models.user import AccessRole, EndedSession, User
from tether_calls.accounts.models.wallet import AppendOnlyError, EntryKind, Wallet, WalletEntry

__all__ = [
    "AccessRole",
    "ApiKey",
    "AppendOnlyError",
    "AvailabilityChange",
    "AvailabilityReason",
    "CallingHours",
    "EndedSession",
    "EntryKind",
    "KeyPermission",
    "OptOutPolicy",
    "Organization",
    "SavedView",
    "User",
    "Wallet",
    "WalletEntry",
]
