"""Access tokens for the browser SDK: https://www.twilio.com/docs/iam/access-tokens"""

from __future__ import annotations

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.twilio.settings import TwilioCredentials
from tether_calls.common.wire import ObjectId, WireStruct

TTL_SECONDS = 3_600


class CallsTwilioTokenResponse(WireStruct):
    """For Twilio's browser SDK; works for an hour."""

    token: str
    # What the browser is rung by: the user's id, which is all that Twilio allows in it.
    identity: str
    user_id: ObjectId


def access_token(credentials: TwilioCredentials, *, identity: str, ttl: int = TTL_SECONDS) -> str:
    """A token with which `identity` calls through our TwiML application and is rung.

    Signed with the API key's secret, not with the auth token. Raises ProviderError NOT_CONFIGURED.
    """
    parts = (credentials.account_sid, credentials.api_key_sid, credentials.api_key_secret, credentials.twiml_app_sid)
    if not all(parts):
        raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider="twilio")
    grant = VoiceGrant(incoming_allow=True, outgoing_application_sid=credentials.twiml_app_sid)
    token = AccessToken(
        credentials.account_sid,
        credentials.api_key_sid,
        credentials.api_key_secret,
        grants=[grant],
        identity=identity,
        ttl=ttl,
    )
    return str(token.to_jwt())
