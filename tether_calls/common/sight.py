"""Whose calls somebody sees who does not see all of the organization's."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Sight:
    """Of one organization's calls those of these users, and those of these numbers of ours, in all their spellings.

    Where a function takes a `Sight | None`, None stands for all of the organization's calls.
    """

    organization_id: str
    user_ids: tuple[str, ...]
    numbers: tuple[str, ...]

    def of_calls(self) -> Q:
        """The rule, as a condition on calls and on whatever else has their columns: what calls are added up to."""
        return Q(user_id__in=self.user_ids) | Q(provider_phone_number__in=self.numbers)

    def includes(self, *, user_id: str | None, number: str) -> bool:
        """The same rule, of a call whose user and number of ours are in hand."""
        return user_id in self.user_ids or number in self.numbers
