"""All routes."""

from django.contrib import admin
from django.urls import include, path, register_converter

from calls.api.media import recording_file
from calls.partner.base import unknown_path
from tether_calls import health
from tether_calls.common.object_id import ObjectIdConverter
from tether_calls.schema_views import DocsView, SchemaView

register_converter(ObjectIdConverter, "objectid")

urlpatterns = [
    path("api/", include("tether_calls.accounts.urls")),
    path("api/", include("contacts.urls")),
    path("api/", include("conversations.urls")),
    path("api/calls/", include("calls.urls")),
    path("api/v1", unknown_path),
    path("api/v1/", include("calls.partner.urls")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("api/prompts/", include("calls.urls_prompts")),
    path("api/webhook/", include("calls.webhooks.urls")),
    path("media/recordings/<path:token>", recording_file, name="recording-file"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]

handler400 = "tether_calls.common.error_views.bad_request"
handler403 = "tether_calls.common.error_views.permission_denied"
handler404 = "tether_calls.common.error_views.not_found"
handler500 = "tether_calls.common.error_views.server_error"
