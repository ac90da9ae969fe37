"""From which number of an organization, and over which of its accounts, a text is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, IntegerField, QuerySet, Value, When

from calls.models import PhoneNumber, VoiceAccount
from calls.providers.base import Provider
from calls.providers.registry import provider_of
from calls.selectors.voice_accounts.accounts import accounts_with_carriers, values_in
from contacts.models import Contact
from conversations.models import Conversation
from conversations.selectors import of_conversations_seen, seen_conversations
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import spellings

# Of a contact's conversations, those whose numbers are preferred, the newest first.
_MOST_CONVERSATIONS: Final = 5


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """A number of ours, and the account that sends from it."""

    account: VoiceAccount
    phone_number: str

    @property
    def provider(self) -> Provider[Any]:
        return provider_of(self.account.provider)


def can_text(account: VoiceAccount) -> bool:
    """Whether an account has what texts need. Raises UndecipherableSecret."""
    provider, values = provider_of(account.provider), values_in(account)
    return provider.can("send_text") and all(values.get(name) for name in provider.text_settings)


def sends_texts(organization_id: str) -> bool:
    """Whether any account of the organization does. One statement."""
    try:
        return any(map(can_text, accounts_with_carriers(organization_id)))
    except UndecipherableSecret:
        return False


def text_line(
    *, organization_id: str, preferred: Sequence[str] = (), avoided: Sequence[str] = (), user_id: str | None = None
) -> TextLine:
    """The first of `preferred` that texts can be sent from, else the user's number, else another of the organization.

    One of `avoided` only where there is no other. At most two statements. Raises PROVIDER_NOT_CONFIGURED,
    NO_TEXT_NUMBER, UndecipherableSecret.
    """
    accounts = sorted(
        filter(can_text, accounts_with_carriers(organization_id)), key=lambda account: not account.is_active
    )
    if not accounts:
        raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, "No carrier of the organization's is set up for texts")
    by_provider = {account.provider: account for account in accounts}
    number = _by_preference(
        PhoneNumber.objects.of_organization(organization_id).filter(provider__in=by_provider),
        preferred=preferred,
        avoided=avoided,
        user_id=user_id,
        provider=accounts[0].provider,
    ).first()
    if number is not None:
        return TextLine(account=by_provider[number.provider], phone_number=number.phone_number)
    for account in accounts:
        if account.phone_number:
            return TextLine(account=account, phone_number=account.phone_number)
    raise TetherError(ErrorCode.NO_TEXT_NUMBER)


def line_to_contact(contact: Contact, *, user: User) -> TextLine:
    """The number of the contact's newest conversation that texts can be sent from, else as `text_line` finds it.

    Of the conversations that the user sees: in another one they would not read what they have written, so that one is
    gone on in only where there is no other number. At most four statements. Raises what `text_line` raises.
    """
    organization_id, sight = contact.organization_id, sight_of(user)
    conversations = seen_conversations(organization_id=organization_id, sight=sight).filter(contact=contact)
    newest = conversations.exclude(last_message_time=None).order_by("-last_message_time")[:_MOST_CONVERSATIONS]
    preferred = list(newest.values_list("channel_identifier", flat=True))
    unseen = Conversation.objects.of_organization(organization_id).filter(contact=contact)
    others = unseen.exclude(of_conversations_seen(sight)) if sight is not None else unseen.none()
    avoided = list(others.values_list("channel_identifier", flat=True).distinct())
    return text_line(organization_id=organization_id, preferred=preferred, avoided=avoided, user_id=user.pk)


def _by_preference(
    numbers: QuerySet[PhoneNumber],
    *,
    preferred: Sequence[str],
    avoided: Sequence[str],
    user_id: str | None,
    provider: str,
) -> QuerySet[PhoneNumber]:
    ranked = [When(phone_number__in=spellings(number), then=Value(rank)) for rank, number in enumerate(preferred)]
    if user_id is not None:
        ranked.append(When(user_id=user_id, is_default=True, provider=provider, then=Value(len(ranked))))
        ranked.append(When(user_id=user_id, then=Value(len(ranked))))
    ranked.append(When(provider=provider, then=Value(len(ranked))))
    order = Case(*ranked, default=Value(len(ranked)), output_field=IntegerField())
    left = {each for number in avoided for each in spellings(number)}
    left -= {each for number in preferred for each in spellings(number)}
    if not left:
        # Else all would have one rank, a constant, which PostgreSQL takes for the number of a column.
        return numbers.order_by(order, "id")
    is_left = Case(When(phone_number__in=left, then=Value(1)), default=Value(0), output_field=IntegerField())
    return numbers.order_by(is_left, order, "id")
