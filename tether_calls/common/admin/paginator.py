"""Pages of a large table, without counting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

# Pages further than this are not turned to: older rows are found by filters and the search.
COUNT_CAP = 1_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts COUNT_CAP rows at most; `is_capped` tells that there are more."""

    template_name = "admin/capped_pagination.html"
    is_capped = False

    # Without an order any index that finds enough rows will do; and PostgreSQL may read the table from its beginning.
    counted_in: Sequence[Any] = ()

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found: int = rows.order_by(*self.counted_in)[: COUNT_CAP + 1].count()
        self.is_capped = found > COUNT_CAP
        return min(found, COUNT_CAP)
