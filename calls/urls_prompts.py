"""Routes under /api/prompts."""

from django.urls import path

from calls.api.prompt_versions import PromptVersionsViewSet
from calls.api.prompts import PromptsViewSet

urlpatterns = [
    path("user", PromptsViewSet.as_view({"get": "list"})),
    path("create", PromptsViewSet.as_view({"post": "create"})),
    path("<objectid:prompt_id>/versions", PromptVersionsViewSet.as_view({"get": "list", "post": "create"})),
    path("<objectid:prompt_id>/versions/<objectid:version_id>", PromptVersionsViewSet.as_view({"get": "retrieve"})),
    path(
        "<objectid:prompt_id>/versions/<objectid:version_id>/restore",
        PromptVersionsViewSet.as_view({"post": "restore"}),
    ),
    path("<objectid:prompt_id>/sync", PromptsViewSet.as_view({"post": "sync"})),
    path("<objectid:prompt_id>/split", PromptVersionsViewSet.as_view({"put": "split", "delete": "end_split"})),
    path("<objectid:prompt_id>", PromptsViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})),
]
