"""All routes."""

from django.contrib import admin
from django.urls import include, path, re_path, register_converter
from django.views.generic import RedirectView

from calls.api.access import AccessViewSet
from calls.api.contact_notes import ContactNotesViewSet
from calls.api.exports.views import ExportsViewSet
from calls.api.labels import DispositionsViewSet, TagsViewSet
from calls.api.media import export_file, recording_file
from calls.api.messages import MessagesViewSet
from calls.api.privacy.legal_holds import LegalHoldsViewSet
from calls.api.privacy.redactions import RedactionsViewSet
from calls.api.privacy.requests import PrivacyRequestsViewSet
from calls.api.privacy.retention import RetentionViewSet
from calls.api.reminders import RemindersViewSet
from calls.api.scores import ScorecardsViewSet
from calls.partner.base import unknown_path
from tether_calls import health
from tether_calls.accounts.admin import oidc
from tether_calls.accounts.admin.login import login_view, logout_view, password_change_view
from tether_calls.accounts.admin.passwords import ask_view, choose_view
from tether_calls.accounts.api import oidc_browsers
from tether_calls.common.object_id import ObjectIdConverter
from tether_calls.monitoring.views import metrics
from tether_calls.schema_views import DocsView, SchemaView

register_converter(ObjectIdConverter, "objectid")

_APPS = sorted({model._meta.app_label for model in admin.site._registry})

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("api/", include("tether_calls.accounts.urls")),
    path("api/", include("contacts.urls")),
    path("api/", include("conversations.urls")),
    path("api/calls/", include("calls.urls")),
    path("api/v1", unknown_path),
    path("api/v1/", include("calls.partner.urls")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("api/prompts/", include("calls.urls_prompts")),
    path("api/access", AccessViewSet.as_view({"get": "list"})),
    path("api/exports", ExportsViewSet.as_view({"get": "list", "post": "create"})),
    path("api/exports/<objectid:export_id>", ExportsViewSet.as_view({"get": "retrieve"})),
    path("api/organizations/retention", RetentionViewSet.as_view({"get": "read", "put": "write"})),
    path("api/legal-holds", LegalHoldsViewSet.as_view({"get": "list", "post": "create"})),
    path("api/legal-holds/<objectid:hold_id>", LegalHoldsViewSet.as_view({"delete": "release"})),
    path("api/privacy/redactions", RedactionsViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/privacy/redactions/<objectid:redaction_id>",
        RedactionsViewSet.as_view({"get": "retrieve", "delete": "cancel"}),
    ),
    path("api/privacy/requests", PrivacyRequestsViewSet.as_view({"get": "list", "post": "create"})),
    path("api/privacy/requests/<objectid:request_id>", PrivacyRequestsViewSet.as_view({"get": "retrieve"})),
    path(
        "api/privacy/requests/<objectid:request_id>/certificate",
        PrivacyRequestsViewSet.as_view({"get": "certificate"}),
    ),
    path("api/tags", TagsViewSet.as_view({"get": "list", "post": "create"})),
    path("api/tags/<objectid:tag_id>", TagsViewSet.as_view({"patch": "update", "delete": "destroy"})),
    path("api/dispositions", DispositionsViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/dispositions/<objectid:disposition_id>",
        DispositionsViewSet.as_view({"patch": "update", "delete": "destroy"}),
    ),
    path("api/scorecards", ScorecardsViewSet.as_view({"get": "list", "post": "create"})),
    path("api/scorecards/<objectid:scorecard_id>", ScorecardsViewSet.as_view({"get": "retrieve", "patch": "update"})),
    path("api/contact-notes", ContactNotesViewSet.as_view({"get": "list", "post": "create"})),
    path("api/contact-notes/<objectid:note_id>", ContactNotesViewSet.as_view({"patch": "update", "delete": "destroy"})),
    path("api/reminders", RemindersViewSet.as_view({"get": "list", "post": "create"})),
    path("api/reminders/<objectid:reminder_id>", RemindersViewSet.as_view({"delete": "destroy"})),
    path("api/messages/send", MessagesViewSet.as_view({"post": "send"})),
    path("api/webhook/", include("calls.webhooks.urls")),
    path("oidc/login", oidc_browsers.login_view, name="oidc_login"),
    path("oidc/callback", oidc.callback_view, name="oidc_callback"),
    path("media/recordings/<path:token>", recording_file, name="recording-file"),
    path("media/exports/<path:token>", export_file, name="export-file"),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", include("calls.admin.desk.urls")),
    path("admin/login/", login_view),
    path("admin/login/oidc/", oidc.login_view, name="admin_oidc_login"),
    path("admin/login/oidc/code/", oidc.code_view, name="admin_oidc_code"),
    path("admin/logout/", logout_view),
    path("admin/password_change/", admin.site.admin_view(password_change_view)),
    path("admin/password-reset/", ask_view, name="admin_password_reset"),
    path("admin/password-reset/<str:token>/", choose_view, name="admin_password_reset_confirm"),
    # Django's page of an app lists what the menu has, under names that nobody else uses.
    re_path(rf"^admin/(?:{'|'.join(_APPS)})/$", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
]

handler400 = "tether_calls.common.error_views.bad_request"
handler403 = "tether_calls.common.error_views.permission_denied"
handler404 = "tether_calls.common.error_views.not_found"
handler500 = "tether_calls.common.error_views.server_error"
