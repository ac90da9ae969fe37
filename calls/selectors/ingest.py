"""What ingest has to know before it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from calls.models import Call, LiveCall, RetentionRule, StorageMode
from calls.models.live_call import AWAITING
from calls.reports import FinishedCall
from contacts.models import Contact
from contacts.selectors.contacts import contact_number
from contacts.services import is_no_name
from conversations.models import ChannelType, Conversation
from tether_calls.accounts.api_keys import row_id_in
from tether_calls.accounts.authentication import KEY_ROW, key_in_row, valid_keys
from tether_calls.accounts.models import ApiKey, Organization, User
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.phone import HIDDEN_CALLER, spellings

_PARAMETERS = ("external_call_id", "own_number")
# No name has it: ingest and the forms refuse control characters.
_BETWEEN_NAMES = "\x1f"


@dataclass(frozen=True)
class Known:
    """What is there already; None where it is not.

    `is_live`: the call was pushed while it went on, and this push takes it over. `placeholder`: what the contact is
    called (first, last), where that is no name and it waits for one.
    """

    call_id: str | None
    is_live: bool
    contact_id: str | None
    placeholder: tuple[str, str] | None
    conversation_id: str | None
    storage_mode: str = StorageMode.EVERYTHING


def known_before_ingest(*, user: User, report: FinishedCall) -> Known:
    """Look up the same call, its contact and its conversation: one statement for the three.

    A contact that has been kept under another spelling of its number is found too.
    """
    sought = _Sought(report)
    row = _known_to_user(sought.spelled).first(organization_id=user.home_id, user_id=user.pk, **sought.parameters)
    assert row is not None, "the user's organization is gone"
    return sought.found(row)


def key_and_known(*, key: str, report: FinishedCall) -> tuple[ApiKey, Known] | None:
    """The key that a call is pushed with, as `find_api_key` finds it, and what it knows already: one statement.

    None for every way in which the key may be wrong.
    """
    row_id = row_id_in(key)
    if row_id is None:
        return None
    sought = _Sought(report)
    row = _known_to_key(sought.spelled).first(row_id=row_id, **sought.parameters)
    api_key = key_in_row(key, row)
    return None if row is None or api_key is None else (api_key, sought.found(row[len(KEY_ROW) :]))


class _Sought:
    """What is looked up for a call that is pushed."""

    def __init__(self, report: FinishedCall) -> None:
        self._customer_number = contact_number(report.customer_number)
        known_as = spellings(self._customer_number)
        self.spelled = len(known_as)
        self.parameters = {
            # No call has the empty identifier: a blank one is stored as none.
            "external_call_id": report.external_call_id or "",
            "own_number": contact_number(report.own_number),
            **dict(zip(_names(self.spelled), known_as, strict=True)),
        }

    def found(self, row: Sequence[Any]) -> Known:
        call_id, live_id, contact_id, contact_name, conversation_id, storage_mode = row
        first, _, last = (contact_name or "").partition(_BETWEEN_NAMES)
        is_person = contact_id is not None and self._customer_number != HIDDEN_CALLER
        may_be_named = is_person and is_no_name(f"{first} {last}")
        placeholder = (first, last) if may_be_named else None
        mode = storage_mode or StorageMode.EVERYTHING
        return Known(call_id, live_id is not None, contact_id, placeholder, conversation_id, mode)


def _known(
    asking: QuerySet[Any],
    read: Sequence[str],
    *,
    organization: str,
    user: str | OuterRef,
    external_call_id: str,
    own_number: str,
    **customer_numbers: str,
) -> QuerySet[Any, Any]:
    """Of who is `asking` what is to be `read`, and what is known in its `organization`, a column, and to the `user`."""
    call = Call.objects.of_organization(OuterRef(organization)).filter(user_id=user, external_call_id=external_call_id)
    live = LiveCall.objects.of_organization(OuterRef(organization)).filter(
        call__user_id=user, call__external_call_id=external_call_id, state__in=AWAITING
    )
    contact = _first_of(Contact.objects.of_organization(OuterRef(organization)), list(customer_numbers.values()))
    name = Concat("first_name", Value(_BETWEEN_NAMES), "last_name")
    rules = RetentionRule.objects.of_organization(OuterRef(organization))
    conversation = Conversation.objects.of_organization(OuterRef(organization)).filter(
        contact_id=OuterRef("known_contact"), channel_type=ChannelType.CALL, channel_identifier=own_number
    )
    known: QuerySet[Any, Any] = (
        asking.annotate(
            known_call=_id_of(call.order_by()),
            known_live=_id_of(live),
            known_contact=_id_of(contact),
            known_name=Subquery(contact.values_list(name)[:1]),
        )
        .annotate(
            known_conversation=_id_of(conversation.order_by()),
            known_mode=Subquery(rules.filter(agent=None).values("storage_mode")[:1]),
        )
        .values_list(
            *read, "known_call", "known_live", "known_contact", "known_name", "known_conversation", "known_mode"
        )
    )
    return known


def _first_of(contacts: QuerySet[Contact], numbers: Sequence[str]) -> QuerySet[Contact]:
    """The contacts with one of the numbers, in the order of the numbers."""
    if len(numbers) == 1:
        return contacts.filter(phone_number=numbers[0]).order_by()
    places = [When(phone_number=number, then=Value(place)) for place, number in enumerate(numbers)]
    return contacts.filter(phone_number__in=numbers).order_by(Case(*places))


def _id_of(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.values("pk")[:1])


@cache
def _known_to_user(spelled: int) -> CompiledQuery:
    """The statement for a number with so many spellings; most have one."""

    def build(*, organization_id: str, user_id: str, **sought: str) -> QuerySet[Any, Any]:
        organizations = Organization.objects.filter(pk=organization_id)
        return _known(organizations, (), organization="pk", user=user_id, **sought)

    return CompiledQuery(build, "organization_id", "user_id", *_PARAMETERS, *_names(spelled))


@cache
def _known_to_key(spelled: int) -> CompiledQuery:
    """The same, for who has the key."""

    def build(*, row_id: str, **sought: str) -> QuerySet[Any, Any]:
        keys = valid_keys(row_id=row_id)
        return _known(keys, KEY_ROW, organization="user__organization_id", user=OuterRef("user_id"), **sought)

    return CompiledQuery(build, "row_id", *_PARAMETERS, *_names(spelled))


def _names(spelled: int) -> list[str]:
    return [f"customer_number_{place}" for place in range(spelled)]
