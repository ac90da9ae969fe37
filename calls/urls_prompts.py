"""Routes under /api/prompts."""

from django.urls import path

from calls.api.prompts import PromptsViewSet

urlpatterns = [
    path("user", PromptsViewSet.as_view({"get": "list"})),
    path("create", PromptsViewSet.as_view({"post": "create"})),
    path("<objectid:prompt_id>", PromptsViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})),
]
