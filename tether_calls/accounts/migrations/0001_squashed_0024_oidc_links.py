import datetime
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tether_calls.accounts.models.organization
import tether_calls.common.encryption
import tether_calls.common.first_tables
import tether_calls.common.money
import tether_calls.common.object_id
import tether_calls.common.postgres_sql


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_key_permissions"),
        ("accounts", "0003_wallet"),
        ("accounts", "0004_calling_hours"),
        ("accounts", "0005_allowed_number_types"),
        ("accounts", "0006_ended_sessions"),
        ("accounts", "0007_webhook_permission"),
        ("accounts", "0008_time_zone"),
        ("accounts", "0009_reading_zone"),
        ("accounts", "0010_saved_views"),
        ("accounts", "0011_words_of_fields"),
        ("accounts", "0012_agent_tools"),
        ("accounts", "0013_availability"),
        ("accounts", "0014_opt_outs"),
        ("accounts", "0015_missed_call_message"),
        ("accounts", "0016_may_write_contacts"),
        ("accounts", "0017_narrowed_roles"),
        ("accounts", "0018_redacted_kinds"),
        ("accounts", "0019_may_call"),
        ("accounts", "0020_texts_of_partners"),
        ("accounts", "0021_logins"),
        ("accounts", "0022_staff_reasons"),
        ("accounts", "0023_oidc"),
        ("accounts", "0024_oidc_links"),
    ]

    initial = True

    dependencies = [
        ("auth", "__first__"),
    ]

    operations = [
        tether_calls.common.first_tables.FirstTables(
            operations=[
                migrations.CreateModel(
                    name="EndedSession",
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
                            "expires_at",
                            models.DateTimeField(db_index=True, help_text="When no token of it can be good any more."),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Organization",
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
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="An inactive organization's users and API keys are refused.",
                                verbose_name="active",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "is_prepaid",
                            models.BooleanField(
                                default=False,
                                help_text="Agents' calls are paid from the wallet, and none is placed without the money for it.",
                                verbose_name="prepaid",
                            ),
                        ),
                        (
                            "allowed_number_types",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Of the types of numbers that cost whoever calls them, those that it dials all the same.",
                                validators=[tether_calls.accounts.models.organization.known_number_types],
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                db_default="UTC",
                                default="UTC",
                                help_text="Where its days begin and end: calls are counted by these. Such as America/Toronto.",
                                max_length=64,
                                validators=[tether_calls.accounts.models.organization.known_time_zone],
                            ),
                        ),
                        (
                            "closes_at",
                            models.TimeField(
                                db_default=datetime.time(17, 0),
                                default=datetime.time(17, 0),
                                help_text="Not after the opening: on the day after. The same time: for 24 hours.",
                            ),
                        ),
                        ("open_weekdays", models.PositiveSmallIntegerField(db_default=31, default=31)),
                        ("opens_at", models.TimeField(db_default=datetime.time(9, 0), default=datetime.time(9, 0))),
                        (
                            "opt_out_policy",
                            models.CharField(
                                choices=[
                                    ("block", "Onto the Do Not Call list"),
                                    ("flag", "Only shown on the call"),
                                    ("off", "Nothing is listened for"),
                                ],
                                db_default="block",
                                default="block",
                                help_text="Where a customer asks not to be called again.",
                                max_length=5,
                                verbose_name="opt-out heard in a call",
                            ),
                        ),
                        (
                            "missed_call_message",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Sent to who has called in vain. May name {{contactName}} and {{agentName}}.",
                                max_length=500,
                            ),
                        ),
                        (
                            "missed_calls_texted_since",
                            models.DateTimeField(
                                blank=True, help_text="Of calls from then on; empty: it is not sent.", null=True
                            ),
                        ),
                        (
                            "narrows_roles",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Sales reps see calls of their own and of their numbers, department heads those of their department, administrators all. Off: everybody sees all.",
                                verbose_name="staff see their own calls only",
                            ),
                        ),
                        (
                            "redacted_kinds",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="What is not kept of conversations, apart by blanks. Empty: all is kept.",
                                max_length=100,
                                validators=[tether_calls.accounts.models.organization.known_kinds],
                                verbose_name="redacted",
                            ),
                        ),
                        (
                            "attempts_per_day",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(1000),
                                ],
                                verbose_name="attempts in 24 hours",
                            ),
                        ),
                        (
                            "attempts_per_month",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(1000),
                                ],
                                verbose_name="attempts in 30 days",
                            ),
                        ),
                        (
                            "attempts_per_week",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(1000),
                                ],
                                verbose_name="attempts in 7 days",
                            ),
                        ),
                        (
                            "consent_policy",
                            models.CharField(
                                choices=[
                                    ("nothing", "No calls"),
                                    ("marketing", "Marketing calls"),
                                    ("all", "All calls of agents"),
                                ],
                                db_default="nothing",
                                default="nothing",
                                help_text="Without it agents do not call a number.",
                                max_length=9,
                                verbose_name="consent needed for",
                            ),
                        ),
                        (
                            "rule_packs",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Rules of law that agents' calls are held against, besides its own calling hours.",
                                validators=[tether_calls.accounts.models.organization.known_rule_packs],
                            ),
                        ),
                        (
                            "requires_two_factor",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Users without it are led to set it up, and can do nothing else before.",
                                verbose_name="requires two-factor login",
                            ),
                        ),
                        (
                            "requires_staff_reason",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Before they hear, read or search what was said. Its own administrators switch it off.",
                                verbose_name="the platform's staff say why",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("name",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("open_weekdays__gte", 0), ("open_weekdays__lte", 127)),
                                name="open_weekdays_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("opt_out_policy__in", ["block", "flag", "off"])),
                                name="opt_out_policy_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("consent_policy__in", ["nothing", "marketing", "all"])),
                                name="consent_policy_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attempts_per_day", None),
                                    models.Q(("attempts_per_day__gte", 1), ("attempts_per_day__lte", 1000)),
                                    _connector="OR",
                                ),
                                name="attempts_per_day_bounded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attempts_per_week", None),
                                    models.Q(("attempts_per_week__gte", 1), ("attempts_per_week__lte", 1000)),
                                    _connector="OR",
                                ),
                                name="attempts_per_week_bounded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attempts_per_month", None),
                                    models.Q(("attempts_per_month__gte", 1), ("attempts_per_month__lte", 1000)),
                                    _connector="OR",
                                ),
                                name="attempts_per_month_bounded",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
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
                        ("email", models.EmailField(max_length=254, unique=True)),
                        ("full_name", models.CharField(blank=True, max_length=200)),
                        (
                            "access_role",
                            models.CharField(
                                choices=[
                                    ("SUPERADMIN", "Superadmin"),
                                    ("ADMIN", "Admin"),
                                    ("DEPARTMENT_HEAD", "Department head"),
                                    ("SALES_REP", "Sales rep"),
                                ],
                                default="SALES_REP",
                                max_length=20,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False, help_text="May log in to the admin.", verbose_name="staff"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="By which the admin shows them times. Empty: the organization's.",
                                max_length=64,
                                validators=[tether_calls.accounts.models.organization.known_time_zone],
                            ),
                        ),
                        ("availability_changed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "is_available",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Takes calls that are handed over, while a browser of theirs is connected.",
                                verbose_name="available",
                            ),
                        ),
                        (
                            "department",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="All of the organization with the same one, in whatever letter case, are of one department.",
                                max_length=100,
                            ),
                        ),
                        (
                            "has_two_factor",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                editable=False,
                                help_text="A code is asked for at login.",
                                verbose_name="two-factor login",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty only for platform staff, who have the admin but not the API.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="users",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("email",),
                    },
                ),
                migrations.CreateModel(
                    name="PasswordReset",
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
                            "page",
                            models.CharField(help_text="Where the link leads; {token} is put in.", max_length=500),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(db_index=True)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SavedView",
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
                        ("list", models.CharField(help_text="The model that the list is of: app.model", max_length=60)),
                        ("name", models.CharField(max_length=60)),
                        (
                            "query",
                            models.CharField(
                                blank=True, help_text="As the address of the list has it.", max_length=2000
                            ),
                        ),
                        ("is_default", models.BooleanField(default=False, help_text="The list opens with it.")),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("name",),
                    },
                ),
                migrations.CreateModel(
                    name="SecondFactor",
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
                        ("secrets", tether_calls.common.encryption.SecretsField()),
                        (
                            "confirmed_at",
                            models.DateTimeField(help_text="Until then it is shown, and asked for nowhere.", null=True),
                        ),
                        ("last_step", models.BigIntegerField(default=0)),
                        ("failures", models.PositiveIntegerField(default=0)),
                        ("blocked_until", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="second_factor",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCode",
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
                        ("digest", models.CharField(max_length=64)),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "factor",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recovery_codes",
                                to="accounts.secondfactor",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="UserSession",
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
                        ("kind", models.CharField(choices=[("api", "Frontend"), ("admin", "Admin")], max_length=5)),
                        ("address", models.CharField(blank=True, help_text="From where it was begun.", max_length=45)),
                        ("user_agent", models.CharField(blank=True, max_length=300)),
                        ("session_key", models.CharField(blank=True, max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(help_text="When its tokens were last exchanged.")),
                        ("expires_at", models.DateTimeField(db_index=True)),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sessions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Wallet",
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
                        ("currency", models.CharField(editable=False, help_text="ISO 4217.", max_length=3)),
                        ("balance", tether_calls.common.money.MoneyField(default=Decimal(0), editable=False)),
                        ("entry_count", models.BigIntegerField(default=0, editable=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "organization",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="wallet",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="WalletEntry",
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
                            "number",
                            models.BigIntegerField(
                                help_text="1, 2, 3 … within the wallet: the order in which it was booked."
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("top_up", "Top-up"),
                                    ("hold", "Hold"),
                                    ("settle", "Settlement"),
                                    ("release", "Release"),
                                    ("adjustment", "Adjustment"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("amount", tether_calls.common.money.MoneyField(help_text="What the balance grew by.")),
                        ("balance_after", tether_calls.common.money.MoneyField()),
                        (
                            "call_id",
                            tether_calls.common.object_id.ObjectIdField(
                                blank=True, help_text="The call that it was booked for.", max_length=24, null=True
                            ),
                        ),
                        (
                            "rate",
                            tether_calls.common.money.MoneyField(
                                blank=True, help_text="Of a hold: the price of a minute of this call.", null=True
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: booked by a call.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "wallet",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="accounts.wallet",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "wallet entries",
                        "ordering": ("wallet", "-number"),
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
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
                        ("name", models.CharField(help_text="Which system uses it.", max_length=100)),
                        (
                            "generation",
                            models.PositiveIntegerField(
                                default=1,
                                editable=False,
                                help_text="Part of what is signed: one more, and the old key is void.",
                            ),
                        ),
                        (
                            "is_default",
                            models.BooleanField(
                                default=False,
                                editable=False,
                                help_text="The one that GET /api/user/api-key shows to its user.",
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True, editable=False, help_text="Written at most once a minute.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "can_ingest_calls",
                            models.BooleanField(
                                default=True, help_text="POST /api/calls/ingest.", verbose_name="may ingest calls"
                            ),
                        ),
                        (
                            "can_initiate_calls",
                            models.BooleanField(
                                default=False,
                                help_text="Have an agent call somebody.",
                                verbose_name="may initiate calls",
                            ),
                        ),
                        (
                            "can_read_agents",
                            models.BooleanField(
                                default=False, help_text="GET /api/v1/agents.", verbose_name="may read agents"
                            ),
                        ),
                        (
                            "can_read_calls",
                            models.BooleanField(
                                default=False, help_text="GET /api/v1/calls.", verbose_name="may read calls"
                            ),
                        ),
                        (
                            "can_read_contacts",
                            models.BooleanField(
                                default=False, help_text="GET /api/v1/contacts.", verbose_name="may read contacts"
                            ),
                        ),
                        (
                            "dials_per_day",
                            models.PositiveIntegerField(default=100, help_text="Of /api/v1, within any 24 hours."),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                blank=True, help_text="Refused from then on; empty: never.", null=True
                            ),
                        ),
                        (
                            "requests_per_minute",
                            models.PositiveIntegerField(
                                default=60,
                                help_text="Of /api/v1, within any minute.",
                                validators=[django.core.validators.MinValueValidator(1)],
                            ),
                        ),
                        (
                            "can_manage_webhooks",
                            models.BooleanField(
                                default=False,
                                help_text='Make and change /api/v1/webhooks, together with "read calls"; delete them.',
                                verbose_name="may manage webhooks",
                            ),
                        ),
                        (
                            "can_write_contacts",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Make contacts, and set what agents are told of them and of the organization.",
                                verbose_name="may write contacts",
                            ),
                        ),
                        (
                            "can_read_messages",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text='GET /api/v1/messages; together with "manage webhooks", webhooks that tell of texts.',
                                verbose_name="may read texts",
                            ),
                        ),
                        (
                            "can_send_messages",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="POST /api/v1/messages.",
                                verbose_name="may send texts",
                            ),
                        ),
                        (
                            "replaced_by",
                            models.OneToOneField(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="replaces",
                                to="accounts.apikey",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_keys",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API key",
                        "ordering": ("-id",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True)),
                                fields=("user",),
                                name="one_default_api_key_per_user",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("requests_per_minute__gte", 1)),
                                name="api_key_requests_per_minute_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_default", False),
                                    models.Q(
                                        ("can_read_calls", False),
                                        ("can_initiate_calls", False),
                                        ("can_read_agents", False),
                                        ("can_read_contacts", False),
                                        ("can_write_contacts", False),
                                        ("can_read_messages", False),
                                        ("can_send_messages", False),
                                        ("can_manage_webhooks", False),
                                        ("can_ingest_calls", True),
                                        ("expires_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="default_api_key_ingests_alone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("can_read_calls", True),
                                    ("can_initiate_calls", True),
                                    ("can_read_agents", True),
                                    ("can_read_contacts", True),
                                    ("can_write_contacts", True),
                                    ("can_read_messages", True),
                                    ("can_send_messages", True),
                                    ("can_manage_webhooks", True),
                                    ("can_ingest_calls", True),
                                    _connector="OR",
                                ),
                                name="api_key_permits_something",
                                violation_error_message="A key must permit something.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OidcIdentity",
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
                        ("issuer", models.CharField(max_length=500)),
                        ("subject", models.CharField(max_length=255)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="oidc_identities",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("issuer", "subject"), name="one_oidc_identity_per_subject"),
                            models.UniqueConstraint(fields=("user", "issuer"), name="one_oidc_identity_per_user"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OidcLogin",
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
                            "attempt",
                            models.CharField(
                                help_text="A digest of what the browser began with.", max_length=64, unique=True
                            ),
                        ),
                        (
                            "door",
                            models.CharField(choices=[("admin", "Admin"), ("frontend", "Frontend")], max_length=8),
                        ),
                        ("challenge", models.CharField(blank=True, max_length=43)),
                        ("has_second_factor", models.BooleanField(default=False)),
                        (
                            "arrived_at",
                            models.DateTimeField(help_text="When the provider had said who it is.", null=True),
                        ),
                        ("used_at", models.DateTimeField(null=True)),
                        ("expires_at", models.DateTimeField(db_index=True)),
                        ("role", models.CharField(blank=True, db_default="", max_length=20)),
                        ("subject", models.CharField(blank=True, db_default="", max_length=255)),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("door__in", ["admin", "frontend"])), name="oidc_login_door_known"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallingHours",
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
                            "start",
                            models.TimeField(default=datetime.time(9, 0), help_text="Where the person called is."),
                        ),
                        (
                            "end",
                            models.TimeField(
                                default=datetime.time(20, 0),
                                help_text="Not after the start: on the day after. The same as the start: for 24 hours.",
                            ),
                        ),
                        (
                            "weekdays",
                            models.PositiveSmallIntegerField(
                                default=127, help_text="The days on which the hours begin."
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True,
                                help_text="For numbers that belong to no place; empty: these are not called. Such as America/Toronto.",
                                max_length=64,
                                validators=[tether_calls.accounts.models.organization.known_time_zone],
                            ),
                        ),
                        (
                            "organization",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calling_hours",
                                to="accounts.organization",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "calling hours",
                        "verbose_name_plural": "calling hours",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("weekdays__gte", 1), ("weekdays__lte", 127)),
                                name="calling_hours_have_a_day",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AvailabilityChange",
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
                        ("is_available", models.BooleanField(verbose_name="available")),
                        (
                            "reason",
                            models.CharField(choices=[("user", "By themselves"), ("staff", "By staff")], max_length=8),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "times",
                            models.PositiveIntegerField(
                                default=1, help_text="Changes within the minute that this row stands for."
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
                        "indexes": [models.Index(fields=["organization", "user", "-id"], name="availability_of_user")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason__in", ["user", "staff"])), name="availability_reason_known"
                            )
                        ],
                    },
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("access_role__in", ["SUPERADMIN", "ADMIN", "DEPARTMENT_HEAD", "SALES_REP"])
                        ),
                        name="user_access_role_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="passwordreset",
                    index=models.Index(
                        condition=models.Q(("sent_at__isnull", True)), fields=["id"], name="password_reset_to_send"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="savedview",
                    constraint=models.UniqueConstraint(
                        fields=("user", "list", "name"), name="one_saved_view_of_a_name"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="savedview",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("user", "list"),
                        name="one_default_view_of_a_list",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recoverycode",
                    constraint=models.UniqueConstraint(
                        fields=("factor", "digest"), name="one_recovery_code_per_digest"
                    ),
                ),
                migrations.AddIndex(
                    model_name="usersession",
                    index=models.Index(fields=["user", "-id"], name="session_of_user"),
                ),
                migrations.AddConstraint(
                    model_name="usersession",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["api", "admin"])), name="session_kind_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="wallet",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("entry_count__gte", 0)), name="wallet_entry_count_not_negative"
                    ),
                ),
                migrations.AddIndex(
                    model_name="walletentry",
                    index=models.Index(
                        condition=models.Q(("call_id__isnull", False)),
                        fields=["call_id"],
                        name="wallet_entries_of_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.UniqueConstraint(fields=("wallet", "number"), name="one_wallet_entry_per_number"),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "hold")), fields=("call_id",), name="one_hold_per_call"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["settle", "release"])),
                        fields=("call_id",),
                        name="one_settlement_or_release_per_call",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["top_up", "hold", "settle", "release", "adjustment"])),
                        name="wallet_entry_kind_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["hold", "settle", "release"]), _negated=True),
                            ("call_id__isnull", False),
                            _connector="OR",
                        ),
                        name="wallet_entry_of_a_call_names_it",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "top_up"), _negated=True), ("amount__gt", 0), _connector="OR"
                        ),
                        name="top_up_adds",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "hold"), _negated=True),
                            models.Q(("amount__lte", 0), ("balance_after__gte", 0), ("rate__gte", 0)),
                            _connector="OR",
                        ),
                        name="hold_takes_what_is_there",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="walletentry",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "release"), _negated=True), ("amount__gte", 0), _connector="OR"
                        ),
                        name="release_gives_back",
                    ),
                ),
            ],
        ),
        tether_calls.common.postgres_sql.PostgresSQL(
            sql=(
                "CREATE FUNCTION accounts_walletentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'wallet entries are neither changed nor deleted'; END $$",
                "CREATE TRIGGER wallet_entries_append_only BEFORE UPDATE OR DELETE ON accounts_walletentry FOR EACH ROW EXECUTE FUNCTION accounts_walletentry_append_only()",
            ),
            reverse_sql=(
                "DROP TRIGGER wallet_entries_append_only ON accounts_walletentry",
                "DROP FUNCTION accounts_walletentry_append_only()",
            ),
        ),
        tether_calls.common.postgres_sql.SQLiteSQL(
            sql=(
                "CREATE TRIGGER wallet_entries_append_only BEFORE UPDATE ON accounts_walletentry BEGIN SELECT RAISE(ABORT, 'wallet entries are not changed'); END",
            ),
            reverse_sql=("DROP TRIGGER wallet_entries_append_only",),
        ),
    ]
