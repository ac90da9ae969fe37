"""Whose account a delivery may be of, by the names in it: to be verified by that account's secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q

from calls.models import Call, PhoneNumber, Prompt, VoiceAccount
from calls.models.voice_account import digest_of
from calls.providers.base import Provider
from calls.providers.endpoint import Interpretation, SenderNames
from calls.providers.texts import IncomingText, TextReport
from conversations.models import ChannelType, Message
from tether_calls.accounts.models import User
from tether_calls.common.phone import spellings

# One agent may be shared by a few organizations of one owner, not by many.
_MOST = 5
# How many accounts are tried where a delivery names none: each costs a digest over its body.
MOST_UNNAMED = 20


@dataclass(frozen=True)
class Candidates:
    """Accounts that a delivery may be of; not `are_named`: only because it names none that we know."""

    accounts: Sequence[VoiceAccount]
    are_named: bool = True


def accounts_named(provider: Provider[object], names: SenderNames) -> Iterator[Candidates]:
    """The accounts that a delivery may be of: groups of equally likely ones, the likeliest group first.

    Each group is asked for only if the ones before did not do.
    """
    if provider.account_id is not None:
        yield Candidates(_accounts_with_id(provider.name, names.account_id))
        return
    if names.tool_secret is not None:
        accounts = _accounts_with_secret(provider.name, names.tool_secret)
        if len(accounts) == 1:
            yield Candidates(accounts)
    yield from _accounts_of_organizations(provider.name, names)


def owner_among(accounts: Sequence[VoiceAccount], interpretation: Interpretation) -> VoiceAccount | None:
    """Whose the delivery is where several organizations have the same account with the provider; None: not known.

    By the call where it is known, by the browser's user, by the number called or shown. At most four statements.
    """
    by_organization = {account.organization_id: account for account in accounts}
    for organization_ids in _owners(list(by_organization), interpretation):
        owners = {by_organization[each].pk: by_organization[each] for each in organization_ids}
        if len(owners) == 1:
            return next(iter(owners.values()))
    return None


def _owners(organization_ids: list[str], interpretation: Interpretation) -> Iterator[Iterable[str]]:
    report = interpretation.report
    if report is not None:
        # wall: which of the organizations has this call is what is looked for
        calls = Call.objects.filter(organization_id__in=organization_ids).order_by()
        named = Q(pk=report.call_id) if report.call_id else Q(pk__in=())
        if report.provider_call_id:
            named |= Q(provider=report.provider, provider_call_id=report.provider_call_id)
        yield calls.filter(named).values_list("organization_id", flat=True)
    if interpretation.browser_user_id is not None:
        # wall: which of the organizations has this user is what is looked for
        users = User.objects.filter(pk=interpretation.browser_user_id, organization_id__in=organization_ids)
        yield users.values_list("organization_id", flat=True)
    text = interpretation.text
    if isinstance(text, TextReport):
        # wall: which of the organizations has sent this text is what is looked for
        messages = Message.objects.filter(organization_id__in=organization_ids, channel_type=ChannelType.SMS).order_by()
        named = Q(provider_message_id=text.provider_message_id)
        if text.message_id is not None:
            named |= Q(pk=text.message_id)
        yield messages.filter(named).values_list("organization_id", flat=True)
    told = [number for number in (report.to_number, report.from_number) if number] if report is not None else []
    if isinstance(text, IncomingText):
        told = [text.to_number]
    if told:
        numbers = [spelling for number in told for spelling in spellings(number)]
        # wall: which of the organizations has this number is what is looked for
        own = PhoneNumber.objects.filter(phone_number__in=numbers, organization_id__in=organization_ids)
        yield own.values_list("organization_id", flat=True)
        # wall: which of the organizations calls from this number is what is looked for
        shown = VoiceAccount.objects.filter(phone_number__in=numbers, organization_id__in=organization_ids)
        yield shown.values_list("organization_id", flat=True)


def _accounts_with_id(provider: str, account_id: str | None) -> list[VoiceAccount]:
    """By the provider's own id of the account. One statement."""
    if not account_id:
        return []
    # wall: which organization has this account is what is looked for
    accounts = VoiceAccount.objects.filter(provider=provider, account_id=account_id, organization__is_active=True)
    return list(accounts.select_related("organization").order_by("id")[:_MOST])


def _accounts_with_secret(provider: str, tool_secret: str) -> list[VoiceAccount]:
    """By the secret that agents' tools send. One statement."""
    # wall: whose secret this is is what is looked for
    accounts = VoiceAccount.objects.filter(
        provider=provider, tool_secret_digest=digest_of(tool_secret), organization__is_active=True
    )
    return list(accounts.select_related("organization").order_by("id")[:_MOST])


def _accounts_of_organizations(provider: str, names: SenderNames) -> Iterator[Candidates]:
    """By the conversation, our call, the number, the agent.

    What names none that we know (an agent that was made over there, an event of another kind) may be of any of a few
    organizations: the signature decides. At most four statements for the organizations, one for each account.
    """
    seen: set[str] = set()
    for organization_ids in _organizations(provider, names):
        unseen = [each for each in dict.fromkeys(organization_ids) if each not in seen]
        seen.update(unseen)
        found = (_account_of(organization_id, provider) for organization_id in unseen)
        yield Candidates([account for account in found if account is not None])
    if not seen:
        # wall: a delivery that names nothing may be of any organization
        accounts = VoiceAccount.objects.filter(provider=provider, organization__is_active=True)
        # Secrets one by one, when they are asked for: those that no key opens must not hide the others'. One after
        # the other, too: whichever verifies it first is as good as any.
        for account in accounts.select_related("organization").order_by("id").defer("secrets")[:MOST_UNNAMED]:
            yield Candidates([account], are_named=False)


def _account_of(organization_id: str, provider: str) -> VoiceAccount | None:
    accounts = VoiceAccount.objects.of_organization(organization_id)
    return accounts.select_related("organization").filter(provider=provider, organization__is_active=True).first()


def _organizations(provider: str, names: SenderNames) -> Iterator[Iterable[str]]:
    # wall: which organization has this call is what is looked for
    calls = Call.objects.order_by().values_list("organization_id", flat=True)
    if names.provider_call_id is not None:
        named = Q(provider=provider, provider_call_id=names.provider_call_id)
        yield calls.filter(named | Q(ai_conversation_id=names.provider_call_id))[:_MOST]
    if names.call_id is not None:
        yield calls.filter(pk=names.call_id)
    if names.phone_number is not None:
        # wall: which organization has this number is what is looked for
        numbers = PhoneNumber.objects.filter(phone_number__in=spellings(names.phone_number))
        yield numbers.order_by("id").values_list("organization_id", flat=True)
    if names.agent_id is not None:
        # wall: which organization has this agent is what is looked for
        agents = Prompt.objects.filter(elevenlabs_agent_id=names.agent_id)
        yield agents.order_by("id").values_list("organization_id", flat=True)[:_MOST]
