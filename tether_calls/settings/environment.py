"""Where settings come from: the environment, a file .env, and the data folder."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import tomllib
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tether_calls.settings.reading import Variables

env = Variables()

BASE_DIR = Path(__file__).resolve().parents[2]
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
# A variable that is set wins over the file. Tests read none: they must not meet a real database or bucket.
if os.environ.get("DJANGO_SETTINGS_MODULE") != "tether_calls.settings.test":
    env.read_env(BASE_DIR / ".env")

IS_PRODUCTION = os.environ.get("DJANGO_SETTINGS_MODULE") == "tether_calls.settings.production"

DATA_DIR = Path(env.str("TETHER_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()


def secret_key_of_data_dir() -> str:
    """The embedded default's secret."""
    return _secret_of_data_dir("secret_key")


def encryption_key_of_data_dir() -> str:
    """The embedded default's key for providers' secrets, in the form that Fernet wants."""
    digest = hashlib.sha256(_secret_of_data_dir("encryption_key").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


def is_encryption_key(text: str) -> bool:
    """Whether Fernet takes it: 32 bytes as base64 for URLs."""
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def currency(text: str) -> str:
    """As ISO 4217 has it: three letters."""
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise ImproperlyConfigured(f"TETHER_CURRENCY {text!r} is no currency such as USD")
    return text


def amount_of_money(name: str, text: str) -> Decimal:
    """Not negative, with four decimal places at most."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount < 10_000 and amount == round(amount, 4)):
        raise ImproperlyConfigured(f"{name} {text!r} is no price such as 0.10 or 0.0125")
    return amount


def _secret_of_data_dir(name: str) -> str:
    """A secret that is made once, kept in the data folder, readable by its owner only.

    Empty in production, which refuses to start without one of its own, and leaves no file behind.
    """
    if IS_PRODUCTION:
        return ""
    try:
        path = DATA_DIR / name
        if not path.exists():
            DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_secret(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"TETHER_DATA_DIR {DATA_DIR} cannot be used: {error.strerror}") from None


def _make_secret(path: Path) -> None:
    # Written aside and linked into place, so that two processes starting at once agree on one.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
