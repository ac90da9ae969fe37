"""demo.json: where the demo answers, and how to get in. It is the only place where its passwords can be read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.demo.people import ADMIN, OTHER, USER
from calls.demo.seed import ACCOUNTS, is_seeded, seed_demo
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.services.api_keys import default_api_key


class _Login(msgspec.Struct):
    email: str
    password: str


class _Demo(msgspec.Struct):
    """What is read back of the file; the rest of it is computed at every start."""

    user: _Login
    admin: _Login
    other: _Login


@dataclass(frozen=True)
class Demo:
    """The demo as demo.json has it, and what was done to get there, in sentences."""

    document: dict[str, Any]
    notes: tuple[str, ...]


def demo_file() -> Path:
    path: Path = settings.DATA_DIR / "demo.json"
    return path


def provide_demo(*, base_url: str, only_into_empty: bool = False) -> Demo:
    """Seed the demo where it is missing, and bring demo.json up to date.

    Passwords are made once. Where the file is gone they are made anew, because nobody can read the old ones; calls
    are never seeded twice. With `only_into_empty`, a database that holds an organization gets no demo.
    """
    path = demo_file()
    notes = []
    known = _passwords_in(path)
    passwords = known or {account.email: secrets.token_hex(8) for account in ACCOUNTS}
    if is_seeded():
        if known is None:
            _set_passwords(passwords)
            notes.append(f"{path} was gone: the demo's users have new passwords, its calls are untouched")
    elif only_into_empty and Organization.objects.exists():
        return Demo({"baseUrl": base_url}, ("The database holds organizations already: no demo was added",))
    else:
        seed_demo(passwords=passwords, now=timezone.now())
        notes.append("The demo was added")
    users = {user.email: user for user in User.objects.filter(email__in=passwords)}
    if len(users) < len(ACCOUNTS):
        return Demo({"baseUrl": base_url}, ("Users of the demo were deleted: there is no demo to log in to",))
    document = _document(base_url, users, passwords)
    text = json.dumps(document, indent=2) + "\n"
    if not path.exists() or path.read_text() != text:
        _write(path, text)
    return Demo(document, tuple(notes))


def _document(base_url: str, users: Mapping[str, User], passwords: Mapping[str, str]) -> dict[str, Any]:
    def login(email: str) -> dict[str, str]:
        return {"email": email, "password": passwords[email]}

    return {
        "baseUrl": base_url,
        "organizationId": users[USER.email].organization_id,
        "user": login(USER.email),
        "admin": login(ADMIN.email),
        "apiKey": default_api_key(user=users[USER.email]),
        "other": {**login(OTHER.email), "apiKey": default_api_key(user=users[OTHER.email])},
    }


def _passwords_in(path: Path) -> dict[str, str] | None:
    """Passwords by e-mail address; None where the file is missing, damaged, or of other users."""
    try:
        demo = msgspec.json.decode(path.read_bytes(), type=_Demo)
    except (OSError, msgspec.DecodeError):
        return None
    passwords = {login.email: login.password for login in (demo.user, demo.admin, demo.other)}
    return passwords if set(passwords) == {account.email for account in ACCOUNTS} else None


def _set_passwords(passwords: Mapping[str, str]) -> None:
    for user in User.objects.filter(email__in=passwords):
        user.set_password(passwords[user.email])
        user.save(update_fields=["password"])


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
