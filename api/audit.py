"""What is kept of requests: who was refused what, who read what is restricted, who decoded what
Temporal stores, who changed registers, rules or accounts (domain.md §6: audit log)."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field
from structlog import get_logger

from api.context import Context, ContextDep, context
from api.errors import STATUS
from api.requests import local
from api.rights import AuditDep, address_of
from api.schemas import AccessList, AccessOut, ItemOut, Strict
from domain.errors import DomainError
from domain.items import Actor
from domain.permissions import Right
from store.access import ACCESS_NAMES, Access, AccessEvent, keep, kept

NOT_KEPT = frozenset({"not_signed_in", "bad_refresh_token", "bad_state"})
"""What anybody can have refused as often as he likes, without an account."""
CHANGING_RIGHTS = frozenset(
    {
        *(Right.RULES, Right.REGISTERS, Right.OWN_REGISTERS, Right.ACCOUNTS, Right.SOURCES),
        Right.LETTERHEAD,
    }
)
LONGEST = 200
log = get_logger(__name__)
router = APIRouter(prefix="/audit", tags=["审计"])


async def remember(
    context: Context, request: Request, event: AccessEvent, *, status: int = 200, code: str = ""
) -> None:
    """Keep what is happening in ``request``. Whoever asks for what is restricted gets it after
    this, or not at all."""
    actor: Actor | None = getattr(request.state, "actor", None)
    named = getattr(request.state, "about", None) or next(iter(request.path_params.values()), "")
    route = request.scope.get("route")
    access = Access(
        at=context.now(),
        event=event.value,
        username=actor.username if actor else None,
        address=address_of(request),
        method=request.method,
        route=str(getattr(route, "path", request.url.path))[:LONGEST],
        about=str(named)[:LONGEST],
        status=status,
        code=code,
    )
    async with context.database.write() as connection:
        await keep(connection, access)


async def remember_refusal(request: Request, error: DomainError) -> None:
    """Keep that somebody was refused. What is not there and what is not there for him are kept
    alike. It is refused even where that cannot be kept."""
    status = STATUS.get(type(error), 500)
    if status not in {401, 403, 404} or error.code in NOT_KEPT:
        return
    try:
        await remember(
            context(request), request, AccessEvent.REFUSED, status=status, code=error.code
        )
    except Exception as failure:
        log.warning("refusal_not_kept", code=error.code, error=type(failure).__name__)


async def shown(context: Context, request: Request, item: ItemOut) -> ItemOut:
    """``item`` to be shown to whoever asked for it, which is kept where it has the original text of
    a leader's directive (批示原文)."""
    if item.original_text:
        await remember(context, request, AccessEvent.ORIGINAL_READ)
    return item


class Changing(APIRoute):
    """A route that changes the system's own registers, rules or accounts: done, it is kept."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, and what is kept of it."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            answer = await handle(request)
            changing = getattr(request.state, "right", None) in CHANGING_RIGHTS
            if changing and request.method != "GET" and not _is_trial(request, answer):
                await remember(
                    context(request), request, AccessEvent.CHANGED, status=answer.status_code
                )
            return answer

        return handled


def _is_trial(request: Request, answer: Response) -> bool:
    """Whether nothing was changed: it was refused, or only tried out."""
    return answer.status_code >= 400 or getattr(request.state, "trial", False)


class AuditQuery(Strict):
    """What to list; every filter left out asks for everything."""

    event: AccessEvent | None = None
    username: Annotated[str | None, Field(max_length=LONGEST)] = None
    about: Annotated[str | None, Field(max_length=LONGEST, description="事项、单位等的编号")] = None
    since: datetime | None = None
    until: datetime | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


@router.get(
    "",
    summary="访问审计",
    description="督查室负责人和主要领导看。谁被拒绝了什么，谁读过批示原文、暗访记录，谁解密过流程"
    "数据，谁改了名录、日历、规则或账号；新的在前。since ≤ 时间 ＜ until。"
    "本机命令（duban …）所作的改动不在其中。事项本身的办理过程见其 timeline。",
)
async def list_accesses(
    query: Annotated[AuditQuery, Query()], context: ContextDep, _: AuditDep
) -> AccessList:
    """Refusals, restricted readings, decodings and changes, the newest first."""
    zone = context.settings.zone
    async with context.database.read() as connection:
        page = await kept(
            connection,
            event=query.event,
            username=query.username,
            about=query.about,
            since=local(query.since, zone) if query.since else None,
            until=local(query.until, zone) if query.until else None,
            limit=query.limit,
            cursor=query.cursor,
        )
    items = [
        AccessOut(
            id=row.id,
            at=row.at.astimezone(zone),
            event=row.event,
            event_name=ACCESS_NAMES[AccessEvent(row.event)],
            username=row.username,
            address=row.address,
            method=row.method,
            route=row.route,
            about=row.about,
            status=row.status,
            code=row.code,
        )
        for row in page.items
    ]
    return AccessList(items=items, next_cursor=page.next_cursor)
