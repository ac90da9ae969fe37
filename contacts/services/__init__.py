from contacts.services.caller_names import (
    NEW_CONTACT,
    UNKNOWN_CALLER,
    CallerName,
    is_no_name,
    known_name,
    may_be_named,
)
from contacts.services.callers import Callers
from contacts.services.contact import (
    FROM_DIALPAD,
    FROM_EXTERNAL_CALL,
    ContactValues,
    create_caller,
    create_contact,
    delete_contact,
    find_or_create_caller,
    find_or_create_dialled,
    is_dialpad_placeholder,
    name_placeholder,
    update_contact,
)

__all__ = [
    "FROM_DIALPAD",
    "FROM_EXTERNAL_CALL",
    "NEW_CONTACT",
    "UNKNOWN_CALLER",
    "CallerName",
    "Callers",
    "ContactValues",
    "create_caller",
    "create_contact",
    "delete_contact",
    "find_or_create_caller",
    "find_or_create_dialled",
    "is_dialpad_placeholder",
    "is_no_name",
    "known_name",
    "may_be_named",
    "name_placeholder",
    "update_contact",
]
