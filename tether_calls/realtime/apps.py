from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "tether_calls.realtime"
    label = "realtime"
    verbose_name = "Events"
