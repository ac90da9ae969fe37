"""Asking for an export: the row comes first, and a job makes the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import Export, ExportKind
from calls.selectors.exports.columns import TRANSCRIPT
from calls.selectors.exports.sources import SOURCES, ExportFilter, stored_filter
from calls.storage import new_export_name
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.roles import is_platform_staff, may_export
from tether_calls.background.wake import wake
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.statements import after_commit
from tether_calls.common.times import zone_named

# How long a finished export can be had, and how long one that is not finished is worked on.
KEPT = timedelta(hours=24)


def request_export(
    *,
    user: User,
    kind: str,
    file_format: str,
    wanted: ExportFilter,
    columns: Sequence[str] | None,
    with_transcript: bool,
    time_zone: str | None,
    organization_id: str | None = None,
) -> Export:
    """Have the rows of the user's organization made a file; without `columns` it has all, without `time_zone` its own.

    The platform's staff say of which organization.

    Raises FORBIDDEN, VALIDATION_ERROR, TOO_MANY_EXPORTS, and NOT_FOUND where there is no such organization. Three
    statements.
    """
    home_id = organization_id if is_platform_staff(user) and organization_id is not None else user.home_id
    if not may_export(user, wallet=kind == ExportKind.WALLET):
        raise TetherError(ErrorCode.FORBIDDEN)
    chosen = _columns(kind, columns, with_transcript=with_transcript)
    if time_zone is not None and zone_named(time_zone) is None:
        raise TetherError.of_field("timezone", "Not a time zone, such as America/Toronto")
    now = timezone.now()
    with transaction.atomic():
        # One after the other, so that each counts those before it; calls of the organization do not wait for this.
        organization = Organization.objects.select_for_update(no_key=True).filter(pk=home_id).first()
        if organization is None:
            raise TetherError(ErrorCode.NOT_FOUND, "Organization not found")
        exports = Export.objects.of_organization(organization.pk)
        unfinished = exports.filter(status__in=Export.UNFINISHED, expires_at__gt=now).count()
        if unfinished >= settings.TETHER_EXPORTS_AT_ONCE:
            raise TetherError(ErrorCode.TOO_MANY_EXPORTS)
        export = Export(
            organization=organization,
            user=user,
            kind=kind,
            format=file_format,
            filter=stored_filter(wanted),
            columns=chosen,
            time_zone=time_zone or organization.time_zone,
            file=new_export_name(organization_id=organization.pk, kind=kind, extension=file_format, at=now),
            created_at=now,
            expires_at=now + KEPT,
        )
        export.save(force_insert=True)
        after_commit(wake_jobs)
    return export


def wake_jobs() -> None:
    """Have what makes exports run soon."""
    for name in settings.TETHER_JOBS_WOKEN_BY_EXPORTS:
        wake(name)


def _columns(kind: str, asked: Sequence[str] | None, *, with_transcript: bool) -> list[str]:
    """The columns of the file, in their order. Raises VALIDATION_ERROR."""
    if with_transcript and kind != ExportKind.CALLS:
        raise TetherError.of_field("includeTranscript", "Only calls have a transcript")
    known = SOURCES[kind].columns
    columns = list(known) if asked is None else list(asked)
    faults = [
        Detail(f"columns.{position}", "Unknown column" if column not in known else "Named twice")
        for position, column in enumerate(columns)
        if column not in known or column in columns[:position]
    ]
    if faults:
        raise TetherError.of_fields(faults)
    return [*columns, TRANSCRIPT] if with_transcript else columns
