"""Channels outside the system: what may be sent on them, when, in which words (办法 四(三) R33).

The message inside the system (站内) is the one that counts. What goes out on a channel only calls
somebody to it: it names the item and its limit, and none of what anybody wrote about it.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, pairwise, takewhile

from domain.calendar import WorkingCalendar, days_after
from domain.errors import Invalid
from domain.ladder import REMIND
from domain.policy import EXTRA_URGENT
from domain.text import instant_text


class Channel(StrEnum):
    """A way out of the system."""

    EMAIL = "email"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    WEBHOOK = "webhook"
    SMS = "sms"


CHANNEL_NAMES = {
    Channel.EMAIL: "电子邮件",
    Channel.WECOM: "企业微信",
    Channel.DINGTALK: "钉钉",
    Channel.FEISHU: "飞书",
    Channel.WEBHOOK: "网络回调",
    Channel.SMS: "短信",
}
URGENCIES = ("normal", "urgent", EXTRA_URGENT)


class Sent(StrEnum):
    """What became of one message on one channel."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    QUIET = "quiet"
    """Not sent, because it had lost its point by the time it could have been."""
    COLLAPSED = "collapsed"
    """Not sent, because a later one of the same clock says more."""


STATE_NAMES = {
    Sent.WAITING: "待发送",
    Sent.SENT: "已发送",
    Sent.FAILED: "未能送达",
    Sent.QUIET: "无需发送",
    Sent.COLLAPSED: "已并入后一条",
}
ENDED = "事项已经办结、归档或终止"
STOPPED = "时限已经完成或者变更"
OFF_SYSTEM = "系统已停用该渠道"
OFF_PERSON = "本人已停用该渠道"

LONGEST_URL = 2000
MOST_LISTED = 20
"""Messages in one that was put together; robots of chat services take about 2000 characters."""
SHORT_TITLE = 20
"""Characters of an item's title in a text message, which is paid for by its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of a working day in which ordinary messages are sent [D]. Raises
    ``Invalid('bad_hours')``."""

    spans: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12)),
        (time(14), time(17, 30)),
    )

    def __post_init__(self) -> None:
        ends = [at for span in self.spans for at in span]
        if not ends or any(b <= a for a, b in pairwise(ends)):
            raise Invalid("bad_hours", "发送时间须按先后填写且不重叠，如 08:30-12:00,14:00-17:30。")


def read_hours(text: str) -> Hours:
    """``08:30-12:00,14:00-17:30`` as hours. Raises ``Invalid('bad_hours')``."""
    try:
        spans = [span.strip().split("-") for span in text.split(",")]
        read = [(time.fromisoformat(a.strip()), time.fromisoformat(b.strip())) for a, b in spans]
    except ValueError:
        read = []
    return Hours(spans=tuple(read))


def next_sending_time(
    now: datetime, urgency: str, calendar: WorkingCalendar, hours: Hours
) -> datetime:
    """When a message may go out, at the earliest: 特急 at once, others within the hours of a
    working day. ``now`` is in the district's time zone."""
    if urgency == EXTRA_URGENT:
        return now
    if calendar.is_working(now.date()):
        for begins, ends in hours.spans:
            if now.timetz().replace(tzinfo=None) < ends:
                return max(now, _on(now.date(), begins, now))
    day = next(day for day in days_after(now.date()) if calendar.is_working(day))
    return _on(day, hours.spans[0][0], now)


