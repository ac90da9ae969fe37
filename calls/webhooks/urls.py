"""Routes under /api/webhook."""

from django.urls import path

from calls.providers.registry import endpoints
from calls.webhooks.views import view_of

urlpatterns = [path(endpoint.path, view_of(endpoint)) for endpoint in endpoints()]
