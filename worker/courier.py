"""What carries messages out: HTTP for webhooks and text messages, apprise for chat and mail.

Nothing here says an address or a secret aloud: not in a log, not in an error that Temporal keeps.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from activities.channels import Sending, Undelivered
from domain.channels import TRIAL, Channel, Message, Owed, Wording, is_allowed, link, word
from runtime.settings import Settings
from runtime.vault import Unopened, Vault

HTTP_SECONDS = 15.0
# They write whole addresses, tokens among them.
for _talkative in ("httpx", "httpcore", "apprise", "urllib3", "requests_oauthlib"):
    logging.getLogger(_talkative).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on its way; ``message`` is ``None`` for a test message. ``key`` is the same when it
    is repeated."""

    address: str
    wording: Wording
    message: Message | None
    key: str


class Carrier(Protocol):
    """One channel."""

    async def carry(self, letter: Letter) -> None:
        """Hand a letter over. Raises :class:`Undelivered`."""
        ...


class Couriers:
    """Every channel, as the settings equip it."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.public_url
        self._vault = Vault(settings.secret_key.get_secret_value())
        self._carriers: dict[Channel, Carrier] = {
            Channel.EMAIL: Apprised(settings.channel_email_url.get_secret_value()),
            Channel.WECOM: Apprised(settings.channel_wecom_url.get_secret_value()),
            Channel.DINGTALK: Apprised(settings.channel_dingtalk_url.get_secret_value()),
            Channel.FEISHU: Apprised(settings.channel_feishu_url.get_secret_value()),
            Channel.WEBHOOK: Webhook(settings.webhook_hosts, settings.public_url),
            Channel.SMS: HttpSms(
                settings.channel_sms_url,
                json.loads(settings.channel_sms_headers.get_secret_value()),
                json.loads(settings.channel_sms_body),
            ),
        }

    async def carry(self, sending: Sending) -> None:
        """Hand a message over. Raises :class:`Undelivered`."""
        message = sending.message
        try:
            address = self._vault.open(sending.address, sending.username, sending.channel)
        except Unopened:
            raise Undelivered("地址无法读出（系统密钥已更换），请重新填写") from None
        letter = Letter(
            address=address,
            wording=word(message, sending.channel, self._base_url) if message else TRIAL,
            message=message,
            key=message.key if message else "duban-trial",
        )
        await self._carriers[sending.channel].carry(letter)


class Webhook:
    """JSON by POST to an address on one of the hosts the administrator allows; never redirected.
    ``Idempotency-Key`` is the same for the same message, and each part has its own id."""

    def __init__(self, hosts: frozenset[str], base_url: str) -> None:
        self._hosts = hosts
        self._base_url = base_url

    async def carry(self, letter: Letter) -> None:
        """Any answer from 200 to 299 is a receipt. Raises :class:`Undelivered`."""
        if not is_allowed(letter.address, self._hosts):
            raise Undelivered("该地址所在的主机不在允许之列（DUBAN_CHANNEL_WEBHOOK_HOSTS）")
        parts = letter.message.parts if letter.message else ()
        body = {
            "title": letter.wording.title,
            "text": letter.wording.text,
            "late": letter.message.late if letter.message else False,
            "messages": [self._part(one) for one in parts],
        }
        await _post(letter.address, {"Idempotency-Key": letter.key}, body)

    def _part(self, one: Owed) -> dict[str, Any]:
        return {
            "id": one.id,
            "title": one.title,
            "number": one.number,
            "item_title": one.item_title,
            "due_at": one.due_at.isoformat() if one.due_at else None,
            "made_at": one.made_at.isoformat(),
            "link": link(one, self._base_url),
        }


class HttpSms:
    """Any gateway that takes a text message as JSON by POST. In its URL, headers and body
    ``{phone}``, ``{text}`` and ``{key}`` stand for what they say. Gateways that want signed
    requests need a :class:`Carrier` of their own."""

    def __init__(self, url: str, headers: Mapping[str, str], body: Mapping[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._body = body

    async def carry(self, letter: Letter) -> None:
        """Any answer from 200 to 299 is a receipt. Raises :class:`Undelivered`."""
        words = {"{phone}": letter.address, "{text}": letter.wording.text, "{key}": letter.key}
        url = _filled(self._url, {name: quote(word, safe="") for name, word in words.items()})
        headers = {name: _filled(value, words) for name, value in self._headers.items()}
        body = {name: _filled(value, words) for name, value in self._body.items()}
        await _post(url, headers, body)


class Apprised:
    """A service that apprise knows, by a URL in which ``{address}`` stands for the person's."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def carry(self, letter: Letter) -> None:
        """Raises :class:`Undelivered`."""
        # In a thread: the first time it reads 170 modules.
        notify = await asyncio.to_thread(_service, self._url, letter.address)
        said = letter.wording
        if not await notify(title=said.title, body=said.text, body_format="text"):
            raise Undelivered("对方没有收下")


def _service(url: str, address: str) -> Callable[..., Awaitable[object]]:
    """What sends by a URL of apprise's, once: Temporal repeats, and looks at the hour first."""
    from apprise import Apprise

    service = Apprise()
    if not service.add(url.replace("{address}", quote(address, safe="@"))):
        raise Undelivered("地址或该渠道的设置有误")
    return service.async_notify


def _filled(template: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        template = template.replace(name, value)
    return template


async def _post(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
    """Raises :class:`Undelivered`."""
    try:
        async with httpx.AsyncClient(timeout=HTTP_SECONDS, follow_redirects=False) as client:
            answer = await client.post(url, headers=dict(headers), json=body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Undelivered(f"连接不上（{type(error).__name__}）") from None
    if not answer.is_success:
        raise Undelivered(f"对方答复 {answer.status_code}")
