"""Numbers that cost whoever calls them."""

from __future__ import annotations

import pytest

from tether_calls.common.number_types import CostlyType, costly_type
from tether_calls.common.phone import is_dialable


@pytest.mark.parametrize(
    ("number", "its_type"),
    [
        # Paid services: of countries, of North America's exchanges, of no country.
        ("+19005550199", CostlyType.PREMIUM_RATE),
        ("+12129761234", CostlyType.PREMIUM_RATE),
        ("+41900123456", CostlyType.PREMIUM_RATE),
        ("+449098790000", CostlyType.PREMIUM_RATE),
        ("+33899123456", CostlyType.PREMIUM_RATE),
        ("+611900123456", CostlyType.PREMIUM_RATE),
        ("+979123456789", CostlyType.PREMIUM_RATE),
        ("+491801234567", CostlyType.SHARED_COST),
        ("+41840123456", CostlyType.SHARED_COST),
        ("+611300123456", CostlyType.SHARED_COST),
        ("+80812345678", CostlyType.SHARED_COST),
        # Inmarsat, Iridium, Globalstar, networks of no country, Canada's and Australia's satellite telephones.
        ("+870773123456", CostlyType.SATELLITE),
        ("+881612345678", CostlyType.SATELLITE),
        ("+881812345678", CostlyType.SATELLITE),
        ("+882161234567", CostlyType.SATELLITE),
        ("+883510012345678", CostlyType.SATELLITE),
        ("+16005551234", CostlyType.SATELLITE),
        ("+61147123456", CostlyType.SATELLITE),
        ("+447012345678", CostlyType.PERSONAL),
        ("+15005550006", CostlyType.PERSONAL),
        ("+15332345678", CostlyType.PERSONAL),
        ("+878101234567890", CostlyType.PERSONAL),
    ],
)
def test_a_number_that_costs_whoever_calls_it_has_a_type(number: str, its_type: CostlyType) -> None:
    assert costly_type(number) is its_type


@pytest.mark.parametrize(
    "number",
    [
        "+14165550199",
        "+442079460018",
        "+447700900123",
        "+4915112345678",
        # Free of charge, in a country and in none.
        "+18005550199",
        "+80012345678",
        # Expensive, but people's: what a country costs is for the carrier's permissions.
        "+18095550199",
        "+18762345678",
        "+5352345678",
        # In the middle of an ordinary number.
        "+14169005519",
        "+14168769760",
        # Numbers of no type at all.
        "+10000000000",
        "+12",
        "",
    ],
)
def test_ordinary_numbers_have_none(number: str) -> None:
    assert costly_type(number) is None


@pytest.mark.parametrize("number", ["+12129761234", "+870773123456", "+881612345678", "+882161234567", "+16005551234"])
def test_what_is_recognised_by_its_beginning_would_be_dialled_else(number: str) -> None:
    """Else the type would be a rule about nothing."""
    assert is_dialable(number)
