"""A provider is listened to while somebody reads along in one of its calls.

The process that has the reader's socket listens, in a thread for each call. Of several processes one does: it holds a
lock in the cache, and another one takes over within seconds of its death, since each tries for as long as it has
readers. What was kept by then is not kept again: a provider repeats what was said when it is asked anew.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.core.cache import cache
from django.db import Error, connections, transaction

from calls.models import Call, LiveCall, LiveTurn, StorageMode
from calls.models.live_call import LiveState
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import agents_provider
from calls.redaction.reports import redacted_transcript
from calls.reports import TranscriptTurn
from calls.selectors.desk.under_way import RUNNING
from calls.selectors.privacy.storage_mode import with_storage_mode
from calls.selectors.voice_accounts.agents_account import AgentsAccount, agents_account
from calls.services.lifecycle.storage_mode import storage_mode_in
from calls.services.live_calls.find_conversation import find_conversation
from calls.services.live_calls.keep_turns import keep_turns
from tether_calls.accounts.models import Organization
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock
from tether_calls.common.masking import digest_name
from tether_calls.realtime.turns import Tell

logger = logging.getLogger(__name__)

# At once in a process; each is a thread.
MOST: Final = 100
# So long after the process that listens has died, another one does; and so often the others ask.
LOCK_SECONDS: Final = 15.0
_OTHERS_ASK_SECONDS: Final = 5.0
# Between attempts, the last one for all further: a call that still rings is not listened to yet.
PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
# In a row, without anything new; then only a new reader begins again.
MOST_FAILURES: Final = 30
# An account that may not listen is not asked again for so long.
_REFUSED_SECONDS: Final = 3600

_free = threading.BoundedSemaphore(MOST)
# Most calls that are watched are none to be listened to: a few threads find out.
_looking = ThreadPoolExecutor(max_workers=2, thread_name_prefix="looking-whether-to-listen")


def begin_listening(organization_id: str, call_id: str, tell: Tell) -> Callable[[], None]:
    """Have what is said in an agent's call kept from now on; returns at once, with what ends that."""
    listening = _Listening(organization_id, call_id, tell)
    _looking.submit(listening.begin)
    return listening.stop


