from django.apps import AppConfig
from django.conf import settings


class CommonConfig(AppConfig):
    """Installed for its templates and static files, its checks, and what watches a process; it has no models."""

    name = "tether_calls.common"
    label = "common"

    def ready(self) -> None:
        from tether_calls.common import checks  # noqa: F401  # registers them

        # Neither is imported by those who do not ask for it.
        if settings.SENTRY_DSN:
            from tether_calls.common.observing import errors

            errors.start()
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            from tether_calls.common.observing import tracing

            tracing.start()
