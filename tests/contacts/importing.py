"""Importing Do Not Call lists by the command, and what is on the list then."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.models import DoNotCallNumber
from tether_calls.accounts.models import Organization


def imported(home: Organization, file: Path | str, **options: Any) -> tuple[str, str]:
    """What the command says on stdout and on stderr."""
    out, err = io.StringIO(), options.pop("stderr", io.StringIO())
    call_command("import_dnc", str(file), organization=home.pk, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refused(home: Organization, file: Path | str, **options: Any) -> tuple[str, str]:
    """The same where the command ends with another status than 0; its last words are the last line of stderr."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("import_dnc", str(file), organization=home.pk, stdout=out, stderr=err, **options)
    assert ended.value.returncode != 0
    return out.getvalue(), f"{err.getvalue()}{ended.value}"


def entries(home: Organization) -> dict[str, str]:
    return dict(DoNotCallNumber.objects.of_organization(home.pk).values_list("phone_number", "reason"))
