"""Telephone numbers: how people and programs write them, the one spelling that is kept, and what is no number."""

from tether_calls.common.phone.hidden import HIDDEN_CALLER, hidden_spellings, is_hidden
from tether_calls.common.phone.places import country_code, is_region, possible_zones, region_of
from tether_calls.common.phone.plans import former_spellings
from tether_calls.common.phone.written import (
    E164,
    WRITTEN_MAX,
    Written,
    canonical,
    dialable,
    digits_to_find,
    e164_of,
    is_dialable,
    is_e164,
    is_same_number,
    numbers_to_find,
    read_number,
    spellings,
)

__all__ = [
    "E164",
    "HIDDEN_CALLER",
    "WRITTEN_MAX",
    "Written",
    "canonical",
    "country_code",
    "dialable",
    "digits_to_find",
    "e164_of",
    "former_spellings",
    "hidden_spellings",
    "is_dialable",
    "is_e164",
    "is_hidden",
    "is_region",
    "is_same_number",
    "numbers_to_find",
    "possible_zones",
    "read_number",
    "region_of",
    "spellings",
]
