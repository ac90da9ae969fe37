"""What the endpoints of agents take and answer; the document itself is in `calls.documents.prompt`."""

from __future__ import annotations

from typing import Any, Literal

from django.core.validators import RegexValidator

from calls.documents.prompt import PromptDocument
from tether_calls.common.fields import TextField, TrueOrFalseField, WholeNumberParameter
from tether_calls.common.pagination import MAX_SIZE, PagedFields
from tether_calls.common.serializers import QuerySerializer, RequestSerializer
from tether_calls.common.wire import WireStruct

MAX_PROMPT = 100_000
MAX_FIRST_MESSAGE = 10_000


class ProviderIdField(TextField):
    """An id at ElevenLabs: it becomes part of addresses there, so it is letters, digits, `-` and `_`."""

    def __init__(self, **kwargs: Any) -> None:
        shape = RegexValidator(r"\A[A-Za-z0-9_-]*\Z", "Letters, digits, - and _ only")
        super().__init__(max_length=100, validators=[shape], **kwargs)


class PromptFields(RequestSerializer):
    prompt = TextField(required=False, allow_blank=True, max_length=MAX_PROMPT, help_text="The agent's instructions.")
    first_message = TextField(required=False, allow_blank=True, max_length=MAX_FIRST_MESSAGE)
    voice_id = ProviderIdField(required=False, allow_blank=True)
    voice_enabled = TrueOrFalseField(required=False)
    elevenlabs_agent_id = ProviderIdField(
        required=False, allow_blank=True, help_text="The agent at ElevenLabs that speaks for this one; empty: none."
    )


class PromptCreateRequest(PromptFields):
    name = TextField(max_length=200)


class PromptUpdateRequest(PromptFields):
    name = TextField(required=False, max_length=200)


class PromptsQuery(PagedFields, QuerySerializer):
    # Few organizations have more agents, so that most frontends never ask for a second page.
    size = WholeNumberParameter(required=False, default=MAX_SIZE, min_value=1, max_value=MAX_SIZE)


class PromptsPageResponse(WireStruct):
    """One page of agents, newest first; `total` counts those of all pages."""

    success: Literal[True]
    prompts: list[PromptDocument]
    total: int
    page: int
    size: int


class PromptResponse(WireStruct):
    """One agent."""

    success: Literal[True]
    prompt: PromptDocument
