from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "calls"

    def ready(self) -> None:
        from calls import checks  # noqa: F401  # registers itself
        from calls.partner.errors import partner_envelope
        from tether_calls.common.envelopes import set_envelope_below

        set_envelope_below("/api/v1", partner_envelope)