def _on(day: date, at: time, now: datetime) -> datetime:
    return datetime.combine(day, at, now.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How messages are sent [D]. Counted from the moment when one might have gone: ``late_after``
    that it is marked 补发, ``together_after`` it several are put into one, ``give_up_after`` it one
    that still fails is given up."""

    hours: Hours = Hours()
    late_after: timedelta = timedelta(minutes=2)
    together_after: timedelta = timedelta(minutes=30)
    give_up_after: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message not sent yet. ``made_at`` is in the district's time zone; ``ended`` and ``stopped``
    say whether its item, or the clock it is about, is over or has moved since; ``held`` that an
    earlier attempt failed, ``late`` that the alarm itself rang late because of us. ``number`` and
    ``item_title`` are empty where it is about no item that is there for its reader."""

    id: int
    made_at: datetime
    title: str
    urgency: str = "normal"
    item_id: str = ""
    number: str = ""
    item_title: str = ""
    due_at: datetime | None = None
    clock: str = ""
    rung: str = ""
    ended: bool = False
    stopped: bool = False
    held: bool = False
    late: bool = False

    @property
    def is_reminder(self) -> bool:
        """Whether it only reminds of a limit."""
        return bool(self.clock) and self.rung.startswith(REMIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out at once: one message, or several that had to wait. ``late``: 补发."""

    parts: tuple[Owed, ...]
    late: bool
    now: datetime

    @property
    def key(self) -> str:
        """The same for the same message, so that a receiver may know a repeated one."""
        first, last = self.parts[0].id, self.parts[-1].id
        return f"duban-{first}" if first == last else f"duban-{first}-{last}-{len(self.parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do now with what one person is owed on one channel: ``quiet`` by reason,
    ``collapsed`` each into which other."""

    quiet: dict[int, str]
    collapsed: dict[int, int]
    message: Message | None
    held: tuple[int, ...] = ()
    """All that might go now: if this message fails, they are held up with it."""
    given_up: tuple[int, ...] = ()
    """Those of the message that are not tried again if it fails."""


def plan(owed: Iterable[Owed], now: datetime, calendar: WorkingCalendar, rules: Rules) -> Plan:
    """The next message of one person's channel, and what need not be sent any more. Messages go in
    the order in which they might have gone; what lay through an outage goes as one: of the channel,
    or of this system, that told of it late itself."""
    waiting = sorted(owed, key=lambda one: one.id)
    quiet = {one.id: why for one in waiting if (why := _pointless(one))}
    waiting = [one for one in waiting if one.id not in quiet]
    collapsed = _overtaken(waiting)
    since = {
        one.id: next_sending_time(one.made_at, one.urgency, calendar, rules.hours)
        for one in waiting
        if one.id not in collapsed
    }
    due = [one for one in waiting if one.id in since and _may_go(one, now, calendar, rules)]
    due.sort(key=lambda one: (since[one.id], one.id))
    if not due:
        return Plan(quiet=quiet, collapsed=collapsed, message=None)
    lay = takewhile(lambda one: one.late or now - since[one.id] > rules.together_after, due)
    lain = tuple(islice(lay, MOST_LISTED))
    parts = lain if len(lain) > 1 else (due[0],)
    late = any(one.held or one.late or now - since[one.id] > rules.late_after for one in parts)
    return Plan(
        quiet=quiet,
        collapsed=collapsed,
        message=Message(parts=parts, late=late, now=now),
        held=tuple(one.id for one in due),
        given_up=tuple(one.id for one in parts if now - since[one.id] > rules.give_up_after),
    )


def _may_go(one: Owed, now: datetime, calendar: WorkingCalendar, rules: Rules) -> bool:
    """Within the hours now: what was held up yesterday waits for the morning too."""
    return next_sending_time(now, one.urgency, calendar, rules.hours) <= now


def _pointless(one: Owed) -> str:
    """Why it need not be sent any more: what a clock said of an item that has ended, or a reminder
    of a limit that is met or moved. That an item has ended is itself worth telling."""
    if one.clock and one.ended:
        return ENDED
    return STOPPED if one.is_reminder and one.stopped else ""


def _overtaken(waiting: list[Owed]) -> dict[int, int]:
    """The reminders after which the same clock rang again, each with the last of those."""
    last = {(one.item_id, one.clock): one.id for one in waiting if one.clock}
    return {
        one.id: last[one.item_id, one.clock]
        for one in waiting
        if one.is_reminder and last[one.item_id, one.clock] != one.id
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A message as a channel takes it."""

    title: str
    text: str


_FORMS = {
    Channel.EMAIL: r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
    Channel.WECOM: r"[A-Za-z0-9_.-]{1,200}",
    Channel.DINGTALK: r"([A-Za-z0-9]{1,200}@)?[A-Za-z0-9]{1,200}",
    Channel.FEISHU: r"[A-Za-z0-9-]{1,200}",
    Channel.SMS: r"1[0-9]{10}",
}
"""What an address consists of: nothing that could lead the URL it is put into elsewhere."""
_WANTED = {
    Channel.EMAIL: "电子邮件地址",
    Channel.WECOM: "群机器人的 key，或者企业微信的成员账号",
    Channel.DINGTALK: "群机器人的 access_token（加签的写成 密钥@access_token）",
    Channel.FEISHU: "群机器人地址的最后一段",
    Channel.WEBHOOK: "管理员允许的主机上的 http(s) 地址",
    Channel.SMS: "11 位手机号码",
}


def check_address(channel: Channel, address: str, webhook_hosts: Collection[str]) -> str:
    """``address`` without blanks around it. Raises ``Invalid('bad_address')``."""
    plain = address.strip()
    if channel is Channel.WEBHOOK:
        fits = len(plain) <= LONGEST_URL and is_allowed(plain, webhook_hosts)
    else:
        fits = re.fullmatch(_FORMS[channel], plain) is not None
    if not fits:
        raise Invalid(
            "bad_address", f"{CHANNEL_NAMES[channel]}的地址（address）应为{_WANTED[channel]}。"
        )
    return plain


_WEB = re.compile(r"(https?)://([A-Za-z0-9.-]+)(:[0-9]{1,5})?([/?][!-~]*)?")
"""Narrower than what a URL may be, so that nobody reads another host in it."""


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether a webhook's address is on one of the hosts that may be written to; one named without
    a port is allowed on any."""
    found = _WEB.fullmatch(url)
    if found is None:
        return False
    host = found[2].lower()
    return host in hosts or f"{host}{found[3] or ''}" in hosts


def hint_of(channel: Channel, address: str) -> str:
    """All that is shown of an address once it is set."""
    match channel:
        case Channel.EMAIL:
            name, _, domain = address.partition("@")
            return f"{name[:1]}…@{domain}"
        case Channel.WEBHOOK:
            found = _WEB.fullmatch(address)
            return f"{found[1]}://{found[2]}{found[3] or ''}/…" if found else "…"
        case _:
            return f"…{address[-4:]}"


RESENT = "【补发】"
TRIAL = Wording(title="督办测试消息", text="这是一条测试消息。收到即说明该渠道可用，无需回复。")


def word(message: Message, channel: Channel, base_url: str = "") -> Wording:
    """The words of a message: number, title, what it is about, the limit, where to read on. Never
    the words of an act: neither 批示原文 nor a covert check can stand in it (R24)."""
    mark = RESENT if message.late else ""
    short = channel is Channel.SMS
    lines = [_line(one, message.now, short=short) for one in message.parts]
    if len(lines) > 1:
        title = f"{mark}督办消息{len(lines)}条"
        numbered = [f"{place}. {line}" for place, line in enumerate(lines, start=1)]
        return Wording(title=title, text="\n".join(numbered))
    (one,) = message.parts
    title = f"{mark}{one.title}"
    if short:
        return Wording(title=title, text=f"{mark}{lines[0]}")
    return Wording(title=title, text="\n".join([f"{mark}{lines[0]}", *_link(one, base_url)]))


def link(one: Owed, base_url: str) -> str:
    """Where the item can be read; empty where there is none, or no address is known."""
    return f"{base_url.rstrip('/')}/items/{one.item_id}" if base_url and one.number else ""


def _link(one: Owed, base_url: str) -> list[str]:
    where = link(one, base_url)
    return [where] if where else []


def _line(one: Owed, now: datetime, *, short: bool) -> str:
    if not one.number:
        return f"{one.title}，请登录督办系统查看。"
    name = one.item_title
    if short and len(name) > SHORT_TITLE:
        name = f"{name[:SHORT_TITLE]}…"
    due = f"，期限{instant_text(one.due_at, now)}" if one.due_at else ""
    return f"{one.number}“{name}”：{one.title}{due}。"
