"""The one way in which rows are confined to an organization, and in which one of them is asked for."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import OuterRef

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id

ModelT = TypeVar("ModelT", bound=models.Model)


class OrganizationQuerySet(models.QuerySet[ModelT, ModelT]):
    """Rows that belong to organizations; every read on behalf of a user begins with `of_organization`."""

    def of_organization(self, organization_id: str | OuterRef) -> Self:
        """Those of one organization; of each row of an outer query, where its id is an OuterRef."""
        return self.filter(organization_id=organization_id)

    def get_or_refuse(self, code: ErrorCode, **lookup: Any) -> ModelT:
        """The row, or the first in the query's order. One statement, none for a `pk` that is no id.

        Raises TetherError with `code` where there is none.
        """
        is_possible = "pk" not in lookup or is_object_id(lookup["pk"])
        row = self.filter(**lookup).first() if is_possible else None
        if row is None:
            raise TetherError(code)
        return row
