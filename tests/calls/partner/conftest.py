from __future__ import annotations

import pytest

from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient
from tether_calls.accounts.models import User


@pytest.fixture
def partner(user: User) -> ApiClient:
    """A partner of `user`'s organization, with all permissions."""
    return partner_of(user)


@pytest.fixture
def other_partner(other_user: User) -> ApiClient:
    """A partner of another organization, with all permissions."""
    return partner_of(other_user)
