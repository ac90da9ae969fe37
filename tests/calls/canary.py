"""A person with a number and a word that nobody else has, planted wherever data of persons may lie."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone

from calls.models import (
    Call,
    CallScore,
    Criterion,
    CriterionScore,
    Delivery,
    Export,
    IdempotentRequest,
    LegalHold,
    LiveCall,
    LiveTurn,
    OutgoingText,
    PrivacyRequest,
    Recording,
    RefusedPush,
    ScheduledCall,
    Scorecard,
    ToolCall,
    Transfer,
    WebhookAttempt,
    WebhookMessage,
    WebhookSubscription,
)
from calls.services.exports.request_export import KEPT
from calls.services.lifecycle.keep_words import keep_words
from calls.services.privacy.ask import ask
from calls.services.privacy.certificates import subject_of
from calls.services.privacy.work import do_privacy_requests
from contacts.models import Consent, Contact, ContactNote, ContextValue, ContextVariable, DialDecision
from tests.factories import make_call, make_contact, make_conversation, make_message, make_reminder, mp3_bytes
from tether_calls.accounts.models import SavedView, User
from tether_calls.realtime.models import EventLog

NUMBER: Final = "+15005557719"
WORD: Final = "Quetzalcanary"
NAME: Final = ("Xochitl", WORD)


def plant(user: User, *, number: str = NUMBER) -> Contact:
    """The person, in every place: one contact with two calls, one of a provider and one that a vendor pushed."""
    organization = user.organization
    assert organization is not None
    first, last = NAME
    contact = make_contact(
        organization,
        phone_number=number,
        first_name=first,
        last_name=last,
        email=f"{WORD}@example.com",
    )
    conversation = make_conversation(contact, latest_message=f"{WORD} called", message_count=2)
    told: dict[str, Any] = {
        "contact": contact,
        "conversation": conversation,
        "to_number": number,
        "ai_transcript": [{"role": "user", "message": f"My name is {WORD}"}],
        "ai_summary": f"{WORD} wants to know",
        "analysis": {"note": WORD},
        "opt_out": {"by": "phrase", "turn": 0, "text": f"{WORD} says stop"},
        "opted_out_at": timezone.now(),
        "metadata": {"customer": WORD},
        "provider_metadata": {"callerName": WORD, "failureReason": "busy"},
    }
    spoken = make_call(user, **told, provider="elevenlabs", provider_call_id=f"conv_{contact.pk}")
    pushed = make_call(user, **told, external_call_id=f"vendor-{number}")
    keep_words(spoken, pushed)
    for call in (spoken, pushed):
        file = f"{organization.pk}/2026-05-15/{call.pk}.mp3"
        storages["recordings"].save(file, ContentFile(mp3_bytes() + WORD.encode()))
        storages["recordings"].save(file.replace(".mp3", ".peaks"), ContentFile(WORD.encode()))
        Recording.objects.create(call=call, file=file, size=1, sha256="0" * 64, peaks="kept")
        make_message(conversation, call_id=call.pk, content=f"{WORD} wants to know", is_ai_generated=True)
        EventLog.objects.create(
            organization_id=organization.pk,
            call_id=call.pk,
            name="call_ended",
            data={"call": {"_id": call.pk, "to": number, "aiSummary": WORD}},
        )
    EventLog.objects.create(
        organization_id=organization.pk, name="note_created", data={"note": {"contactId": contact.pk, "note": WORD}}
    )
    live = LiveCall.objects.create(call=pushed, organization=organization)
    LiveTurn.objects.create(live=live, organization=organization, sequence=1, place=0, role="user", message=WORD)
    ContactNote.objects.create(organization=organization, contact=contact, user=user, note=f"About {WORD}")
    ContactNote.objects.create(
        organization=organization, contact=contact, note=WORD, type="ai_summary", call_id=spoken.pk
    )
    variable = ContextVariable.objects.create(
        organization=organization, context_type="contact", name=f"plan{contact.pk}", display_name="Plan",
        variable_type="text",
    )  # fmt: skip
    ContextValue.objects.create(organization=organization, variable=variable, contact=contact, value=WORD)
    make_reminder(user, contact, note=f"Ask {WORD}")
    Consent.objects.create(
        organization=organization, phone_number=number, basis="express", purpose="marketing",
        obtained_at=timezone.now(), evidence=f"{WORD} said yes", source="admin",
    )  # fmt: skip
    DialDecision.objects.create(
        organization=organization, at=timezone.now(), path="user", purpose="service", phone_number=number,
        is_allowed=True, rules=[], facts={}, call_id=spoken.pk,
    )  # fmt: skip
    ScheduledCall.objects.create(
        organization=organization, source="user", user=user, contact=contact, phone_number=number,
        call_reason=WORD, variables={"name": WORD}, not_before=timezone.now() + timedelta(days=1),
        next_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    Transfer.objects.create(
        organization=organization, call=spoken, provider="elevenlabs", conversation_id=f"conv_{contact.pk}",
        reason=WORD, summary=WORD, from_number=number, transfer_number="+14165550100", state="ended",
        expires_at=timezone.now(),
    )  # fmt: skip
    text = make_message(conversation, channel_type="sms", content=f"Hello {WORD}")
    OutgoingText.objects.create(
        organization=organization, message=text, purpose="user", state="done", provider="twilio",
        from_number="+14165550100", to_number=number, idempotency_key=f"text-{number}",
    )  # fmt: skip
    _plant_reviews(user, spoken)
    _plant_logs(user, contact, spoken, number)
    return contact


def _plant_reviews(user: User, call: Call) -> None:
    card = Scorecard.objects.create(organization_id=user.home_id, name=f"Card {call.pk}", key=f"card{call.pk}")
    criterion = Criterion.objects.create(scorecard=card, version=1, position=0, name="Polite", kind="yes_no", weight=1)
    score = CallScore.objects.create(
        organization_id=user.home_id, call=call, scorecard=card, version=1, reviewer=user, percent=100, comment=WORD
    )
    CriterionScore.objects.create(score=score, criterion=criterion, kind="yes_no", value=1, comment=WORD)


def _plant_logs(user: User, contact: Contact, call: Call, number: str) -> None:
    organization = user.organization
    assert organization is not None
    Delivery.objects.create(
        organization=organization, endpoint="elevenlabs", provider="elevenlabs", kind="post_call_transcription",
        provider_call_id=str(call.provider_call_id), state="processed", verdict="valid", url="/x",
        body=json.dumps({"conversation_id": call.provider_call_id, "transcript": WORD}).encode(), call=call,
    )  # fmt: skip
    Delivery.objects.create(
        organization=organization, endpoint="twilio/status", provider="twilio", state="refused", verdict="invalid",
        url="/x", body=f"To=%2B{number[1:]}&Caller={WORD}".encode(),
    )  # fmt: skip
    IdempotentRequest.objects.create(
        organization=organization, key=f"dial-{call.pk}", digest="0" * 64, call_id=call.pk, status=201,
        answer={"call": {"id": call.pk, "to_number": number, "name": " ".join(NAME)}},
    )  # fmt: skip
    ToolCall.objects.create(
        organization=organization, tool="lookup", digest=contact.pk, answer={"name": " ".join(NAME)}
    )
    RefusedPush.objects.create(
        organization=organization, user=user, status=400, code="VALIDATION_ERROR", external_call_id=f"x-{number}"
    )
    subscription = WebhookSubscription.objects.create(
        organization=organization, name="CRM", url="https://example.com/hook", subscribed_events=["call.ended"]
    )
    message = WebhookMessage.objects.create(
        subscription=subscription, event_type="call.ended", key=call.pk, call_id=call.pk, state="delivered",
        body=json.dumps({"call": {"id": call.pk, "summary": WORD}}),
    )  # fmt: skip
    WebhookAttempt.objects.create(message=message, status=200, response=f"thanks, {number}")
    SavedView.objects.create(user=user, list="calls.call", name=f"His {contact.pk}", query=f"q=%2B{number[1:]}")
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(Contact), object_id=contact.pk,
        object_repr=f"{WORD} {number}", action_flag=2, change_message=f"Changed {WORD}",
    )  # fmt: skip
    file = f"{organization.pk}/2026-05-15/{contact.pk}-calls.csv"
    storages["exports"].save(file, ContentFile(f"{number},{WORD}".encode()))
    Export.objects.create(
        organization=organization, user=user, kind="calls", format="csv", filter={"search": WORD},
        columns=["to"], time_zone="UTC", status="ready", file=file, expires_at=timezone.now() + KEPT,
    )  # fmt: skip
    LegalHold.objects.create(
        organization=organization, scope="number", phone_number=number, reason=f"Claim of {WORD}",
        released_at=timezone.now(),
    )  # fmt: skip
    PrivacyRequest.objects.create(
        organization=organization, kind="find", phone_number=number, subject=subject_of(organization.pk, number),
        shown="…19", sought={"names": [WORD]}, state="done", due_at=timezone.now(),
    )  # fmt: skip


def erase(user: User, **known_by: Any) -> PrivacyRequest:
    """As an administrator has it done; as far as the job comes in one run."""
    request = ask(user=user, organization_id=user.home_id, kind="erase", **(known_by or {"phone_number": NUMBER}))
    do_privacy_requests()
    request.refresh_from_db()
    return request


def counts(request: PrivacyRequest) -> dict[str, tuple[int, int, int]]:
    """What a request says of each place: found, erased, kept."""
    return {entry["place"]: (entry["found"], entry["done"], entry["kept"]) for entry in request.places}


def where_it_is(folder: Path, *, number: str = NUMBER) -> dict[str, list[str]]:
    """Every row of the database, every stored file and every entry of the cache in which number or word still are."""
    dump = folder / "dump.jsonl"
    call_command("dumpdata", "--format", "jsonl", "--output", str(dump), verbosity=0)
    found: dict[str, list[str]] = {}
    for line in dump.read_text().splitlines():
        row = json.loads(line)
        text = _readable(row)
        if number.lstrip("+") in text or WORD.casefold() in text.casefold():
            found.setdefault(row["model"], []).append(line[:300])
    for alias in ("recordings", "exports", "erasures"):
        root = Path(storages[alias].location)  # type: ignore[attr-defined]  # a folder in tests
        for path in root.rglob("*") if root.exists() else ():
            if path.is_file() and (WORD.encode() in path.read_bytes() or number[1:].encode() in path.read_bytes()):
                found.setdefault(alias, []).append(str(path))
    for entry in cached():
        if WORD.casefold() in entry.casefold() or number[1:] in entry:
            found.setdefault("cache", []).append(entry[:300])
    return found


def cached() -> list[str]:
    """All that is in the cache, and in Redis besides: names and values, as they lie there."""
    cache: Any = caches["default"]
    if isinstance(cache, LocMemCache):
        kept: dict[str, bytes] = cache._cache  # type: ignore[attr-defined]  # no other way to read all of it
        return [f"{name} {value!r}" for name, value in kept.items()]
    redis: Any = cache.client.get_client()
    return [f"{name!r} {redis.dump(name)!r}" for name in redis.scan_iter()]


def _readable(row: dict[str, Any]) -> str:
    """As it is, and what is in binary columns."""
    text = json.dumps(row, ensure_ascii=False)
    for value in row["fields"].values():
        if isinstance(value, str) and len(value) % 4 == 0:
            try:
                text += base64.b64decode(value, validate=True).decode(errors="replace")
            except ValueError:
                continue
    return text
