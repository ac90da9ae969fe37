"""Whatever strangers wrote stands in the direction of its own letters."""

from __future__ import annotations

import pytest

from tests.browser.desk import Desk
from tests.factories import ingest_body
from tests.script_server import ScriptServer

# Who called, which agent answered, what was said and noted: words that begin from the right, with some in the middle
# that do not.
WORDS = {
    "callerName": "ليلى Haddad",
    "agentName": "وكيل Mia",
    "summary": "طلبت موعدا 2pm please",
    "tags": ["مهم VIP"],
    "disposition": "تم OK",
}
TURNS = [
    {"role": "user", "message": "مرحبا 2pm please", "timestamp": 1},
    {"role": "agent", "message": "أهلا Layla, OK", "timestamp": 3},
]

# Text that begins with such letters and whose line does not begin at the right: there, what comes first reads as last.
_TURNED_ROUND = """
() => {
    const begins = text => /^[^\\p{L}]*[\\u0590-\\u08ff]/u.test(text)
    const letter = (text, at) => {
        const range = document.createRange()
        range.setStart(text, at)
        range.setEnd(text, at + 1)
        return range.getBoundingClientRect()
    }
    const wrong = []
    let seen = 0
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text; (text = walker.nextNode()); ) {
        const element = text.parentElement
        if (!begins(text.data) || !element.checkVisibility() || element.closest("script, option")) continue
        const from = text.data.search(/\\S/), first = letter(text, from)
        let last = text.data.trimEnd().length - 1
        while (last > from && Math.abs(letter(text, last).top - first.top) > 4) last -= 1
        seen += 1
        if (letter(text, last).left >= first.left) wrong.push(element.outerHTML.slice(0, 120))
    }
    for (const field of document.querySelectorAll("input, textarea, select")) {
        const text = field.matches("select") ? field.selectedOptions[0]?.text ?? "" : field.value
        if (!begins(text) || !field.checkVisibility()) continue
        const style = getComputedStyle(field)
        seen += 1
        if (style.direction !== "rtl" && style.unicodeBidi !== "plaintext") wrong.push(field.outerHTML.slice(0, 120))
    }
    return [seen, wrong]
}
"""


@pytest.fixture(scope="module")
def addresses(demo: ScriptServer) -> dict[str, str]:
    """The pages on which the words are."""
    body = ingest_body(**WORDS, transcript=TURNS, fromNumber="+14165550291", direction="inbound")
    answer = demo.ingest(body, key=demo.printed["apiKey"])
    assert answer.status_code == 201, answer.text
    kept: dict[str, str] = answer.json()
    call_id, contact_id, conversation_id = kept["callId"], kept["contactId"], kept["conversationId"]
    return {
        "calls": f"/admin/calls/call/?q={call_id}",
        "call": f"/admin/calls/call/{call_id}/change/",
        "contacts": "/admin/contacts/contact/?q=14165550291",
        "contact": f"/admin/contacts/contact/{contact_id}/change/",
        "conversations": "/admin/conversations/conversation/?q=14165550291",
        "conversation": f"/admin/conversations/conversation/{conversation_id}/change/",
        "tags": "/admin/calls/tag/",
        "dispositions": "/admin/calls/disposition/",
    }


@pytest.mark.parametrize(
    "name", ["calls", "call", "contacts", "contact", "conversations", "conversation", "tags", "dispositions"]
)
def test_words_from_the_right_are_laid_out_from_the_right(staff: Desk, addresses: dict[str, str], name: str) -> None:
    page = staff.open(addresses[name])

    seen, wrong = page.evaluate(_TURNED_ROUND)

    assert seen > 0
    assert wrong == []
