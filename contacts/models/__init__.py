from contacts.models.consent import CallPurpose, Consent, ConsentBasis, ConsentSource
from contacts.models.contact import Contact
from contacts.models.contact_note import ContactNote, NoteType
from contacts.models.context_variable import ContextType, ContextValue, ContextVariable, VariableType
from contacts.models.dial_decision import DialDecision, DialPath, ImmutableDecisionError
from contacts.models.do_not_call import DoNotCallNumber, DoNotCallSource
from contacts.models.note_mention import NoteMention
from contacts.models.reminder import Reminder, ReminderChannel

__all__ = [
    "CallPurpose",
    "Consent",
    "ConsentBasis",
    "ConsentSource",
    "Contact",
    "ContactNote",
    "ContextType",
    "ContextValue",
    "ContextVariable",
    "DialDecision",
    "DialPath",
    "DoNotCallNumber",
    "DoNotCallSource",
    "ImmutableDecisionError",
    "NoteMention",
    "NoteType",
    "Reminder",
    "ReminderChannel",
    "VariableType",
]
