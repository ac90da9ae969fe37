"""A conversation under an older spelling of our own number becomes one with that under today's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calls.models import LegalHold
from calls.selectors.privacy.holds import held_contacts, placed_holds
from calls.services.contact_merging.changes import in_order, what_was_done
from calls.services.contact_merging.merge_rows import merge_rows, move_references
from calls.services.lifecycle.heed_holds import heeded_holds
from conversations.models import Conversation
from conversations.services import channel_of


@dataclass(frozen=True, kw_only=True)
class ConversationChange:
    """What is to be done with a conversation, or was; `into_id` is the one of its contact that it is merged into.

    Nothing where it `is_held`: a legal hold covers its contact.
    """

    organization_id: str
    conversation_id: str
    number: str
    number_today: str
    into_id: str | None = None
    is_held: bool = False


def conversation_changes_due(*, organization_id: str) -> Iterator[ConversationChange | None]:
    """One item for each conversation of the organization, in the order of ids; None for one that stays as it is.

    A statement for a thousand of them, and one for each whose number is spelled otherwise today; where holds are
    placed, at most two for each change.
    """
    holds = list(placed_holds(organization_id))
    conversations = in_order(Conversation.objects.of_organization(organization_id))
    return (_change_of(conversation, holds) for conversation in conversations)


def make_conversation_change(change: ConversationChange) -> ConversationChange | None:
    """What was done, in one transaction, or is held; None where the conversation is gone, or is as it should be by now.

    Raises CannotMerge, IntegrityError, OperationalError: nothing was done.
    """
    return what_was_done(lambda: _made(change.organization_id, change.conversation_id))


def _change_of(conversation: Conversation, holds: Sequence[LegalHold]) -> ConversationChange | None:
    number = conversation.channel_identifier
    today = channel_of(number)
    if today == number:
        return None
    others = Conversation.objects.of_organization(conversation.organization_id).filter(
        contact_id=conversation.contact_id, channel_type=conversation.channel_type, channel_identifier=today
    )
    return ConversationChange(
        organization_id=conversation.organization_id,
        conversation_id=conversation.pk,
        number=number,
        number_today=today,
        into_id=others.values_list("pk", flat=True).first(),
        is_held=bool(held_contacts(conversation.organization_id, holds, [conversation.contact_id])),
    )


def _made(organization_id: str, conversation_id: str) -> Iterator[ConversationChange]:
    holds = heeded_holds(organization_id)
    conversations = Conversation.objects.of_organization(organization_id)
    conversation = conversations.filter(pk=conversation_id).first()
    change = None if conversation is None else _change_of(conversation, holds)
    if conversation is None or change is None:
        return
    if change.is_held:
        yield change
        return
    if change.into_id is None:
        # Where another request makes one under that number, the constraint says so, and it is looked at again.
        conversations.filter(pk=conversation_id).update(channel_identifier=change.number_today)
        yield change
        return
    kept = conversations.filter(pk=change.into_id).first()
    if kept is not None:
        # Calls are locked before their conversation, as by whoever changes one.
        move_references(kept=kept, gone=conversation)
    pair = conversations.select_for_update(of=("self",)).filter(pk__in=[conversation_id, change.into_id]).order_by("pk")
    found = {each.pk: each for each in pair}
    if len(found) == 2:
        merge_rows(kept=found[change.into_id], gone=found[conversation_id])
        yield change
