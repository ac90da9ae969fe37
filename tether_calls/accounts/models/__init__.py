from tether_calls.accounts.models.api_key import ApiKey
from tether_calls.accounts.models.calling_hours import CallingHours
from tether_calls.accounts.models.organization import Organization
from tether_calls.accounts.models.user import AccessRole, User

__all__ = ["AccessRole", "ApiKey", "CallingHours", "Organization", "User"]
