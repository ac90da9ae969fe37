"""An organization with so many users, in the database that the environment names; prints their tokens and keys as JSON.

A program of its own, since one process reads its settings, and so its database, once.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories import make_organization, make_user
    from tether_calls.accounts.services.api_keys import default_api_key
    from tether_calls.accounts.tokens import issue_tokens

    organization = make_organization()
    users = [make_user(organization=organization) for _ in range(int(sys.argv[1]))]
    tokens, keys = [issue_tokens(user).access for user in users], [default_api_key(user=user) for user in users]
    sys.stdout.write(json.dumps({"tokens": tokens, "keys": keys}))


if __name__ == "__main__":
    main()
