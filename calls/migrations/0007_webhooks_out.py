import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tether_calls.common.encryption
import tether_calls.common.object_id


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("calls", "0006_agent_rate"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookCursor",
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
                ("name", models.CharField(max_length=20, unique=True)),
                ("last_event_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24)),
                ("transaction_id", models.BigIntegerField(null=True)),
                ("oldest_open_transaction_id", models.BigIntegerField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WebhookMessage",
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
                (
                    "event_type",
                    models.CharField(
                        choices=[
                            ("call.started", "Call started"),
                            ("call.ended", "Call ended"),
                            ("call.failed", "Call failed"),
                            ("call.transcript", "Transcript"),
                            ("call.recording", "Recording"),
                            ("call.summary", "Summary"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("event_id", tether_calls.common.object_id.ObjectIdField(max_length=24)),
                ("call_id", tether_calls.common.object_id.ObjectIdField(max_length=24)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("delivered", "Delivered"), ("dead", "Given up")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("give_up_at", models.DateTimeField(blank=True, null=True)),
                ("lease", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name": "webhook message",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
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
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "response",
                    models.CharField(blank=True, help_text="The beginning of the answer's body.", max_length=500),
                ),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempt_log",
                        to="calls.webhookmessage",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook attempt",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="WebhookSubscription",
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
                ("name", models.CharField(max_length=100)),
                ("url", models.CharField(help_text="An https address on the public internet.", max_length=2048)),
                ("subscribed_events", models.JSONField(default=list, help_text="The event types that are sent.")),
                ("secrets", tether_calls.common.encryption.SecretsField(blank=True, default=dict)),
                ("is_active", models.BooleanField(default=True)),
                ("disabled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "disabled_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("gone", "The receiver answered 410 Gone"),
                            ("failing", "Nothing but failures for a day"),
                            ("by_hand", "Disabled by hand"),
                        ],
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("failing_since", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_turn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "ordering": ("-id",),
            },
        ),
        migrations.AddField(
            model_name="webhookmessage",
            name="subscription",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="calls.webhooksubscription",
            ),
        ),
        migrations.AddIndex(
            model_name="webhooksubscription",
            index=models.Index(fields=["organization", "-id"], name="webhook_of_organization"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["subscription", "-id"], name="webhook_newest"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["subscription", "next_attempt_at"], name="webhook_due"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["call_id", "subscription", "id"], name="webhook_order"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["event_id"], name="webhook_of_event"),
        ),
        migrations.AddConstraint(
            model_name="webhookmessage",
            constraint=models.UniqueConstraint(
                fields=("subscription", "event_type", "key"), name="one_webhook_per_event"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "delivered", "dead"])), name="webhook_state_known"
            ),
        ),
    ]
