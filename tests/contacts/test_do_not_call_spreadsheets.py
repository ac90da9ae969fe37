"""manage.py import_dnc reads what spreadsheets and list sellers write, and does not end well where it has not."""

from __future__ import annotations

import codecs
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.do_not_call_csv import CsvEntry, CsvFault, lines_of, read_entries
from tests.contacts.importing import entries, imported, refused
from tests.factories import make_organization
from tether_calls.accounts.models import Organization

NUMBER, ANOTHER, LONDON = "+14165550199", "+14165550198", "+442079460018"


@pytest.fixture
def home(db: None) -> Organization:
    return make_organization()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.csv"


def numbers(content: bytes, region: str | None = None) -> dict[str, str]:
    """What a file says, if it has no fault."""
    read = list(read_entries(lines_of([content]), region=region))
    assert all(isinstance(entry, CsvEntry) for entry in read), read
    return {entry.phone_number: entry.reason for entry in read if isinstance(entry, CsvEntry)}


def faults(content: bytes, region: str | None = None) -> list[CsvFault]:
    return [read for read in read_entries(lines_of([content]), region=region) if isinstance(read, CsvFault)]


# ---- Separators ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("head", ["", "phone_number{}reason\n", "Titel\n\nphone_number{}reason\n"])
def test_any_separator_and_any_end_of_line_is_recognised(separator: str, end: str, head: str) -> None:
    lines = f"{head.format(separator)}{NUMBER}{separator}Asked; or, not{separator}\n{LONDON}{separator}\n"
    content = lines.replace("Asked; or, not", "Asked").replace("\n", end).encode()
    assert numbers(content) == {NUMBER: "Asked", LONDON: ""}


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=\t", "sep=:", "\nsep=;"])
def test_a_line_that_names_the_separator_is_believed(line: str) -> None:
    separator = line.strip('"')[-1]
    content = f"{line}\r\n{NUMBER}{separator}Asked, again\r\n{LONDON}{separator}\r\n"
    assert numbers(content.encode()) == {NUMBER: "Asked, again", LONDON: ""}
    assert numbers(content.encode("utf-16")) == {NUMBER: "Asked, again", LONDON: ""}


@pytest.mark.parametrize("reason", ["Asked; twice", "a|b", "no; no, never | ever"])
def test_another_separator_in_a_reason_separates_nothing(reason: str) -> None:
    quoted = f'"{reason}"' if "," in reason else reason
    assert numbers(f"{NUMBER},{quoted}\n{LONDON},\n".encode()) == {NUMBER: reason, LONDON: ""}


def test_one_column_needs_no_separator() -> None:
    assert numbers(f"{NUMBER}\n{LONDON}\n".encode()) == {NUMBER: "", LONDON: ""}


# ---- Encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_encoding_of_a_spreadsheet_is_read(encoding: str, separator: str) -> None:
    content = f"Rufnummer{separator}Grund\r\n{NUMBER}{separator}M\u00fcller\r\n{LONDON}{separator}\r\n"
    assert numbers(content.encode(encoding)) == {NUMBER: "M\u00fcller", LONDON: ""}


def test_big_endian_with_a_mark_is_read() -> None:
    content = codecs.BOM_UTF16_BE + f"{NUMBER}\t\u20ac\n".encode("utf-16-be")
    assert numbers(content) == {NUMBER: "\u20ac"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_file_may_arrive_in_pieces_of_any_size(encoding: str, size: int) -> None:
    content = f"{NUMBER};M\u00fcller\r\n{LONDON};\r\n\r\n{ANOTHER}".encode(encoding)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    read = list(read_entries(lines_of(pieces), region=None))
    assert read == [
        CsvEntry(1, NUMBER, "M\u00fcller"),
        CsvEntry(2, LONDON, ""),
        CsvEntry(4, ANOTHER, ""),
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(500), "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an Excel workbook"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_a_workbook_is_refused_by_name(home: Organization, file: Path, content: bytes, kind: str) -> None:
    file.write_bytes(content)
    assert kind in refused(home, file)[1]
    assert entries(home) == {}


# ---- Columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        f"reason;name;phone_number\nAsked;Dana;{NUMBER}\n;Kim;{LONDON}\n",
        f"Grund;Rufnummer\nAsked;{NUMBER}\n;{LONDON}\n",
        f"nom,t\u00e9l\u00e9phone,motif\nDana,{NUMBER},Asked\nKim,{LONDON},\n",
        f"\u756a\u53f7\tReason\n{NUMBER}\tAsked\n{LONDON}\t\n",
        f"Do not call list\n\nCustomer,Reason,Line\nDana,Asked,{NUMBER}\nKim,,{LONDON}\n",
        f"Asked;{NUMBER}\n;{LONDON}\n",
        f'"Id","Phone Number","Reason"\n"1000000001","{NUMBER}","Asked"\n"1000000002","{LONDON}",""\n',
        f"mobile,phone_number,reason\n+14165550111,{NUMBER},Asked\n,{LONDON},\n",
    ],
)
def test_the_column_of_the_numbers_is_found_in_any_language_and_order(content: str) -> None:
    assert numbers(content.encode(), "CA") == {NUMBER: "Asked", LONDON: ""}


def test_a_name_without_a_reason_is_no_reason() -> None:
    assert numbers(f"number;name\n{NUMBER};Dana\n".encode()) == {NUMBER: ""}


