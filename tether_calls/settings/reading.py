"""Variables of the environment: what cannot be read is one sentence that names the variable, and tells no secret."""

from __future__ import annotations

import difflib
import math
import re
import warnings
from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any, cast
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_TRUE, _FALSE = ("true", "on", "ok", "yes", "y", "1"), ("false", "off", "no", "n", "0")
_ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# A hundred years, and a day: more cannot be reckoned with.
_MOST_DAYS, _MOST_SECONDS = 36_500, 86_400
# A name or an address of a machine, and perhaps a port; IPv6 in brackets where there is one.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?|[0-9A-Fa-f:.]+")
_SERVED = re.compile(r"\*|[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
# How alike two names are that differ by a slip.
_NEAR = 0.8
# How names of ours begin that nobody else has.
_OURS = ("TETHER_", "OIDC_")
# Read by what starts the service, before there are settings, and by its tests.
_OF_SCRIPTS = frozenset(
    {"TETHER_VENV", "TETHER_TEST_WORKER", "TETHER_BROWSER", "TETHER_NO_BROWSER", "TETHER_TEST_INSTALLER"}
)


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

    def days(self, name: str, *, default: int, least: int = 0) -> int:
        return self.whole(name, default=default, least=least, most=_MOST_DAYS)

    def minutes(self, name: str, *, default: int) -> int:
        return self.whole(name, default=default, least=1, most=_MOST_DAYS * 1440)

    def seconds(self, name: str, *, default: float) -> float:
        text = self._text(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = math.nan
        if not 0 < value <= _MOST_SECONDS:
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
        text = self._text(name) or default
        if text.upper() not in _LEVELS:
            raise ImproperlyConfigured(f"{name} {text!r} is none of {', '.join(_LEVELS)}")
        return text.upper()

    def names(self, name: str, *, default: Iterable[str] = ()) -> list[str]:
        """What stands between commas; blanks around it do no harm."""
        given = [part.strip() for part in (self._text(name) or "").split(",")]
        return [part for part in given if part] or list(default)

    def host(self, name: str, *, default: str) -> str:
        return self._host(name, self._text(name) or default)

    def served(self, name: str, *, default: list[str]) -> list[str]:
        """Hosts that the service is asked for by, without ports, as Django has them; `.example.com` and `*` too."""
        for text in (given := self.names(name)):
            if not _SERVED.fullmatch(text):
                raise ImproperlyConfigured(f"{name} {text!r} is no host name such as calls.example.com, without a port")
        return given or default

    def hosts(self, name: str) -> list[str]:
        return [self._host(name, text) for text in self.names(name)]

    def address(self, name: str, *, like: str, only_host: bool = False) -> str:
        """An address of the kinds that `like` is one of, without a slash at its end where it is `only_host`; or none.

        It may have a password in it, so it is in no sentence.
        """
        text = self._text(name) or ""
        if text and not _is_address(text, like.partition("://")[0], only_host):
            raise ImproperlyConfigured(f"{name} is no address such as {like}")
        return text.rstrip("/") if only_host else text

    def origins(self, name: str) -> list[str]:
        """Of pages, those in applications among them, whose schemes are their own."""
        for text in (given := [text.rstrip("/") for text in self.names(name)]):
            if not _is_address(text, "", only_host=True):
                raise ImproperlyConfigured(f"{name} {text!r} is no origin such as https://app.example.com")
        return given

    def page(self, name: str, *, placeholder: str) -> str:
        """The address of a page of a frontend, with something to be put in; or none."""
        text = self.address(name, like=(like := f"https://app.example.com/{placeholder}"))
        if text and placeholder not in text:
            raise ImproperlyConfigured(f"{name} has no {placeholder} in it, as in {like}")
        return text

    def sender(self, name: str, *, default: str) -> str:
        """Whom mails are from, as mails have it."""
        text = self._text(name) or default
        try:
            validate_email(parseaddr(text)[1])
        except ValidationError:
            raise ImproperlyConfigured(f"{name} {text!r} is no address such as {default}") from None
        return text

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
        backend = str(config.get("EMAIL_BACKEND", ""))
        if not backend or (backend.endswith(".smtp.EmailBackend") and not config.get("EMAIL_HOST")):
            raise ImproperlyConfigured(f"{name} is no address such as smtp+tls://user:password@host:587")
        return {setting: value for setting, value in config.items() if setting.startswith("EMAIL_")}

    def misspelt(self, names: Iterable[str]) -> dict[str, str | None]:
        """Variables of ours by their beginning that nothing reads, each with the nearest that something does."""
        strange = [name for name in names if name.startswith(_OURS) and name not in self.known | _OF_SCRIPTS]
        return {
            name: next(iter(difflib.get_close_matches(name, self.known, n=1, cutoff=_NEAR)), None)
            for name in sorted(strange)
        }

    @staticmethod
    def _host(name: str, text: str) -> str:
        match = _HOST.fullmatch(text)
        if match is None or int(match["port"] or 1) not in range(1, 65_536):
            raise ImproperlyConfigured(f"{name} {text!r} is no host such as calls.example.com or 10.0.0.5:5060")
        return text

    def _text(self, name: str) -> str | None:
        """None where it is not set, or blank."""
        text: str = self.str(name, default="")
        return text.strip() or None


def _is_address(text: str, scheme: str, only_host: bool) -> bool:
    """Whether it has a host, and a scheme of that kind, with or without TLS; any, where none is named."""
    try:
        parts = urlsplit(text)
        schemes = {"": (parts.scheme,), "https": ("http", "https"), "redis": ("redis", "rediss")}[scheme]
        is_whole = bool(parts.scheme in schemes and parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if only_host and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
        return False
    return is_whole and not re.search(r"\s", text)
