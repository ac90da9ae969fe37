from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CallsConfig(AppConfig):
    name = "calls"

    def ready(self) -> None:
        from calls import checks, personal_data  # noqa: F401  # register themselves
        from calls.models.counting_triggers import drop_triggers_in_the_way, make_triggers
        from calls.partner.errors import partner_envelope
        from calls.selectors.seen_calls import (
            ids_of_seen,
            leaves_out_of_contact,
            of_contacts_seen,
            owners_of_calls,
            owners_of_contacts,
            owners_of_conversations,
        )
        from calls.services.lifecycle.heed_holds import holds_contact, holds_writings, names_of_holds
        from calls.services.live_calls.read_along import LiveTurns
        from calls.services.review.follow_notes import keep_words_with_note
        from calls.services.scheduled_calls.askers import SCHEDULED_CALLS_OF_KEYS
        from calls.services.webhooks_out.owners import WEBHOOKS_OF_KEYS
        from contacts.contact_keepers import keep_contacts, keep_writings, name_contacts, share_contacts
        from contacts.note_followers import follow_notes
        from tether_calls.accounts.key_followers import follow_keys
        from tether_calls.accounts.sight import set_calls_seen
        from tether_calls.common.envelopes import set_envelope_below
        from tether_calls.realtime.owners import set_owners
        from tether_calls.realtime.turns import set_turn_source

        set_envelope_below("/api/v1", partner_envelope)
        set_turn_source(LiveTurns())
        set_calls_seen(ids_of_seen, of_contacts_seen)
        set_owners(of_calls=owners_of_calls, of_conversations=owners_of_conversations, of_contacts=owners_of_contacts)
        follow_keys(WEBHOOKS_OF_KEYS)
        follow_keys(SCHEDULED_CALLS_OF_KEYS)
        follow_notes(keep_words_with_note)
        keep_contacts(holds_contact)
        keep_writings(holds_writings)
        name_contacts(names_of_holds)
        share_contacts(leaves_out_of_contact)
        # The one use of signals: of tables, not of rows.
        pre_migrate.connect(drop_triggers_in_the_way, sender=self)
        post_migrate.connect(make_triggers, sender=self)
