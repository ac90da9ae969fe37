import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tether_calls.common.first_tables
import tether_calls.common.object_id
import tether_calls.common.postgres_sql


class Migration(migrations.Migration):
    replaces = [
        ("contacts", "0001_initial"),
        ("contacts", "0002_search"),
        ("contacts", "0003_do_not_call"),
        ("contacts", "0004_longer_names"),
        ("contacts", "0005_contact_notes"),
        ("contacts", "0006_note_mentions"),
        ("contacts", "0007_reminders"),
        ("contacts", "0008_opted_out_by_text"),
        ("contacts", "0009_context_variables"),
        ("contacts", "0010_notes_of_tools"),
        ("contacts", "0011_consents_and_decisions"),
        ("contacts", "0012_reminders_by_text"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("realtime", "0001_initial"),
        ("token_blacklist", "0013_alter_blacklistedtoken_options_and_more"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        tether_calls.common.first_tables.FirstTables(
            operations=[
                migrations.CreateModel(
                    name="Contact",
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
                        ("first_name", models.CharField(blank=True, max_length=200)),
                        ("last_name", models.CharField(blank=True, max_length=200)),
                        ("phone_number", models.CharField(help_text="E.164, such as +14165550199.", max_length=16)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("source", models.CharField(blank=True, help_text="What made the contact.", max_length=50)),
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
                    name="ContactNote",
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
                        ("note", models.TextField(max_length=10000)),
                        (
                            "type",
                            models.CharField(
                                choices=[("manual", "Manual"), ("ai_summary", "AI summary"), ("system", "System")],
                                default="manual",
                                max_length=10,
                            ),
                        ),
                        ("call_id", tether_calls.common.object_id.ObjectIdField(blank=True, max_length=24, null=True)),
                        ("mentions", models.JSONField(blank=True, default=list, help_text="Ids of users.")),
                        ("is_edited", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "is_of_tool",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Written by an agent while it talked, not its summary of the call.",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
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
                                db_index=False,
                                help_text="Empty: an agent's, or the system's.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "note",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="ContextVariable",
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
                            "context_type",
                            models.CharField(
                                choices=[("contact", "Of a contact"), ("business", "Of the organization")], max_length=8
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("display_name", models.CharField(max_length=200)),
                        ("description", models.CharField(blank=True, max_length=1000)),
                        (
                            "variable_type",
                            models.CharField(
                                choices=[
                                    ("text", "Text"),
                                    ("number", "Number"),
                                    ("date", "Date"),
                                    ("boolean", "Boolean"),
                                    ("select", "One of a list"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "select_options",
                            models.JSONField(blank=True, default=list, help_text="What one of a list may be."),
                        ),
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
                        "ordering": ("name", "context_type"),
                    },
                ),
                migrations.CreateModel(
                    name="ContextValue",
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
                        ("value", models.JSONField(help_text="A text, a number or true or false.")),
                        (
                            "contact",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="contacts.contact",
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
                        (
                            "variable",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="values",
                                to="contacts.contextvariable",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DialDecision",
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
                        ("at", models.DateTimeField(help_text="When it was decided.")),
                        (
                            "path",
                            models.CharField(
                                choices=[
                                    ("user", "User's request"),
                                    ("partner", "Partner's request"),
                                    ("scheduled", "Scheduled call"),
                                    ("call_back", "Agent's call-back"),
                                    ("reminder", "Reminder"),
                                    ("browser", "Browser"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("service", "Service")], max_length=9
                            ),
                        ),
                        (
                            "phone_number",
                            models.CharField(
                                help_text="E.164; a pseudonym, once the person's data is erased.", max_length=32
                            ),
                        ),
                        (
                            "user_id",
                            tether_calls.common.object_id.ObjectIdField(
                                help_text="On whose behalf.", max_length=24, null=True
                            ),
                        ),
                        ("api_key_id", tether_calls.common.object_id.ObjectIdField(max_length=24, null=True)),
                        (
                            "agent_id",
                            tether_calls.common.object_id.ObjectIdField(
                                help_text="Which agent was to call.", max_length=24, null=True
                            ),
                        ),
                        ("scheduled_call_id", tether_calls.common.object_id.ObjectIdField(max_length=24, null=True)),
                        (
                            "call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                help_text="The call that was made, or that was refused to a browser.",
                                max_length=24,
                                null=True,
                            ),
                        ),
                        ("is_allowed", models.BooleanField(verbose_name="allowed")),
                        ("code", models.CharField(blank=True, help_text="Why not.", max_length=40)),
                        (
                            "next_allowed_at",
                            models.DateTimeField(
                                help_text="When nothing would be in the way, as far as known.", null=True
                            ),
                        ),
                        ("rules", models.JSONField(help_text="What each rule said.")),
                        ("facts", models.JSONField(help_text="All that the rules looked at.")),
                        (
                            "attempt",
                            models.PositiveIntegerField(
                                help_text="Of this number, where attempts are limited.", null=True
                            ),
                        ),
                        ("erased_at", models.DateTimeField(help_text="When the number went.", null=True)),
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
                        "verbose_name": "decision",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="DoNotCallNumber",
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
                        ("phone_number", models.CharField(help_text="E.164, such as +14165550199.", max_length=16)),
                        ("reason", models.CharField(blank=True, max_length=200)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("admin", "Admin"),
                                    ("import", "Import"),
                                    ("call", "Call"),
                                    ("api", "API"),
                                    ("sms", "Text"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True, help_text="In which call it was asked for.", max_length=24, null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "added_by",
                            models.ForeignKey(
                                blank=True,
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
                        "verbose_name": "Do Not Call number",
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="NoteMention",
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
                        ("is_seen", models.BooleanField(db_default=False, default=False, verbose_name="seen")),
                        (
                            "note",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mention_rows",
                                to="contacts.contactnote",
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
                        "verbose_name": "mention",
                        "ordering": ("-note",),
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
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
                        ("note", models.TextField(max_length=2000)),
                        ("reminder_date", models.DateTimeField()),
                        (
                            "channel_type",
                            models.CharField(
                                choices=[("call", "Call"), ("sms", "SMS"), ("none", "None")],
                                default="none",
                                max_length=4,
                            ),
                        ),
                        (
                            "agent_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True, help_text="Who calls the contact then.", max_length=24, null=True
                            ),
                        ),
                        (
                            "fired_at",
                            models.DateTimeField(editable=False, help_text="Empty: it is still to come.", null=True),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "text_at",
                            models.DateTimeField(
                                editable=False,
                                help_text="When its text is written next; empty: there is none, or no more.",
                                null=True,
                            ),
                        ),
                        (
                            "text_code",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Why its text waits, or was not sent.",
                                max_length=40,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reminders",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("reminder_date", "id"),
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                            "phone_number",
                            models.CharField(
                                help_text="E.164, such as +14165550199; a pseudonym, once the person's data is erased.",
                                max_length=32,
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("express_written", "Express, in writing"),
                                    ("express", "Express"),
                                    ("existing_relationship", "Existing relationship"),
                                    ("inbound_request", "Their own request"),
                                ],
                                max_length=21,
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("marketing", "Marketing"), ("service", "Service")],
                                help_text="Consent to marketing is consent to service calls as well.",
                                max_length=9,
                            ),
                        ),
                        ("obtained_at", models.DateTimeField()),
                        (
                            "evidence",
                            models.TextField(
                                blank=True,
                                help_text="What shows it: a text, an address, where a form lies.",
                                max_length=2000,
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                blank=True, help_text="Empty: it holds until it is revoked.", null=True
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("admin", "Admin"),
                                    ("import", "Import"),
                                    ("call", "Call"),
                                    ("api", "API"),
                                    ("dial", "With a dial"),
                                ],
                                editable=False,
                                max_length=6,
                            ),
                        ),
                        (
                            "call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True,
                                editable=False,
                                help_text="In which call it was given.",
                                max_length=24,
                                null=True,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        (
                            "added_by",
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
                                related_name="consents",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                        "indexes": [models.Index(fields=["organization", "-id"], name="consent_newest")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "phone_number", "basis", "purpose", "obtained_at"),
                                name="one_consent_of_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "basis__in",
                                        ["express_written", "express", "existing_relationship", "inbound_request"],
                                    )
                                ),
                                name="consent_basis_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purpose__in", ["marketing", "service"])),
                                name="consent_purpose_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["admin", "import", "call", "api", "dial"])),
                                name="consent_source_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at", None), ("expires_at__gt", models.F("obtained_at")), _connector="OR"
                                ),
                                name="consent_expires_after_it_began",
                            ),
                        ],
                    },
                ),
                migrations.AddIndex(
                    model_name="contact",
                    index=models.Index(fields=["organization", "-id"], name="contact_newest"),
                ),
                migrations.AddConstraint(
                    model_name="contact",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "phone_number"), name="one_contact_per_organization_and_number"
                    ),
                ),
                migrations.AddIndex(
                    model_name="contactnote",
                    index=models.Index(fields=["contact", "-id"], name="note_of_contact"),
                ),
                migrations.AddIndex(
                    model_name="contactnote",
                    index=models.Index(
                        condition=models.Q(("user__isnull", False)), fields=["user"], name="note_of_user"
                    ),
                ),
                migrations.AddIndex(
                    model_name="contactnote",
                    index=models.Index(
                        condition=models.Q(("call_id__isnull", False)), fields=["call_id", "-id"], name="note_of_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contactnote",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("type__in", ["manual", "ai_summary", "system"])), name="note_type_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contactnote",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_of_tool", False), ("type", "ai_summary")),
                        fields=("call_id",),
                        name="one_summary_note_of_a_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contextvariable",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "name", "context_type"), name="one_context_variable_per_name_and_type"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contextvariable",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("context_type__in", ["contact", "business"])),
                        name="context_variable_context_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contextvariable",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("variable_type__in", ["text", "number", "date", "boolean", "select"])),
                        name="context_variable_type_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contextvalue",
                    constraint=models.UniqueConstraint(
                        fields=("variable", "contact"), name="one_context_value_per_contact"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contextvalue",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("contact", None)),
                        fields=("variable",),
                        name="one_context_value_of_the_organization",
                    ),
                ),
                migrations.AddIndex(
                    model_name="dialdecision",
                    index=models.Index(fields=["organization", "-id"], name="decision_newest"),
                ),
                migrations.AddIndex(
                    model_name="dialdecision",
                    index=models.Index(
                        condition=models.Q(("is_allowed", True)),
                        fields=["organization", "phone_number", "-at"],
                        name="decision_attempts_of_number",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "phone_number", "attempt"), name="one_decision_per_number_and_attempt"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "call_id"), name="one_decision_per_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("path__in", ["user", "partner", "scheduled", "call_back", "reminder", "browser"])
                        ),
                        name="decision_path_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["marketing", "service"])), name="decision_purpose_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("call_id__isnull", False), ("code", ""), ("is_allowed", True)),
                            models.Q(("is_allowed", False), models.Q(("code", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="decision_says_why_or_which_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dialdecision",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("attempt", None), models.Q(("attempt__gte", 1), ("is_allowed", True)), _connector="OR"
                        ),
                        name="decision_attempts_are_dialled",
                    ),
                ),
                migrations.AddIndex(
                    model_name="donotcallnumber",
                    index=models.Index(fields=["organization", "-id"], name="do_not_call_newest"),
                ),
                migrations.AddConstraint(
                    model_name="donotcallnumber",
                    constraint=models.UniqueConstraint(
                        fields=("organization", "phone_number"), name="one_do_not_call_per_organization_and_number"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="donotcallnumber",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("source__in", ["admin", "import", "call", "api", "sms"])),
                        name="do_not_call_source_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="notemention",
                    index=models.Index(fields=["user", "-note"], name="note_mentions_of_user"),
                ),
                migrations.AddIndex(
                    model_name="notemention",
                    index=models.Index(
                        condition=models.Q(("is_seen", False)), fields=["user"], name="note_mentions_unseen"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notemention",
                    constraint=models.UniqueConstraint(fields=("note", "user"), name="a_user_once_in_a_note"),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("fired_at", None)), fields=["reminder_date"], name="reminder_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("fired_at", None)),
                        fields=["user", "reminder_date"],
                        name="reminder_of_user",
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(fields=["user"], name="reminder_user"),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(fields=["contact"], name="reminder_contact"),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("text_at__isnull", False)), fields=["text_at"], name="reminder_to_text"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(fields=["organization", "-id"], name="reminder_newest"),
                ),
                migrations.AddConstraint(
                    model_name="reminder",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("channel_type__in", ["call", "sms", "none"])), name="reminder_channel_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reminder",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("agent_id", None), ("channel_type", "call"), _connector="OR"),
                        name="reminder_agents_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reminder",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("text_at", None), ("channel_type", "sms"), _connector="OR"),
                        name="reminder_texts_are_sms",
                    ),
                ),
            ],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE EXTENSION IF NOT EXISTS pg_trgm",
            reverse_sql="",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE INDEX contact_search ON contacts_contact USING gin ( upper(first_name::text) gin_trgm_ops, upper(last_name::text) gin_trgm_ops, upper(email::text) gin_trgm_ops, phone_number gin_trgm_ops)",
            reverse_sql="DROP INDEX contact_search",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql="CREATE INDEX do_not_call_search ON contacts_donotcallnumber USING gin (phone_number gin_trgm_ops)",
            reverse_sql="DROP INDEX do_not_call_search",
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql=(
                "CREATE FUNCTION contacts_dialdecision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.phone_number LIKE 'erased:%' AND OLD.id IS NOT DISTINCT FROM NEW.id AND OLD.organization_id IS NOT DISTINCT FROM NEW.organization_id AND OLD.at IS NOT DISTINCT FROM NEW.at AND OLD.path IS NOT DISTINCT FROM NEW.path AND OLD.purpose IS NOT DISTINCT FROM NEW.purpose AND OLD.user_id IS NOT DISTINCT FROM NEW.user_id AND OLD.api_key_id IS NOT DISTINCT FROM NEW.api_key_id AND OLD.agent_id IS NOT DISTINCT FROM NEW.agent_id AND OLD.scheduled_call_id IS NOT DISTINCT FROM NEW.scheduled_call_id AND OLD.call_id IS NOT DISTINCT FROM NEW.call_id AND OLD.is_allowed IS NOT DISTINCT FROM NEW.is_allowed AND OLD.code IS NOT DISTINCT FROM NEW.code AND OLD.next_allowed_at IS NOT DISTINCT FROM NEW.next_allowed_at AND OLD.rules IS NOT DISTINCT FROM NEW.rules AND OLD.facts IS NOT DISTINCT FROM NEW.facts AND OLD.attempt IS NOT DISTINCT FROM NEW.attempt THEN RETURN NEW; END IF; RAISE EXCEPTION 'decisions are neither changed nor deleted'; END $$",
                "CREATE TRIGGER decisions_immutable BEFORE UPDATE OR DELETE ON contacts_dialdecision FOR EACH ROW EXECUTE FUNCTION contacts_dialdecision_immutable()",
            ),
            reverse_sql=(
                "DROP TRIGGER decisions_immutable ON contacts_dialdecision",
                "DROP FUNCTION contacts_dialdecision_immutable()",
            ),
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql=(
                "CREATE TRIGGER decisions_immutable BEFORE UPDATE ON contacts_dialdecision WHEN NOT (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.phone_number LIKE 'erased:%' AND OLD.id IS NEW.id AND OLD.organization_id IS NEW.organization_id AND OLD.at IS NEW.at AND OLD.path IS NEW.path AND OLD.purpose IS NEW.purpose AND OLD.user_id IS NEW.user_id AND OLD.api_key_id IS NEW.api_key_id AND OLD.agent_id IS NEW.agent_id AND OLD.scheduled_call_id IS NEW.scheduled_call_id AND OLD.call_id IS NEW.call_id AND OLD.is_allowed IS NEW.is_allowed AND OLD.code IS NEW.code AND OLD.next_allowed_at IS NEW.next_allowed_at AND OLD.rules IS NEW.rules AND OLD.facts IS NEW.facts AND OLD.attempt IS NEW.attempt) BEGIN SELECT RAISE(ABORT, 'decisions are not changed'); END",
            ),
            reverse_sql=("DROP TRIGGER decisions_immutable",),
        ),
    ]
