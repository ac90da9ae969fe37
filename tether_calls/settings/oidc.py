"""Logging in at an OpenID provider: off without OIDC_ISSUER."""

from __future__ import annotations

from tether_calls.settings.environment import env

# The provider, as it calls itself; what else has to be known of it, its discovery document says.
OIDC_ISSUER: str = env.str("OIDC_ISSUER", default="").strip()
# What it knows this service by.
OIDC_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", default="").strip()
OIDC_CLIENT_SECRET: str = env.str("OIDC_CLIENT_SECRET", default="")
# What is asked for; without `email` nobody can be matched with an account.
OIDC_SCOPES: str = env.str("OIDC_SCOPES", default="openid email profile")
# How its ID tokens may be signed: by keys of which it has published one half.
OIDC_ALGORITHMS: list[str] = env.names("OIDC_ALGORITHMS", default=["RS256"])
# What is written on the button.
OIDC_LABEL: str = env.str("OIDC_LABEL", default="Log in with your company's account")
# The frontend's page that a login comes back to; empty: only the admin has it.
OIDC_FRONTEND_PAGE: str = env.str("OIDC_FRONTEND_PAGE", default="").strip()
# The only organization whose users may log in there; empty: those of all, and the platform's staff.
OIDC_ORGANIZATION: str = env.str("OIDC_ORGANIZATION", default="").strip()
# The claims that say of which organization (its id) and in which role somebody is; empty: the account says it.
OIDC_ORGANIZATION_CLAIM: str = env.str("OIDC_ORGANIZATION_CLAIM", default="").strip()
OIDC_ROLE_CLAIM: str = env.str("OIDC_ROLE_CLAIM", default="").strip()
# Whether an account is made for who has none.
OIDC_CREATES_ACCOUNTS = env.yes("OIDC_CREATES_ACCOUNTS", default=False)
# Of what the provider says it has asked for (`amr`), what counts as the second factor; empty: nothing does.
OIDC_SECOND_FACTORS: list[str] = env.names("OIDC_SECOND_FACTORS")
# Hosts (or host:port) of the provider that may be at private addresses: one in the company's own network.
OIDC_PRIVATE_HOSTS: list[str] = env.hosts("OIDC_PRIVATE_HOSTS")
