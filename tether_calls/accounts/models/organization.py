from __future__ import annotations

from datetime import datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from tether_calls.common.number_types import CostlyType
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.redacted_kinds import Kinds, kinds_of, names_of
from tether_calls.common.times import zone_named
from tether_calls.common.weekly_hours import ALL_DAYS, WORKING_DAYS, WeeklyHours
from tether_calls.trails.models import Audited, AuditedRows


def known_time_zone(name: str) -> None:
    """Raises ValidationError for a name that is not in the IANA's database."""
    if zone_named(name) is None:
        raise ValidationError("Not a time zone, such as America/Toronto")


def known_number_types(names: Any) -> None:
    """Raises ValidationError for anything but a list of types, each named once."""
    known = [its_type.value for its_type in CostlyType]
    if not isinstance(names, list) or any(names.count(name) > 1 or name not in known for name in names):
        raise ValidationError(f"A list of types, out of {', '.join(CostlyType)}")


def known_kinds(names: str) -> None:
    """Raises ValidationError for anything but kinds, each named once, in their order."""
    if names != names_of(names.split()):
        raise ValidationError("Kinds of what is redacted, apart by blanks")


class RulePackCode(models.TextChoices):
    """Whose law calls are held against; the rules themselves are data of `contacts`."""

    US_TELEMARKETING = "us_telemarketing", "US telemarketing"
    CA_TELEMARKETING = "ca_telemarketing", "CA telemarketing"


def known_rule_packs(names: Any) -> None:
    """Raises ValidationError for anything but a list of rule packs, each named once."""
    if not isinstance(names, list) or any(names.count(name) > 1 or name not in RulePackCode.values for name in names):
        raise ValidationError(f"A list of rule packs, out of {', '.join(RulePackCode.values)}")


class ConsentPolicy(models.TextChoices):
    """For which of its agents' calls an organization asks for consent."""

    NOTHING = "nothing", "No calls"
    MARKETING = "marketing", "Marketing calls"
    ALL = "all", "All calls of agents"


MOST_ATTEMPTS_COUNTED = 1_000


class OptOutPolicy(models.TextChoices):
    """What is done where a customer is heard to ask, in a call, not to be called again."""

    BLOCK = "block", "Onto the Do Not Call list"
    FLAG = "flag", "Only shown on the call"
    OFF = "off", "Nothing is listened for"


class Organization(Audited, ObjectIdModel):
    """A company: the wall that no read, write or event crosses."""

    audit_organization = "id"
    audit_name = "name"

    name = models.CharField(max_length=200)
    is_active = models.BooleanField(
        "active", default=True, help_text="An inactive organization's users and API keys are refused."
    )
    is_prepaid = models.BooleanField(
        "prepaid",
        default=False,
        help_text="Agents' calls are paid from the wallet, and none is placed without the money for it.",
    )
    allowed_number_types = models.JSONField(
        default=list,
        blank=True,
        validators=[known_number_types],
        help_text="Of the types of numbers that cost whoever calls them, those that it dials all the same.",
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[known_time_zone],
        help_text="Where its days begin and end: calls are counted by these. Such as America/Toronto.",
    )
    # When it is open, by the clock of its time zone: what its agents say to callers who ask.
    opens_at = models.TimeField(default=time(9), db_default=time(9))
    closes_at = models.TimeField(
        default=time(17),
        db_default=time(17),
        help_text="Not after the opening: on the day after. The same time: for 24 hours.",
    )
    # Bit 0 is Monday.
    open_weekdays = models.PositiveSmallIntegerField(default=WORKING_DAYS, db_default=WORKING_DAYS)
    opt_out_policy = models.CharField(
        "opt-out heard in a call",
        max_length=5,
        choices=OptOutPolicy,
        default=OptOutPolicy.BLOCK,
        db_default=OptOutPolicy.BLOCK,
        help_text="Where a customer asks not to be called again.",
    )
    narrows_roles = models.BooleanField(
        "staff see their own calls only",
        default=False,
        db_default=False,
        help_text="Sales reps see calls of their own and of their numbers, department heads those of their department,"
        " administrators all. Off: everybody sees all.",
    )
    consent_policy = models.CharField(
        "consent needed for",
        max_length=9,
        choices=ConsentPolicy,
        default=ConsentPolicy.NOTHING,
        db_default=ConsentPolicy.NOTHING,
        help_text="Without it agents do not call a number.",
    )
    rule_packs = models.JSONField(
        default=list,
        blank=True,
        validators=[known_rule_packs],
        help_text="Rules of law that agents' calls are held against, besides its own calling hours.",
    )
    # How often one number is dialled at most, by whomever; empty: as often as somebody likes.
    attempts_per_day = models.PositiveSmallIntegerField(
        "attempts in 24 hours",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS_COUNTED)],
    )
    attempts_per_week = models.PositiveSmallIntegerField(
        "attempts in 7 days",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS_COUNTED)],
    )
    attempts_per_month = models.PositiveSmallIntegerField(
        "attempts in 30 days",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS_COUNTED)],
    )
    requires_two_factor = models.BooleanField(
        "requires two-factor login",
        default=False,
        db_default=False,
        help_text="Users without it are led to set it up, and can do nothing else before.",
    )
    requires_staff_reason = models.BooleanField(
        "the platform's staff say why",
        default=True,
        db_default=True,
        help_text="Before they hear, read or search what was said. Its own administrators switch it off.",
    )
    missed_call_message = models.TextField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Sent to who has called in vain. May name {{contactName}} and {{agentName}}.",
    )
    missed_calls_texted_since = models.DateTimeField(
        null=True, blank=True, help_text="Of calls from then on; empty: it is not sent."
    )
    redacted_kinds = models.CharField(
        "redacted",
        max_length=100,
        blank=True,
        default="",
        db_default="",
        validators=[known_kinds],
        help_text="What is not kept of conversations, apart by blanks. Empty: all is kept.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AuditedRows[Organization]] = AuditedRows.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(opt_out_policy__in=OptOutPolicy.values), name="opt_out_policy_known"
            ),
            models.CheckConstraint(
                condition=models.Q(consent_policy__in=ConsentPolicy.values), name="consent_policy_known"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q((name, None))
                    | models.Q((f"{name}__gte", 1), (f"{name}__lte", MOST_ATTEMPTS_COUNTED)),
                    name=f"{name}_bounded",
                )
                for name in ("attempts_per_day", "attempts_per_week", "attempts_per_month")
            ),
            models.CheckConstraint(
                condition=models.Q(open_weekdays__gte=0, open_weekdays__lte=ALL_DAYS), name="open_weekdays_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime) -> bool:
        """Whether it is within the opening hours; `at` has a time zone."""
        return WeeklyHours(self.opens_at, self.closes_at, self.open_weekdays).include(at.astimezone(self.zone))

    @property
    def redacts(self) -> Kinds:
        return kinds_of(self.redacted_kinds)

    @property
    def zone(self) -> ZoneInfo:
        """UTC where this machine does not know the name."""
        return zone_named(self.time_zone) or ZoneInfo("UTC")
