import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tether_calls.common.first_tables
import tether_calls.common.object_id
import tether_calls.common.postgres_sql


class Migration(migrations.Migration):
    replaces = [
        ("conversations", "0001_initial"),
        ("conversations", "0002_autovacuum"),
        ("conversations", "0003_words_of_fields"),
        ("conversations", "0004_texts"),
        ("conversations", "0005_texts_in_order"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("contacts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        tether_calls.common.first_tables.FirstTables(
            operations=[
                migrations.CreateModel(
                    name="Conversation",
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
                            "channel_type",
                            models.CharField(
                                choices=[("call", "Call"), ("sms", "Text")], default="call", max_length=10
                            ),
                        ),
                        ("channel_identifier", models.CharField(help_text="Our number, in E.164.", max_length=16)),
                        ("latest_message", models.CharField(blank=True, max_length=500)),
                        ("last_message_time", models.DateTimeField(blank=True, null=True)),
                        ("message_count", models.PositiveIntegerField(default=0)),
                        ("is_resolved", models.BooleanField(default=False, verbose_name="resolved")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="conversations",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="Message",
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
                        ("call_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("content", models.TextField()),
                        (
                            "direction",
                            models.CharField(choices=[("inbound", "Inbound"), ("outbound", "Outbound")], max_length=10),
                        ),
                        (
                            "channel_type",
                            models.CharField(
                                choices=[("call", "Call"), ("sms", "Text")], default="call", max_length=10
                            ),
                        ),
                        ("status", models.CharField(blank=True, max_length=20)),
                        ("sent_by", models.CharField(blank=True, max_length=200)),
                        ("is_ai_generated", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "encoding",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="gsm7 or ucs2.", max_length=4
                            ),
                        ),
                        (
                            "error_code",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Why a text did not arrive.",
                                max_length=20,
                            ),
                        ),
                        (
                            "parts",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="So many messages carriers count.", null=True
                            ),
                        ),
                        ("provider", models.CharField(blank=True, db_default="", default="", max_length=10)),
                        (
                            "provider_code",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The same in the carrier's own words.",
                                max_length=40,
                            ),
                        ),
                        (
                            "provider_message_id",
                            models.CharField(blank=True, db_default="", default="", max_length=255),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="conversations.conversation",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.AddIndex(
                    model_name="conversation",
                    index=models.Index(fields=["organization", "-id"], name="conversation_newest"),
                ),
                migrations.AddConstraint(
                    model_name="conversation",
                    constraint=models.UniqueConstraint(
                        fields=("contact", "channel_type", "channel_identifier"),
                        name="one_conversation_per_contact_and_channel",
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(fields=["conversation", "-id"], name="message_newest"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("channel_type", "sms")), fields=["organization", "-id"], name="text_newest"
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("channel_type", "sms")), fields=["contact", "-id"], name="text_of_contact"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="message",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("call_id__isnull", False)), fields=("call_id",), name="one_message_per_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="message",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("provider_message_id", ""), _negated=True),
                        fields=("organization", "provider", "provider_message_id"),
                        name="one_message_per_text",
                    ),
                ),
            ],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE conversations_conversation SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)",
            reverse_sql="ALTER TABLE conversations_conversation RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE conversations_message SET (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE conversations_message RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
