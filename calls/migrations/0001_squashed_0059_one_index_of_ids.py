from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import calls.models.call_words
import calls.models.listening_queue
import calls.models.prompt
import calls.models.recording
import calls.outcomes
import calls.reports
import tether_calls.common.encryption
import tether_calls.common.first_tables
import tether_calls.common.object_id
import tether_calls.common.postgres_sql


class Migration(migrations.Migration):
    replaces = [
        ("calls", "0001_initial"),
        ("calls", "0002_search"),
        ("calls", "0003_providers"),
        ("calls", "0004_counted_duration"),
        ("calls", "0005_delivery_endpoints"),
        ("calls", "0006_agent_rate"),
        ("calls", "0007_webhooks_out"),
        ("calls", "0008_idempotency"),
        ("calls", "0009_end_authority"),
        ("calls", "0010_end_corrected_event"),
        ("calls", "0011_agent_rates"),
        ("calls", "0012_refused_pushes"),
        ("calls", "0013_webhook_owners"),
        ("calls", "0014_keys_with_webhooks"),
        ("calls", "0015_ids_of_providers_by_organization"),
        ("calls", "0016_rollups"),
        ("calls", "0017_call_imports"),
        ("calls", "0018_exports"),
        ("calls", "0019_call_words"),
        ("calls", "0020_autovacuum"),
        ("calls", "0021_hours_of_rollups"),
        ("calls", "0022_invalid_deliveries"),
        ("calls", "0023_vendors_ids_of_organizations"),
        ("calls", "0024_outcomes"),
        ("calls", "0025_webhooks_under_way"),
        ("calls", "0026_labels_of_calls"),
        ("calls", "0027_note_webhooks"),
        ("calls", "0028_call_hearings"),
        ("calls", "0029_peaks_of_recordings"),
        ("calls", "0030_history_of_agents"),
        ("calls", "0031_words_of_fields"),
        ("calls", "0032_scorecards"),
        ("calls", "0033_listening_queues"),
        ("calls", "0034_agent_tools"),
        ("calls", "0035_registered_tools"),
        ("calls", "0036_opt_outs"),
        ("calls", "0037_scheduled_calls"),
        ("calls", "0038_transfers"),
        ("calls", "0039_outgoing_texts"),
        ("calls", "0040_live_calls"),
        ("calls", "0041_prompt_versions"),
        ("calls", "0042_first_versions"),
        ("calls", "0043_agent_sync"),
        ("calls", "0044_texts_tried_again"),
        ("calls", "0045_erased_calls"),
        ("calls", "0046_when_transfers_are_accepted"),
        ("calls", "0047_narrowed_roles"),
        ("calls", "0048_disclosures_and_purposes"),
        ("calls", "0049_text_webhooks"),
        ("calls", "0050_silent_recordings"),
        ("calls", "0051_recording_consent"),
        ("calls", "0052_privacy"),
        ("calls", "0053_calls_that_are_heard"),
        ("calls", "0054_sealed_texts"),
        ("calls", "0055_late_agents_calls"),
        ("calls", "0056_languages_of_agents"),
        ("calls", "0057_recording_pause"),
        ("calls", "0058_redaction_run"),
        ("calls", "0059_one_index_of_ids"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("contacts", "0001_initial"),
        ("conversations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        tether_calls.common.first_tables.FirstTables(
            operations=[
                migrations.CreateModel(
                    name="Call",
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
                            "provider",
                            models.CharField(
                                choices=[
                                    ("twilio", "Twilio"),
                                    ("sinch", "Sinch"),
                                    ("elevenlabs", "ElevenLabs"),
                                    ("external", "External"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("provider_call_id", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "external_call_id",
                            models.CharField(
                                blank=True,
                                help_text="The vendor's identifier; unique among the calls of one key's owner.",
                                max_length=255,
                                null=True,
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(choices=[("inbound", "Inbound"), ("outbound", "Outbound")], max_length=10),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("initiated", "Initiated"),
                                    ("ringing", "Ringing"),
                                    ("in-progress", "In progress"),
                                    ("answered", "Answered"),
                                    ("completed", "Completed"),
                                    ("no-answer", "No answer"),
                                    ("busy", "Busy"),
                                    ("failed", "Failed"),
                                    ("canceled", "Canceled"),
                                ],
                                default="initiated",
                                max_length=12,
                            ),
                        ),
                        ("from_number", models.CharField(blank=True, max_length=64)),
                        ("to_number", models.CharField(blank=True, max_length=64)),
                        (
                            "provider_phone_number",
                            models.CharField(blank=True, help_text="Our side's number.", max_length=16),
                        ),
                        ("start_time", models.DateTimeField(default=django.utils.timezone.now)),
                        ("answer_time", models.DateTimeField(blank=True, null=True)),
                        ("end_time", models.DateTimeField(blank=True, null=True)),
                        ("duration", models.FloatField(blank=True, help_text="Seconds.", null=True)),
                        (
                            "agent_name",
                            models.CharField(blank=True, help_text="A vendor's agent, by its name.", max_length=200),
                        ),
                        (
                            "ai_transcript",
                            models.JSONField(
                                blank=True, help_text="Turns: role, message, timestamp in seconds.", null=True
                            ),
                        ),
                        ("ai_summary", models.TextField(blank=True)),
                        ("ai_handled_duration", models.FloatField(blank=True, help_text="Seconds.", null=True)),
                        ("metadata", models.JSONField(blank=True, default=dict)),
                        ("provider_metadata", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "ai_conversation_id",
                            models.CharField(
                                blank=True,
                                help_text="The AI provider's conversation of a call that another provider carries.",
                                max_length=255,
                                null=True,
                            ),
                        ),
                        (
                            "duration_is_counted",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Neither provider nor vendor gave it: it was counted here.",
                            ),
                        ),
                        (
                            "end_time_is_counted",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Nobody told the end: it was worked out here, and may be again.",
                            ),
                        ),
                        (
                            "end_authority",
                            models.PositiveSmallIntegerField(
                                db_default=calls.reports.Authority["FIRM"],
                                default=calls.reports.Authority["FIRM"],
                                help_text="How much the report of its end can say of it.",
                            ),
                        ),
                        (
                            "analysis",
                            models.JSONField(
                                blank=True, help_text="What the provider's own analysis found.", null=True
                            ),
                        ),
                        (
                            "answered_by",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unknown", "Unknown"),
                                    ("human", "Human"),
                                    ("call_screening", "Call screening"),
                                    ("ivr", "Ivr"),
                                    ("machine", "Machine"),
                                    ("fax", "Fax"),
                                ],
                                db_default="",
                                default="",
                                max_length=14,
                            ),
                        ),
                        (
                            "end_fault",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("none", "None"),
                                    ("caller", "Caller"),
                                    ("callee", "Callee"),
                                    ("us", "Us"),
                                    ("provider", "Provider"),
                                    ("carrier", "Carrier"),
                                ],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        (
                            "end_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unknown", "Unknown"),
                                    ("unheard_of", "Unheard of"),
                                    ("unknown_at_provider", "Unknown at provider"),
                                    ("canceled", "Canceled"),
                                    ("carrier_error", "Carrier error"),
                                    ("provider_error", "Provider error"),
                                    ("no_answer", "No answer"),
                                    ("busy", "Busy"),
                                    ("rejected", "Rejected"),
                                    ("invalid_number", "Invalid number"),
                                    ("customer_hangup", "Customer hangup"),
                                    ("agent_hangup", "Agent hangup"),
                                    ("silence", "Silence"),
                                    ("max_duration", "Max duration"),
                                    ("machine_hangup", "Machine hangup"),
                                    ("voicemail_left", "Voicemail left"),
                                    ("transferred", "Transferred"),
                                    ("insufficient_funds", "Insufficient funds"),
                                    ("too_many_attempts", "Too many attempts"),
                                    ("outside_hours", "Outside hours"),
                                    ("no_consent", "No consent"),
                                    ("do_not_call", "Do not call"),
                                ],
                                db_default="",
                                default="",
                                help_text="Empty while the call goes on, and where it ended before reasons were kept.",
                                max_length=19,
                            ),
                        ),
                        (
                            "endings_told",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="What was told of its end: `calls.outcomes.as_text`.",
                                max_length=100,
                            ),
                        ),
                        ("is_starred", models.BooleanField(db_default=False, default=False, verbose_name="star")),
                        (
                            "tag_ids",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="Separated by blanks.", max_length=500
                            ),
                        ),
                        ("opt_out", models.JSONField(blank=True, null=True)),
                        (
                            "opted_out_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When it was heard that the customer wants no more calls.",
                                null=True,
                            ),
                        ),
                        (
                            "prompt_version_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True,
                                editable=False,
                                help_text="The version of the agent that spoke.",
                                max_length=24,
                                null=True,
                            ),
                        ),
                        (
                            "audio_erased_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="Since when there is no recording, and none is taken.",
                                null=True,
                            ),
                        ),
                        (
                            "erased_in",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True, editable=False, max_length=24, null=True
                            ),
                        ),
                        (
                            "person_erased_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="Since when it is not known any more whose call it was.",
                                null=True,
                            ),
                        ),
                        (
                            "transcript_erased_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="The same of what was said and what was written of it.",
                                null=True,
                            ),
                        ),
                        (
                            "recording_consent",
                            models.CharField(
                                choices=[
                                    ("unknown", "Unknown"),
                                    ("announced", "Announced"),
                                    ("granted", "Granted"),
                                    ("denied", "Denied"),
                                ],
                                db_default="unknown",
                                default="unknown",
                                help_text="Whether people agree to the recording. Where they deny it, no audio is kept.",
                                max_length=9,
                            ),
                        ),
                        ("recording_consent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "recording_consent_source",
                            models.CharField(blank=True, db_default="", default="", max_length=100),
                        ),
                        (
                            "recording_pause",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Records"),
                                    ("pausing", "Pausing"),
                                    ("paused", "Paused"),
                                    ("resuming", "Resuming"),
                                ],
                                db_default="",
                                default="",
                                help_text="Whether the carrier's recording pauses. Pausing, Resuming: asked for, and not answered yet.",
                                max_length=8,
                            ),
                        ),
                        ("recording_pause_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="calls",
                                to="contacts.contact",
                            ),
                        ),
                        (
                            "conversation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="calls",
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
                        (
                            "transferred_from",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="The call of an agent that handed its caller over to this one.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.call",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
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
                    name="StaleRollup",
                    fields=[
                        (
                            "organization_id",
                            tether_calls.common.object_id.ObjectIdField(
                                max_length=24, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "through",
                            models.DateTimeField(
                                blank=True,
                                help_text="Calls that began before are added up; empty: it has not begun.",
                                null=True,
                            ),
                        ),
                    ],
                ),
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
                                    ("call.updated", "Call updated"),
                                    ("call.transcript", "Transcript"),
                                    ("call.recording", "Recording"),
                                    ("call.summary", "Summary"),
                                    ("call.opt_out", "Customer opted out"),
                                    ("call.erased", "Call erased"),
                                    ("call.scheduled", "Scheduled call"),
                                    ("contact.note", "Note of a contact"),
                                    ("message.received", "Text received"),
                                    ("message.sent", "Text sent"),
                                    ("message.status", "Status of a text"),
                                    ("webhook.test", "Test"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("key", models.CharField(max_length=64)),
                        ("event_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("call_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
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
                    name="LiveCall",
                    fields=[
                        (
                            "call",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="live",
                                serialize=False,
                                to="calls.call",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("live", "Live"), ("ended", "Ended"), ("kept", "Kept"), ("heard", "Heard")],
                                default="live",
                                max_length=5,
                            ),
                        ),
                        (
                            "heard_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, help_text="When something was last told of it."
                            ),
                        ),
                        ("turn_count", models.PositiveIntegerField(default=0)),
                        ("next_place", models.PositiveIntegerField(default=0)),
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
                ),
                migrations.CreateModel(
                    name="CallDelta",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("organization_id", tether_calls.common.object_id.ObjectIdField(max_length=24)),
                        ("direction", models.CharField(max_length=10)),
                        ("provider", models.CharField(max_length=10)),
                        ("status", models.CharField(max_length=12)),
                        ("ai_agent_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24)),
                        ("agent_name", models.CharField(blank=True, max_length=200)),
                        ("user_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24)),
                        ("provider_phone_number", models.CharField(blank=True, max_length=16)),
                        ("calls", models.BigIntegerField()),
                        (
                            "microseconds",
                            models.BigIntegerField(help_text="Whole ones: sums do not depend on the order of adding."),
                        ),
                        ("cost", models.BigIntegerField(help_text="Ten-thousandths of the currency.")),
                        ("start_time", models.DateTimeField()),
                        ("answered_by", models.CharField(blank=True, db_default="", default="", max_length=14)),
                        ("end_reason", models.CharField(blank=True, db_default="", default="", max_length=19)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["organization_id", "start_time"], name="call_delta_of_organization")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallRollup",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("organization_id", tether_calls.common.object_id.ObjectIdField(max_length=24)),
                        ("direction", models.CharField(max_length=10)),
                        ("provider", models.CharField(max_length=10)),
                        ("status", models.CharField(max_length=12)),
                        ("ai_agent_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24)),
                        ("agent_name", models.CharField(blank=True, max_length=200)),
                        ("user_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24)),
                        ("provider_phone_number", models.CharField(blank=True, max_length=16)),
                        ("calls", models.BigIntegerField()),
                        (
                            "microseconds",
                            models.BigIntegerField(help_text="Whole ones: sums do not depend on the order of adding."),
                        ),
                        ("cost", models.BigIntegerField(help_text="Ten-thousandths of the currency.")),
                        ("span", models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5)),
                        ("begins", models.DateField()),
                        ("is_fine", models.BooleanField()),
                        (
                            "durations",
                            models.TextField(
                                blank=True, help_text="Of answered calls: how many are in each class of durations."
                            ),
                        ),
                        (
                            "hours",
                            models.TextField(
                                blank=True, help_text="Of a day: calls, microseconds and cost of each of its hours."
                            ),
                        ),
                        ("answered_by", models.CharField(blank=True, db_default="", default="", max_length=14)),
                        ("end_reason", models.CharField(blank=True, db_default="", default="", max_length=19)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "organization_id",
                                    "is_fine",
                                    "span",
                                    "begins",
                                    "direction",
                                    "provider",
                                    "status",
                                    "end_reason",
                                    "answered_by",
                                    "ai_agent_id",
                                    "agent_name",
                                    "user_id",
                                    "provider_phone_number",
                                ),
                                name="one_call_rollup",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallWords",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("start_time", models.DateTimeField()),
                        ("version", models.PositiveSmallIntegerField(default=1)),
                        ("words", calls.models.call_words.WordsField()),
                        (
                            "call",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="words", to="calls.call"
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Disposition",
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
                        ("name", models.CharField(max_length=60)),
                        (
                            "key",
                            models.CharField(
                                editable=False, help_text="The name, as `label_key` has it.", max_length=180
                            ),
                        ),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("positive", "Positive"),
                                    ("neutral", "Neutral"),
                                    ("negative", "Negative"),
                                    ("callback", "Call back"),
                                ],
                                default="neutral",
                                max_length=8,
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
                        "ordering": ("key",),
                    },
                ),
                migrations.AddField(
                    model_name="call",
                    name="disposition",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calls.disposition",
                    ),
                ),
                migrations.CreateModel(
                    name="Export",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("calls", "Calls"),
                                    ("contacts", "Contacts"),
                                    ("doNotCall", "Do Not Call"),
                                    ("wallet", "Wallet"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("format", models.CharField(choices=[("csv", "CSV"), ("jsonl", "JSON lines")], max_length=5)),
                        ("filter", models.JSONField(default=dict, help_text="Which rows; empty: all.")),
                        ("columns", models.JSONField(default=list)),
                        ("time_zone", models.CharField(help_text="In which the times are written.", max_length=64)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("running", "Running"),
                                    ("ready", "Ready"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=7,
                            ),
                        ),
                        ("rows", models.PositiveBigIntegerField(default=0, help_text="Written so far.")),
                        (
                            "total",
                            models.PositiveBigIntegerField(help_text="Rows there were when it began.", null=True),
                        ),
                        ("file", models.CharField(help_text="Its name in the storage.", max_length=200, unique=True)),
                        ("size", models.PositiveBigIntegerField(help_text="Bytes.", null=True)),
                        ("error", models.CharField(blank=True, help_text="Why it has failed.", max_length=40)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("finished_at", models.DateTimeField(editable=False, null=True)),
                        ("expires_at", models.DateTimeField(help_text="When row and file are deleted.")),
                        ("checkpoint", models.JSONField(default=dict, editable=False)),
                        ("carry", models.BinaryField(default=b"")),
                        (
                            "lease",
                            tether_calls.common.object_id.ObjectIdField(editable=False, max_length=24, null=True),
                        ),
                        ("leased_until", models.DateTimeField(editable=False, null=True)),
                        ("next_turn_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("failures", models.PositiveSmallIntegerField(default=0, editable=False)),
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
                                help_text="Who asked for it.",
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
                        (
                            "digest",
                            models.CharField(help_text="SHA-256 of the body, however it was written.", max_length=64),
                        ),
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
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Empty: not answered yet.", null=True
                            ),
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
                    },
                ),
                migrations.CreateModel(
                    name="LegalHold",
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
                            "scope",
                            models.CharField(
                                choices=[
                                    ("contact", "Contact"),
                                    ("number", "Number"),
                                    ("call", "Call"),
                                    ("period", "Period"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "contact_id",
                            tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True),
                        ),
                        ("call_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("phone_number", models.CharField(blank=True, max_length=16)),
                        (
                            "begins",
                            models.DateTimeField(
                                blank=True, help_text="Of a period: calls that began from then on.", null=True
                            ),
                        ),
                        (
                            "ends",
                            models.DateTimeField(
                                blank=True, help_text="Of a period: calls that began before.", null=True
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("released_at", models.DateTimeField(blank=True, editable=False, null=True)),
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
                            "placed_by",
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
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
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
                    name="ListeningQueue",
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
                        ("name", models.CharField(max_length=60)),
                        (
                            "key",
                            models.CharField(
                                editable=False, help_text="The name, as `label_key` has it.", max_length=180
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "per_agent",
                            models.PositiveSmallIntegerField(
                                default=3,
                                help_text="1 to 50.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(50),
                                ],
                                verbose_name="calls of each agent and day",
                            ),
                        ),
                        (
                            "strata",
                            models.CharField(
                                choices=[
                                    ("none", "Any calls"),
                                    ("outcome", "Of each way of ending"),
                                    ("duration", "Of each length"),
                                    ("both", "Of each way of ending and length"),
                                ],
                                default="both",
                                max_length=8,
                                verbose_name="drawn",
                            ),
                        ),
                        (
                            "is_shared",
                            models.BooleanField(
                                default=True,
                                help_text="Each call is heard by one reviewer; else each reviewer hears all of them.",
                                verbose_name="shared",
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                blank=True, choices=[("inbound", "Inbound"), ("outbound", "Outbound")], max_length=10
                            ),
                        ),
                        (
                            "least_seconds",
                            models.PositiveIntegerField(
                                default=0,
                                validators=[django.core.validators.MaxValueValidator(86400)],
                                verbose_name="at least seconds",
                            ),
                        ),
                        (
                            "seed",
                            models.CharField(
                                default=calls.models.listening_queue._new_seed, editable=False, max_length=16
                            ),
                        ),
                        (
                            "is_archived",
                            models.BooleanField(
                                default=False, help_text="Nothing more is drawn.", verbose_name="archived"
                            ),
                        ),
                        (
                            "disposition",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.disposition",
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
                        "ordering": ("key",),
                    },
                ),
                migrations.CreateModel(
                    name="OutgoingText",
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
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("user", "A user's"),
                                    ("tool", "An agent's"),
                                    ("missed_call", "After a missed call"),
                                    ("keyword", "Answer to a keyword"),
                                    ("reminder", "A reminder"),
                                    ("partner", "A partner's"),
                                ],
                                max_length=11,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Waiting"), ("under_way", "Under way"), ("done", "Done")],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        (
                            "provider",
                            models.CharField(choices=[("twilio", "Twilio"), ("sinch", "Sinch")], max_length=10),
                        ),
                        ("from_number", models.CharField(max_length=16)),
                        ("to_number", models.CharField(max_length=16)),
                        (
                            "reports_to",
                            models.CharField(blank=True, help_text="Where the carrier reaches us.", max_length=200),
                        ),
                        ("user_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("idempotency_key", models.CharField(blank=True, max_length=255, null=True)),
                        (
                            "digest",
                            models.CharField(
                                blank=True, help_text="Of the request that came with the key.", max_length=64
                            ),
                        ),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        (
                            "next_at",
                            models.DateTimeField(blank=True, help_text="Not to be tried again before that.", null=True),
                        ),
                        (
                            "reminder_id",
                            tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True),
                        ),
                        (
                            "sealed",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Encrypted, where its message is redacted.",
                            ),
                        ),
                        (
                            "shown_digest",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="A keyed digest of what was sealed.",
                                max_length=64,
                            ),
                        ),
                        (
                            "call",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.call",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="outgoing",
                                to="conversations.message",
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
                migrations.CreateModel(
                    name="PrivacyRequest",
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
                            "kind",
                            models.CharField(
                                choices=[("find", "Find"), ("export", "Export"), ("erase", "Erase")], max_length=6
                            ),
                        ),
                        ("phone_number", models.CharField(blank=True, max_length=16)),
                        (
                            "contact_id",
                            tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True),
                        ),
                        (
                            "subject",
                            models.CharField(
                                blank=True,
                                help_text="A keyed digest of the number: who knows it can compare.",
                                max_length=64,
                            ),
                        ),
                        ("shown", models.CharField(blank=True, help_text="The end of the number.", max_length=24)),
                        ("sought", models.JSONField(blank=True, default=dict)),
                        (
                            "before",
                            models.DateTimeField(
                                blank=True,
                                help_text="Only what was there by then: after a backup was restored.",
                                null=True,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=7,
                            ),
                        ),
                        (
                            "places",
                            models.JSONField(blank=True, default=list, help_text="What was found and done, by places."),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("cursor", models.CharField(blank=True, max_length=24)),
                        (
                            "rounds",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How often all places were gone through."
                            ),
                        ),
                        ("certificate", models.TextField(blank=True)),
                        (
                            "file",
                            models.CharField(
                                blank=True, help_text="Of an export, in the storage of exports.", max_length=200
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=40)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("due_at", models.DateTimeField(blank=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("lease", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("leased_until", models.DateTimeField(blank=True, null=True)),
                        ("next_turn_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("failures", models.PositiveSmallIntegerField(default=0)),
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
                            "requested_by",
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
                    name="Prompt",
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
                        ("name", models.CharField(max_length=200)),
                        ("prompt", models.TextField(blank=True, help_text="The agent's instructions.")),
                        ("first_message", models.TextField(blank=True)),
                        ("voice_id", models.CharField(blank=True, max_length=100, verbose_name="voice ID")),
                        ("voice_enabled", models.BooleanField(default=False)),
                        (
                            "elevenlabs_agent_id",
                            models.CharField(
                                blank=True,
                                help_text="Empty: not synced with ElevenLabs.",
                                max_length=100,
                                null=True,
                                verbose_name="ElevenLabs agent ID",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "rate_per_minute",
                            models.DecimalField(
                                decimal_places=4,
                                default=calls.models.prompt.default_rate_per_minute,
                                help_text="What a minute of its calls costs a prepaid organization, in the wallet's currency.",
                                max_digits=8,
                                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                            ),
                        ),
                        (
                            "tools",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The tools that it has at its provider.",
                                max_length=1000,
                            ),
                        ),
                        (
                            "description",
                            models.TextField(
                                blank=True, db_default="", default="", help_text="For people; no agent reads it."
                            ),
                        ),
                        ("split_percent", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                        (
                            "temperature",
                            models.FloatField(
                                blank=True,
                                help_text="From 0, always the same, to 1; empty: its provider's own.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(0.0),
                                    django.core.validators.MaxValueValidator(1.0),
                                ],
                            ),
                        ),
                        ("versions_made", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                        ("looked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("making_since", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "sync_error",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
                        ),
                        (
                            "sync_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("synced", "Synced"),
                                    ("changed_here", "Changed here"),
                                    ("changed_there", "Changed there"),
                                    ("error", "Error"),
                                ],
                                db_default="",
                                default="",
                                editable=False,
                                max_length=13,
                            ),
                        ),
                        ("synced_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "synced_digest",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                        ),
                        (
                            "disclosure",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Who calls, for whom, that it is an AI, that the call is recorded: said before the first message.",
                                max_length=2000,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ar", "Arabic"),
                                    ("bg", "Bulgarian"),
                                    ("zh", "Chinese"),
                                    ("hr", "Croatian"),
                                    ("cs", "Czech"),
                                    ("da", "Danish"),
                                    ("nl", "Dutch"),
                                    ("en", "English"),
                                    ("fi", "Finnish"),
                                    ("fr", "French"),
                                    ("de", "German"),
                                    ("el", "Greek"),
                                    ("hi", "Hindi"),
                                    ("hu", "Hungarian"),
                                    ("id", "Indonesian"),
                                    ("it", "Italian"),
                                    ("ja", "Japanese"),
                                    ("ko", "Korean"),
                                    ("ms", "Malay"),
                                    ("no", "Norwegian"),
                                    ("pl", "Polish"),
                                    ("pt", "Portuguese"),
                                    ("ro", "Romanian"),
                                    ("ru", "Russian"),
                                    ("sk", "Slovak"),
                                    ("es", "Spanish"),
                                    ("sv", "Swedish"),
                                    ("ta", "Tamil"),
                                    ("tr", "Turkish"),
                                    ("uk", "Ukrainian"),
                                    ("vi", "Vietnamese"),
                                ],
                                db_default="",
                                default="",
                                help_text="In which it speaks and hears; empty: its provider's own setting.",
                                max_length=2,
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "agent",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="PhoneNumber",
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
                            "provider",
                            models.CharField(choices=[("twilio", "Twilio"), ("sinch", "Sinch")], max_length=10),
                        ),
                        (
                            "phone_number",
                            models.CharField(help_text="E.164, such as +14165550100.", max_length=16, unique=True),
                        ),
                        ("label", models.CharField(blank=True, max_length=100)),
                        (
                            "is_default",
                            models.BooleanField(
                                default=False,
                                help_text="The number its user calls from unless told otherwise.",
                                verbose_name="default",
                            ),
                        ),
                        ("is_inbound_enabled", models.BooleanField(default=True, verbose_name="takes inbound calls")),
                        ("ai_enabled", models.BooleanField(default=False, verbose_name="AI enabled")),
                        (
                            "elevenlabs_phone_number_id",
                            models.CharField(
                                blank=True, max_length=100, null=True, verbose_name="ElevenLabs phone number ID"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "organization",
                            models.ForeignKey(
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
                                related_name="voice_phone_numbers",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ai_agent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="phone_numbers",
                                to="calls.prompt",
                                verbose_name="AI agent",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "phone number",
                        "ordering": ("phone_number",),
                    },
                ),
                migrations.AddField(
                    model_name="call",
                    name="ai_agent",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="calls",
                        to="calls.prompt",
                    ),
                ),
                migrations.CreateModel(
                    name="PromptVersion",
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
                        ("number", models.PositiveIntegerField(help_text="From 1 on, of one agent.")),
                        ("prompt", models.TextField(blank=True)),
                        ("first_message", models.TextField(blank=True)),
                        ("voice_id", models.CharField(blank=True, max_length=100, verbose_name="voice ID")),
                        ("note", models.CharField(blank=True, help_text="Why it was changed.", max_length=500)),
                        (
                            "restored_from",
                            models.PositiveIntegerField(
                                blank=True, help_text="The number of an older version.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "disclosure",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Who calls, for whom, that it is an AI, that the call is recorded: said before the first message.",
                                max_length=2000,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ar", "Arabic"),
                                    ("bg", "Bulgarian"),
                                    ("zh", "Chinese"),
                                    ("hr", "Croatian"),
                                    ("cs", "Czech"),
                                    ("da", "Danish"),
                                    ("nl", "Dutch"),
                                    ("en", "English"),
                                    ("fi", "Finnish"),
                                    ("fr", "French"),
                                    ("de", "German"),
                                    ("el", "Greek"),
                                    ("hi", "Hindi"),
                                    ("hu", "Hungarian"),
                                    ("id", "Indonesian"),
                                    ("it", "Italian"),
                                    ("ja", "Japanese"),
                                    ("ko", "Korean"),
                                    ("ms", "Malay"),
                                    ("no", "Norwegian"),
                                    ("pl", "Polish"),
                                    ("pt", "Portuguese"),
                                    ("ro", "Romanian"),
                                    ("ru", "Russian"),
                                    ("sk", "Slovak"),
                                    ("es", "Spanish"),
                                    ("sv", "Swedish"),
                                    ("ta", "Tamil"),
                                    ("tr", "Turkish"),
                                    ("uk", "Ukrainian"),
                                    ("vi", "Vietnamese"),
                                ],
                                db_default="",
                                default="",
                                help_text="In which it speaks and hears; empty: its provider's own setting.",
                                max_length=2,
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="calls.prompt",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        "verbose_name": "version of an agent",
                        "ordering": ("-number",),
                    },
                ),
                migrations.AddField(
                    model_name="prompt",
                    name="split_version",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="Speaks in some of its outbound calls.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calls.promptversion",
                    ),
                ),
                migrations.AddField(
                    model_name="prompt",
                    name="synced_version",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calls.promptversion",
                    ),
                ),
                migrations.AddField(
                    model_name="prompt",
                    name="version",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calls.promptversion",
                    ),
                ),
                migrations.CreateModel(
                    name="QueuedCall",
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
                        ("day", models.DateField()),
                        ("position", models.PositiveIntegerField()),
                        (
                            "call",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="calls.call"
                            ),
                        ),
                        (
                            "queue",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="queued",
                                to="calls.listeningqueue",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QueueDraw",
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
                        ("day", models.DateField()),
                        ("found", models.PositiveIntegerField()),
                        (
                            "queue",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="draws",
                                to="calls.listeningqueue",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QueueTurn",
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
                        ("is_shared", models.BooleanField()),
                        ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("is_skipped", models.BooleanField(default=False)),
                        (
                            "queued",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="turns",
                                to="calls.queuedcall",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Recording",
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
                            "file",
                            models.FileField(max_length=200, storage=calls.models.recording.recordings, upload_to=""),
                        ),
                        ("content_type", models.CharField(default="audio/mpeg", max_length=50)),
                        ("size", models.PositiveBigIntegerField(help_text="Bytes.")),
                        (
                            "duration",
                            models.FloatField(blank=True, help_text="Seconds, as counted in the file.", null=True),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "peaks",
                            models.CharField(
                                choices=[
                                    ("unmade", "Not made yet"),
                                    ("wanted", "To be made"),
                                    ("kept", "Kept beside the recording"),
                                    ("none", "Cannot be made"),
                                ],
                                default="wanted",
                                editable=False,
                                max_length=6,
                            ),
                        ),
                        (
                            "is_to_be_silenced",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                editable=False,
                                help_text="What is not to be kept was said in more of it.",
                            ),
                        ),
                        ("silenced", models.JSONField(blank=True, editable=False, null=True)),
                        (
                            "call",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recordings",
                                to="calls.call",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("id",),
                    },
                ),
                migrations.CreateModel(
                    name="RedactionRun",
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
                            "kinds",
                            models.CharField(
                                blank=True,
                                help_text="What is taken out, as it was chosen when it started.",
                                max_length=100,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("canceled", "Canceled"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("places", models.JSONField(blank=True, default=list)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("cursor", models.CharField(blank=True, max_length=24)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=40)),
                        ("lease", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("leased_until", models.DateTimeField(blank=True, null=True)),
                        ("next_turn_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("failures", models.PositiveSmallIntegerField(default=0)),
                        (
                            "canceled_by",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                        (
                            "started_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "redaction of old calls",
                        "verbose_name_plural": "redactions of old calls",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="RefusedPush",
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
                        ("status", models.PositiveSmallIntegerField(help_text="As it was answered.")),
                        ("code", models.CharField(max_length=40)),
                        (
                            "field",
                            models.CharField(
                                blank=True, help_text="What was wrong, by its path in the body.", max_length=100
                            ),
                        ),
                        (
                            "external_call_id",
                            models.CharField(
                                blank=True,
                                help_text="The vendor's identifier of the call.",
                                max_length=255,
                                verbose_name="external call ID",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "api_key",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="accounts.apikey",
                                verbose_name="API key",
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
                                help_text="Whose call it would have been.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "refused pushes",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="RegisteredTool",
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
                            "provider",
                            models.CharField(
                                choices=[("twilio", "Twilio"), ("sinch", "Sinch"), ("elevenlabs", "ElevenLabs")],
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(max_length=64)),
                        ("provider_tool_id", models.CharField(blank=True, max_length=100, verbose_name="tool ID")),
                        (
                            "state",
                            models.CharField(
                                choices=[("asked", "Asked for"), ("synced", "Synced"), ("failed", "Failed")],
                                default="asked",
                                max_length=6,
                            ),
                        ),
                        (
                            "error",
                            models.CharField(
                                blank=True, help_text="Why it failed: a `ProviderProblem`.", max_length=20
                            ),
                        ),
                        ("synced_at", models.DateTimeField(blank=True, null=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
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
                ),
                migrations.CreateModel(
                    name="RetentionRule",
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
                            "storage_mode",
                            models.CharField(
                                choices=[
                                    ("everything", "Everything"),
                                    ("no_audio", "No recordings"),
                                    ("metadata_only", "Neither recordings nor words"),
                                ],
                                default="everything",
                                max_length=13,
                            ),
                        ),
                        (
                            "audio_days",
                            models.PositiveIntegerField(blank=True, help_text="Empty: for ever.", null=True),
                        ),
                        (
                            "transcript_days",
                            models.PositiveIntegerField(blank=True, help_text="Empty: for ever.", null=True),
                        ),
                        (
                            "call_days",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="After that a call names no person any more. Empty: for ever.",
                                null=True,
                            ),
                        ),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "agent",
                            models.OneToOneField(
                                blank=True,
                                help_text="Empty: all other calls.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="retention",
                                to="calls.prompt",
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
                ),
                migrations.CreateModel(
                    name="ScheduledCall",
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
                            "source",
                            models.CharField(
                                choices=[
                                    ("user", "User"),
                                    ("partner", "Partner"),
                                    ("agent", "Agent's call-back"),
                                    ("reminder", "Reminder"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("phone_number", models.CharField(help_text="E.164.", max_length=16)),
                        (
                            "from_number",
                            models.CharField(
                                blank=True,
                                help_text="To call from; empty: chosen when it is dialled, as for a call at once.",
                                max_length=16,
                            ),
                        ),
                        ("call_reason", models.TextField(blank=True)),
                        (
                            "variables",
                            models.JSONField(help_text="What placeholders in the agent's texts stand for.", null=True),
                        ),
                        (
                            "asking_call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                help_text="The call in which an agent was asked for it.", max_length=24, null=True
                            ),
                        ),
                        (
                            "last_call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                help_text="The call that was made last.", max_length=24, null=True
                            ),
                        ),
                        ("not_before", models.DateTimeField()),
                        (
                            "not_after",
                            models.DateTimeField(help_text="Nobody is dialled any more from then on.", null=True),
                        ),
                        (
                            "time_zone",
                            models.CharField(blank=True, help_text="In which it was asked for.", max_length=64),
                        ),
                        ("max_attempts", models.PositiveSmallIntegerField(default=1)),
                        (
                            "delays_minutes",
                            models.JSONField(
                                default=list, help_text="Before the second attempt, the third, and so on."
                            ),
                        ),
                        ("retry_on", models.JSONField(default=list, help_text="What it is made again for.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("scheduled", "Scheduled"),
                                    ("dialling", "Dialling"),
                                    ("in_progress", "In progress"),
                                    ("completed", "Completed"),
                                    ("failed", "Failed"),
                                    ("expired", "Expired"),
                                    ("canceled", "Canceled"),
                                ],
                                default="scheduled",
                                max_length=11,
                            ),
                        ),
                        ("next_at", models.DateTimeField(verbose_name="next attempt")),
                        (
                            "moved_from",
                            models.DateTimeField(
                                help_text="When it would have been, had nothing been in the way.", null=True
                            ),
                        ),
                        (
                            "code",
                            models.CharField(blank=True, help_text="Why it was moved, or was not made.", max_length=40),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("outcome", models.CharField(blank=True, help_text="How the last call ended.", max_length=20)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "lease",
                            tether_calls.common.object_id.ObjectIdField(editable=False, max_length=24, null=True),
                        ),
                        ("leased_until", models.DateTimeField(editable=False, null=True)),
                        ("failures", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("service", "Service")],
                                db_default="marketing",
                                default="marketing",
                                max_length=9,
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.prompt",
                            ),
                        ),
                        (
                            "api_key",
                            models.ForeignKey(
                                help_text="The key that asked for it: among its dials it counts.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="accounts.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
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
                            "reminder",
                            models.OneToOneField(
                                help_text="Of which it is.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="scheduled_call",
                                to="contacts.reminder",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                help_text="On whose behalf it is made.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "scheduled call",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="Scorecard",
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
                        ("name", models.CharField(max_length=60)),
                        (
                            "key",
                            models.CharField(
                                editable=False, help_text="The name, as `label_key` has it.", max_length=180
                            ),
                        ),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        ("version", models.PositiveIntegerField(default=1, editable=False)),
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
                        "ordering": ("key",),
                    },
                ),
                migrations.CreateModel(
                    name="Criterion",
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
                        ("version", models.PositiveIntegerField(editable=False)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("scale", "1 to 5"), ("yes_no", "Yes or no")], default="scale", max_length=6
                            ),
                        ),
                        (
                            "weight",
                            models.PositiveSmallIntegerField(
                                default=1,
                                help_text="1 to 100.",
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "scorecard",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="criteria",
                                to="calls.scorecard",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "criteria",
                        "ordering": ("position",),
                    },
                ),
                migrations.CreateModel(
                    name="CallScore",
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
                        ("version", models.PositiveIntegerField()),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                        ("comment", models.TextField(blank=True, max_length=2000)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "call",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="scores",
                                to="calls.call",
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
                            "reviewer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "scorecard",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="calls.scorecard"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "score",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="Tag",
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
                        ("name", models.CharField(max_length=60)),
                        (
                            "key",
                            models.CharField(
                                editable=False, help_text="The name, as `label_key` has it.", max_length=180
                            ),
                        ),
                        ("is_archived", models.BooleanField(default=False, verbose_name="archived")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "color",
                            models.CharField(
                                default="#64748b",
                                help_text="Such as #1f77b4.",
                                max_length=7,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^#[0-9a-f]{6}$", "A color such as #1f77b4, in small letters"
                                    )
                                ],
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
                        "ordering": ("key",),
                    },
                ),
                migrations.AddField(
                    model_name="listeningqueue",
                    name="tag",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="calls.tag",
                    ),
                ),
                migrations.CreateModel(
                    name="CallTag",
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
                        ("start_time", models.DateTimeField()),
                        (
                            "call",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tag_rows",
                                to="calls.call",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="calls.tag",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ToolCall",
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
                        ("tool", models.CharField(max_length=40)),
                        ("digest", models.CharField(help_text="Of the request.", max_length=64)),
                        ("answer", models.JSONField(default=dict)),
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
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                        ("provider", models.CharField(max_length=10)),
                        ("conversation_id", models.CharField(blank=True, max_length=255)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("summary", models.TextField(blank=True)),
                        ("from_number", models.CharField(blank=True, help_text="The caller's.", max_length=64)),
                        (
                            "transfer_number",
                            models.CharField(help_text="Ours, at which the caller arrives.", max_length=16),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("offered", "Offered"),
                                    ("connected", "Connected"),
                                    ("nobody", "Nobody took it"),
                                    ("ended", "Ended"),
                                ],
                                default="offered",
                                max_length=9,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        (
                            "told_at",
                            models.DateTimeField(
                                editable=False,
                                help_text="When the person was to be told of what, where the carrier asks nobody.",
                                null=True,
                            ),
                        ),
                        (
                            "call",
                            models.ForeignKey(
                                help_text="The agent's; empty until it is known.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.call",
                            ),
                        ),
                        (
                            "leg",
                            models.ForeignKey(
                                help_text="The caller's call to the number.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="calls.call",
                            ),
                        ),
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
                ),
                migrations.CreateModel(
                    name="TransferOffer",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("offered", "Offered"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("timed_out", "Timed out"),
                                    ("away", "Browser closed"),
                                    ("connected", "Connected"),
                                    ("ended", "Ended"),
                                ],
                                default="offered",
                                max_length=9,
                            ),
                        ),
                        ("until", models.DateTimeField()),
                        (
                            "ended_at",
                            models.DateTimeField(
                                help_text="When the person was no longer reserved: also by talking.", null=True
                            ),
                        ),
                        (
                            "accepted_at",
                            models.DateTimeField(help_text="When the person said that they take it.", null=True),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="calls.transfer"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="VoiceAccount",
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
                            "provider",
                            models.CharField(
                                choices=[("twilio", "Twilio"), ("sinch", "Sinch"), ("elevenlabs", "ElevenLabs")],
                                max_length=10,
                            ),
                        ),
                        (
                            "account_id",
                            models.CharField(blank=True, max_length=100, null=True, verbose_name="account ID"),
                        ),
                        ("secrets", tether_calls.common.encryption.SecretsField(blank=True, default=dict)),
                        (
                            "phone_number",
                            models.CharField(
                                blank=True, help_text="Calls from here unless the user has a number.", max_length=16
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=False,
                                help_text="The provider of the organization's browser calls.",
                                verbose_name="carries browser calls",
                            ),
                        ),
                        (
                            "base_url",
                            models.URLField(
                                blank=True,
                                help_text="Another address of the provider's API: a region, or the simulator.",
                                verbose_name="base URL",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "tool_secret_digest",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                        ),
                        (
                            "kept_secret_id",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=100),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "voice account",
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
                            models.CharField(
                                blank=True, help_text="The beginning of the answer's body.", max_length=500
                            ),
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
                        (
                            "url",
                            models.CharField(
                                help_text="An https address on the public internet.",
                                max_length=2048,
                                verbose_name="URL",
                            ),
                        ),
                        (
                            "subscribed_events",
                            models.JSONField(default=list, help_text="The event types that are sent."),
                        ),
                        ("secrets", tether_calls.common.encryption.SecretsField(blank=True, default=dict)),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        ("disabled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "disabled_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("gone", "The receiver answered 410 Gone"),
                                    ("failing", "Nothing but failures for a day"),
                                    ("by_hand", "Disabled by hand"),
                                    ("key_revoked", "The API key that it is of was revoked, or has expired"),
                                ],
                                editable=False,
                                max_length=20,
                            ),
                        ),
                        ("failing_since", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("last_turn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("previous_secret_until", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                help_text="What made it, or changed it last, and ends it when it is revoked; empty: a user.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="accounts.apikey",
                            ),
                        ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
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
                migrations.CreateModel(
                    name="AgentRate",
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
                        ("elevenlabs_agent_id", models.CharField(max_length=100, verbose_name="ElevenLabs agent ID")),
                        ("rate_per_minute", models.DecimalField(decimal_places=4, max_digits=8)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "elevenlabs_agent_id"), name="one_rate_per_agent"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate_per_minute__gte", 0)), name="agent_rate_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LiveTurn",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("sequence", models.PositiveIntegerField()),
                        ("place", models.PositiveIntegerField()),
                        ("role", models.CharField(max_length=5)),
                        ("message", models.TextField()),
                        ("timestamp", models.FloatField(help_text="Seconds from the call's start.", null=True)),
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
                        (
                            "live",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="turns",
                                to="calls.livecall",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CallHearing",
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
                        ("first_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "call",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="hearings",
                                to="calls.call",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("call", "user"), name="a_hearing_of_each_user_and_call")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallImport",
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
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "position",
                            models.PositiveBigIntegerField(default=0, help_text="Bytes of the file that are done."),
                        ),
                        ("lines", models.PositiveBigIntegerField(default=0)),
                        ("kept", models.PositiveBigIntegerField(default=0)),
                        ("known", models.PositiveBigIntegerField(default=0)),
                        ("refused", models.PositiveBigIntegerField(default=0)),
                        (
                            "faults_size",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Bytes of the file of faults that are true."
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
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
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "sha256"), name="one_import_of_a_file_per_user")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CriterionScore",
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
                            "kind",
                            models.CharField(choices=[("scale", "1 to 5"), ("yes_no", "Yes or no")], max_length=6),
                        ),
                        ("value", models.PositiveSmallIntegerField(help_text="1 to 5; of yes or no 1 or 0.")),
                        ("comment", models.CharField(blank=True, max_length=500)),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="calls.criterion"
                            ),
                        ),
                        (
                            "score",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="calls.callscore",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("score", "criterion"), name="one_answer_to_a_criterion"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "scale"), ("value__range", (1, 5))),
                                    models.Q(("kind", "yes_no"), ("value__range", (0, 1))),
                                    _connector="OR",
                                ),
                                name="answer_value_of_its_kind",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
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
                        ("provider", models.CharField(max_length=10)),
                        (
                            "kind",
                            models.CharField(
                                blank=True, help_text="The event, in the provider's words.", max_length=60
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("refused", "Refused"),
                                    ("received", "Received"),
                                    ("waiting", "Waiting for its call"),
                                    ("processed", "Processed"),
                                    ("ignored", "Ignored"),
                                    ("failed", "Failed"),
                                    ("invalid", "Invalid"),
                                ],
                                default="received",
                                max_length=10,
                            ),
                        ),
                        ("verdict", models.CharField(help_text="What the check of the signature said.", max_length=20)),
                        ("content_type", models.CharField(blank=True, max_length=200)),
                        ("body", models.BinaryField()),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("received_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("processed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("url", models.CharField(help_text="As the provider called it.", max_length=500)),
                        (
                            "endpoint",
                            models.CharField(help_text="What was called: the path after /api/webhook/.", max_length=40),
                        ),
                        ("headers", models.JSONField(blank=True, default=dict)),
                        (
                            "provider_call_id",
                            models.CharField(blank=True, help_text="The call, by the provider's id.", max_length=255),
                        ),
                        (
                            "call",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="deliveries",
                                to="calls.call",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "deliveries",
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["organization", "-id"], name="delivery_newest"),
                            models.Index(fields=["state", "id"], name="delivery_by_state"),
                            models.Index(fields=["provider", "provider_call_id"], name="delivery_of_provider_call"),
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="disposition",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "key"),
                        name="one_disposition_of_a_name",
                        violation_error_message="There is one of this name already, perhaps an archived one.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="disposition",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["positive", "neutral", "negative", "callback"])),
                        name="disposition_kind_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="export",
                    index=models.Index(fields=["organization", "-id"], name="export_newest"),
                ),
                migrations.AddIndex(
                    model_name="export",
                    index=models.Index(
                        condition=models.Q(("status__in", ("queued", "running"))),
                        fields=["next_turn_at"],
                        name="export_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="export",
                    index=models.Index(fields=["expires_at"], name="export_expiry"),
                ),
                migrations.AddConstraint(
                    model_name="export",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["calls", "contacts", "doNotCall", "wallet"])),
                        name="export_kind_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="export",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "jsonl"])), name="export_format_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="export",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("status__in", ["queued", "running", "ready", "failed"])),
                        name="export_status_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="idempotentrequest",
                    index=models.Index(fields=["created_at"], name="idempotent_request_by_age"),
                ),
                migrations.AddConstraint(
                    model_name="idempotentrequest",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "key"), name="one_request_per_idempotency_key"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="idempotentrequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer__isnull", True), ("status__isnull", True)),
                            models.Q(("answer__isnull", False), ("status__isnull", False)),
                            _connector="OR",
                        ),
                        name="idempotent_answer_has_both_parts",
                    ),
                ),
                migrations.AddIndex(
                    model_name="legalhold",
                    index=models.Index(
                        condition=models.Q(("released_at", None)), fields=["organization"], name="holds_that_are_placed"
                    ),
                ),
                migrations.AddIndex(
                    model_name="legalhold",
                    index=models.Index(fields=["organization", "-id"], name="hold_newest"),
                ),
                migrations.AddConstraint(
                    model_name="legalhold",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contact_id__isnull", False), ("scope", "contact")),
                            models.Q(("scope", "number"), models.Q(("phone_number", ""), _negated=True)),
                            models.Q(("call_id__isnull", False), ("scope", "call")),
                            models.Q(("begins__isnull", False), ("ends__isnull", False), ("scope", "period")),
                            _connector="OR",
                        ),
                        name="hold_has_what_it_holds",
                    ),
                ),
                migrations.AddIndex(
                    model_name="outgoingtext",
                    index=models.Index(
                        condition=models.Q(("state", "done"), _negated=True), fields=["id"], name="text_to_be_sent"
                    ),
                ),
                migrations.AddIndex(
                    model_name="outgoingtext",
                    index=models.Index(fields=["organization", "to_number", "-id"], name="texts_to_number"),
                ),
                migrations.AddIndex(
                    model_name="outgoingtext",
                    index=models.Index(
                        condition=models.Q(("call__isnull", False)), fields=["call"], name="text_of_call"
                    ),
                ),
                migrations.AddIndex(
                    model_name="outgoingtext",
                    index=models.Index(fields=["organization", "created_at"], name="texts_in_time"),
                ),
                migrations.AddConstraint(
                    model_name="outgoingtext",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("organization", "idempotency_key"),
                        name="one_text_per_idempotency_key",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="outgoingtext",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("call__isnull", False), ("purpose", "missed_call")),
                        fields=("call",),
                        name="one_text_per_missed_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="outgoingtext",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "under_way", "done"])), name="text_state_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="outgoingtext",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("reminder_id__isnull", False)),
                        fields=("reminder_id",),
                        name="one_text_per_reminder",
                    ),
                ),
                migrations.AddIndex(
                    model_name="privacyrequest",
                    index=models.Index(fields=["organization", "-id"], name="privacy_request_newest"),
                ),
                migrations.AddIndex(
                    model_name="privacyrequest",
                    index=models.Index(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=["next_turn_at"],
                        name="privacy_due",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privacyrequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["find", "export", "erase"])), name="privacy_kind_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privacyrequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "running", "done", "failed"])),
                        name="privacy_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="phonenumber",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_default", True), ("user__isnull", False)),
                        fields=("user", "provider"),
                        name="one_default_number_per_user_and_provider",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="phonenumber",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("provider__in", ["twilio", "sinch"])), name="number_provider_known"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["organization", "-start_time", "-id"], name="call_history"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["contact", "-start_time", "-id"], name="call_history_of_contact"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["user", "-start_time", "-id"], name="call_history_of_user"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        fields=["organization", "status", "-start_time", "-id"], name="call_history_by_status"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        fields=["organization", "provider", "-start_time", "-id"], name="call_history_by_provider"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        fields=["organization", "from_number", "-start_time"], name="call_history_from_number"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        fields=["organization", "to_number", "-start_time"], name="call_history_to_number"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["organization", "-id"], name="call_newest"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(
                            ("end_reason__in", ["", calls.outcomes.EndReason["UNKNOWN"]]), _negated=True
                        ),
                        fields=["organization", "end_reason", "-start_time", "-id"],
                        name="call_history_by_end_reason",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("answered_by__in", ["call_screening", "ivr", "machine", "fax"])),
                        fields=["organization", "answered_by", "-start_time", "-id"],
                        name="call_history_by_answerer",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("disposition__isnull", False)),
                        fields=["disposition", "-start_time", "-id"],
                        name="call_history_of_disposition",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("is_starred", True)),
                        fields=["organization", "-start_time", "-id"],
                        name="call_history_starred",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("ai_agent__isnull", False)),
                        fields=["ai_agent", "-start_time", "-id"],
                        name="call_history_of_agent",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("opted_out_at__isnull", False)),
                        fields=["organization", "-start_time", "-id"],
                        name="call_history_opted_out",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("transferred_from__isnull", False)),
                        fields=["transferred_from"],
                        name="calls_that_were_handed_over",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("erased_in__isnull", False)), fields=["erased_in"], name="call_erased_in"
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        fields=["organization", "provider_phone_number", "-start_time", "-id"],
                        name="call_history_of_line",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("audio_erased_at__isnull", True), ("recording_consent", "denied")),
                        fields=["id"],
                        name="call_with_denied_audio",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("provider__in", ["twilio", "sinch", "elevenlabs", "external"])),
                        name="call_provider_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("direction__in", ["inbound", "outbound"])), name="call_direction_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "initiated",
                                    "ringing",
                                    "in-progress",
                                    "answered",
                                    "completed",
                                    "no-answer",
                                    "busy",
                                    "failed",
                                    "canceled",
                                ],
                            )
                        ),
                        name="call_status_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("duration", None), ("duration__gte", 0), _connector="OR"),
                        name="call_duration_not_negative",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("provider_call_id__isnull", False)),
                        fields=("provider", "provider_call_id", "organization"),
                        name="one_call_per_organization_and_provider_call_id",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("ai_conversation_id__isnull", False)),
                        fields=("ai_conversation_id", "organization"),
                        name="one_call_per_organization_and_ai_conversation_id",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("external_call_id__isnull", False)),
                        fields=("user", "external_call_id", "organization"),
                        name="one_call_per_owner_organization_and_external_call_id",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("recording_consent__in", ["unknown", "announced", "granted", "denied"])),
                        name="call_recording_consent_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("recording_pause__in", ["", "pausing", "paused", "resuming"])),
                        name="call_recording_pause_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="promptversion",
                    constraint=models.UniqueConstraint(fields=("agent", "number"), name="one_version_per_number"),
                ),
                migrations.AddConstraint(
                    model_name="promptversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "language__in",
                                [
                                    "",
                                    "ar",
                                    "bg",
                                    "zh",
                                    "hr",
                                    "cs",
                                    "da",
                                    "nl",
                                    "en",
                                    "fi",
                                    "fr",
                                    "de",
                                    "el",
                                    "hi",
                                    "hu",
                                    "id",
                                    "it",
                                    "ja",
                                    "ko",
                                    "ms",
                                    "no",
                                    "pl",
                                    "pt",
                                    "ro",
                                    "ru",
                                    "sk",
                                    "es",
                                    "sv",
                                    "ta",
                                    "tr",
                                    "uk",
                                    "vi",
                                ],
                            )
                        ),
                        name="language_of_version_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("elevenlabs_agent_id__isnull", False)),
                        fields=("organization", "elevenlabs_agent_id"),
                        name="one_agent_per_elevenlabs_agent",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("rate_per_minute__gte", 0)), name="agent_rate_per_minute_not_negative"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("split_percent__lte", 100)), name="agent_split_percent_at_most_100"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("temperature", None),
                            models.Q(("temperature__gte", 0), ("temperature__lte", 1)),
                            _connector="OR",
                        ),
                        name="agent_temperature_from_0_to_1",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("sync_state__in", ["", "synced", "changed_here", "changed_there", "error"])
                        ),
                        name="agent_sync_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="prompt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "language__in",
                                [
                                    "",
                                    "ar",
                                    "bg",
                                    "zh",
                                    "hr",
                                    "cs",
                                    "da",
                                    "nl",
                                    "en",
                                    "fi",
                                    "fr",
                                    "de",
                                    "el",
                                    "hi",
                                    "hu",
                                    "id",
                                    "it",
                                    "ja",
                                    "ko",
                                    "ms",
                                    "no",
                                    "pl",
                                    "pt",
                                    "ro",
                                    "ru",
                                    "sk",
                                    "es",
                                    "sv",
                                    "ta",
                                    "tr",
                                    "uk",
                                    "vi",
                                ],
                            )
                        ),
                        name="agent_language_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="queuedcall",
                    index=models.Index(fields=["queue", "day", "position"], name="queued_calls_in_order"),
                ),
                migrations.AddConstraint(
                    model_name="queuedcall",
                    constraint=models.UniqueConstraint(fields=("queue", "call"), name="a_call_once_in_a_queue"),
                ),
                migrations.AddConstraint(
                    model_name="queuedraw",
                    constraint=models.UniqueConstraint(fields=("queue", "day"), name="one_draw_of_a_queue_and_day"),
                ),
                migrations.AddIndex(
                    model_name="queueturn",
                    index=models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["reviewer"],
                        name="turns_under_way_of_reviewer",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="queueturn",
                    constraint=models.UniqueConstraint(
                        fields=("queued", "reviewer"), name="a_turn_of_each_reviewer_and_queued_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="queueturn",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_shared", True)),
                        fields=("queued",),
                        name="one_turn_of_a_call_in_a_shared_queue",
                    ),
                ),
                migrations.AddIndex(
                    model_name="recording",
                    index=models.Index(
                        condition=models.Q(("peaks", "wanted")), fields=["id"], name="recording_without_peaks"
                    ),
                ),
                migrations.AddIndex(
                    model_name="recording",
                    index=models.Index(
                        condition=models.Q(("is_to_be_silenced", True)), fields=["id"], name="recording_to_silence"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recording",
                    constraint=models.UniqueConstraint(
                        fields=("call", "sha256"), name="one_recording_per_call_and_content"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recording",
                    constraint=models.UniqueConstraint(fields=("file",), name="one_row_per_recording_file"),
                ),
                migrations.AddIndex(
                    model_name="redactionrun",
                    index=models.Index(fields=["organization", "-id"], name="redaction_newest"),
                ),
                migrations.AddIndex(
                    model_name="redactionrun",
                    index=models.Index(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=["next_turn_at"],
                        name="redaction_due",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="redactionrun",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "running", "done", "canceled", "failed"])),
                        name="redaction_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="redactionrun",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("organization",),
                        name="one_redaction_at_a_time",
                    ),
                ),
                migrations.AddIndex(
                    model_name="refusedpush",
                    index=models.Index(fields=["organization", "-id"], name="refused_push_newest"),
                ),
                migrations.AddConstraint(
                    model_name="registeredtool",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "provider", "name"), name="a_tool_registered_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="registeredtool",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "synced", "failed"])),
                        name="registered_tool_state_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="retentionrule",
                    index=models.Index(fields=["organization", "id"], name="retention_of_organization"),
                ),
                migrations.AddConstraint(
                    model_name="retentionrule",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("agent", None)),
                        fields=("organization",),
                        name="one_retention_rule_of_the_organization",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="retentionrule",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("storage_mode__in", ["everything", "no_audio", "metadata_only"])),
                        name="storage_mode_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="scheduledcall",
                    index=models.Index(fields=["organization", "-id"], name="scheduled_newest"),
                ),
                migrations.AddIndex(
                    model_name="scheduledcall",
                    index=models.Index(
                        condition=models.Q(("state__in", ("scheduled", "dialling"))),
                        fields=["organization", "next_at"],
                        name="scheduled_due_in_turn",
                    ),
                ),
                migrations.AddIndex(
                    model_name="scheduledcall",
                    index=models.Index(
                        condition=models.Q(("state__in", ("scheduled", "dialling"))),
                        fields=["next_at"],
                        name="scheduled_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="scheduledcall",
                    index=models.Index(
                        condition=models.Q(("state", "in_progress")),
                        fields=["last_call_id"],
                        name="scheduled_in_progress",
                    ),
                ),
                migrations.AddIndex(
                    model_name="scheduledcall",
                    index=models.Index(
                        condition=models.Q(("source", "agent"), ("state__in", ("scheduled", "dialling"))),
                        fields=["contact"],
                        name="scheduled_call_backs",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["scheduled", "dialling", "in_progress", "completed", "failed", "expired", "canceled"],
                            )
                        ),
                        name="scheduled_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source__in", ["user", "partner", "agent", "reminder"])),
                        name="scheduled_source_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("max_attempts__gte", 1), ("max_attempts__lte", 5)),
                        name="scheduled_attempts_bounded",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("not_after", None), ("not_after__gt", models.F("not_before")), _connector="OR"
                        ),
                        name="scheduled_window_not_empty",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease__isnull", False), ("leased_until__isnull", False), ("state", "dialling")),
                            models.Q(
                                models.Q(("state", "dialling"), _negated=True), ("lease", None), ("leased_until", None)
                            ),
                            _connector="OR",
                        ),
                        name="scheduled_lease_while_dialling",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scheduledcall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["marketing", "service"])), name="scheduled_purpose_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="scorecard",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "key"),
                        name="one_scorecard_of_a_name",
                        violation_error_message="There is one of this name already, perhaps an archived one.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="criterion",
                    constraint=models.UniqueConstraint(
                        fields=("scorecard", "version", "position"), name="one_criterion_in_a_place"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="criterion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["scale", "yes_no"])), name="criterion_kind_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="criterion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("weight__range", (1, 100))), name="criterion_weight_in_range"
                    ),
                ),
                migrations.AddIndex(
                    model_name="callscore",
                    index=models.Index(fields=["organization", "-id"], name="score_newest"),
                ),
                migrations.AddConstraint(
                    model_name="callscore",
                    constraint=models.UniqueConstraint(
                        fields=("call", "reviewer"), name="a_score_of_each_reviewer_and_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="callscore",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("percent__range", (0, 100))), name="score_percent_in_range"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tag",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "key"),
                        name="one_tag_of_a_name",
                        violation_error_message="There is one of this name already, perhaps an archived one.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="listeningqueue",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "key"),
                        name="one_listening_queue_of_a_name",
                        violation_error_message="There is one of this name already, perhaps an archived one.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="listeningqueue",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("strata__in", ["none", "outcome", "duration", "both"])),
                        name="queue_strata_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="listeningqueue",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("per_agent__range", (1, 50))), name="queue_per_agent_in_range"
                    ),
                ),
                migrations.AddIndex(
                    model_name="calltag",
                    index=models.Index(fields=["tag", "-start_time", "-call"], name="call_history_of_tag"),
                ),
                migrations.AddConstraint(
                    model_name="calltag",
                    constraint=models.UniqueConstraint(fields=("call", "tag"), name="a_tag_once_on_a_call"),
                ),
                migrations.AddConstraint(
                    model_name="toolcall",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "tool", "digest"), name="a_tool_request_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="transfer",
                    index=models.Index(
                        condition=models.Q(("state", "offered")), fields=["expires_at"], name="transfers_under_way"
                    ),
                ),
                migrations.AddIndex(
                    model_name="transfer",
                    index=models.Index(
                        condition=models.Q(("call", None), models.Q(("conversation_id", ""), _negated=True)),
                        fields=["organization", "conversation_id"],
                        name="transfers_without_their_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transfer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "offered"), models.Q(("conversation_id", ""), _negated=True)),
                        fields=("organization", "conversation_id"),
                        name="one_transfer_of_a_conversation_at_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transfer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("leg", None), ("state", "offered")),
                        fields=("organization", "transfer_number"),
                        name="one_transfer_is_awaited_at_a_number",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transfer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["offered", "connected", "nobody", "ended"])),
                        name="transfer_state_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="transferoffer",
                    index=models.Index(
                        condition=models.Q(("state__in", ("offered", "accepted"))),
                        fields=["until"],
                        name="offers_that_run_out",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transferoffer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("offered", "accepted"))),
                        fields=("user",),
                        name="nobody_is_offered_two_transfers",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transferoffer",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("offered", "accepted"))),
                        fields=("transfer",),
                        name="a_transfer_is_offered_to_one_person",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="transferoffer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["offered", "accepted", "declined", "timed_out", "away", "connected", "ended"],
                            )
                        ),
                        name="offer_state_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="voiceaccount",
                    index=models.Index(fields=["provider", "account_id"], name="account_of_callback"),
                ),
                migrations.AddIndex(
                    model_name="voiceaccount",
                    index=models.Index(
                        condition=models.Q(("tool_secret_digest", ""), _negated=True),
                        fields=["tool_secret_digest"],
                        name="account_of_tool_secret",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="voiceaccount",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "provider"), name="one_account_per_provider"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="voiceaccount",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_active", True)), fields=("organization",), name="one_active_provider"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="voiceaccount",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("provider__in", ["twilio", "sinch", "elevenlabs"])),
                        name="account_provider_known",
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
                        condition=models.Q(("state", "pending")),
                        fields=["subscription", "next_attempt_at"],
                        name="webhook_due",
                    ),
                ),
                migrations.AddIndex(
                    model_name="webhookmessage",
                    index=models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["call_id", "subscription", "id"],
                        name="webhook_order",
                    ),
                ),
                migrations.AddIndex(
                    model_name="webhookmessage",
                    index=models.Index(fields=["event_id"], name="webhook_of_event"),
                ),
                migrations.AddIndex(
                    model_name="webhookmessage",
                    index=models.Index(
                        condition=models.Q(("leased_until__isnull", False), ("state", "pending")),
                        fields=["subscription"],
                        name="webhook_under_way",
                    ),
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
                migrations.AddConstraint(
                    model_name="liveturn",
                    constraint=models.UniqueConstraint(fields=("live", "place"), name="one_live_turn_per_place"),
                ),
                migrations.AddConstraint(
                    model_name="liveturn",
                    constraint=models.UniqueConstraint(fields=("live", "sequence"), name="one_live_turn_per_sequence"),
                ),
                migrations.AddConstraint(
                    model_name="liveturn",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("role__in", ["agent", "user"])), name="live_turn_role_known"
                    ),
                ),
                migrations.AddIndex(
                    model_name="livecall",
                    index=models.Index(fields=["state", "heard_at"], name="live_call_heard"),
                ),
                migrations.AddIndex(
                    model_name="livecall",
                    index=models.Index(
                        condition=models.Q(("state", "live")), fields=["organization"], name="live_call_of_organization"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="livecall",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["live", "ended", "kept", "heard"])),
                        name="live_call_state_known",
                    ),
                ),
            ],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE INDEX call_summary_words ON calls_call USING gin (to_tsvector('simple', COALESCE(ai_summary, '')))",
            reverse_sql="DROP INDEX call_summary_words",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE INDEX call_vendor_agent ON calls_call (organization_id, upper(agent_name::text) text_pattern_ops) WHERE agent_name <> ''",
            reverse_sql="DROP INDEX call_vendor_agent",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE INDEX call_words ON calls_callwords USING gin (words) WITH (gin_pending_list_limit = 512)",
            reverse_sql="DROP INDEX call_words",
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql="\nCREATE VIRTUAL TABLE calls_callwords_fts USING fts5(labels, agent, user, summary, notes, tokenize = 'ascii')\n",
            reverse_sql="DROP TABLE calls_callwords_fts",
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql=[
                "CREATE TRIGGER calls_callwords_insert AFTER INSERT ON calls_callwords BEGIN \nINSERT INTO calls_callwords_fts (rowid, labels, agent, user, summary, notes) VALUES (new.id,\n    json_extract(new.words, '$[0]'), json_extract(new.words, '$[1]'), json_extract(new.words, '$[2]'),\n    json_extract(new.words, '$[3]'), json_extract(new.words, '$[4]'));\n END"
            ],
            reverse_sql=["DROP TRIGGER calls_callwords_insert"],
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql=[
                "CREATE TRIGGER calls_callwords_update AFTER UPDATE ON calls_callwords BEGIN DELETE FROM calls_callwords_fts WHERE rowid = old.id; \nINSERT INTO calls_callwords_fts (rowid, labels, agent, user, summary, notes) VALUES (new.id,\n    json_extract(new.words, '$[0]'), json_extract(new.words, '$[1]'), json_extract(new.words, '$[2]'),\n    json_extract(new.words, '$[3]'), json_extract(new.words, '$[4]'));\n END"
            ],
            reverse_sql=["DROP TRIGGER calls_callwords_update"],
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql=[
                "CREATE TRIGGER calls_callwords_delete AFTER DELETE ON calls_callwords BEGIN DELETE FROM calls_callwords_fts WHERE rowid = old.id; END"
            ],
            reverse_sql=["DROP TRIGGER calls_callwords_delete"],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE calls_call SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE calls_call RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE calls_delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE calls_delivery RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor, toast.autovacuum_vacuum_scale_factor)",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE calls_webhookmessage SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE calls_webhookmessage RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="ALTER TABLE calls_webhookattempt SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
            reverse_sql="ALTER TABLE calls_webhookattempt RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
