"""Wallets in the admin: read by staff, booked into by whom the platform lets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.admin_site import (
    admin_of,
    found,
    list_of,
    make_staff,
    page_at,
    page_of,
    statements_of,
    text_of,
)
from tests.factories import make_call, make_organization, make_prepaid
from tether_calls.accounts.admin import wallet as wallet_pages
from tether_calls.accounts.models import EntryKind, Organization, User, Wallet, WalletEntry
from tether_calls.accounts.wallet import adjust, hold, release, settle, top_up
from tether_calls.common.object_id import new_object_id

BOOKINGS = ["top_up", "adjust"]


@pytest.fixture
def wallet(user: User) -> Wallet:
    assert user.organization is not None
    return make_prepaid(user.organization)


def form(amount: str, note: str = "Invoice 7") -> dict[str, str]:
    return {"amount": amount, "note": note, "entry_id": new_object_id()}


def balance_of(wallet: Wallet) -> Decimal:
    wallet.refresh_from_db()
    return wallet.balance


def test_money_that_came_in_is_booked_with_who_and_why(root: Client, wallet: Wallet) -> None:
    response = root.post(page_of(wallet, "top_up"), form("12.5"))

    assert response["Location"] == page_of(wallet)
    entry = WalletEntry.objects.get()
    assert (entry.kind, entry.amount, entry.note) == (EntryKind.TOP_UP, Decimal("12.5"), "Invoice 7")
    assert entry.made_by == User.objects.get(is_superuser=True)
    assert balance_of(wallet) == Decimal("12.5")
    assert "Top up: 12.50 USD, entry 1." in text_of(root.get(page_of(wallet, "history")))


def test_a_correction_takes(root: Client, wallet: Wallet) -> None:
    assert root.post(page_of(wallet, "adjust"), form("-0.0125")).status_code == 302

    assert (WalletEntry.objects.get().kind, balance_of(wallet)) == (EntryKind.ADJUSTMENT, Decimal("-0.0125"))
    for path in (page_of(wallet), list_of(Wallet)):
        shown = " ".join(text_of(root.get(path)).split())
        assert "-0.0125 USD" in shown
        assert "Owed" in shown
        assert "danger" not in shown


def test_a_form_that_is_sent_twice_is_booked_once(root: Client, wallet: Wallet) -> None:
    twice = form("5")
    for _ in range(2):
        assert root.post(page_of(wallet, "top_up"), twice).status_code == 302

    assert balance_of(wallet) == 5


def test_a_form_that_somebody_goes_back_to_is_not_taken_for_booked(root: Client, wallet: Wallet) -> None:
    first = form("5")
    root.post(page_of(wallet, "top_up"), first)

    for path, other in ((page_of(wallet, "top_up"), first | {"amount": "50"}), (page_of(wallet, "adjust"), first)):
        response = root.post(path, other)
        assert response.status_code == 200
        assert response.context["form"].errors["entry_id"]
    assert balance_of(wallet) == 5


@pytest.mark.parametrize("booking", BOOKINGS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ""},
        {"note": "  "},
        {"note": "\0"},
        {"amount": "0"},
        {"amount": ""},
        {"amount": "0.00001"},
        {"amount": "NaN"},
        {"amount": "1e99"},
        {"entry_id": "mine"},
        {"entry_id": ""},
    ],
)
def test_a_faulty_form_is_shown_again(root: Client, wallet: Wallet, booking: str, wrong: dict[str, str]) -> None:
    response = root.post(page_of(wallet, booking), form("5") | wrong)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert balance_of(wallet) == 0


def test_a_top_up_does_not_take(root: Client, wallet: Wallet) -> None:
    assert root.post(page_of(wallet, "top_up"), form("-5")).status_code == 200

    assert balance_of(wallet) == 0


@pytest.mark.parametrize("booking", BOOKINGS)
def test_staff_do_not_book_into_their_own_wallet(staff: Client, wallet: Wallet, booking: str) -> None:
    for answer in (staff.get(page_of(wallet, booking)), staff.post(page_of(wallet, booking), form("5"))):
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert balance_of(wallet) == 0
    assert page_of(wallet, booking) not in staff.get(page_of(wallet)).content.decode()


def test_staff_with_the_permission_book(user: User, wallet: Wallet) -> None:
    assert user.organization is not None
    treasurer = make_staff(user.organization)
    treasurer.user_permissions.add(Permission.objects.get(codename="add_walletentry"))
    client = admin_of(treasurer)

    assert page_of(wallet, "top_up") in client.get(page_of(wallet)).content.decode()
    assert client.post(page_of(wallet, "top_up"), form("5")).status_code == 302
    assert (balance_of(wallet), WalletEntry.objects.get().made_by) == (Decimal(5), treasurer)


@pytest.mark.parametrize("booking", BOOKINGS)
def test_a_wallet_of_another_organization_is_unknown(user: User, booking: str) -> None:
    assert user.organization is not None
    treasurer = make_staff(user.organization)
    treasurer.user_permissions.add(Permission.objects.get(codename="add_walletentry"))
    client = admin_of(treasurer)
    foreign = make_prepaid(make_organization())

    answers: list[Any] = [
        client.post(page_at(Wallet, row_id, booking), form("5")) for row_id in (foreign.pk, new_object_id())
    ]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/admin/")}
    assert balance_of(foreign) == 0
    assert found(client, Wallet) == []


def test_the_page_shows_the_books_the_newest_first(
    staff: Client, user: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallet_pages, "ENTRIES_PER_PAGE", 2)
    adjust(organization_id=user.home_id, amount=Decimal(3), note="<b>First</b>", made_by=user)
    call = make_call(user)
    hold(organization_id=user.home_id, call_id=call.pk, amount=Decimal("0.25"), rate=Decimal("0.25"))
    settle(organization_id=user.home_id, call_id=call.pk, charge=Decimal("0.5"))

    first, second = staff.get(page_of(wallet)), staff.get(page_of(wallet), {"page": 2})

    assert [entry.number for entry in first.context["entries"]] == [3, 2]
    assert [entry.number for entry in second.context["entries"]] == [1]
    assert page_of(call) in first.content.decode()
    assert "Page 1 of 2" in text_of(first)
    assert "&lt;b&gt;First&lt;/b&gt;" in second.content.decode()
    assert user.email in text_of(second)


def test_the_page_says_where_the_money_came_from_and_where_it_went(staff: Client, user: User, wallet: Wallet) -> None:
    top_up(organization_id=user.home_id, amount=Decimal(10), note="Invoice 7", made_by=user)
    adjust(organization_id=user.home_id, amount=Decimal(-3), note="Correction", made_by=user)
    over, missed, under_way = (make_call(user).pk for _ in range(3))
    for call_id in (over, missed, under_way):
        hold(organization_id=user.home_id, call_id=call_id, amount=Decimal("0.25"), rate=Decimal("0.25"))
    settle(organization_id=user.home_id, call_id=over, charge=Decimal("0.75"))
    release(organization_id=user.home_id, call_id=missed)

    shown = " ".join(text_of(staff.get(page_of(wallet))).split())

    assert "Topped up 10.00 Adjusted -3.00 Spent on calls 0.75 Held for calls under way 0.25" in shown
    assert balance_of(wallet) == Decimal("6.00")


@pytest.mark.parametrize("page", ["0", "9", "x", "-1"])
def test_a_page_that_there_is_not_shows_another_one(staff: Client, wallet: Wallet, page: str) -> None:
    assert staff.get(page_of(wallet), {"page": page}).status_code == 200


def test_the_page_does_not_read_all_entries(staff: Client, user: User, wallet: Wallet) -> None:
    adjust(organization_id=user.home_id, amount=Decimal(1), note="First", made_by=user)
    few = len(statements_of(staff, page_of(wallet)))
    for _ in range(20):
        adjust(organization_id=user.home_id, amount=Decimal(1), note="More", made_by=user)

    assert len(statements_of(staff, page_of(wallet))) == few


@pytest.mark.parametrize("view", ["change", "delete"])
def test_a_wallet_is_neither_changed_nor_deleted(root: Client, wallet: Wallet, view: str) -> None:
    assert root.post(page_of(wallet, view), {"balance": "99", "post": "yes"}).status_code == 403

    assert balance_of(wallet) == 0


def test_an_organization_that_becomes_prepaid_gets_a_wallet(root: Client, user: User) -> None:
    assert user.organization is not None
    page = page_of(user.organization)
    for is_prepaid in ("on", "on", ""):
        assert root.post(page, {"name": "Example", "is_active": "on", "is_prepaid": is_prepaid}).status_code == 302

    assert str(Wallet.objects.get(organization=user.organization)) == "0.00 USD"
    assert Organization.objects.get(pk=user.home_id).is_prepaid is False
