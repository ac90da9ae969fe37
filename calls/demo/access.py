"""demo.json: where the demo answers, and how to get in. It is the only place where its passwords can be read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.demo.accounts import accounts_document
from calls.demo.partners import partners_document, provide_poor_company
from calls.demo.people import ADMIN, OTHER, USER
from calls.demo.seed import ACCOUNTS, is_seeded, seed_demo
from calls.selectors.agent_calls.dialling import agent_to_call, number_to_call_from
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.services.api_keys import default_api_key
from tether_calls.common.errors import TetherError


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


def provide_demo(*, base_url: str, only_into_empty: bool = False, connect: Callable[..., None] | None = None) -> Demo:
    """Seed the demo where it is missing, and bring demo.json up to date.

    Passwords are made once. Where the file is gone they are made anew, because the old ones cannot be read; calls
    are never seeded twice. With `only_into_empty`, a database that holds an organization gets no demo. `connect` gets
    the ids of the demo's organizations that call people, before demo.json tells what the first has with providers.
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
    # wall: the demo knows its users by their addresses
    users = {user.email: user for user in User.objects.filter(email__in=passwords)}
    if len(users) < len(ACCOUNTS) or users[USER.email].organization_id is None:
        return Demo({"baseUrl": base_url}, ("Users of the demo were deleted or moved: there is no demo to log in to",))
    poor = provide_poor_company()
    if connect is not None:
        connect(users[USER.email].home_id, *(() if poor is None else (poor.home_id,)))
    document = _document(base_url, users, passwords) | partners_document(users[USER.email], poor=poor)
    text = json.dumps(document, indent=2) + "\n"
    if not path.exists() or path.read_text() != text:
        _write(path, text)
    return Demo(document, tuple(notes))


def _document(base_url: str, users: Mapping[str, User], passwords: Mapping[str, str]) -> dict[str, Any]:
    def login(email: str) -> dict[str, str]:
        return {"email": email, "password": passwords[email]}

    user = users[USER.email]
    return {
        "baseUrl": base_url,
        "organizationId": user.organization_id,
        "user": login(USER.email),
        "admin": login(ADMIN.email),
        "superadmin": login(ADMIN.email),
        "apiKey": default_api_key(user=user),
        "other": {**login(OTHER.email), "apiKey": default_api_key(user=users[OTHER.email])},
        **_dialling(user),
        **accounts_document(user.home_id),
    }


def _dialling(user: User) -> dict[str, str]:
    """Who calls, and from where, when an AI call names neither; left out where there is no agent, or no number."""
    document: dict[str, str] = {}
    with suppress(TetherError):
        agent = agent_to_call(organization_id=user.home_id, agent_id=None)
        document |= {"agentId": agent.pk, "assistantId": agent.elevenlabs_agent_id or ""}
    with suppress(TetherError):
        number = number_to_call_from(organization_id=user.home_id, user_id=user.pk, phone_number=None)
        document["aiNumber"] = number.phone_number
    return document


def _passwords_in(path: Path) -> dict[str, str] | None:
    """Passwords by e-mail address; None where the file is missing, damaged, or of other users."""
    try:
        demo = msgspec.json.decode(path.read_bytes(), type=_Demo)
    except (OSError, msgspec.DecodeError):
        return None
    passwords = {login.email: login.password for login in (demo.user, demo.admin, demo.other)}
    return passwords if set(passwords) == {account.email for account in ACCOUNTS} else None


def _set_passwords(passwords: Mapping[str, str]) -> None:
    # wall: the demo knows its users by their addresses
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
