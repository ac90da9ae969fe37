"""What every page of the admin is built from; the pages themselves are registered by the apps that own the rows."""

from tether_calls.common.admin.base import FixedOrderChangeList, TetherAdmin, refuse_nul
from tether_calls.common.admin.filters import ColumnFilter, DayFilter, MadeFilter, OwnRowsFilter
from tether_calls.common.admin.forms import OrganizationForm, WrittenNumberField
from tether_calls.common.admin.who import StaffWho, Who

__all__ = [
    "ColumnFilter",
    "DayFilter",
    "FixedOrderChangeList",
    "MadeFilter",
    "OrganizationForm",
    "OwnRowsFilter",
    "StaffWho",
    "TetherAdmin",
    "Who",
    "WrittenNumberField",
    "refuse_nul",
]
