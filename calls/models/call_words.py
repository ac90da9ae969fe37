from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from calls.models.call import Call
from tether_calls.accounts.models import Organization
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.search.kept import Texts, as_columns, as_tsvector
from tether_calls.common.search.periods import labels_of

# Another number, where words are read or kept in another way than before: rows with smaller ones are to be made anew.
WORDS_VERSION: Final = 2


class WordsField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """On PostgreSQL a tsvector; on SQLite what the triggers of migration 0019 hand to an FTS5 table."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)


class CallWords(models.Model):
    """What was said in a call and written of it, as searches find it. A call without text and notes has none."""

    # A number, since FTS5 names rows by numbers, and those that SQLite makes itself do not stay.
    id = models.BigAutoField(primary_key=True)
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="words")
    # Both as the call has them: what a search begins with, and its order.
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    start_time = models.DateTimeField()
    # Whoever writes a row says WORDS_VERSION; what says nothing is old, and made anew.
    version = models.PositiveSmallIntegerField(default=1)
    words = WordsField()

    objects: ClassVar[OrganizationQuerySet[CallWords]] = OrganizationQuerySet["CallWords"].as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"Words of {self.call_id}"


def organization_label(organization_id: str) -> str:
    """Every text has the label of its organization, so that an index of words is entered with it."""
    return f"¤{organization_id}"


def words_of_call(call: Call, connection: BaseDatabaseWrapper, notes: Sequence[str] = ()) -> str:
    """What `CallWords.words` has of a call and the notes of it, for the database that it goes to."""
    labels = [organization_label(call.organization_id)]
    texts = _texts(call, notes)
    if connection.vendor != "postgresql":
        return as_columns(texts, labels=labels)
    return as_tsvector(texts, labels=[*labels, *labels_of(call.start_time)])


def said(call: Call) -> tuple[Any, str, datetime]:
    """All of a call that `CallWords` depends on; equal before and after a change that it need not follow."""
    return call.ai_transcript or None, call.ai_summary, call.start_time


def _texts(call: Call, notes: Sequence[str]) -> Texts:
    turns: list[dict[str, Any]] = call.ai_transcript or []
    return {
        "summary": [call.ai_summary],
        "notes": notes,
        "agent": (turn["message"] for turn in turns if turn["role"] == "agent"),
        "user": (turn["message"] for turn in turns if turn["role"] != "agent"),
    }
