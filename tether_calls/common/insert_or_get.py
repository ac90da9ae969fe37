"""Insert a row, or learn the id of the one that is already there: one statement, safe in any race."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, models, router


def insert_or_get(row: models.Model, *, unique: Sequence[str]) -> bool:
    """INSERT `row`; where its unique columns (field names) are taken, take over the existing row's id instead.

    Returns whether it was inserted. Of two transactions that insert the same at once the second waits for the first
    and gets its id. Works on PostgreSQL and SQLite: both know ON CONFLICT and RETURNING, and ids are made here, so
    getting our own back means that the row is new. When it is not, the other fields of `row` are not to be trusted.
    """
    meta = row._meta
    connection = connections[router.db_for_write(type(row), instance=row)]
    quote = connection.ops.quote_name
    fields = meta.local_concrete_fields
    columns = ", ".join(quote(field.column) for field in fields)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    taken = [quote(column) for field in fields if field.name in unique and (column := field.column)]
    # Setting a column to itself changes nothing, but makes RETURNING answer for the row that was there.
    unchanged = taken[0]
    sql = (
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(taken)}) DO UPDATE SET {unchanged} = EXCLUDED.{unchanged} "
        f"RETURNING {quote(meta.pk.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (found,) = cursor.fetchone()
    is_new = bool(found == row.pk)
    row.pk = found
    row._state.adding = False
    row._state.db = connection.alias
    return is_new
