"""What people put on calls: tags, and a disposition."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet

MAX_LABEL_NAME = 60
# On one call.
MAX_TAGS = 20
COLOR_PATTERN = r"#[0-9a-f]{6}"
DEFAULT_COLOR = "#64748b"


class DispositionKind(models.TextChoices):
    POSITIVE = "positive", "Positive"
    NEUTRAL = "neutral", "Neutral"
    NEGATIVE = "negative", "Negative"
    CALLBACK = "callback", "Call back"


def label_key(name: str) -> str:
    """What names are compared by: without letter case, and in one spelling of what Unicode writes in several ways."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Label(ObjectIdModel):
    """A word of an organization's own; one that is archived stays where it is, and is offered no more."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_LABEL_NAME)
    # Folding can make a text three times as long.
    key = models.CharField(max_length=MAX_LABEL_NAME * 3, editable=False, help_text="The name, as `label_key` has it.")
    is_archived = models.BooleanField("archived", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.key = label_key(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = label_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None and "name" in fields:
            kwargs["update_fields"] = [*fields, "key"]
        super().save(*args, **kwargs)


class Tag(Audited, Label):
    """Of a call there may be several."""

    audit_name = "name"
    audit_left_out = ("key",)

    color = models.CharField(
        max_length=7,
        default=DEFAULT_COLOR,
        validators=[RegexValidator(f"^{COLOR_PATTERN}$", "A color such as #1f77b4, in small letters")],
        help_text="Such as #1f77b4.",
    )

    objects: ClassVar[AuditedQuerySet[Tag]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "key"],
                name="one_tag_of_a_name",
                violation_error_message="There is one of this name already, perhaps an archived one.",
            ),
        )


def tags_of(tag_ids: Iterable[str]) -> dict[str, list[Tag]]:
    """The tags of calls by what their `tag_ids` say, in the order of their names. One statement; none without any."""
    ids = {ids: ids.split() for ids in tag_ids}
    wanted = {tag_id for each in ids.values() for tag_id in each}
    # wall: ids that calls of the organization have, where only tags of the organization are put
    there = {tag.pk: tag for tag in Tag.objects.filter(pk__in=wanted)} if wanted else {}
    return {
        text: sorted((there[tag_id] for tag_id in each if tag_id in there), key=lambda tag: tag.key)
        for text, each in ids.items()
    }


class Disposition(Audited, Label):
    """How a call came out, in the organization's words: a call has one, or none."""

    audit_name = "name"
    audit_left_out = ("key",)

    kind = models.CharField(max_length=8, choices=DispositionKind, default=DispositionKind.NEUTRAL)

    objects: ClassVar[AuditedQuerySet[Disposition]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "key"],
                name="one_disposition_of_a_name",
                violation_error_message="There is one of this name already, perhaps an archived one.",
            ),
            models.CheckConstraint(condition=Q(kind__in=DispositionKind.values), name="disposition_kind_known"),
        )
