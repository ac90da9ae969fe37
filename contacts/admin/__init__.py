from contacts.admin.consent import ConsentAdmin
from contacts.admin.contact import ContactAdmin, contact_ids_matching
from contacts.admin.dial_decision import DialDecisionAdmin
from contacts.admin.do_not_call import DoNotCallAdmin
from contacts.admin.mention import NoteMentionAdmin

__all__ = [
    "ConsentAdmin",
    "ContactAdmin",
    "DialDecisionAdmin",
    "DoNotCallAdmin",
    "NoteMentionAdmin",
    "contact_ids_matching",
]
