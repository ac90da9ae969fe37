"""What we ask of Sinch's SMS API: https://developers.sinch.com/docs/sms/api-reference/"""

from __future__ import annotations

from urllib.parse import urlsplit

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import Ask, ProviderHttp, json_body
from calls.providers.reading import fields
from calls.providers.sinch.payloads import PROVIDER
from calls.providers.sinch.settings import SMS_REGIONS, SinchCredentials
from calls.providers.sinch.texts import batch_of, is_a_template, read_batch, refusal_of
from calls.providers.texts import SentText, TextProblem, TextStatus, TextToSend
from tether_calls.common.http import FetchLimits

_BATCHES = "/xms/v1/{plan}/batches"


class SinchTextClient:
    """Raises ProviderError, and asks once, with the service plan's token."""

    def __init__(self, credentials: SinchCredentials, *, limits: FetchLimits | None = None) -> None:
        self._credentials = credentials
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=_base_url(credentials), limits=limits, error_code=_error_code
        )

    def send_text(self, text: TextToSend) -> SentText:
        """A batch of one. There is no idempotency key: what was sent once is never sent again."""
        credentials = self._credentials
        if not credentials.sms_service_plan_id or not credentials.sms_api_token:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
        if is_a_template(text.content):
            return SentText(status=TextStatus.FAILED, problem=TextProblem.CONTENT_REFUSED, provider_code="405")
        ask = Ask(
            operation="send_text",
            method="POST",
            url=self._http.url(_BATCHES, plan=credentials.sms_service_plan_id),
            headers={
                "Authorization": f"Bearer {credentials.sms_api_token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            body=json_body(batch_of(text, account=credentials.application_key)),
            expects=lambda error: _of_text(error) is not None,
        )
        try:
            return self._http.answer(ask, read_batch)
        except ProviderError as error:
            problem = _of_text(error)
            if problem is None:
                raise
            return SentText(status=TextStatus.FAILED, problem=problem, provider_code=error.reason)


def _of_text(error: ProviderError) -> TextProblem | None:
    """What is wrong with the one text that was refused, and with nothing else."""
    return refusal_of(error.reason) if error.problem is ProviderProblem.REFUSED else None


def _base_url(credentials: SinchCredentials) -> str:
    """The region's host. An address that is not Sinch's own stands for all of its hosts, as the simulator's does."""
    host = urlsplit(credentials.base_url).hostname or ""
    if host != "sinch.com" and not host.endswith(".sinch.com"):
        return credentials.base_url
    return f"https://{credentials.sms_region or SMS_REGIONS[0]}.sms.api.sinch.com"


def _error_code(body: object) -> object:
    return fields(body).get("code")
