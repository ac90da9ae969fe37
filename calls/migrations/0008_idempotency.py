import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tether_calls.common.object_id


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_calling_hours"),
        ("calls", "0007_webhooks_out"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdempotentRequest",
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
                ("key", models.CharField(max_length=255)),
                ("digest", models.CharField(help_text="SHA-256 of the body, however it was written.", max_length=64)),
                (
                    "call_id",
                    tether_calls.common.object_id.ObjectIdField(
                        blank=True,
                        help_text="Set with the call's row, before anybody is dialled.",
                        max_length=24,
                        null=True,
                    ),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, help_text="Empty: not answered yet.", null=True),
                ),
                ("answer", models.JSONField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["created_at"], name="idempotent_request_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="one_request_per_idempotency_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer__isnull", True), ("status__isnull", True)),
                            models.Q(("answer__isnull", False), ("status__isnull", False)),
                            _connector="OR",
                        ),
                        name="idempotent_answer_has_both_parts",
                    ),
                ],
            },
        ),
    ]
