from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "tether_calls.realtime"
    label = "realtime"
    verbose_name = "Events"

    def ready(self) -> None:
        from tether_calls.realtime import personal_data  # noqa: F401  # registers itself
