"""What calls, and all that is around them, know of persons; how it is found, exported and erased."""

from __future__ import annotations

from calls.models import (
    AgentRate,
    CallDelta,
    CallImport,
    CallRollup,
    Criterion,
    Disposition,
    ListeningQueue,
    PhoneNumber,
    Prompt,
    PromptVersion,
    RedactionRun,
    RegisteredTool,
    RetentionRule,
    Scorecard,
    Tag,
    VoiceAccount,
    WebhookCursor,
    WebhookSubscription,
)
from calls.personal_data.calls import CALLS
from calls.personal_data.outgoing import OUTGOING
from calls.personal_data.privacy import PRIVACY
from calls.personal_data.requests import REQUESTS
from tether_calls.common.personal_data import (
    Cached,
    Files,
    register,
    register_cached,
    register_files,
    register_harmless,
)

# Places of one `order` are erased in this one.
register(*CALLS, *OUTGOING, *REQUESTS, *PRIVACY)
register_harmless("words that administrators define", Tag, Disposition, Scorecard, Criterion, ListeningQueue)
register_harmless("what agents say to everybody; a person's values come from the call", Prompt, PromptVersion)
register_harmless("our accounts, numbers, prices and tools", VoiceAccount, PhoneNumber, AgentRate, RegisteredTool)
register_harmless("how long calls are kept, and how far the redaction of old ones is", RetentionRule, RedactionRun)
register_harmless("counts and sums", CallDelta, CallRollup)
register_harmless("how far a file is imported; a digest of it", CallImport)
register_harmless("whom webhooks are sent to, and how far the log has been read", WebhookSubscription, WebhookCursor)
register_files(
    Files(storage="recordings", place="recordings"),
    Files(storage="exports", place="exports"),
    Files(storage="erasures", harmless="keyed digests of numbers and contacts that were erased, to be erased again"),
)
register_cached(
    Cached(
        module="calls.services.live_calls.listen",
        holds="that a provider's account lets nobody read along, under a digest of its organization",
        why="nothing of a call; gone within an hour",
    ),
    Cached(
        module="calls.services.agent_calls.dial_lock",
        holds="ids of the call that a dial has made, under a digest of whom it dialled",
        why="no number; gone within a minute",
    ),
    Cached(
        module="calls.services.lifecycle.call_context",
        holds="the ids of a call and its organization, under a provider's id of it",
        why="no number, and nothing of what the call is about; gone within a day",
    ),
)
