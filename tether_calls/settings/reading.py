"""Variables of the environment: what cannot be read is one sentence that names the variable, and tells no secret."""

from __future__ import annotations

import difflib
import logging
import math
import warnings
from collections.abc import Iterable
from typing import Any, cast

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = ("true", "on", "ok", "yes", "y", "1"), ("false", "off", "no", "n", "0")
_ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
# How alike two names are that differ by a slip.
_NEAR = 0.8
# How names of ours begin that nobody else has.
_OURS = ("TETHER_", "OIDC_")
# Read by what starts the service, before there are settings.
_OF_SCRIPTS = frozenset({"TETHER_VENV", "TETHER_TEST_WORKER"})


class Variables(environ.Env):  # type: ignore[misc]  # it has no types
    """As django-environ reads them, with a sentence for each mistake; remembers which there are."""

    known: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.known = set()

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        self.known.add(var)
        return super().get_value(var, *args, **kwargs)

    def whole(self, name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
        text = self._text(name)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError:
            raise ImproperlyConfigured(f"{name} {text!r} is no whole number such as {default}") from None
        if value < least or (most is not None and value > most):
            limits = f"at least {least}" if most is None else f"between {least} and {most}"
            raise ImproperlyConfigured(f"{name} is {value}, and has to be {limits}")
        return value

    def seconds(self, name: str, *, default: float) -> float:
        text = self._text(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value > 0):
            raise ImproperlyConfigured(f"{name} {text!r} is no number of seconds such as {default:g}")
        return value

    def yes(self, name: str, *, default: bool) -> bool:
        text = self._text(name)
        if text is None:
            return default
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ImproperlyConfigured(f"{name} {text!r} is neither true nor false")
        return text.lower() in _TRUE

    def level(self, name: str, *, default: str) -> str:
        level = (self._text(name) or default).upper()
        names = sorted(logging.getLevelNamesMapping(), key=logging.getLevelNamesMapping().__getitem__)
        if level not in names:
            raise ImproperlyConfigured(f"{name} {level!r} is none of {', '.join(names)}")
        return level

    def database(self, name: str) -> dict[str, Any]:
        """What the address says; the address itself, which has a password in it, is in no sentence."""
        with warnings.catch_warnings():
            # They quote the address.
            warnings.simplefilter("ignore")
            try:
                config = cast("dict[str, Any]", dict(self.db_url(name)))
            except (ValueError, KeyError, ImproperlyConfigured):
                config = {}
        if config.get("ENGINE") not in _ENGINES or not config.get("NAME"):
            raise ImproperlyConfigured(f"{name} is no address such as postgresql://user:password@host:5432/name")
        return config

    def mail(self, name: str, *, default: str) -> dict[str, Any]:
        """What Django's EMAIL_ settings are; the address, which has a password in it, is in no sentence."""
        try:
            config = dict(self.email_url(name, default=default))
        except (ValueError, KeyError, ImproperlyConfigured):
            config = {}
        if not config.get("EMAIL_BACKEND"):
            raise ImproperlyConfigured(f"{name} is no address such as smtp+tls://user:password@host:587")
        return {setting: value for setting, value in config.items() if setting.startswith("EMAIL_")}

    def misspelt(self, names: Iterable[str]) -> dict[str, str | None]:
        """Variables of ours by their beginning that nothing reads, each with the nearest that something does."""
        strange = [name for name in names if name.startswith(_OURS) and name not in self.known | _OF_SCRIPTS]
        return {
            name: next(iter(difflib.get_close_matches(name, self.known, n=1, cutoff=_NEAR)), None)
            for name in sorted(strange)
        }

    def _text(self, name: str) -> str | None:
        """None where it is not set, or blank."""
        text: str = self.str(name, default="")
        return text.strip() or None