@pytest.mark.parametrize("region", ["US", "CA"])
@pytest.mark.parametrize(
    "content",
    [
        "416,5550199\n416,5550198\n",
        "area code,number\r\n416,5550199\r\n416,555-0198\r\n",
        "AreaCode;PhoneNumber\n416;5550199\n416;5550198\n",
        '"416","5550199"\n"416","5550198"\n',
        "416\t5550199\n416\t5550198\n",
        "(416),5550199,\n(416),5550198,\n",
        "416,555,0199\n416,555,0198\n",
        "2026,416,5550199\n2026,416,5550198\n",
    ],
)
def test_area_code_and_number_may_have_columns_of_their_own(content: str, region: str) -> None:
    assert numbers(content.encode(), region).keys() == {NUMBER, ANOTHER}


def test_behind_the_columns_of_a_number_comes_the_reason() -> None:
    assert numbers(b"416,5550199,Asked\n416,5550198,\n", "US") == {NUMBER: "Asked", ANOTHER: ""}


@pytest.mark.parametrize("region", [None, "FR"])
def test_elsewhere_two_columns_are_no_number(home: Organization, file: Path, region: str | None) -> None:
    file.write_text("416,5550199\n416,5550198\n")
    assert "none of 2 lines name a number" in refused(home, file, region=region)[1]
    assert entries(home) == {}


def test_a_number_without_its_area_code_is_none() -> None:
    assert [fault.line for fault in faults(b"5550199\n555-0198\n", "US")] == [1, 2]


# ---- Cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        '="+14165550199"',
        '"=""+14165550199"""',
        '= "+1 (416) 555-0199"',
        "'+14165550199",
        "'4165550199",
        '="4165550199"',
        "4165550199",
        "4165550199.0",
        "14165550199,0",
        '"+1 416-555-0199"',
        ' "+14165550199"',
        "tel:+1-416-555-0199",
        "+1\u00a0416\u00a0555\u00a00199",
        "\u202a+14165550199\u202c",
    ],
)
@pytest.mark.parametrize("head", ["", "phone_number;reason\n"])
def test_a_number_may_have_any_form_that_keeps_a_spreadsheet_from_calculating(cell: str, head: str) -> None:
    assert numbers(f"{head}{cell};Asked\n{LONDON};\n".encode(), "CA") == {NUMBER: "Asked", LONDON: ""}


@pytest.mark.parametrize(
    "cell", ["1.41656E+10", "1,41656E+10", "1.4165550199E+10", "4.16555e9", "+1.4E10", "'1.41656E+10"]
)
@pytest.mark.parametrize("head", ["", "phone_number;reason\n"])
def test_a_rounded_number_is_refused_by_a_sentence_that_says_so(cell: str, head: str) -> None:
    (fault,) = faults(f"{head}{cell};Asked\n{LONDON};\n".encode(), "CA")
    assert fault.line == head.count("\n") + 1
    assert "rounded" in fault.message


def test_a_quoted_reason_may_go_on_over_lines() -> None:
    content = f'{NUMBER},"Asked\r\nto be ""left""\r\n\r\nalone"\r\n{LONDON},Next\r\n'
    read = list(read_entries(lines_of([content.encode()]), region=None))
    assert read == [CsvEntry(1, NUMBER, 'Asked\nto be "left"\n\nalone'), CsvEntry(5, LONDON, "Next")]


@pytest.mark.parametrize("after", ["", 'said "no"', '"'])
def test_a_quote_that_is_never_closed_hides_no_other_number(after: str) -> None:
    content = f'{NUMBER},"never closed\n{LONDON},{after}\n{ANOTHER},"Asked"\n'
    read = list(read_entries(lines_of([content.encode()]), region=None))
    named = {entry.phone_number for entry in read if isinstance(entry, CsvEntry)}
    assert ANOTHER in named
    assert 1 in {fault.line for fault in read if isinstance(fault, CsvFault)}
    assert LONDON in named or after == '"'


# ---- How it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        ("", "none of 0"),
        ("\n\n", "none of 0"),
        ("phone_number;reason\n", "none of 1"),
        ("hello\nworld\n", "none of 2"),
        (f"{NUMBER}\n4165550198\n4165550197\n", "1 of 3"),
        ("1.41656E+10;x\n", "none of 1"),
    ],
)
def test_a_list_that_is_not_read_does_not_end_with_status_0(
    home: Organization, file: Path, content: str, taken: str
) -> None:
    file.write_text(content)
    assert refused(home, file)[1].endswith(f"{file}: {taken} lines name a number")


def test_half_of_the_lines_are_enough_and_those_that_are_known_count(home: Organization, file: Path) -> None:
    file.write_text(f"{NUMBER}\n4165550198\n")
    for _ in range(2):
        assert "1 lines are invalid" in imported(home, file)[0]


def endless_faults(count: int) -> Iterator[bytes]:
    for index in range(count):
        yield b"no number %d\n" % index


def test_a_long_file_of_the_wrong_kind_is_not_held(home: Organization, file: Path) -> None:
    file.write_bytes(b"".join(endless_faults(20_000)))
    refused(home, file)  # what is made and remembered at the first one
    tracemalloc.start()
    _, err = refused(home, file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "and 19000 lines more" in err
    assert peak < 3_000_000


def test_a_file_without_an_end_of_line_is_not_held() -> None:
    pieces = (b"4165550199;" * 6_000 for _ in range(300))
    tracemalloc.start()
    (fault,) = read_entries(lines_of(pieces), region="CA")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(fault, CsvFault)
    assert peak < 2_000_000
