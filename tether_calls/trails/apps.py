from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TrailsConfig(AppConfig):
    name = "tether_calls.trails"
    label = "trails"
    verbose_name = "Who has done what"

    def ready(self) -> None:
        from tether_calls.trails import personal_data  # noqa: F401  # registers itself
        from tether_calls.trails.models.triggers import drop_triggers, make_triggers

        # Of tables, not of rows: SQLite loses triggers where a migration builds their table anew.
        pre_migrate.connect(drop_triggers, sender=self)
        post_migrate.connect(make_triggers, sender=self)
