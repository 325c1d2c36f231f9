"""Channels outside the system: who is called on which, and what became of each message."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field
from structlog import get_logger
from temporalio.common import WorkflowIDConflictPolicy

from activities.messages import Line, Tried
from api.accounts import UsernamePath
from api.audit import Changing
from api.context import Context, ContextDep
from api.errors import not_found
from api.requests import body_of, documented
from api.rights import AccountsDep, ActorDep, RunningDep
from api.schemas import Strict
from domain.channels import (
    CHANNEL_NAMES,
    STATE_NAMES,
    URGENCIES,
    Channel,
    Sent,
    check_address,
    hint_of,
)
from domain.errors import Invalid
from runtime.vault import Vault
from store import channels, reads, sendings
from workflows.channels import ChannelTrialWorkflow
from workflows.ids import trial_id

router = APIRouter(tags=["消息渠道"], route_class=Changing)
log = get_logger(__name__)
Urgency = Literal["normal", "urgent", "extra_urgent"]
ChannelPath = Annotated[Channel, Path(description="渠道")]
# Longer than an attempt lasts.
WAIT = 25.0


class ChannelIn(Strict):
    """One channel as somebody wants it."""

    channel: Channel = Field(description="渠道")
    address: str | None = Field(
        None,
        max_length=2000,
        description="邮箱、手机号码、机器人的 key 或回调地址；不填则沿用原来的。以后不再显示全文",
    )
    active: bool = Field(True, description="是否启用")
    urgencies: list[Urgency] = Field(
        ["normal", "urgent", "extra_urgent"],
        min_length=1,
        max_length=3,
        description="收哪些紧急程度事项的消息",
    )


class ChannelsIn(Strict):
    """All of somebody's channels; those not named are given up."""

    channels: list[ChannelIn] = Field(max_length=len(Channel), description="每个渠道至多一项")


class ChannelOut(BaseModel):
    """One channel of somebody."""

    channel: Channel
    name: str
    available: bool = Field(description="系统是否开通该渠道（DUBAN_CHANNELS）")
    active: bool
    address: str = Field(description="地址的提示，不是全文；没有填写的为空")
    urgencies: list[str]


class ChannelList(BaseModel):
    """Every channel there can be, and how somebody has set it."""

    items: list[ChannelOut]


class TriedOut(BaseModel):
    """How a test message fared."""

    sent: bool
    detail: str


class SendingOut(BaseModel):
    """What became of one message on one channel."""

    id: int
    username: str
    name: str = Field(description="姓名")
    channel: Channel
    channel_name: str
    state: Sent
    state_name: str
    title: str
    item_id: str = Field(description="与事项无关的为空")
    number: str
    attempts: int
    remark: str = Field(description="未送达或不再发送的原因")
    late: bool = Field(description="补发")
    carried_by: int | None = Field(description="与哪一条一并发送，或并入了后来的哪一条")
    made_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


class SendingList(BaseModel):
    """A page of sendings."""

    items: list[SendingOut]
    next_cursor: str | None


