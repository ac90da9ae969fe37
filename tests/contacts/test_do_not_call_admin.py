"""The Do Not Call list in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from calls.models import Call
from contacts.models import DoNotCallNumber
from tests.admin_site import add_to, admin_of, found, list_of, make_staff, page_of, text_of
from tests.clients import Answer
from tests.factories import make_call, make_do_not_call, make_user
from tether_calls.accounts.models import Organization, User

NUMBER, ANOTHER = "+14165550199", "+14165550198"


@pytest.fixture
def member(home: Organization) -> User:
    return make_staff(home)


@pytest.fixture
def staff(member: User) -> Client:
    return admin_of(member)


def address(view: str) -> str:
    return reverse(f"admin:contacts_donotcallnumber_{view}")


def upload(client: Client, content: bytes = NUMBER.encode(), **fields: Any) -> Any:
    file = SimpleUploadedFile("numbers.csv", content)
    return client.post(address("import_list"), {"file": file, **fields}, follow=True)


def of(organization: Organization) -> dict[str, str]:
    return dict(DoNotCallNumber.objects.of_organization(organization.pk).values_list("phone_number", "reason"))


@pytest.mark.parametrize("text", [NUMBER, "+1 (416) 555-0199", "416 555", "0199"])
def test_an_entry_is_found_by_its_number(staff: Client, home: Organization, text: str) -> None:
    entry = make_do_not_call(home, phone_number=NUMBER)
    make_do_not_call(home)
    assert found(staff, DoNotCallNumber, q=text) == [entry]


def test_entries_are_found_by_source_and_by_organization(root: Client, home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    asked, bought = make_do_not_call(home, source="call"), make_do_not_call(home, source="import")
    theirs = make_do_not_call(other_user.organization, source="call")
    assert found(root, DoNotCallNumber, source__exact="call") == [theirs, asked]
    assert found(root, DoNotCallNumber, organization__id__exact=home.pk) == [bought, asked]


def test_staff_add_a_number(staff: Client, member: User, home: Organization, other_user: User) -> None:
    form = {"phone_number": "+1 (416) 555-0199", "reason": "Asked to", "organization": other_user.organization_id}
    assert staff.post(add_to(DoNotCallNumber), form).status_code == 302
    entry = DoNotCallNumber.objects.get()
    assert (entry.phone_number, entry.reason, entry.source) == (NUMBER, "Asked to", "admin")
    assert (entry.organization_id, entry.added_by_id) == (home.pk, member.pk)


def test_a_superuser_adds_a_number_for_an_organization(root: Client, home: Organization) -> None:
    assert root.post(add_to(DoNotCallNumber), {"phone_number": NUMBER, "organization": home.pk}).status_code == 302
    assert of(home) == {NUMBER: ""}


@pytest.mark.parametrize("number", ["", "Dana", "416 555 0199", "+1416"])
def test_a_number_needs_its_country(staff: Client, number: str) -> None:
    assert staff.post(add_to(DoNotCallNumber), {"phone_number": number}).status_code == 200
    assert not DoNotCallNumber.objects.exists()


def test_a_number_is_on_a_list_once(staff: Client, home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    make_do_not_call(home, phone_number=NUMBER)
    make_do_not_call(other_user.organization, phone_number=ANOTHER)
    assert "already exists" in text_of(staff.post(add_to(DoNotCallNumber), {"phone_number": NUMBER}))
    assert staff.post(add_to(DoNotCallNumber), {"phone_number": ANOTHER}).status_code == 302


def test_an_entry_is_not_changed_but_taken_off(staff: Client, home: Organization) -> None:
    entry = make_do_not_call(home)
    assert staff.post(page_of(entry), {"phone_number": NUMBER}).status_code == 403
    assert staff.post(page_of(entry, "delete"), {"post": "yes"}).status_code == 302
    assert not DoNotCallNumber.objects.exists()


def test_several_are_taken_off_together_and_nobody_elses(staff: Client, home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    entries = [make_do_not_call(home), make_do_not_call(home), make_do_not_call(other_user.organization)]
    form = {"action": "delete_selected", "_selected_action": [entry.pk for entry in entries], "post": "yes"}
    assert staff.post(list_of(DoNotCallNumber), form).status_code == 302
    assert list(DoNotCallNumber.objects.all()) == [entries[2]]


def test_an_entry_leads_to_the_call_in_which_it_was_asked_for(staff: Client, user: User, home: Organization) -> None:
    call = make_call(user)
    page = staff.get(page_of(make_do_not_call(home, call_id=call.pk))).content.decode()
    assert f'href="{page_of(call)}"' in page
    Call.objects.all().delete()


# ---- Files -----------------------------------------------------------------------------------------------------------


def test_a_file_is_imported(staff: Client, member: User, home: Organization) -> None:
    content = f"phone_number,reason\n{NUMBER},\nhello,\n(416) 555-0198,Asked\n".encode()

    answer = upload(staff, content, reason="Bought a list", region="ca")

    assert of(home) == {NUMBER: "Bought a list", ANOTHER: "Asked"}
    assert set(DoNotCallNumber.objects.values_list("source", "added_by_id")) == {("import", member.pk)}
    said = text_of(answer)
    assert "Added 2 numbers" in said
    assert "1 lines are invalid and were left out: line 3" in said


def test_a_file_is_read_as_a_spreadsheet_saves_it(staff: Client, home: Organization) -> None:
    upload(staff, f'sep=;\r\nGrund;Rufnummer\r\nM\u00fcller;="{NUMBER}"\r\n'.encode("utf-16"))
    assert of(home) == {NUMBER: "M\u00fcller"}


def test_a_file_of_which_less_than_half_was_taken_is_told_as_an_error(staff: Client, home: Organization) -> None:
    said = upload(staff, f"{NUMBER}\n4165550198\n4165550197\n".encode())
    assert "Less than half of the lines name a number" in text_of(said)
    assert [message.level_tag for message in said.context["messages"]] == ["error", "warning"]
    assert of(home) == {NUMBER: ""}


def test_a_workbook_is_refused(staff: Client, home: Organization) -> None:
    assert "The file is a workbook or a ZIP archive" in text_of(upload(staff, b"PK\x03\x04" + bytes(300)))
    assert of(home) == {}


def test_staff_import_into_their_own_organization_only(staff: Client, home: Organization, other_user: User) -> None:
    upload(staff, organization=str(other_user.organization_id))
    assert of(home) == {NUMBER: ""}
    assert DoNotCallNumber.objects.count() == 1


def test_a_superuser_says_whose_list_it_is(root: Client, home: Organization) -> None:
    assert "This field is required" in text_of(upload(root))
    assert not DoNotCallNumber.objects.exists()
    upload(root, organization=home.pk)
    assert of(home) == {NUMBER: ""}


def test_a_file_that_is_too_large_or_empty_is_refused(staff: Client, settings: Any) -> None:
    settings.TETHER_DNC_UPLOAD_MAX_BYTES = 10
    assert "Larger than 10 bytes" in text_of(upload(staff))
    assert "The submitted file is empty" in text_of(upload(staff, b""))
    assert "This field is required" in text_of(staff.post(address("import_list"), {}))
    assert not DoNotCallNumber.objects.exists()


@pytest.mark.parametrize("region", ["XX", "1", "ü"])
def test_a_country_that_there_is_not_is_refused(staff: Client, region: str) -> None:
    assert "Not a country" in text_of(upload(staff, region=region))
    assert not DoNotCallNumber.objects.exists()


@pytest.mark.parametrize("fields", [{"reason": "\0"}, {"region": "\0"}, {"organization": "\0"}])
def test_a_nul_is_refused(root: Client, home: Organization, fields: dict[str, str]) -> None:
    assert upload(root, **{"organization": home.pk, **fields}).status_code == 400
    assert root.get(address("export_list"), {"organization": "\0"}).status_code == 400


def test_the_own_list_is_downloaded(staff: Client, home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    make_do_not_call(home, phone_number=NUMBER, reason="=1+1")
    make_do_not_call(other_user.organization)

    answer = Answer(staff.get(address("export_list"), {"organization": other_user.organization_id}))

    assert answer.content.decode() == f"phone_number,reason,source\r\n{NUMBER},'=1+1,admin\r\n"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="do-not-call.csv"'


def test_a_superuser_chooses_whose_list_to_download(root: Client, home: Organization) -> None:
    make_do_not_call(home, phone_number=NUMBER)
    assert home.name in text_of(root.get(address("export_list")))
    assert NUMBER.encode() in Answer(root.get(address("export_list"), {"organization": home.pk})).content
    assert root.get(address("export_list"), {"organization": "x"}).status_code == 200


def test_the_list_leads_to_import_and_export(staff: Client) -> None:
    page = staff.get(list_of(DoNotCallNumber)).content.decode()
    for view in ("import_list", "export_list"):
        assert f'href="{address(view)}' in page


def test_the_list_is_handed_out_to_whom_the_api_gives_it_and_imported_by_all(home: Organization) -> None:
    make_do_not_call(home, phone_number=ANOTHER)
    rep = admin_of(make_user(organization=home, is_staff=True, access_role="SALES_REP"))

    assert rep.get(address("export_list")).status_code == 403
    assert address("export_list") not in rep.get(list_of(DoNotCallNumber)).content.decode()

    assert upload(rep).status_code == 200
    assert DoNotCallNumber.objects.count() == 2


@pytest.mark.parametrize("view", ["import_list", "export_list"])
def test_files_are_for_staff_only(user: User, home: Organization, view: str) -> None:
    for client in (Client(), admin_of(user)):
        assert client.get(address(view)).status_code == 302
    member = make_staff(home)
    Organization.objects.update(is_active=False)
    assert admin_of(member).get(address(view)).status_code == 403
