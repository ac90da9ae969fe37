"""manage.py import_dnc and export_dnc: the Do Not Call list from and to CSV files."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import DoNotCallNumber
from contacts.services.import_do_not_call import BATCH, import_do_not_call
from tests.at_once import at_once
from tests.contacts.importing import entries, imported, refused
from tests.factories import make_do_not_call, make_organization
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

NUMBER, ANOTHER, LONDON = "+14165550199", "+14165550198", "+442079460018"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(db: None) -> Organization:
    return make_organization()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.csv"


def exported(home: Organization) -> str:
    out = io.StringIO()
    call_command("export_dnc", organization=home.pk, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"phone_number,reason\n+14165550199,Asked\n+44 20 7946 0018,\n",
        b"\xef\xbb\xbfPhone Number,Reason\r\n+1 (416) 555-0199,Asked\r\n+44 (0)20 7946 0018\r\n",
        b"reason,name,phone_number\nAsked,Dana,+14165550199\n,,+442079460018",
        b"+14165550199,Asked\n\n  \n+442079460018,,more\n",
        b'"+14165550199","Asked"\n"+442079460018",""\n',
        b"'+14165550199,Asked\ntel:+442079460018\n",
    ],
)
def test_numbers_are_read_with_or_without_a_header(home: Organization, file: Path, content: bytes) -> None:
    file.write_bytes(content)

    out, err = imported(home, file)

    assert entries(home) == {NUMBER: "Asked", LONDON: ""}
    assert ("Added 2 numbers" in out, err) == (True, "")
    assert DoNotCallNumber.objects.filter(source="import", added_by=None, call_id=None).count() == 2


def test_a_header_alone_may_leave_out_the_reason(home: Organization, file: Path) -> None:
    file.write_text(f"name,phone_number\nDana,{NUMBER}\n")

    imported(home, file, reason="Bought a list")

    assert entries(home) == {NUMBER: "Bought a list"}


def test_numbers_without_a_country_need_a_region(home: Organization, file: Path) -> None:
    file.write_text("416 555 0199\n+442079460018\n")

    assert "line 1: Not a telephone number with its country code" in imported(home, file)[1]
    assert entries(home) == {LONDON: ""}
    assert imported(home, file, region="ca")[1] == ""
    assert entries(home).keys() == {NUMBER, LONDON}


def test_invalid_lines_are_told_by_number_and_keep_nobody_from_the_rest(home: Organization, file: Path) -> None:
    lines = [
        NUMBER,
        "hello",
        f'{ANOTHER},"never closed',
        "",
        f"{NUMBER} {ANOTHER}",
        "\udcff\udcfe",
        "x" * 5_000,
        LONDON,
    ]
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))

    out, err = refused(home, file)

    assert entries(home).keys() == {NUMBER, LONDON}
    assert re.findall(r"line (\d+): ([\w ]+)", err) == [
        ("2", "Not a telephone number with its country code"),
        ("3", "The quotes do not match"),
        ("5", "Not a telephone number with its country code"),
        ("6", "Not a telephone number with its country code"),
        ("7", "Longer than 4096 bytes"),
    ]
    assert "5 lines are invalid" in out
    assert not re.search(r"\d{7}", out + err)


def test_a_reason_in_another_encoding_hides_no_number(home: Organization, file: Path) -> None:
    file.write_bytes(NUMBER.encode() + b",Jos\xe9 asked\n")

    imported(home, file)

    assert entries(home) == {NUMBER: "José asked"}


def test_importing_again_changes_nothing(home: Organization, file: Path) -> None:
    make_do_not_call(home, phone_number=ANOTHER, reason="Asked", source="call")
    file.write_text(f"{NUMBER},List\n{ANOTHER},List\n{NUMBER},Twice\n")

    first, second = imported(home, file)[0], imported(home, file)[0]

    assert ("Added 1 numbers" in first, "2 lines name one" in first) == (True, True)
    assert ("Added 0 numbers" in second, "3 lines name one" in second) == (True, True)
    assert entries(home) == {NUMBER: "List", ANOTHER: "Asked"}


def test_only_the_organization_named_gets_the_numbers(home: Organization, file: Path) -> None:
    other = make_organization()
    make_do_not_call(other, phone_number=NUMBER, reason="Theirs")
    file.write_text(f"{NUMBER},Ours\n")

    assert "Added 1 numbers" in imported(home, file)[0]

    assert (entries(home), entries(other)) == ({NUMBER: "Ours"}, {NUMBER: "Theirs"})


def test_a_large_file_is_written_in_batches(home: Organization) -> None:
    lines = [f"+1416{555_0000 + index}\n".encode() for index in range(2 * BATCH + 1)]

    with CaptureQueriesContext(connection) as queries:
        outcome = import_do_not_call(organization_id=home.pk, lines=[*lines, *lines[:10]])

    assert (outcome.added, outcome.known, outcome.faults) == (2 * BATCH + 1, 10, [])
    assert DoNotCallNumber.objects.count() == 2 * BATCH + 1
    assert len(queries) < 100


def test_what_was_read_before_a_fault_of_the_file_is_kept(home: Organization) -> None:
    def broken() -> Any:
        for index in range(BATCH + 5):
            yield f"+1416{555_0000 + index}".encode()
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        import_do_not_call(organization_id=home.pk, lines=broken())

    assert DoNotCallNumber.objects.count() == BATCH


@pytest.mark.django_db(transaction=True)
def test_files_imported_at_once_add_each_number_once() -> None:
    home = make_organization()
    lines = [f"+1416{555_0000 + index}".encode() for index in range(300)]

    at_once(
        [lambda given=given: import_do_not_call(organization_id=home.pk, lines=given) for given in (lines, lines[::-1])]  # type: ignore[misc]
    )

    assert DoNotCallNumber.objects.count() == 300


def test_stdin_is_read_too(home: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(NUMBER.encode())))

    imported(home, "-")

    assert entries(home).keys() == {NUMBER}


def test_a_terminal_sees_a_progress_bar(home: Organization, file: Path) -> None:
    file.write_text(f"{NUMBER}\n{ANOTHER}\n")

    assert "100%" in imported(home, file, stderr=Terminal())[1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"organization": "64f0a1b2c3d4e5f6a7b8c9d0"}, "--organization"),
        ({"organization": "x"}, "--organization"),
        ({"region": "XX"}, "--region"),
    ],
)
@pytest.mark.parametrize("content", [f"{NUMBER}\n"])
def test_a_wrong_option_is_told_before_anything_is_kept(
    home: Organization, file: Path, options: dict[str, str], complaint: str, content: str
) -> None:
    file.write_text(content)
    with pytest.raises(CommandError, match=complaint):
        call_command("import_dnc", str(file), **{"organization": home.pk, **options})
    assert not DoNotCallNumber.objects.exists()


def test_a_file_that_cannot_be_read_is_told(home: Organization, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(CommandError, match=str(path)):
            imported(home, path)


# ---- Export ----------------------------------------------------------------------------------------------------------


def test_the_own_list_is_written_by_number(home: Organization) -> None:
    make_do_not_call(home, phone_number=LONDON, reason='Said "never"')
    make_do_not_call(home, phone_number=NUMBER)
    make_do_not_call(make_organization(), phone_number=ANOTHER)

    assert exported(home) == f'phone_number,reason,source\r\n{NUMBER},,admin\r\n{LONDON},"Said ""never""",admin\r\n'


