"""Amounts of money: exact, written in one way; and the settings that name them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError

from tether_calls.common.money import in_units, money_text, rounded_up
from tether_calls.settings import environment


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("1.5", "1.50"),
        ("0.0125", "0.0125"),
        ("0.1250", "0.125"),
        ("-0.125", "-0.125"),
        ("100", "100.00"),
        ("1E+3", "1000.00"),
    ],
)
def test_an_amount_has_two_places_and_further_ones_as_it_needs(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_what_is_finer_than_the_smallest_amount_is_rounded_up_on_demand_only() -> None:
    assert rounded_up(Decimal("0.00001")) == Decimal("0.0001")
    assert rounded_up(Decimal("0.25")) == Decimal("0.25")
    with pytest.raises(ValidationError):
        in_units(Decimal("0.00001"))


@pytest.mark.parametrize("text", ["0", "0.10", "0.0125", "9999.9999"])
def test_a_price_of_a_minute(text: str) -> None:
    assert environment.amount_of_money("TETHER_RATE_PER_MINUTE", text) == Decimal(text)


@pytest.mark.parametrize("text", ["", "free", "-1", "0.00001", "NaN", "Infinity", "10000", "1e9"])
def test_what_is_no_price_of_a_minute_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TETHER_RATE_PER_MINUTE"):
        environment.amount_of_money("TETHER_RATE_PER_MINUTE", text)


def test_a_currency_has_three_letters() -> None:
    assert environment.currency("EUR") == "EUR"
    for text in ("", "eur", "EURO", "E1R", "ÉUR"):
        with pytest.raises(ImproperlyConfigured, match="TETHER_CURRENCY"):
            environment.currency(text)
