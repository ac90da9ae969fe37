"""Two rows that are one: what refers to one of them refers to the other, which has the values of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db.models import Model

from calls.services.contact_merging.references import references_to, row_alone
from contacts.models import Contact, ContextValue
from contacts.services.caller_names import HIDDEN_NAME, known_name
from conversations.models import Conversation

# What a column becomes, of the row that is kept and the one that goes.
Rule = Callable[[Any, Any], Any]


class CannotMerge(Exception):
    """Rows of a model that has data and no rules; a test finds such a model before this does."""


def merge_rows(*, kept: Model, gone: Model) -> None:
    """To be called in a transaction, with both rows locked. Raises CannotMerge."""
    move_references(kept=kept, gone=gone)
    rules = RULES.get(type(kept))
    if rules is None and not is_bare(type(kept)):
        raise CannotMerge(type(kept).__name__)
    values = {name: rule(kept, gone) for name, rule in (rules or {}).items()}
    changed = [name for name, value in values.items() if getattr(kept, name) != value]
    for name in changed:
        setattr(kept, name, values[name])
    # Without Django's cascade: what still refers to it, by whatever way, keeps it from going, and is not deleted.
    leftover = row_alone(gone)  # wall: the organization's own
    leftover._raw_delete(leftover.db)
    if changed:
        kept.save(update_fields=changed)


def move_references(*, kept: Model, gone: Model) -> None:
    """What refers to `gone` refers to `kept`; rows that a unique constraint would not have beside others are merged."""
    for reference in references_to(type(kept)):
        rows = reference.rows_of(gone)
        if not reference.unique_rules():
            rows.update(**{reference.field.attname: kept.pk})
            continue
        for row in rows.order_by("pk"):
            rival = reference.rival_of(row, kept=kept)
            if rival is None:
                # wall: refers to a row of the organization
                row_alone(row).update(**{reference.field.attname: kept.pk})
                continue
            # Others count there: locked, and read again.
            # wall: two rows, both the organization's own
            pair = reference.model._base_manager.select_for_update().filter(pk__in=[rival.pk, row.pk]).order_by("pk")
            found = {each.pk: each for each in pair}
            if len(found) == 2:
                merge_rows(kept=found[rival.pk], gone=found[row.pk])


def is_bare(model: type[Model]) -> bool:
    """Whether its rows say only that one thing has to do with another: of two alike, one can go."""
    return all(
        field.primary_key or field.is_relation or getattr(field, "auto_now_add", False) or field.name == "created_at"
        for field in model._meta.concrete_fields
    )


def _kept(name: str) -> Rule:
    return lambda kept, _gone: getattr(kept, name)


def _known(name: str) -> Rule:
    return lambda kept, gone: getattr(kept, name) or getattr(gone, name)


def _earlier(name: str) -> Rule:
    return lambda kept, gone: min(getattr(kept, name), getattr(gone, name))


def _of_newest(name: str) -> Rule:
    return lambda kept, gone: getattr(_newest(kept, gone), name)


def _newest(kept: Conversation, gone: Conversation) -> Conversation:
    return max(kept, gone, key=lambda each: (each.last_message_time is not None, each.last_message_time))


def _name(place: int) -> Rule:
    """The name that is one, of the person; hidden callers have theirs."""

    def rule(kept: Contact, gone: Contact) -> str:
        if kept.is_hidden_caller:
            return HIDDEN_NAME[place]
        named = gone if known_name(gone) and not known_name(kept) else kept
        return (named.first_name, named.last_name)[place]

    return rule


# Every column of these models; a test compares them.
RULES: Final[Mapping[type[Model], Mapping[str, Rule]]] = {
    Contact: {
        "id": _kept("id"),
        "organization_id": _kept("organization_id"),
        "user_id": _known("user_id"),
        "first_name": _name(0),
        "last_name": _name(1),
        "phone_number": _kept("phone_number"),
        "email": _known("email"),
        "source": _known("source"),
        "created_at": _earlier("created_at"),
        "updated_at": _kept("updated_at"),
    },
    ContextValue: {
        "id": _kept("id"),
        "organization_id": _kept("organization_id"),
        "variable_id": _kept("variable_id"),
        "contact_id": _kept("contact_id"),
        "value": _kept("value"),
    },
    Conversation: {
        "id": _kept("id"),
        "organization_id": _kept("organization_id"),
        "contact_id": _kept("contact_id"),
        "user_id": _known("user_id"),
        "channel_type": _kept("channel_type"),
        "channel_identifier": _kept("channel_identifier"),
        "latest_message": _of_newest("latest_message"),
        "last_message_time": _of_newest("last_message_time"),
        "message_count": lambda kept, gone: kept.message_count + gone.message_count,
        "is_resolved": lambda kept, gone: kept.is_resolved and gone.is_resolved,
        "created_at": _earlier("created_at"),
    },
}
