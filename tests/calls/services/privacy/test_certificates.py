"""Certificates are genuine until a byte of them is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.services.privacy.certificates import NotGenuine, signed, verified
from tests.calls.canary import NUMBER, erase, plant
from tether_calls.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_a_certificate_is_genuine_until_a_byte_of_it_is_changed(user: User) -> None:
    plant(user)
    text = erase(user).certificate

    assert verified(text)["kind"] == "erase"
    for place in range(len(text)):
        other = "x" if text[place] != "x" else "y"
        with pytest.raises(NotGenuine):
            verified(f"{text[:place]}{other}{text[place + 1 :]}")
    for changed in (text[:-1], f"{text} ", f"\n{text}", "", "[]", "{}", '{"certificate":1,"signature":2}'):
        with pytest.raises(NotGenuine):
            verified(changed)


def test_a_certificate_outlives_a_change_of_the_key(settings: Any) -> None:
    text = signed({"kind": "erase"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert verified(text) == {"kind": "erase"}
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(NotGenuine):
        verified(text)


def test_the_command_says_whether_a_certificate_is_genuine_and_of_whom(
    user: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(user)
    file = tmp_path / "certificate.json"
    file.write_text(erase(user).certificate)

    call_command("verify_certificate", file, number=NUMBER)

    assert "Genuine: erase" in capsys.readouterr().out
    with pytest.raises(CommandError, match="another number"):
        call_command("verify_certificate", file, number="+15005557718")
    file.write_text(file.read_text().replace('"done":2', '"done":3', 1))
    with pytest.raises(CommandError, match="Not genuine"):
        call_command("verify_certificate", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_certificate", tmp_path / "none.json")
