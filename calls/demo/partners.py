"""What the demo has for partners: keys, money to call with, a number not to call, an organization without money."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.demo.people import DO_NOT_CALL, POOR_COMPANY
from calls.demo.seed import seed_company
from calls.models import PhoneNumber
from calls.selectors.agent_calls.dialling import agent_to_call
from contacts.models import DoNotCallSource
from contacts.services.do_not_call import add_to_do_not_call
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import KeyPermission, Organization, User, Wallet
from tether_calls.accounts.services.api_keys import make_api_key
from tether_calls.accounts.wallet import open_wallet, top_up
from tether_calls.common.errors import TetherError

_ALL = frozenset(KeyPermission)
_READS = frozenset({KeyPermission.CAN_READ_CALLS, KeyPermission.CAN_READ_AGENTS, KeyPermission.CAN_READ_CONTACTS})
_MONEY = Decimal(100)


# wall: the demo's own user, known by the address
def provide_poor_company() -> User | None:
    """The user of the organization without money, made with it where it is missing; None where it was deleted."""
    (account,) = POOR_COMPANY.accounts
    # wall: the demo knows its users by their addresses
    user = User.objects.filter(email=account.email).first()
    # wall: the company has no other sign by which it is found once its user is gone
    if user is None and not PhoneNumber.objects.filter(phone_number=POOR_COMPANY.numbers[0].phone_number).exists():
        user = seed_company(POOR_COMPANY)
    if user is None or user.organization_id is None:
        return None
    _make_prepaid(user.organization_id, with_money=Decimal(0))
    return user


def partners_document(user: User, *, poor: User | None) -> dict[str, str]:
    """The part of demo.json that is for partners; rows that are missing are made."""
    _make_prepaid(user.home_id, with_money=_MONEY)
    entry, _ = add_to_do_not_call(
        organization_id=user.home_id,
        phone_number=DO_NOT_CALL,
        source=DoNotCallSource.ADMIN,
        reason="Asked not to be called again",
    )
    document = {
        "partnerKey": _key(user, "Demo: partner", _ALL),
        "readOnlyKey": _key(user, "Demo: reads only", _READS),
        "dncNumber": entry.phone_number,
    }
    if poor is not None:
        document["poorKey"] = _key(poor, "Demo: partner", _ALL)
        with suppress(TetherError):
            document["poorAgentId"] = agent_to_call(organization_id=poor.home_id, agent_id=None).pk
    return document


@transaction.atomic
def _make_prepaid(organization_id: str, *, with_money: Decimal) -> None:
    """Once: a wallet keeps its balance, and stays away where it was deleted."""
    if Wallet.objects.of_organization(organization_id).exists():
        return
    Organization.objects.filter(pk=organization_id).update(is_prepaid=True)
    open_wallet(organization_id=organization_id)
    if with_money:
        top_up(organization_id=organization_id, amount=with_money, note="For trying the demo", made_by=None)


def _key(user: User, name: str, permissions: Collection[KeyPermission]) -> str:
    """The newest of this name and with these permissions that works; made where there is none."""
    not_over = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    permitted = {permission.value: permission in permissions for permission in KeyPermission}
    known = user.api_keys.filter(not_over, name=name, revoked_at=None, replaced_by=None, **permitted).first()
    return key_of(
        known or make_api_key(user=user, name=name, permissions=permissions, requests_per_minute=60, dials_per_day=100)
    )
