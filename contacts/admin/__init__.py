from contacts.admin.contact import ContactAdmin, contact_ids_matching
from contacts.admin.do_not_call import DoNotCallAdmin
from contacts.admin.mention import NoteMentionAdmin

__all__ = ["ContactAdmin", "DoNotCallAdmin", "NoteMentionAdmin", "contact_ids_matching"]
