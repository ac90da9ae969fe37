"""Whoever changes what an organization has set leaves a row of the audit log, by whatever door."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.urls import reverse

from calls.models import (
    Disposition,
    LegalHold,
    ListeningQueue,
    PhoneNumber,
    Prompt,
    RedactionRun,
    Scorecard,
    Tag,
    VoiceAccount,
    WebhookSubscription,
)
from contacts.models import Consent, ContextValue, ContextVariable, DoNotCallNumber
from tests.accounts.keys import KEYS, made, make_key
from tests.admin_site import (
    admin_of,
    list_of,
    make_account,
    make_staff,
    make_superuser,
    make_webhook,
    page_of,
    rows_shown,
)
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient, logged_in
from tests.contract.components import generated_document
from tests.factories import make_call, make_contact, make_do_not_call, make_organization, make_prompt, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, ApiKey, CallingHours, OidcIdentity, Organization, User
from tether_calls.trails.models import Audited, AuditEntry, Trail
from tether_calls.trails.selectors.proof import faults_of
from tether_calls.trails.services.link import link_pending

pytestmark = pytest.mark.django_db

# Lists of the admin whose rows are no settings, and why their changes are written down elsewhere or not at all.
NO_SETTINGS = {
    "calls.call": "what happened; what is made of it is on its page, and who erases it is in the log",
    "calls.delivery": "what providers sent",
    "calls.export": "files; who had them is in the access log",
    "calls.privacyrequest": "what was found and erased, with a certificate of its own",
    "calls.refusedpush": "what was refused",
    "calls.scheduledcall": "calls that are to be made; each has who asked for it",
    "calls.webhookmessage": "what was sent",
    "contacts.dialdecision": "what was decided of a dial; it never changes",
    "contacts.contact": "people on the line",
    "contacts.notemention": "what colleagues have seen",
    "contacts.reminder": "what users want to be reminded of",
    "conversations.conversation": "what was written",
    "realtime.eventlog": "what happened",
    "trails.accessentry": "a log itself",
    "trails.auditentry": "a log itself",
    "accounts.wallet": "has books of its own, which nobody can change either",
}
# Models that are set on the page of another, or by partners alone.
BESIDE = {CallingHours, ContextVariable, ContextValue, OidcIdentity}
# Models that no list of the admin has.
NO_SETTINGS_BESIDE = {
    "accounts.availabilitychange": "what users set for themselves",
    "accounts.endedsession": "who has logged out",
    "accounts.oidclogin": "a login that is under way",
    "accounts.passwordreset": "a mail that was sent; the password itself is the user's, which is audited",
    "accounts.recoverycode": "that there is a second factor is the user's; codes are secrets",
    "accounts.savedview": "what users set for themselves",
    "accounts.secondfactor": "that there is one is the user's, which is audited",
    "accounts.usersession": "who is logged in",
    "accounts.walletentry": "the book of a wallet",
    "calls.agentrate": "follows from the agents' prices, which are audited",
    "calls.callhearing": "what users have heard",
    "calls.callimport": "how far a file is read",
    "calls.callscore": "what people make of a call",
    "calls.calltag": "what people make of a call",
    "calls.callwords": "the words of a call",
    "calls.calldelta": "added up by the database",
    "calls.callrollup": "added up by the database",
    "calls.criterion": "never changes; the scorecard's version does, which is audited",
    "calls.criterionscore": "what people make of a call",
    "calls.idempotentrequest": "what was asked for already",
    "calls.livecall": "what happens",
    "calls.liveturn": "what was said",
    "calls.outgoingtext": "what is sent",
    "calls.promptversion": "what an agent said from one change to the next; the agent is audited",
    "calls.queuedcall": "drawn by a rule of the queue, which is audited",
    "calls.queuedraw": "drawn by a rule of the queue, which is audited",
    "calls.queueturn": "who hears what",
    "calls.recording": "what happened",
    "calls.registeredtool": "what the agents' provider has of ours",
    "calls.stalerollup": "what is to be added up anew",
    "calls.toolcall": "what an agent asked for",
    "calls.transfer": "what happened",
    "calls.transferoffer": "what happened",
    "calls.webhookattempt": "what was sent",
    "calls.webhookcursor": "how far events are read",
    "contacts.contactnote": "what was written of a contact; its author is on it",
    "conversations.message": "what was written",
    "trails.head": "a log itself",
    "trails.link": "a log itself",
    "trails.pending": "a log itself",
}
# What requests of the API write that is no setting, by the beginning of their path.
NO_SETTINGS_OF_API = (
    *("/api/auth/", "/api/webhook/", "/api/calls/ingest", "/api/calls/sdk/", "/api/calls/ai/", "/api/calls/live"),
    *("/api/calls/{callId}", "/api/calls/transfers/", "/api/calls/scheduled/", "/api/contact", "/api/conversation"),
    *("/api/messages/", "/api/reminders", "/api/exports", "/api/user/availability"),
    *("/api/v1/calls", "/api/v1/contacts", "/api/v1/scheduled-calls", "/api/v1/messages"),
    *("/api/privacy/requests", "/api/calls/may-call", "/api/v1/may-call"),
    # What providers have of what is set here.
    *("/api/calls/voice-ai/tools/sync", "/api/prompts/{promptId}/sync"),
)
# What requests of the API set, by the beginning of their path, and the model that writes it down.
SET_BY_API: dict[str, type[Audited]] = {
    "/api/user/api-key": ApiKey,
    "/api/api-keys": ApiKey,
    "/api/organizations/": Organization,
    "/api/legal-holds": LegalHold,
    "/api/privacy/redactions": RedactionRun,
    "/api/tags": Tag,
    "/api/dispositions": Disposition,
    "/api/scorecards": Scorecard,
    "/api/prompts/": Prompt,
    "/api/calls/providers/": VoiceAccount,
    "/api/calls/voice-ai/config": VoiceAccount,
    "/api/calls/voice-ai/phone-number/": PhoneNumber,
    "/api/v1/webhooks": WebhookSubscription,
    "/api/consents": Consent,
    "/api/v1/consents": Consent,
    # What agents are told of the organization, and what there may be of a contact.
    "/api/v1/business": ContextValue,
    "/api/v1/context-variables": ContextVariable,
}


def changes(**fields: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(**fields).order_by("pk"))


def last() -> AuditEntry:
    entry: AuditEntry = AuditEntry.objects.order_by("-pk")[0]
    return entry


def by(entry: AuditEntry) -> tuple[str, str | None, str, str]:
    return entry.actor_kind, entry.actor_id, entry.actor_name, entry.ip


# ---- No door is without it ------------------------------------------------------------------------------------------


def test_every_list_of_the_admin_is_audited_or_says_why_not() -> None:
    registered = {model for model in admin.site._registry if not model._meta.app_label.startswith("auth")}
    audited = {model for model in registered if issubclass(model, Audited)}
    assert {model._meta.label_lower for model in registered - audited} == set(NO_SETTINGS)
    assert {model for model in apps.get_models() if issubclass(model, Audited)} - audited == BESIDE


def test_every_other_model_is_audited_or_says_why_not() -> None:
    ours = ("accounts", "calls", "contacts", "conversations", "realtime", "trails")
    models = [model for app in ours for model in apps.get_app_config(app).get_models()]
    left = {model for model in models if not issubclass(model, Audited)} - set(admin.site._registry)
    assert {model._meta.label_lower for model in left} == set(NO_SETTINGS_BESIDE)


def test_every_writing_request_of_the_api_is_audited_or_says_why_not() -> None:
    writes = {
        path for path, item in generated_document()["paths"].items() if item.keys() & {"post", "put", "patch", "delete"}
    }
    known = (*NO_SETTINGS_OF_API, *SET_BY_API)
    assert sorted(path for path in writes if not path.startswith(known)) == []
    assert all(issubclass(model, Audited) for model in SET_BY_API.values())


def test_querysets_of_audited_models_write_it_down_too() -> None:
    for model in apps.get_models():
        if issubclass(model, Audited):
            for manager in (model._default_manager, model._meta.managers_map["objects"]):
                assert hasattr(manager.none(), "bulk_update"), model
                assert type(manager.none()).update.__module__ == "tether_calls.trails.models.audited", model


# ---- By the API -----------------------------------------------------------------------------------------------------


def test_a_key_that_is_made_rotated_and_revoked(api: ApiClient, user: User) -> None:
    key_id = made(api)["data"]["_id"] if "data" in made(api) else ""
    created = changes(model="accounts.apikey", action="created")[0]
    assert by(created) == ("user", user.pk, user.email, "127.0.0.1")
    assert created.after["can_read_calls"] is True
    key = ApiKey.objects.order_by("pk")[0]
    assert api.delete(f"{KEYS}/{key.pk}").status == 200
    revoked = last()
    assert (revoked.action, revoked.object_id, list(revoked.after)) == ("changed", key.pk, ["revoked_at"])
    assert key_id is not None


def test_a_tag_from_beginning_to_end(api: ApiClient, user: User) -> None:
    tag_id = api.post("/api/tags", {"name": "Refund"}).body["tag"]["_id"]
    assert api.patch(f"/api/tags/{tag_id}", {"name": "Refunds"}).status == 200
    assert api.delete(f"/api/tags/{tag_id}").status == 200
    told = changes(model="calls.tag")
    assert [(each.action, each.before.get("name"), each.after.get("name")) for each in told] == [
        ("created", None, "Refund"),
        ("changed", "Refund", "Refunds"),
        ("deleted", "Refunds", None),
    ]
    assert {each.object_id for each in told} == {tag_id}
    assert {by(each) for each in told} == {("user", user.pk, user.email, "127.0.0.1")}


def test_what_stays_as_it_is_leaves_none(api: ApiClient) -> None:
    tag_id = api.post("/api/tags", {"name": "Refund"}).body["tag"]["_id"]
    before = AuditEntry.objects.count()
    assert api.patch(f"/api/tags/{tag_id}", {"name": "Refund"}).status == 200
    assert AuditEntry.objects.count() == before


def test_what_is_refused_leaves_none(user: User) -> None:
    head = make_user(organization=user.organization, access_role=AccessRole.SALES_REP)
    before = AuditEntry.objects.count()
    assert logged_in(head).post("/api/tags", {"name": "Refund"}).status == 403
    assert AuditEntry.objects.count() == before


def test_an_agent_with_what_it_said_before(api: ApiClient, user: User) -> None:
    agent = make_prompt(user.organization, prompt="Be kind.")  # type: ignore[arg-type]
    assert api.put(f"/api/prompts/{agent.pk}", {"prompt": "Be brief."}).status == 200
    entry = changes(model="calls.prompt", action="changed")[0]
    assert (entry.before["prompt"], entry.after["prompt"]) == ("Be kind.", "Be brief.")


def test_a_partners_webhook_is_of_its_key(user: User) -> None:
    partner = partner_of(user)
    webhook = make_webhook(user.organization)  # type: ignore[arg-type]
    assert partner.delete(f"/api/v1/webhooks/{webhook.pk}").status in (200, 204)
    entry = last()
    key = ApiKey.objects.get()
    assert (entry.action, entry.model) == ("deleted", "calls.webhooksubscription")
    assert by(entry) == ("api_key", key.pk, "Partner", "127.0.0.1")
    assert entry.before["secrets"] == "••••"


def test_who_erases_what_was_said_in_a_call(api: ApiClient, user: User) -> None:
    call = make_call(user, ai_transcript=[{"role": "agent", "message": "Good morning, platypus."}])
    assert api.delete(f"/api/calls/{call.pk}/content?part=transcript").status == 200
    entry = last()
    assert (entry.model, entry.object_id, entry.action) == ("calls.call", call.pk, "changed")
    assert (entry.after, by(entry)) == ({"erased": ["transcript"]}, ("user", user.pk, user.email, "127.0.0.1"))


PHONE = "+14165550142"
GIVEN = {"phoneNumber": PHONE, "purpose": "service", "basis": "express", "evidence": "Form of Platypus"}


def test_a_consent_that_is_given_and_taken_back_without_saying_whose(api: ApiClient, user: User) -> None:
    consent = {**GIVEN, "obtainedAt": "2026-05-15T09:10:00.000Z"}
    for _ in range(2):
        assert api.post("/api/consents", consent).status in (200, 201)
    (created,) = changes(model="contacts.consent")
    assert (created.action, by(created)) == ("created", ("user", user.pk, user.email, "127.0.0.1"))
    assert (created.after["basis"], created.after["purpose"]) == ("express", "service")
    assert api.delete(f"/api/consents/{created.object_id}").status == 200
    (revoked,) = changes(model="contacts.consent", action="changed")
    assert (revoked.object_id, list(revoked.after)) == (created.object_id, ["revoked_at"])
    told = "".join(f"{entry.before}{entry.after}{entry.object_name}" for entry in (created, revoked))
    assert not any(text in told for text in (PHONE[-4:], "Platypus"))


def test_what_agents_are_told_of_the_organization(user: User) -> None:
    partner = partner_of(user)
    defined = {"context_type": "business", "name": "refunds", "display_name": "Refunds", "variable_type": "text"}
    assert partner.post("/api/v1/context-variables", defined).status == 201
    for value in ("Within 14 days", "Within 30 days", None):
        assert partner.post("/api/v1/business/context", {"variables": {"refunds": value}}).status == 200
    (variable,) = changes(model="contacts.contextvariable")
    assert (variable.action, variable.object_name, variable.actor_kind) == ("created", "refunds", "api_key")
    told = changes(model="contacts.contextvalue")
    assert [(each.action, each.before.get("value"), each.after.get("value")) for each in told] == [
        ("created", None, "Within 14 days"),
        ("changed", "Within 14 days", "Within 30 days"),
        ("deleted", "Within 30 days", None),
    ]
    assert {each.object_name for each in told} == {"refunds"}


def test_what_agents_are_told_of_a_person_is_no_setting_and_costs_nothing(user: User) -> None:
    home = user.organization
    assert home is not None
    variable = ContextVariable.objects.create(
        organization=home, context_type="contact", name="animal", display_name="Animal", variable_type="text"
    )
    value = ContextValue(organization=home, variable=variable, contact=make_contact(home), value="Platypus")
    values = ContextValue.objects.of_organization(home.pk)
    before = AuditEntry.objects.count()

    with statements_made() as statements:
        value.save()
        value.delete()
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 2
    values.bulk_create([value])
    values.update(value="Narwhal")
    value.value = "Platypus"
    values.bulk_update([value], ["value"])
    values.delete()

    assert AuditEntry.objects.count() == before


# ---- In the admin ---------------------------------------------------------------------------------------------------


def test_a_role_is_changed_in_the_admin_by_staff_of_the_platform(user: User) -> None:
    superuser = make_superuser()
    client = admin_of(superuser)
    form = client.get(page_of(user)).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None and name in form.fields}
    client.post(page_of(user), {**values, "access_role": "SALES_REP"})
    user.refresh_from_db()
    assert user.access_role == "SALES_REP"
    entry = changes(model="accounts.user", action="changed", object_id=user.pk)[-1]
    assert (entry.before, entry.after) == ({"access_role": "ADMIN"}, {"access_role": "SALES_REP"})
    assert by(entry) == ("platform_staff", superuser.pk, superuser.email, "127.0.0.1")
    assert entry.organization_id == user.organization_id


def test_a_number_on_the_do_not_call_list_is_told_by_its_end_and_a_digest(home: Organization) -> None:
    staff = make_staff(home)
    add = reverse("admin:contacts_donotcallnumber_add")
    admin_of(staff).post(add, {"phone_number": "+14165550188", "reason": "Asked by Platypus"})
    entry = changes(model="contacts.donotcallnumber")[0]
    number = DoNotCallNumber.objects.get()
    assert (entry.action, entry.object_id) == ("created", number.pk)
    assert entry.after["phone_number"].startswith("••••88 #")
    told = f"{entry.before}{entry.after}{entry.object_name}"
    assert "4165550188" not in told
    assert "Platypus" not in told

    admin_of(staff).post(page_of(number, "delete"), {"post": "yes"})
    assert last().before["phone_number"] == entry.after["phone_number"]


# ---- Otherwise ------------------------------------------------------------------------------------------------------


def test_secrets_are_masked_and_a_change_of_them_is_told(home: Organization) -> None:
    account = make_account(home)
    account.secrets = {**account.secrets, "auth_token": "another-token"}
    account.save()
    entry = last()
    assert (entry.before["secrets"], entry.after["secrets"]) == ("••••", "••••")
    for each in changes(model="calls.voiceaccount"):
        assert "token" not in f"{each.before}{each.after}"
    before = AuditEntry.objects.count()
    account.save()
    assert AuditEntry.objects.count() == before


def test_a_password_is_masked(user: User) -> None:
    user.set_password("another correct horse")
    user.save()
    assert (last().before, last().after) == ({"password": "••••"}, {"password": "••••"})


def test_secrets_that_no_key_opens_can_still_be_replaced(home: Organization) -> None:
    account = make_account(home)
    with override_settings(ENCRYPTION_KEYS=["q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng="]):
        VoiceAccount.objects.filter(pk=account.pk).update(secrets={"auth_token": "x"})
    assert last().after["secrets"] == "••••"


def test_many_rows_at_once_are_each_told_and_many_new_ones_by_their_number(home: Organization) -> None:
    tags = Tag.objects.bulk_create([Tag(organization=home, name=name, key=name) for name in ("a", "b")])
    assert (last().action, last().after) == ("created", {"count": 2})
    Tag.objects.filter(pk__in=[tag.pk for tag in tags]).update(is_archived=True)
    assert len(changes(model="calls.tag", action="changed")) == 2
    Tag.objects.all().delete()
    assert len(changes(model="calls.tag", action="deleted")) == 2


def test_what_nobody_sets_costs_nothing(user: User) -> None:
    key = make_key(user, "can_read_calls")
    with statements_made() as statements:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=None)
    assert len(statements) == 1


def test_a_command_is_named(home: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "list.csv"
    file.write_text("phone_number\n+14165550177\n")
    monkeypatch.setattr("sys.argv", ["manage.py", "import_dnc"])
    call_command("import_dnc", str(file), organization=home.pk, stdout=StringIO(), stderr=StringIO())
    entry = changes(model="contacts.donotcallnumber")[0]
    assert (entry.actor_kind, entry.actor_name, entry.after) == ("system", "manage.py import_dnc", {"count": 1})


def test_a_change_that_is_rolled_back_leaves_none(home: Organization) -> None:
    before = AuditEntry.objects.count()
    home.name = "Another"
    with transaction.atomic():
        home.save()
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before


# ---- Reading it -----------------------------------------------------------------------------------------------------


def test_administrators_read_it_by_filters_and_pages(api: ApiClient, user: User) -> None:
    for name in ("a", "b", "c"):
        api.post("/api/tags", {"name": name})
    page = api.get("/api/audit", model="calls.tag", limit=2).body
    rest = api.get("/api/audit", model="calls.tag", limit=2, cursor=page["nextCursor"]).body
    told = [*page["data"], *rest["data"]]
    assert [each["objectName"] for each in told] == ["c", "b", "a"]
    assert told[0]["actor"] == {"type": "user", "id": user.pk, "name": user.email, "userId": user.pk}
    assert told[0]["ip"] == "127.0.0.1"
    assert api.get("/api/audit", model="calls.tag", action="deleted").body["data"] == []
    assert len(api.get("/api/audit", userId=user.pk).body["data"]) == 3
    assert api.get("/api/audit", action="other").status == 400
    assert api.get("/api/audit", model="x").status == 400


def test_it_is_for_administrators_of_the_same_organization(api: ApiClient, other_api: ApiClient, user: User) -> None:
    api.post("/api/tags", {"name": "Refund"})
    assert "Refund" not in str(other_api.get("/api/audit").body)
    head = make_user(organization=user.organization, access_role=AccessRole.DEPARTMENT_HEAD)
    assert logged_in(head).get("/api/audit").status == 403
    assert ApiClient().get("/api/audit").status == 401


def test_the_admin_shows_it_and_gives_it_as_a_file(api: ApiClient, user: User, home: Organization) -> None:
    api.post("/api/tags", {"name": "Refund"})
    client = admin_of(make_staff(home))
    (row,) = rows_shown(client.get(list_of(AuditEntry), {"model": "calls.tag"}))
    assert "Refund" in client.get(page_of(row)).content.decode()
    answer = client.get(reverse("admin:trails_auditentry_export_list"), {"model": "calls.tag"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (line,) = csv.DictReader(text.splitlines())
    assert (line["actor"], line["action"], line["object_name"]) == (user.email, "created", "Refund")


def test_it_is_in_a_chain_that_is_checked_and_only_added_to(home: Organization) -> None:
    make_do_not_call(home)
    link_pending()
    assert faults_of(home.pk, Trail.AUDIT) == []
    call_command("check_audit", stdout=StringIO())
    with pytest.raises(DatabaseError, match="neither changed nor deleted"), transaction.atomic():
        connection.cursor().execute("UPDATE trails_auditentry SET object_name = 'x'")


def test_what_is_of_no_organization_is_of_the_platform() -> None:
    make_superuser()
    assert last().organization_id == "0" * 24
    assert make_organization().pk == last().organization_id
    assert ListeningQueue.audited_names()
