"""The one way in which rows are confined to an organization."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

ModelT = TypeVar("ModelT", bound=models.Model)


class OrganizationQuerySet(models.QuerySet[ModelT, ModelT]):
    """Rows that belong to organizations; every read on behalf of a user begins with `of_organization`."""

    def of_organization(self, organization_id: str) -> Self:
        return self.filter(organization_id=organization_id)
