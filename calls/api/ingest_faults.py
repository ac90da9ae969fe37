"""What can be wrong with a call that is pushed: one sentence in the words of the contract, and the field's path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.json_values import MISSING, NULL
from tether_calls.common.parsers import without_mark

StructT = TypeVar("StructT")

# Characters of the decoder's sentence that are sent; it quotes the whole value.
MAX_FAULT = 200
MAX_EXTERNAL_CALL_ID = 255
# Bytes of JSON that may hold as many characters.
_MAX_WRITTEN = 12 * MAX_EXTERNAL_CALL_ID + 2

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `\$\.?(?P<path>[^`]+)`)?")
_LOCATED = re.compile(r"(?P<fault>.+) - at `\$\.?(?P<path>[^`]*)`", re.DOTALL)
# Null and blank text stand for a field that is left out. The decoder quotes as `repr` does.
_ABSENT = re.compile(r".+, got `null`|Invalid enum value '(?:\s|\\[tnr]|\\x0[bc])*'", re.DOTALL)
_PLACE_IN_LIST = re.compile(r"\.(\d+)(?=\.|$)")


class _Identified(msgspec.Struct):
    # Raw: a value of another type, such as a long list, is not decoded.
    external_call_id: msgspec.Raw = msgspec.field(name="externalCallId", default_factory=msgspec.Raw)


_identified = msgspec.json.Decoder(_Identified)
_string = msgspec.json.Decoder(str)


def decoded(decoder: msgspec.json.Decoder[StructT], body: bytes | msgspec.Raw) -> StructT:
    """Raises MALFORMED_JSON, VALIDATION_ERROR in the words of the contract."""
    if isinstance(body, bytes) and not body:
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body is empty")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as fault:
        raise _translated(str(fault)) from None
    except RecursionError:
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body nests too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TetherError(ErrorCode.MALFORMED_JSON) from None


def external_call_id_in(call: bytes | msgspec.Raw) -> str:
    """The identifier of a call that may be wrong in everything else; empty where none can be read."""
    try:
        written = _identified.decode(without_mark(call) if isinstance(call, bytes) else call).external_call_id
        if not 0 < len(memoryview(written)) <= _MAX_WRITTEN:
            return ""
        text = _string.decode(written).strip()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return text if len(text) <= MAX_EXTERNAL_CALL_ID and "\0" not in text else ""


def invalid_field(path: str, fault: str, *, code: ErrorCode = ErrorCode.VALIDATION_ERROR) -> TetherError:
    return TetherError(code, f"Invalid field {path}: {fault}", details=[Detail(path, fault)])


def missing_field(path: str) -> TetherError:
    sentence = f"Missing required field: {path}"
    return TetherError(ErrorCode.VALIDATION_ERROR, sentence, details=[Detail(path, sentence)])


def first_fault(faults: Sequence[Detail]) -> TetherError:
    """Of what is wrong with a body that was read field by field, the first in these words too."""
    fault = faults[0]
    path = _PLACE_IN_LIST.sub(r"[\1]", fault.path)
    if fault.message == MISSING or (fault.message == NULL and not path.endswith("]")):
        return missing_field(path)
    return invalid_field(path, _shortened(fault.message)) if path else TetherError.of_fields([fault])


def _translated(fault: str) -> TetherError:
    """A fault in the words of the contract: `Missing required field: transcript`."""
    if match := _MISSING.fullmatch(fault):
        field, path = match["field"], match["path"]
        return missing_field(f"{path}.{field}" if path else field)
    if match := _LOCATED.fullmatch(fault):
        if _ABSENT.fullmatch(match["fault"]) and match["path"] and not match["path"].endswith("]"):
            return missing_field(match["path"])
        return invalid_field(match["path"] or "body", _shortened(match["fault"]))
    return TetherError(ErrorCode.VALIDATION_ERROR, f"Invalid request: {_shortened(fault)}")


def _shortened(fault: str) -> str:
    return fault if len(fault) <= MAX_FAULT else f"{fault[:MAX_FAULT]}…"