DANGEROUS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    " =1+1",
    "a;=1+1",
    'a,"=1+1',
    "'=1+1",
    "''",
    "\uff1d1+1",
    "it's - fine",
]


@pytest.mark.parametrize("reason", DANGEROUS)
def test_no_cell_calculates_in_a_spreadsheet_of_any_country(home: Organization, reason: str) -> None:
    make_do_not_call(home, phone_number=NUMBER, reason=reason)

    line = exported(home).splitlines()[1]

    for delimiter in ",;\t":
        for cell in next(csv.reader([line], delimiter=delimiter)):
            assert cell.startswith(NUMBER) or not re.match(r'["\s]*[=+\-@\uff1d]', cell)


@pytest.mark.parametrize("reason", ["", "Asked", "José, twice", *(text.strip() for text in DANGEROUS)])
def test_what_is_exported_can_be_imported(home: Organization, file: Path, reason: str) -> None:
    make_do_not_call(home, phone_number=NUMBER, reason=reason)
    other = make_organization()

    call_command("export_dnc", str(file), organization=home.pk)
    imported(other, file)

    assert entries(other) == {NUMBER: reason}
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("source", ["sms", "call"])
def test_importing_what_was_exported_makes_nothing_stay_for_ever(home: Organization, file: Path, source: str) -> None:
    call_id = new_object_id() if source == "call" else None
    make_do_not_call(home, phone_number=NUMBER, source=source, call_id=call_id)

    call_command("export_dnc", str(file), organization=home.pk)
    imported(home, file)

    entry = DoNotCallNumber.objects.get()
    assert (entry.source, entry.call_id) == (source, call_id)


def test_what_is_there_for_another_reason_than_the_file_says_stays_for_the_list(home: Organization, file: Path) -> None:
    """Since the file was written the customer has taken the text back, and asked for the same in a call."""
    make_do_not_call(home, phone_number=NUMBER, source="call")
    file.write_bytes(f"phone_number,reason,source\n{NUMBER},,sms\n{LONDON},,sms\n".encode())

    imported(home, file)

    assert set(DoNotCallNumber.objects.values_list("source", flat=True)) == {"import"}


@pytest.mark.parametrize(
    "lines",
    [
        ["phone,source", f"{NUMBER},sms"],
        ["Source;Number", f"sms;{NUMBER}"],
        ["phone_number,reason,source", f"{NUMBER},On our list since March,sms"],
        ["phone_number,reason,source", f"{NUMBER},Texted STOP,sms", f"{NUMBER},,admin"],
    ],
)
def test_what_others_call_a_source_takes_no_number_off_the_list_again(
    home: Organization, file: Path, lines: list[str]
) -> None:
    make_do_not_call(home, phone_number=NUMBER, reason="Texted STOP", source="sms")
    file.write_text("\n".join(lines))

    imported(home, file)

    assert DoNotCallNumber.objects.get().source == "import"


def test_a_file_that_cannot_be_written_is_told(home: Organization, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command("export_dnc", str(tmp_path / "missing" / "list.csv"), organization=home.pk)
    with pytest.raises(CommandError, match="--organization"):
        call_command("export_dnc", organization="64f0a1b2c3d4e5f6a7b8c9d0")
