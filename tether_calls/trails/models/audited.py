"""Models of what an organization has set: whoever changes a row, by whatever door, leaves a row of the audit log.

Writing is here, where all doors pass: `save`, `delete`, and what querysets do to many rows. It is in the transaction of
the change, so that there is neither without the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac

from tether_calls.common.encryption import SecretsField, UndecipherableSecret, decrypt
from tether_calls.common.querysets import ModelT, OrganizationQuerySet
from tether_calls.trails.models.acting import actor_now
from tether_calls.trails.models.audit import AuditAction, AuditEntry
from tether_calls.trails.reports import PLATFORM

MASK = "••••"
# As much of a text as a row keeps.
_LONGEST = 2_000
_SEALED = "_sealed"
_Values = Mapping[str, Any]


class Audited(models.Model):
    """`audit_left_out`: columns that nobody sets, such as when a key was last used. `audit_secret`: whose values are
    never told, only that they changed. `audit_numbers`: telephone numbers of persons, told by their end and a digest.
    """

    audit_left_out: ClassVar[tuple[str, ...]] = ()
    audit_secret: ClassVar[tuple[str, ...]] = ()
    audit_numbers: ClassVar[tuple[str, ...]] = ()
    # Of its rows those alone that have these values in these columns, such as those of no contact.
    audit_only: ClassVar[Mapping[str, Any]] = {}
    # The way to the id of its organization, and the way to what it is called by.
    audit_organization: ClassVar[str] = "organization_id"
    audit_name: ClassVar[str] = ""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Two statements more, one for a new row; none where nothing of it is audited."""
        fields = kwargs.get("update_fields")
        names = self.audited_names()
        if fields is not None:
            columns = {self._meta.get_field(name).attname for name in fields}  # type: ignore[union-attr]
            names = [name for name in names if name in columns]
        if not names or not self.is_audited:
            super().save(*args, **kwargs)
            return
        model = type(self)
        with transaction.atomic(savepoint=False):
            before = {} if self._state.adding else _values_of(model, [self.pk], names)
            super().save(*args, **kwargs)
            after = {self.pk: _values_of_new(self, names)} if not before else _values_of(model, [self.pk], names)
            _note(model, before, after)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Two statements more."""
        if not self.is_audited:
            return super().delete(*args, **kwargs)
        model, pk = type(self), self.pk
        with transaction.atomic(savepoint=False):
            before = _values_of(model, [pk], self.audited_names())
            deleted = super().delete(*args, **kwargs)
            _note(model, before, {})
        return deleted

    def note_created(self) -> None:
        """Of a row that was written by a statement of its own, in its transaction. One statement."""
        _note(type(self), {}, {self.pk: _values_of_new(self, self.audited_names())})

    @property
    def is_audited(self) -> bool:
        """Whether the row is one of those (`audit_only`)."""
        return all(getattr(self, name) == value for name, value in self.audit_only.items())

    @classmethod
    def audited_names(cls) -> list[str]:
        left_out = {cls._meta.pk.attname, "created_at", "updated_at", *cls.audit_left_out}
        return [field.attname for field in cls._meta.concrete_fields if field.attname not in left_out]


class AuditedRows(models.QuerySet[ModelT, ModelT]):
    """Rows of an audited model; three statements more for what changes any of its audited columns."""

    def update(self, **values: Any) -> int:
        model: Any = self.model
        columns = {model._meta.get_field(name).attname for name in values}
        names = [name for name in model.audited_names() if name in columns]
        if not names:
            return super().update(**values)
        with transaction.atomic(using=self.db, savepoint=False):
            before = _by_pk(self._audited().order_by(), model, names)
            count = super().update(**values)
            if count:
                _note(model, before, _values_of(model, list(before), names))
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        model: Any = self.model
        with transaction.atomic(using=self.db, savepoint=False):
            before = _by_pk(self._audited().order_by(), model, model.audited_names())
            deleted = super().delete()
            _note(model, before, {})
        return deleted

    delete.queryset_only = True  # type: ignore[attr-defined]  # as Django's own is

    def bulk_create(self, objs: Iterable[ModelT], *args: Any, **kwargs: Any) -> list[ModelT]:
        """One row of the log for all, with how many they were: a list that is imported may have a million."""
        made = list(objs)
        with transaction.atomic(using=self.db, savepoint=False):
            created = super().bulk_create(made, *args, **kwargs)
            _note_many(self.model, [row for row in made if row.is_audited])  # type: ignore[attr-defined]
        return created

    def bulk_update(self, objs: Iterable[ModelT], fields: Iterable[str], batch_size: int | None = None) -> int:
        model: Any = self.model
        rows, columns = list(objs), {model._meta.get_field(name).attname for name in fields}
        names = [name for name in model.audited_names() if name in columns]
        with transaction.atomic(using=self.db, savepoint=False):
            changed = [row.pk for row in rows if row.is_audited]  # type: ignore[attr-defined]
            before = _values_of(model, changed, names) if names else {}
            # Not by `update`, which would write each of them down once more.
            count = models.QuerySet[Any, Any](model, using=self.db).bulk_update(rows, columns, batch_size)
            _note(model, before, _values_of(model, list(before), names) if names else {})
        return count

    def _audited(self) -> models.QuerySet[Any, Any]:
        only: Any = self.model
        return self.filter(**only.audit_only) if only.audit_only else self


class AuditedQuerySet(OrganizationQuerySet[ModelT], AuditedRows[ModelT]):  # type: ignore[override]  # of stubs
    """The same of a model whose rows belong to organizations."""


def note_act(model: type[models.Model], *, organization_id: str, object_id: str, after: Mapping[str, Any]) -> None:
    """What somebody does to a row, where it is more than a change of a column. One statement."""
    values = {"action": AuditAction.CHANGED, "object_id": object_id, "after": dict(after)}
    AuditEntry.objects.bulk_create([_entry(model, organization_id=organization_id, **values)])


def _by_pk(rows: models.QuerySet[Any, Any], model: Any, names: Sequence[str]) -> dict[str, _Values]:
    told = {name for name in (model.audit_organization, model.audit_name) if name}
    # As they lie there: one that no key opens any more can still be replaced.
    sealed = [name for name in names if isinstance(model._meta.get_field(name), SecretsField)]
    raw = {f"{name}{_SEALED}": Cast(name, models.TextField()) for name in sealed}
    plain = {*names, *told} - {*sealed}
    found: dict[str, Any] = {row["pk"]: dict(row) for row in rows.annotate(**raw).values("pk", *plain, *raw)}
    for row in found.values():
        row.update({name: _opened(row.pop(f"{name}{_SEALED}")) for name in sealed})
    return found


def _opened(text: str | None) -> str:
    """For comparing alone."""
    try:
        return decrypt(text) if text else ""
    except UndecipherableSecret:
        return str(text)


def _values_of(model: Any, pks: Sequence[str], names: Sequence[str]) -> dict[str, _Values]:
    # wall: the rows that are being changed, whosever they are
    return _by_pk(model._base_manager.filter(pk__in=pks).order_by(), model, names)


def _values_of_new(row: Any, names: Sequence[str]) -> _Values:
    ways = [way for way in (row.audit_organization, row.audit_name) if way]
    return {**{name: getattr(row, name) for name in names}, **{way: _at(row, way) for way in ways}}


def _at(row: Any, way: str) -> Any:
    for step in way.split("__"):
        row = getattr(row, step)
    return row


def _note(model: Any, before: Mapping[str, _Values], after: Mapping[str, _Values]) -> None:
    entries = []
    for pk in {**before, **after}:
        was, now = before.get(pk), after.get(pk)
        if now is None and after:
            continue
        told = model.audited_names()
        different = [name for name in told if _differs(was, now, name)]
        if not different and was is not None and now is not None:
            continue
        action = AuditAction.CREATED if was is None else AuditAction.DELETED if now is None else AuditAction.CHANGED
        row = now or was or {}
        entries.append(
            _entry(
                model,
                action=action,
                organization_id=row.get(model.audit_organization),
                object_id=str(pk),
                object_name=str(row.get(model.audit_name) or "") if model.audit_name else "",
                before={name: _shown(model, name, was[name]) for name in different} if was is not None else {},
                after={name: _shown(model, name, now[name]) for name in different} if now is not None else {},
            )
        )
    if entries:
        AuditEntry.objects.bulk_create(entries)


def _note_many(model: Any, made: Sequence[Any]) -> None:
    by_organization: dict[Any, int] = {}
    for row in made:
        organization_id = _values_of_new(row, ())[model.audit_organization]
        by_organization[organization_id] = by_organization.get(organization_id, 0) + 1
    entries = [
        _entry(model, action=AuditAction.CREATED, organization_id=organization_id, after={"count": count})
        for organization_id, count in by_organization.items()
    ]
    if entries:
        AuditEntry.objects.bulk_create(entries)


def _entry(model: Any, *, organization_id: str | None, **values: Any) -> AuditEntry:
    home_id = organization_id or PLATFORM
    actor = actor_now(home_id)
    values["object_name"] = values.get("object_name", "")[:200]
    return AuditEntry(
        organization_id=home_id,
        model=model._meta.label_lower,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:254],
        user_id=actor.user_id,
        ip=actor.ip[:45],
        reason=actor.reason[:500],
        **values,
    )


def _differs(was: _Values | None, now: _Values | None, name: str) -> bool:
    if was is None or now is None:
        row = now if was is None else was
        return row is not None and row.get(name) not in (None, "", [], {})
    return name in was and name in now and was[name] != now[name]


def _shown(model: Any, name: str, value: Any) -> Any:
    """As JSON has it; of a secret only that there is one."""
    if value in (None, "", [], {}):
        return value
    if name in model.audit_secret:
        return MASK
    if name in model.audit_numbers:
        return masked_number(str(value))
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | dict):
        text = json.dumps(value, default=str)
        return json.loads(text) if len(text) <= _LONGEST else _cut(text)
    return _cut(str(value))


def masked_number(number: str) -> str:
    """Its last two digits, and a digest by which the rows of one number can be told from others."""
    return f"{MASK}{number[-2:]} #{salted_hmac('tether_calls.trails.number', number).hexdigest()[:8]}"


def _cut(text: str) -> str:
    # PostgreSQL's JSON has no U+0000, nor halves of surrogate pairs.
    plain = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}… ({len(plain):,} characters)"
