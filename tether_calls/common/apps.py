from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Installed for its templates and static files; it has no models."""

    name = "tether_calls.common"
    label = "common"
