"""What goes over the wire, and that neither address nor secret is ever said aloud."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from apprise import Apprise
from pydantic import ValidationError

from activities.channels import Undelivered
from domain.channels import Channel, Message, Owed, check_address
from runtime.settings import Settings
from runtime.vault import Unopened, Vault
from tests.people import ZONE
from tests.sink import Sink, sink
from worker.courier import Couriers

# What apprise imports before Python 3.13.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
SECRET = "s" * 32
NOW = datetime(2026, 10, 9, 9, 0, tzinfo=ZONE)


def settings(**changed: Any) -> Settings:
    return Settings.model_validate({"secret_key": SECRET, **changed})


@dataclass(frozen=True)
class Told:
    channel: Channel
    address: str
    message: Message | None = None
    username: str = "zjj"


def told(channel: Channel, plain: str, *, username: str = "zjj") -> Told:
    owed = Owed(
        id=7,
        made_at=NOW,
        title="办理结果到期提醒",
        item_id="i7",
        number="政督〔2026〕7号",
        item_title="老旧小区改造",
        due_at=datetime(2026, 10, 13, 23, 59, 59, tzinfo=ZONE),
    )
    message = Message(parts=(owed,), late=True, now=NOW)
    return Told(channel, Vault(SECRET).seal(plain, "zjj", channel), message, username)


async def test_a_webhook_says_what_and_under_which_key() -> None:
    async with sink() as receiver:
        couriers = Couriers(
            settings(channel_webhook_hosts="127.0.0.1", public_url="https://duban.example")
        )
        await couriers.carry(told(Channel.WEBHOOK, receiver.url))
    ((_, headers, body),) = receiver.taken
    assert headers["idempotency-key"] == "duban-7"
    assert body == {
        "title": "【补发】办理结果到期提醒",
        "text": "【补发】政督〔2026〕7号“老旧小区改造”：办理结果到期提醒，期限10月13日24时。\n"
        "https://duban.example/items/i7",
        "late": True,
        "messages": [
            {
                "id": 7,
                "title": "办理结果到期提醒",
                "number": "政督〔2026〕7号",
                "item_title": "老旧小区改造",
                "due_at": "2026-10-13T23:59:59+08:00",
                "made_at": "2026-10-09T09:00:00+08:00",
                "link": "https://duban.example/items/i7",
            }
        ],
    }


async def test_a_text_message_goes_to_the_gateway_of_the_settings() -> None:
    async with sink() as receiver:
        couriers = Couriers(
            settings(
                channel_sms_url=f"http://127.0.0.1:{receiver.port}/send?to={{phone}}&k={{key}}",
                channel_sms_headers='{"X-Token": "geheim"}',
                channel_sms_body='{"mobile": "{phone}", "content": "{text}", "sign": "督查室"}',
            )
        )
        await couriers.carry(told(Channel.SMS, "13805330000"))
    ((path, headers, body),) = receiver.taken
    assert path == "/send?to=13805330000&k=duban-7"
    assert headers["x-token"] == "geheim"
    assert (body["mobile"], body["sign"]) == ("13805330000", "督查室")
    assert body["content"].startswith("【补发】政督〔2026〕7号“老旧小区改造”")


def local(receiver: Sink) -> Settings:
    """Chat over apprise, its service replaced by one on this machine."""
    return settings(channel_wecom_url=f"json://127.0.0.1:{receiver.port}/{{address}}/?retry=0")


async def test_apprise_carries_to_chat() -> None:
    async with sink() as receiver:
        await Couriers(local(receiver)).carry(told(Channel.WECOM, "key-1"))
    ((path, _, body),) = receiver.taken
    assert path.startswith("/key-1")
    assert body["title"] == "【补发】办理结果到期提醒"
    assert "期限10月13日24时" in body["message"]


async def test_apprise_that_is_refused_says_so_once() -> None:
    async with sink(refusals=9) as receiver:
        with pytest.raises(Undelivered, match="对方没有收下"):
            await Couriers(local(receiver)).carry(told(Channel.WECOM, "key-1"))
        assert receiver.refused == 1


@pytest.mark.parametrize(
    ("channel", "address", "kind"),
    [
        (Channel.WECOM, "693a91f6-7b1c-4bc4-97a0-0ec2f5aa1234", "NotifyWeComBot"),
        (Channel.DINGTALK, "SEC0123abc@0123456789abcdef", "NotifyDingTalk"),
        (Channel.DINGTALK, "0123456789abcdef", "NotifyDingTalk"),
        (Channel.FEISHU, "1d5f9c2e-0000-4000-8000-2f1b6a7c8d9e", "NotifyFeishu"),
        (Channel.EMAIL, "li.qiang+1@zhoucun.gov.cn", "NotifyEmail"),
    ],
)
def test_every_address_that_is_taken_makes_a_service(
    channel: Channel, address: str, kind: str
) -> None:
    plain = settings(channel_email_url="mailtos://u:p@smtp.example.cn?from=u@x.cn&to={address}")
    template = getattr(plain, f"channel_{channel}_url").get_secret_value()
    taken = check_address(channel, address, ())
    service: Any = Apprise.instantiate(template.replace("{address}", quote(taken, safe="@")))
    assert type(service).__name__ == kind
    if channel is Channel.EMAIL:
        assert [one for _, one in service.targets] == [address]


@pytest.mark.parametrize(
    ("refusals", "port", "why"), [(1, None, "对方答复 503"), (0, 9, "连接不上（ConnectError）")]
)
async def test_what_fails_names_no_address(
    refusals: int, port: int | None, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with sink(refusals) as receiver:
        url = receiver.url if port is None else f"http://127.0.0.1:{port}/?token=geheim-token"
        with pytest.raises(Undelivered) as failed:
            await Couriers(settings(channel_webhook_hosts="127.0.0.1")).carry(
                told(Channel.WEBHOOK, url)
            )
        await Couriers(local(receiver)).carry(told(Channel.WECOM, "geheim-key"))
    assert str(failed.value) == why
    assert "geheim" not in caplog.text


async def test_an_address_not_allowed_any_more_is_not_written_to() -> None:
    async with sink() as receiver:
        with pytest.raises(Undelivered, match="不在允许之列"):
            await Couriers(settings()).carry(told(Channel.WEBHOOK, receiver.url))
    assert receiver.taken == []


async def test_anothers_address_and_another_key_open_nothing() -> None:
    with pytest.raises(Undelivered, match="重新填写"):
        await Couriers(settings()).carry(told(Channel.SMS, "13805330000", username="jtj"))
    sealed = Vault(SECRET).seal("13805330000", "zjj", "sms")
    assert "1380533" not in sealed
    assert Vault(SECRET).seal("13805330000", "zjj", "sms") != sealed
    assert Vault(SECRET).open(sealed, "zjj", "sms") == "13805330000"
    for key, about in (("t" * 32, "sms"), (SECRET, "email")):
        with pytest.raises(Unopened):
            Vault(key).open(sealed, "zjj", about)
    with pytest.raises(Unopened):
        Vault(SECRET).open("no base64", "zjj", "sms")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channels": "wecom,telegram"}, "没有“telegram”这一渠道"),
        ({"channels": "email"}, "DUBAN_CHANNEL_EMAIL_URL"),
        ({"channels": "webhook"}, "DUBAN_CHANNEL_WEBHOOK_HOSTS"),
        ({"channels": "sms"}, "DUBAN_CHANNEL_SMS_URL"),
        ({"channel_hours": "17:30-08:30"}, "DUBAN_CHANNEL_HOURS"),
        ({"channel_sms_headers": "geheim"}, "DUBAN_CHANNEL_SMS_HEADERS"),
        ({"channel_sms_body": '{"n": 1}'}, "DUBAN_CHANNEL_SMS_BODY"),
    ],
)
def test_settings_that_cannot_send_are_refused_at_start(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**wrong)
    assert said in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_every_channel_is_off_unless_named() -> None:
    assert settings().channels_on == frozenset()
    on = settings(channels="wecom, SMS", channel_sms_url="http://sms.example.cn").channels_on
    assert on == {Channel.WECOM, Channel.SMS}
