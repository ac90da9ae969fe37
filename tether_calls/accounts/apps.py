from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tether_calls.accounts"
    label = "accounts"
    verbose_name = "Organizations and users"

    def ready(self) -> None:
        from tether_calls.accounts import personal_data  # noqa: F401  # registers itself
        from tether_calls.accounts.memberships import membership_of, still_members
        from tether_calls.realtime.membership import set_membership_resolver

        set_membership_resolver(membership_of, still_members)
