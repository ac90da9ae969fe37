import django.utils.timezone
from django.db import migrations, models

import tether_calls.common.first_tables
import tether_calls.common.object_id
import tether_calls.common.postgres_sql


class Migration(migrations.Migration):
    replaces = [
        ("realtime", "0001_initial"),
        ("realtime", "0002_transaction_marks"),
        ("realtime", "0003_autovacuum"),
        ("realtime", "0004_events_of_users"),
    ]

    initial = True

    dependencies = []

    operations = [
        tether_calls.common.first_tables.FirstTables(
            operations=[
                migrations.CreateModel(
                    name="EventLog",
                    fields=[
                        (
                            "id",
                            tether_calls.common.object_id.ObjectIdField(
                                default=tether_calls.common.object_id.new_object_id,
                                editable=False,
                                max_length=24,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("organization_id", tether_calls.common.object_id.ObjectIdField(max_length=24)),
                        ("call_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("name", models.CharField(max_length=40)),
                        ("data", models.JSONField()),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("transaction_id", models.BigIntegerField(editable=False, null=True)),
                        ("oldest_open_transaction_id", models.BigIntegerField(editable=False, null=True)),
                        (
                            "user_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True,
                                help_text="Whose sockets alone are told; empty: everybody's.",
                                max_length=24,
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "event",
                        "indexes": [
                            models.Index(fields=["organization_id", "id"], name="event_organization_order"),
                            models.Index(
                                condition=models.Q(("transaction_id__isnull", False)),
                                fields=["organization_id", "transaction_id"],
                                name="event_organization_transaction",
                            ),
                            models.Index(
                                condition=models.Q(("call_id__isnull", False)),
                                fields=["call_id", "id"],
                                name="event_of_call",
                            ),
                        ],
                    },
                )
            ],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE realtime_eventlog ALTER transaction_id SET DEFAULT pg_current_xact_id()::text::bigint, ALTER oldest_open_transaction_id SET DEFAULT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            reverse_sql="ALTER TABLE realtime_eventlog ALTER transaction_id DROP DEFAULT, ALTER oldest_open_transaction_id DROP DEFAULT",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE realtime_eventlog SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE realtime_eventlog RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
