from tether_calls.accounts.models.api_key import ApiKey, KeyPermission
from tether_calls.accounts.models.organization import Organization
from tether_calls.accounts.models.user import AccessRole, User

__all__ = ["AccessRole", "ApiKey", "KeyPermission", "Organization", "User"]
