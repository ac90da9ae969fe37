from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tether_calls.accounts"
    label = "accounts"
    verbose_name = "Organizations and users"

    def ready(self) -> None:
        from tether_calls.accounts import checks, personal_data  # noqa: F401  # register themselves
        from tether_calls.accounts.memberships import membership_of, still_members
        from tether_calls.accounts.staff_reasons import asks_why
        from tether_calls.realtime.membership import set_membership_resolver
        from tether_calls.trails.services.require_reason import set_asks_why

        set_membership_resolver(membership_of, still_members)
        set_asks_why(asks_why)
