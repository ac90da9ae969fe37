"""Rule packs: what they say, hour by hour, and that one which cannot be gone by is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from contacts.rules import packs
from contacts.rules.facts import Facts
from contacts.rules.holidays import holidays_near
from contacts.rules.judge import judge
from contacts.rules.packs import DAYS, BadPack, all_packs, pack_at, pack_named, read_pack
from contacts.rules.regions import regions_of
from tether_calls.accounts.models import RulePackCode
from tether_calls.common.errors import ErrorCode
from tether_calls.common.phone import possible_zones, region_of

US, CA = "us_telemarketing@2026-11-29", "ca_telemarketing@2026-11-29"
OUTSIDE = ErrorCode.OUTSIDE_CALLING_HOURS

# A number of each, and the first and last minute of a weekday there.
NUMBERS = {
    "federal": ("+12125550123", "08:00", "20:59"),
    "FL": ("+13055550123", "08:00", "19:59"),
    "OK": ("+14055550123", "08:00", "19:59"),
    "MD": ("+14105550123", "08:00", "19:59"),
    "MA": ("+16175550123", "08:00", "19:59"),
    "AL": ("+12055550123", "08:00", "20:59"),
    "LA": ("+15045550123", "08:00", "20:59"),
    "MS": ("+16015550123", "08:00", "20:59"),
    "CT": ("+12035550123", "09:00", "19:59"),
    "KY": ("+15025550123", "10:00", "20:59"),
    "NV": ("+17025550123", "09:00", "19:59"),
    "MI": ("+13135550123", "09:00", "20:59"),
    "MN": ("+16125550123", "09:00", "20:59"),
    "NM": ("+15055550123", "09:00", "20:59"),
    "RI": ("+14015550123", "09:00", "17:59"),
}
WEDNESDAY, SATURDAY, SUNDAY = date(2026, 5, 13), date(2026, 5, 16), date(2026, 5, 17)


def facts(number: str, at: datetime, pack: str = US, **fields: Any) -> Facts:
    regions = regions_of(number)
    known: dict[str, Any] = {
        "purpose": "marketing",
        "country": region_of(number),
        "regions": regions,
        "zones": tuple(zone.key for zone in possible_zones(number)),
        "packs": (pack,),
        "holidays": {region: holidays_near(region, at) for region in regions},
        "is_disclosed": True,
    }
    return Facts(at=at, is_agent=True, **{**known, **fields})


def local(number: str, day: date, clock: str) -> datetime:
    """When the clock on the wall where the number is shows this."""
    (zone,) = possible_zones(number)
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def code(number: str, day: date, clock: str, pack: str = US) -> ErrorCode | None:
    return judge(facts(number, local(number, day, clock), pack)).code


def a_minute(clock: str, minutes: int) -> str:
    moment = datetime.combine(WEDNESDAY, time.fromisoformat(clock)) + timedelta(minutes=minutes)
    return moment.time().isoformat("minutes")


@pytest.mark.parametrize("region", NUMBERS)
def test_each_state_has_its_hours_to_the_minute(region: str) -> None:
    number, first, last = NUMBERS[region]
    if region != "federal":
        assert regions_of(number) == (f"US-{region}",)

    assert [code(number, WEDNESDAY, clock) for clock in (a_minute(first, -1), first, last, a_minute(last, 1))] == [
        OUTSIDE,
        None,
        None,
        OUTSIDE,
    ]


@pytest.mark.parametrize("region", ["AL", "LA", "MS"])
def test_in_some_states_nobody_is_called_on_sundays_and_public_holidays(region: str) -> None:
    number = NUMBERS[region][0]
    assert code(number, SATURDAY, "12:00") is None
    assert code(number, SUNDAY, "12:00") == OUTSIDE
    christmas = date(2026, 12, 25)
    assert code(number, christmas, "12:00") == OUTSIDE
    # From the evening before it is the day after it, a Saturday, on which they may be called again.
    evening = facts(number, local(number, date(2026, 12, 24), "21:30"))
    assert judge(evening).next_allowed_at == local(number, date(2026, 12, 26), "08:00")
    assert code(NUMBERS["federal"][0], christmas, "12:00") is None


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [(WEDNESDAY, "09:00", "21:29"), (SATURDAY, "10:00", "17:59"), (SUNDAY, "10:00", "17:59")],
)
def test_canada_has_other_hours_at_weekends(day: date, first: str, last: str) -> None:
    number = "+14165550123"
    found = [code(number, day, clock, CA) for clock in (a_minute(first, -1), first, last, a_minute(last, 1))]
    assert found == [OUTSIDE, None, None, OUTSIDE]


@pytest.mark.parametrize("purpose", ["service", "marketing"])
def test_hours_are_for_the_calls_that_the_pack_says(purpose: str) -> None:
    number = NUMBERS["RI"][0]
    night = facts(number, local(number, WEDNESDAY, "23:00"), purpose=purpose)
    assert judge(night).code == (OUTSIDE if purpose == "marketing" else None)


def test_a_pack_says_nothing_of_other_countries() -> None:
    for number in ("+14165550123", "+442079460018", "+80012345678"):
        verdict = judge(facts(number, datetime(2026, 5, 13, 3, tzinfo=UTC)))
        assert verdict.code is None
        assert [rule.result for rule in verdict.rules if rule.rule == "us_telemarketing"] == ["unknown"]


def test_a_number_without_a_state_is_held_to_every_zone_in_which_it_may_ring() -> None:
    toll_free = "+18005550123"
    assert regions_of(toll_free) == ()
    noon = judge(facts(toll_free, datetime(2026, 5, 13, 17, tzinfo=UTC)))
    # Eight in the morning on Guam, half past seven in the evening in Newfoundland.
    assert (noon.code, noon.next_allowed_at) == (OUTSIDE, datetime(2026, 5, 13, 22, tzinfo=UTC))


def test_a_number_whose_zone_is_not_known_has_that_of_its_state_and_else_is_not_called() -> None:
    number = NUMBERS["FL"][0]
    # Eight in New York is seven in Chicago, and Florida has both.
    at = local(number, WEDNESDAY, "08:30")
    assert judge(facts(number, at)).code is None
    unknown = judge(facts(number, at, zones=()))
    assert unknown.code == OUTSIDE
    assert judge(facts("+12125550123", at, zones=())).next_allowed_at is None


@pytest.mark.parametrize(
    ("day", "opens"),
    # The clock is set forward at 2 on the 8th of March, back at 2 on the 1st of November.
    [
        (date(2026, 3, 7), datetime(2026, 3, 7, 13, tzinfo=UTC)),
        (date(2026, 3, 8), datetime(2026, 3, 8, 12, tzinfo=UTC)),
        (date(2026, 10, 31), datetime(2026, 10, 31, 12, tzinfo=UTC)),
        (date(2026, 11, 1), datetime(2026, 11, 1, 13, tzinfo=UTC)),
    ],
)
def test_hours_go_by_the_clock_on_the_wall_on_days_on_which_it_is_set(day: date, opens: datetime) -> None:
    number = NUMBERS["federal"][0]
    midnight = datetime.combine(day, time(0), tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)

    verdict = judge(facts(number, midnight))

    assert (verdict.code, verdict.next_allowed_at) == (OUTSIDE, opens)
    assert judge(facts(number, opens)).code is None
    assert judge(facts(number, opens - timedelta(minutes=1))).code == OUTSIDE


def test_every_pack_says_something_of_every_minute_of_a_week_in_every_region() -> None:
    for pack in all_packs():
        for hours in pack.hours:
            days = {day for span in hours.week for day in span.days}
            assert days == set(DAYS), (pack.name, hours.id)
            assert hours.week


def test_organizations_choose_from_the_packs_that_there_are() -> None:
    assert {pack.code for pack in all_packs()} == set(RulePackCode.values)


def test_what_was_not_read_is_marked_so() -> None:
    for pack in all_packs():
        assert pack.does_not_cover
        for name, source in pack.sources.items():
            assert source.read == "text" or source.note, (pack.name, name)


def test_a_decision_finds_the_version_that_it_was_made_under() -> None:
    assert pack_named(US).code == "us_telemarketing"
    assert pack_at("us_telemarketing", date(2020, 1, 1)) is not None
    assert pack_at("nowhere", date(2026, 12, 1)) is None
    with pytest.raises(LookupError):
        pack_named("us_telemarketing@1999-01-01")


# ---- A pack that cannot be gone by ---------------------------------------------------------------------------------


def _no_sunday(pack: Any) -> None:
    pack["hours"][0]["week"][0]["days"].remove("sun")


def _twice(pack: Any) -> None:
    pack["hours"][0]["week"].append({"days": ["mon"], "from": "20:00:00", "to": "22:00:00"})


def _closed_and_open(pack: Any) -> None:
    pack["hours"][0]["week"].append({"days": ["mon"], "closed": True})


def _unknown_zone(pack: Any) -> None:
    pack["hours"][1]["zones"] = ["America/Atlantis"]


def _no_zone(pack: Any) -> None:
    pack["hours"][1]["zones"] = []


def _region_twice(pack: Any) -> None:
    pack["hours"][1]["regions"].append(pack["hours"][2]["regions"][0])


def _no_country(pack: Any) -> None:
    del pack["hours"][0]


def _backwards(pack: Any) -> None:
    pack["hours"][0]["week"][0]["from"] = "22:00:00"


def _no_source(pack: Any) -> None:
    pack["hours"][0]["source"] = "hearsay"


def _other_country(pack: Any) -> None:
    pack["hours"][1]["regions"] = ["CA-ON"]


def _neither(pack: Any) -> None:
    pack["hours"][0]["week"][0] = {"days": pack["hours"][0]["week"][0]["days"]}


def _unknown_field(pack: Any) -> None:
    pack["hours"][0]["hollidays"] = "closed"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_no_sunday, "federal: a hole: nothing is said of sun"),
        (_twice, "federal: an overlap: two hours meet on mon"),
        (_closed_and_open, "federal: an overlap: closed and open on mon"),
        (_unknown_zone, "fl: America/Atlantis is no time zone"),
        (_no_zone, "fl: says of no time zone"),
        (_region_twice, "US-OK has hours twice"),
        (_no_country, "one of its hours is to hold for the whole country, not 0"),
        (_backwards, "ends before it begins"),
        (_no_source, "there is no source hearsay"),
        (_other_country, "fl: CA-ON is not in US"),
        (_neither, "either closed, or from one time to another"),
        (_unknown_field, "hollidays"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_pack_that_cannot_be_gone_by_is_refused_with_the_reason(spoil: Callable[[Any], None], sentence: str) -> None:
    file = Path(packs.__file__).parent / "packs" / "us_telemarketing.2026-11-29.json"
    pack = json.loads(file.read_text())
    assert read_pack(json.dumps(pack).encode(), name="whole").name == US
    spoil(pack)

    with pytest.raises(BadPack, match="spoiled") as raised:
        read_pack(json.dumps(pack).encode(), name="spoiled")

    assert sentence in str(raised.value)


# ---- Where numbers are ---------------------------------------------------------------------------------------------


# Area codes of which the library knows places alone.
OF_PLACES = {"203": "US-CT", "310": "US-CA", "713": "US-TX", "718": "US-NY", "905": "CA-ON"}


def places_of_file(number: int) -> dict[str, dict[str, str]]:
    """What the library knows in one of its files: as its package all of them are read, which takes seconds."""
    file = Path(phonenumbers.__file__).parent / "geodata" / f"data{number}.py"
    spec = spec_from_file_location(f"phonenumbers.geodata_file.data{number}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    places: dict[str, dict[str, str]] = module.data
    return places


def test_area_codes_are_in_the_states_that_the_library_says() -> None:
    # Its files follow each other; those of +1 are the first.
    begun = takewhile(lambda data: any(key.startswith("1") for key in data), map(places_of_file, range(20)))
    known = {key[1:]: names["en"] for data in begun for key, names in data.items() if key.startswith("1")}
    said = {key: name for key, name in known.items() if len(key) == 3}

    assert len(said) > 400
    for area_code, name in said.items():
        assert len(regions_of(f"+1{area_code}5550123")) == name.count("/") + 1
    for area_code, name in {"305": "Florida", "205": "Alabama", "416": "Ontario", "401": "Rhode Island"}.items():
        assert said[area_code] == name
    of_places = {key[:3] for key in known if len(key) > 3} - said.keys()
    assert {code for code in of_places if region_of(f"+1{code}5550123") in ("US", "CA")} == OF_PLACES.keys()
    for area_code, region in OF_PLACES.items():
        assert regions_of(f"+1{area_code}5550123") == (region,)
