"""Routes under /api/auth, /api/user, /api/organizations, /api/api-keys and /api/audit."""

from django.urls import path

from tether_calls.accounts.api.api_keys import ApiKeysViewSet
from tether_calls.accounts.api.audit import AuditViewSet
from tether_calls.accounts.api.auth import SessionViewSet, TokenViewSet
from tether_calls.accounts.api.oidc import OidcViewSet
from tether_calls.accounts.api.organizations import OrganizationsViewSet
from tether_calls.accounts.api.security import (
    PasswordResetViewSet,
    PasswordViewSet,
    TwoFactorViewSet,
    UserSessionsViewSet,
)
from tether_calls.accounts.api.user import UserViewSet

urlpatterns = [
    path("auth/login", SessionViewSet.as_view({"post": "login"})),
    path("auth/oidc", OidcViewSet.as_view({"get": "read", "post": "login"})),
    path("auth/refresh", SessionViewSet.as_view({"post": "refresh"})),
    path("auth/logout", SessionViewSet.as_view({"post": "logout"})),
    path("auth/verify-token", TokenViewSet.as_view({"get": "verify"})),
    path("auth/two-factor", TwoFactorViewSet.as_view({"get": "read", "post": "begin"})),
    path("auth/two-factor/disable", TwoFactorViewSet.as_view({"post": "disable"})),
    path("auth/two-factor/confirm", TwoFactorViewSet.as_view({"post": "confirm"})),
    path("auth/two-factor/recovery-codes", TwoFactorViewSet.as_view({"post": "renew"})),
    path("auth/password", PasswordViewSet.as_view({"post": "change"})),
    path("auth/password-reset", PasswordResetViewSet.as_view({"post": "ask"})),
    path("auth/password-reset/confirm", PasswordResetViewSet.as_view({"post": "confirm"})),
    path("auth/sessions", UserSessionsViewSet.as_view({"get": "list", "delete": "destroy_others"})),
    path("auth/sessions/<objectid:session_id>", UserSessionsViewSet.as_view({"delete": "destroy"})),
    path("user/profile", UserViewSet.as_view({"get": "profile"})),
    path("user/availability", UserViewSet.as_view({"patch": "availability"})),
    path("user/api-key", UserViewSet.as_view({"get": "api_key"})),
    path("user/api-key/regenerate", UserViewSet.as_view({"post": "regenerate_api_key"})),
    path("organizations/<objectid:organization_id>/access", OrganizationsViewSet.as_view({"put": "access"})),
    path(
        "organizations/<objectid:organization_id>/missed-call-message",
        OrganizationsViewSet.as_view({"put": "missed_call_message"}),
    ),
    path("audit", AuditViewSet.as_view({"get": "list"})),
    path("api-keys", ApiKeysViewSet.as_view({"get": "list", "post": "create"})),
    path("api-keys/<objectid:key_id>", ApiKeysViewSet.as_view({"delete": "revoke"})),
    path("api-keys/<objectid:key_id>/rotate", ApiKeysViewSet.as_view({"post": "rotate"})),
]