class _Listening:
    """One call that is listened to, until it is over or `stop`; `tell` hears at most once why nothing can be heard."""

    def __init__(self, organization_id: str, call_id: str, tell: Tell) -> None:
        self._organization_id, self._call_id, self._tell = organization_id, call_id, tell
        self._stopped = threading.Event()
        self._lock = CacheLock("listening", call_id, seconds=LOCK_SECONDS)

    def stop(self) -> None:
        self._stopped.set()

    def begin(self) -> None:
        try:
            is_heard = self._conversation() is not None
        except Exception as error:
            is_heard = False
            logger.warning("It cannot be looked whether a call is to be listened to (%s)", type(error).__name__)
        finally:
            connections.close_all()
        if is_heard and not self._stopped.is_set():
            threading.Thread(target=self._run, name="listening", daemon=True).start()

    def _run(self) -> None:
        if not _free.acquire(blocking=False):
            self._tell(TetherError(ErrorCode.LIVE_TURNS_UNAVAILABLE))
            return
        try:
            self._listen()
        except TetherError:
            self._tell(TetherError(ErrorCode.LIVE_TURNS_UNAVAILABLE))
        except Error as error:
            # What is kept is read on; whoever watches anew begins again.
            logger.warning("A call cannot be listened to (%s)", type(error).__name__)
        except Exception:
            logger.exception("Listening to a call failed")
        finally:
            _free.release()
            self._lock.release()
            connections.close_all()

    def _listen(self) -> None:
        """Raises TetherError with what readers are told."""
        failures = 0
        while not self._stopped.is_set():
            conversation_id = self._conversation()
            if conversation_id is None:
                return
            if not self._is_ours():
                self._stopped.wait(_OTHERS_ASK_SECONDS)
                continue
            conversation_id = conversation_id or self._found()
            failures = 1 if conversation_id and self._hear(conversation_id) else failures + 1
            if failures > MOST_FAILURES:
                raise TetherError(ErrorCode.LIVE_TURNS_UNAVAILABLE)
            self._stopped.wait(PAUSES[min(failures, len(PAUSES)) - 1])

    def _conversation(self) -> str | None:
        """Its name at the provider, "" as long as that is not known; None where there is nothing to be heard."""
        calls = with_storage_mode(Call.objects.of_organization(self._organization_id).without_transcript())
        call = calls.filter(pk=self._call_id, status__in=RUNNING).first()
        if call is None or storage_mode_in(call) == StorageMode.METADATA_ONLY:
            return None
        if call.provider == agents_provider().name:
            return call.provider_call_id or ""
        return call.ai_conversation_id or ("" if call.ai_agent_id is not None else None)

    def _found(self) -> str:
        """Raises LIVE_TURNS_UNAVAILABLE where the account does not permit to look for it."""
        known = self._account()
        try:
            found = find_conversation(
                organization_id=self._organization_id, call_id=self._call_id, known=known, is_wanted=self._is_wanted
            )
        except ProviderError as error:
            if error.problem in (ProviderProblem.NOT_SUPPORTED, ProviderProblem.UNAUTHORIZED):
                self._refuse(error)
            return ""
        return found or ""

    def _hear(self, conversation_id: str) -> bool:
        """Whether anything new was said. Raises LIVE_TURNS_UNAVAILABLE where the account does not permit it."""
        known = self._account()
        kinds = Organization.objects.get(pk=self._organization_id).redacts
        told: Counter[TranscriptTurn] = Counter()
        is_new = False
        try:
            turns = agents_provider().listen(known.credentials, conversation_id, is_wanted=self._is_wanted)
            for spoken in turns:
                # The rest of a number may be told in the next turn, and this one is shown by then.
                (turn,) = redacted_transcript((spoken,), kinds, is_unfinished=True)
                told[turn] += 1
                is_new |= keep_heard(
                    organization_id=self._organization_id, call_id=self._call_id, turn=turn, occurrence=told[turn]
                )
        except ProviderError as error:
            if error.problem in (ProviderProblem.NOT_SUPPORTED, ProviderProblem.UNAUTHORIZED):
                self._refuse(error)
            logger.info("Listening to call %s: %s", self._call_id, error)
        return is_new

    def _account(self) -> AgentsAccount:
        try:
            if cache.get(self._refused_name) is None:
                return agents_account(self._organization_id)
        except UndecipherableSecret:
            logger.warning("Calls of organization %s are not listened to: its secrets", self._organization_id)
        raise TetherError(ErrorCode.LIVE_TURNS_UNAVAILABLE)

    def _refuse(self, error: ProviderError) -> None:
        """Said once in the log: plan, key or agent do not permit it, and will not a second later either."""
        if cache.add(self._refused_name, True, _REFUSED_SECONDS):
            logger.warning("Calls of organization %s cannot be listened to: %s", self._organization_id, error)
        raise TetherError(ErrorCode.LIVE_TURNS_UNAVAILABLE) from None

    @property
    def _refused_name(self) -> str:
        return digest_name("not-listened-to", self._organization_id)

    def _is_wanted(self) -> bool:
        return not self._stopped.is_set() and self._is_ours()

    def _is_ours(self) -> bool:
        """Raises LOCK_UNAVAILABLE."""
        left = self._lock.seconds_left
        return left > LOCK_SECONDS / 2 or (left > 0 and self._lock.renew()) or self._lock.acquire()


@transaction.atomic
def keep_heard(*, organization_id: str, call_id: str, turn: TranscriptTurn, occurrence: int) -> bool:
    """Keep what a provider tells of a call that goes on, unless it is known; whether it was new. Five statements.

    A provider numbers nothing, and begins again wherever it is asked again: `occurrence` says how often it has told
    the same words of the same speaker since it was asked. Of these, as many are known as are kept.
    """
    if not Call.objects.of_organization(organization_id).filter(pk=call_id, status__in=RUNNING).exists():
        return False
    live, _ = (
        LiveCall.objects.of_organization(organization_id)
        .select_for_update(of=("self",))
        .get_or_create(pk=call_id, defaults={"organization_id": organization_id, "state": LiveState.HEARD})
    )
    kept = LiveTurn.objects.of_organization(organization_id).filter(live_id=call_id)
    if live.state != LiveState.HEARD or kept.filter(role=turn.role, message=turn.message).count() >= occurrence:
        return False
    keep_turns(live, [(live.next_place, turn)])
    return True
