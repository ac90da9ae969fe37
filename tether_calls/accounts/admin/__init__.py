from django.contrib import admin

from tether_calls.accounts.admin.api_key import ApiKeyAdmin
from tether_calls.accounts.admin.audit import AuditAdmin
from tether_calls.accounts.admin.login import LoginForm
from tether_calls.accounts.admin.organization import OrganizationAdmin
from tether_calls.accounts.admin.unregistered import unregister_what_others_register
from tether_calls.accounts.admin.user import UserAdmin
from tether_calls.accounts.admin.wallet import WalletAdmin

__all__ = ["ApiKeyAdmin", "AuditAdmin", "OrganizationAdmin", "UserAdmin", "WalletAdmin"]

unregister_what_others_register()
admin.site.login_form = LoginForm