class SendingQuery(Strict):
    """Which sendings to list."""

    username: Annotated[str | None, Field(max_length=200, description="谁的")] = None
    channel: Annotated[Channel | None, Field(description="渠道")] = None
    state: Annotated[Sent | None, Field(description="结果")] = None
    item_id: Annotated[str | None, Field(max_length=100, description="哪一事项的")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


@router.get(
    "/me/channels",
    summary="我的消息渠道",
    description="站内消息之外，还在哪些渠道提醒本人。地址只显示提示。",
)
async def my_channels(context: ContextDep, actor: ActorDep) -> ChannelList:
    """How I am called outside."""
    return await _channels(context, actor.username)


@router.put(
    "/me/channels",
    summary="设置我的消息渠道",
    description="填写全部渠道，没有列出的即取消；地址不填则沿用原来的。"
    "一般消息只在工作日的工作时间发送，特急事项随时发送；站内消息不受影响。",
    openapi_extra=documented(ChannelsIn),
)
async def set_my_channels(
    context: ContextDep, actor: ActorDep, body: Annotated[ChannelsIn, Depends(body_of(ChannelsIn))]
) -> ChannelList:
    """Sets them. Raises ``Invalid``."""
    await _set(context, actor.username, body, by=actor.username)
    return await _channels(context, actor.username)


@router.post(
    "/me/channels/{channel}/test",
    summary="给自己发一条测试消息",
    description="立即发送，不论是否工作时间，只试一次。",
    responses={202: {"description": "尚无结果"}},
)
async def try_mine(
    channel: ChannelPath, context: ContextDep, actor: ActorDep, response: Response
) -> TriedOut:
    """Sends me a test message."""
    return await _try(context, actor.username, channel, response)


@router.get(
    "/users/{username}/channels",
    summary="某人的消息渠道",
    description="系统管理员看。地址只显示提示。",
)
async def channels_of(username: UsernamePath, context: ContextDep, _: AccountsDep) -> ChannelList:
    """How somebody is called outside. Raises ``NotFound``."""
    await _check_known(context, username)
    return await _channels(context, username)


@router.put(
    "/users/{username}/channels",
    summary="设置某人的消息渠道",
    description="系统管理员办，填写方法同“设置我的消息渠道”。",
    openapi_extra=documented(ChannelsIn),
)
async def set_channels_of(
    username: UsernamePath,
    context: ContextDep,
    admin: AccountsDep,
    body: Annotated[ChannelsIn, Depends(body_of(ChannelsIn))],
) -> ChannelList:
    """Sets them. Raises ``NotFound`` and ``Invalid``."""
    await _check_known(context, username)
    await _set(context, username, body, by=admin.username)
    return await _channels(context, username)


@router.post(
    "/users/{username}/channels/{channel}/test",
    summary="给某人发一条测试消息",
    description="系统管理员办。立即发送，不论是否工作时间，只试一次。",
    responses={202: {"description": "尚无结果"}},
)
async def try_theirs(
    username: UsernamePath,
    channel: ChannelPath,
    context: ContextDep,
    _: AccountsDep,
    response: Response,
) -> TriedOut:
    """Sends somebody a test message. Raises ``NotFound``."""
    await _check_known(context, username)
    return await _try(context, username, channel, response)


@router.get(
    "/sendings",
    summary="发送记录",
    description="督查室或系统管理员看，新的在前：每条消息在站外各渠道的发送结果。",
)
async def list_sendings(
    query: Annotated[SendingQuery, Query()], context: ContextDep, _: RunningDep
) -> SendingList:
    """What became of messages outside, the newest first."""
    wanted = sendings.Wanted(
        username=query.username, channel=query.channel, state=query.state, item_id=query.item_id
    )
    async with context.database.read() as connection:
        page = await sendings.page(connection, wanted, limit=query.limit, cursor=query.cursor)
    return SendingList(
        items=[_sending(context, row) for row in page.items], next_cursor=page.next_cursor
    )


async def _check_known(context: Context, username: str) -> None:
    async with context.database.read() as connection:
        if await reads.user(connection, username) is None:
            raise not_found()


async def _channels(context: Context, username: str) -> ChannelList:
    async with context.database.read() as connection:
        on = await channels.switched_on(connection)
        chosen = await channels.settings_of(connection, username)
    return ChannelList(items=[_channel(one, chosen.get(one), on) for one in Channel])


def _channel(
    channel: Channel, setting: channels.Setting | None, on: frozenset[Channel]
) -> ChannelOut:
    return ChannelOut(
        channel=channel,
        name=CHANNEL_NAMES[channel],
        available=channel in on,
        active=setting is not None and setting.active,
        address=setting.hint if setting else "",
        urgencies=list(setting.urgencies if setting else URGENCIES),
    )


async def _set(context: Context, username: str, body: ChannelsIn, *, by: str) -> None:
    named = [one.channel for one in body.channels]
    if len(set(named)) < len(named):
        raise Invalid("channel_twice", "每个渠道只能填写一项。")
    async with context.database.write() as connection:
        known = await channels.settings_of(connection, username)
        chosen = [_setting(context, username, one, known) for one in body.channels]
        await channels.put(connection, username, chosen)
    log.info("channels_set", username=username, by=by, channels=sorted(named))


def _setting(
    context: Context, username: str, wanted: ChannelIn, known: dict[Channel, channels.Setting]
) -> channels.Setting:
    address, hint = _address(context, username, wanted, known.get(wanted.channel))
    return channels.Setting(
        channel=wanted.channel,
        address=address,
        hint=hint,
        active=wanted.active,
        urgencies=tuple(dict.fromkeys(wanted.urgencies)),
    )


def _address(
    context: Context, username: str, wanted: ChannelIn, known: channels.Setting | None
) -> tuple[str, str]:
    """The sealed address and its hint: a new one, or the one there was."""
    if wanted.address is not None:
        settings = context.settings
        plain = check_address(wanted.channel, wanted.address, settings.webhook_hosts)
        vault = Vault(settings.secret_key.get_secret_value())
        return vault.seal(plain, username, wanted.channel), hint_of(wanted.channel, plain)
    if known is None:
        raise Invalid(
            "address_required",
            f"{CHANNEL_NAMES[wanted.channel]}还没有地址，请填写地址（address）。",
        )
    return known.address, known.hint


async def _try(context: Context, username: str, channel: Channel, response: Response) -> TriedOut:
    handle = await context.client.start_workflow(
        ChannelTrialWorkflow.run,
        Line(username=username, channel=channel.value),
        id=trial_id(username, channel.value),
        task_queue=context.settings.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    try:
        tried: Tried = await asyncio.wait_for(handle.result(), WAIT)
    except TimeoutError:
        response.status_code = 202
        return TriedOut(sent=False, detail="尚无结果，请稍后再试。")
    detail = "对方已经收下。" if tried.sent else f"没有送达：{tried.why}。"
    return TriedOut(sent=tried.sent, detail=detail)


def _sending(context: Context, row: sendings.SendingRow) -> SendingOut:
    zone = context.settings.zone
    channel, state = Channel(row.channel), Sent(row.state)
    return SendingOut(
        id=row.id,
        username=row.username,
        name=row.name,
        channel=channel,
        channel_name=CHANNEL_NAMES[channel],
        state=state,
        state_name=STATE_NAMES[state],
        title=row.title,
        item_id=row.item_id,
        number=row.number,
        attempts=row.attempts,
        remark=row.remark,
        late=row.late,
        carried_by=row.carried_by,
        made_at=row.made_at.astimezone(zone),
        tried_at=row.tried_at and row.tried_at.astimezone(zone),
        sent_at=row.sent_at and row.sent_at.astimezone(zone),
    )
