"""Recordings: got from their source, checked by their bytes, and stored before the call is committed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from calls.models.recording import recordings
from calls.providers.errors import ProviderError, ProviderProblem
from calls.redaction.sound import Span
from calls.reports import InlineRecording, ProvidedRecording, RecordingSource, StoredRecording
from calls.services.recordings.mp3 import Mp3Facts, NotAnMp3, inspect_mp3
from calls.services.recordings.mp3_silence import silence
from calls.services.recordings.remove_files import remove_files
from calls.storage import new_recording_name
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.http import FetchError, FetchLimits, FetchProblem, fetch
from tether_calls.common.transactions import is_rolled_back

logger = logging.getLogger(__name__)

_IN_MEMORY_BYTES = 1024 * 1024
_HASH_CHUNK = 256 * 1024


def store_recording(*, organization_id: str, source: RecordingSource, silent: Sequence[Span] = ()) -> StoredRecording:
    """Get, check and store a recording, silent in these spans. No transaction may be open: this talks to the network.

    The thread's database connection goes back to the pool where a server is asked for it, or given it: a slow one must
    not hold one of sixteen.

    Raises RECORDING_INVALID, RECORDING_UNREACHABLE, RECORDING_TOO_LARGE (the client's), PROVIDER_ERROR (where a
    provider has it), RECORDING_NOT_STORED and TOO_MANY_DOWNLOADS (ours).
    """
    with _checked(source) as (file, facts):
        if silent:
            silence(file, silent)
        digest = hashlib.sha256()
        size = 0
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            size += len(chunk)
        file.seek(0)
        name = new_recording_name(organization_id=organization_id, at=timezone.now())
        try:
            stored_name = recordings().save(name, File(file, name=name))
        except Exception as error:
            # Any exception of the storage's client: a refusal, a time-out, no connection, a full disk.
            logger.exception("A recording could not be stored")
            raise TetherError(ErrorCode.RECORDING_NOT_STORED) from error
    return StoredRecording(
        name=stored_name, size=size, sha256=digest.hexdigest(), duration=facts.duration, silenced=tuple(silent)
    )


def check_recording(*, source: RecordingSource) -> None:
    """Get and check a recording, and keep nothing of it. Raises what `store_recording` raises before it stores."""
    with _checked(source):
        pass


@contextmanager
def _checked(source: RecordingSource) -> Iterator[tuple[BinaryIO, Mp3Facts]]:
    is_here = isinstance(source, InlineRecording) and isinstance(recordings(), FileSystemStorage)
    if not is_here and not connection.in_atomic_block:  # as it is where tests run inside of a transaction
        connection.close()
    with closing(_open(source)) as file:
        try:
            facts = inspect_mp3(file)
        except NotAnMp3 as fault:
            raise TetherError(ErrorCode.RECORDING_INVALID, str(fault)) from None
        yield file, facts


@dataclass
class Kept:
    """Whether a stored recording has become a call's."""

    is_used: bool = False


@contextmanager
def discarded_unless_used(stored: StoredRecording | None) -> Iterator[Kept]:
    """The block writes the call, to the end of its transaction, and notes whether it uses the recording; else it goes.

    Where the connection breaks, the commit may have arrived all the same: then the call needs its recording, which
    stays, and `sweep_recordings` removes it where no call has it.
    """
    use = Kept()
    try:
        yield use
    except (OperationalError, InterfaceError) as error:
        use.is_used = not is_rolled_back(error)
        raise
    except BaseException:
        use.is_used = False
        raise
    finally:
        if stored is not None and not use.is_used:
            discard_stored(stored)


def discard_stored(stored: StoredRecording) -> None:
    """Remove a recording whose call was not kept. What cannot be removed now is found by `sweep_recordings`."""
    try:
        remove_files(stored.name)
    except Exception:
        logger.exception("A recording without a call could not be removed; sweep_recordings will")


def _open(source: RecordingSource) -> BinaryIO:
    limit = settings.TETHER_RECORDING_MAX_BYTES
    if isinstance(source, InlineRecording):
        if len(source.content) > limit:
            raise _too_large(limit)
        return BytesIO(source.content)
    file = cast(BinaryIO, SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES))  # noqa: SIM115  # the caller closes it
    limits = FetchLimits(
        connect_seconds=settings.TETHER_FETCH_CONNECT_SECONDS,
        read_seconds=settings.TETHER_FETCH_READ_SECONDS,
        total_seconds=settings.TETHER_FETCH_TOTAL_SECONDS,
        max_bytes=limit,
        exempt_hosts=tuple(settings.TETHER_FETCH_EXEMPT_HOSTS),
    )
    try:
        with _download_slot():
            if isinstance(source, ProvidedRecording):
                source.download(file, limit)
            else:
                fetch(source.url, into=file, limits=limits)
    except ProviderError as error:
        file.close()
        if error.reason == "too_large":
            raise _too_large(limit) from None
        # What is refused stays so, such as an address that is none of theirs; the rest may be there the next time.
        is_final = error.problem is ProviderProblem.REFUSED
        code = ErrorCode.RECORDING_UNREACHABLE if is_final else ErrorCode.PROVIDER_ERROR
        raise TetherError(code, f"The provider did not hand out the recording: {error}") from None
    except FetchError as error:
        file.close()
        if error.problem is FetchProblem.TOO_LARGE:
            raise _too_large(limit) from None
        raise TetherError(ErrorCode.RECORDING_UNREACHABLE, f"The recording could not be downloaded: {error}") from None
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


@contextmanager
def _download_slot() -> Iterator[None]:
    """One of TETHER_DOWNLOADS. Raises TOO_MANY_DOWNLOADS at once: who waited here would hold a thread as well."""
    if not _downloads().acquire(blocking=False):
        raise TetherError(ErrorCode.TOO_MANY_DOWNLOADS, retry_after=10)
    try:
        yield
    finally:
        _downloads().release()


@cache
def _downloads() -> BoundedSemaphore:
    return BoundedSemaphore(settings.TETHER_DOWNLOADS)


def _too_large(limit: int) -> TetherError:
    return TetherError(ErrorCode.RECORDING_TOO_LARGE, f"The recording is larger than {limit} bytes")
