"""`manage.py merge_contacts`: contacts, and numbers of ours, of before today's plans; placeholders stored as names."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from calls.services.contact_merging.merge_contact import ChangeKind, ContactChange, changes_due, make_change
from calls.services.contact_merging.merge_conversation import (
    ConversationChange,
    conversation_changes_due,
    make_conversation_change,
)
from contacts.management.organizations import organization_named
from contacts.models import Contact
from conversations.models import Conversation
from tether_calls.accounts.models import Organization

Change = ContactChange | ConversationChange

_CONVERSATION_MERGED, _CONVERSATION_RESPELLED = "conversation merged", "conversation respelled"
_HELD = "held"


class Command(BaseCommand):
    help = (
        "Show contacts that are one person by today's spelling of their numbers, conversations over one number of ours,"
        " and placeholders that are stored as names; with --apply merge the former and clear the latter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", help="This one only.")
        parser.add_argument("--apply", action="store_true", help="Change them; without it nothing is written.")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen, is_real = options["organization"], options["apply"]
        organization_ids = (
            [organization_named(chosen).pk]
            if chosen
            else list(Organization.objects.order_by("pk").values_list("pk", flat=True))
        )

        made = Counter[str]()
        try:
            for due in self._due(organization_ids):
                change = _made(due) if is_real else due
                if change is not None:
                    made[_kind(change)] += 1
                    tqdm.write(_line(change), file=self.stdout._out)
        finally:
            # Also where it is interrupted: what is done is done, and the next run goes on.
            self.stdout.write(_summary(made, is_real=is_real))

    def _due(self, organization_ids: list[str]) -> Iterator[Change]:
        """The changes, with a bar on a terminal for how many rows have been looked at."""
        is_terminal = self.stderr.isatty()
        total = sum(map(_rows_of, organization_ids)) if is_terminal else None
        with tqdm(total=total, unit="row", disable=not is_terminal, file=self.stderr._out) as bar:
            for organization_id in organization_ids:
                # Contacts first: of two that are one the conversations come together.
                contacts = changes_due(organization_id=organization_id)
                conversations = conversation_changes_due(organization_id=organization_id)
                for change in chain[Change | None](contacts, conversations):
                    bar.update()
                    if change is not None:
                        yield change


def _rows_of(organization_id: str) -> int:
    models: list[Any] = [Contact, Conversation]
    return sum(model.objects.of_organization(organization_id).count() for model in models)


def _made(due: Change) -> Change | None:
    return make_conversation_change(due) if isinstance(due, ConversationChange) else make_change(due)


def _kind(change: Change) -> str:
    if change.is_held:
        return _HELD
    if isinstance(change, ConversationChange):
        return _CONVERSATION_RESPELLED if change.into_id is None else _CONVERSATION_MERGED
    return change.kind


def _line(change: Change) -> str:
    return _told(change) + (": held" if change.is_held else "")


def _told(change: Change) -> str:
    if isinstance(change, ConversationChange):
        conversation = f"{change.organization_id}: conversation {change.conversation_id} over {change.number}"
        today = f"{conversation} is over {change.number_today} today"
        return today if change.into_id is None else f"{today}, as {change.into_id} is"
    contact = f"{change.organization_id}: {change.contact_id} {change.number}"
    if change.kind is ChangeKind.NAME_CLEARED:
        return f"{contact}: {change.name!r} is no name"
    today = f"{contact} is {change.number_today} today"
    return today if change.into_id is None else f"{today}, which {change.into_id} has"


def _summary(made: Counter[str], *, is_real: bool) -> str:
    merged, respelled, cleared = (made[kind] for kind in ChangeKind)
    one, moved = made[_CONVERSATION_MERGED], made[_CONVERSATION_RESPELLED]
    left = f"; {made[_HELD]} left as they are, since legal holds cover them" if made[_HELD] else ""
    if is_real:
        contacts = f"Merged {merged} contacts, respelled the numbers of {respelled}, cleared the names of {cleared}"
        return f"{contacts}; merged {one} conversations, respelled our number in {moved}{left}"
    return (
        f"Nothing is changed without --apply: {merged} contacts to be merged, {respelled} numbers to be respelled,"
        f" {cleared} names to be cleared; {one} conversations to be merged, our number to be respelled in {moved}"
        f"{left}"
    )
