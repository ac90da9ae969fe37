from tether_calls.accounts.models.api_key import ApiKey
from tether_calls.accounts.models.organization import Organization
from tether_calls.accounts.models.user import AccessRole, User

__all__ = ["AccessRole", "ApiKey", "Organization", "User"]
