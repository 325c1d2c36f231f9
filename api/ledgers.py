"""Ledgers (台账): which there are, their rows, and their files."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.context import Context, ContextDep
from api.errors import not_found
from api.export import AS_FILE, Format, view_of
from api.items import ExportQuery, FilterQuery, ListQuery
from api.ledger_columns import LEDGERS, Cell, Ledger
from api.ledger_files import exported
from api.rights import ActorDep
from domain.errors import Invalid
from domain.items import Actor
from domain.permissions import check_right, has_right
from store.filters import Filters

router = APIRouter(prefix="/ledgers", tags=["台账"])


class ColumnOut(BaseModel):
    """One column."""

    key: str = Field(description="JSON 中的字段名")
    heading: str = Field(description="表格中的列名")


class LedgerOut(BaseModel):
    """A ledger that the reader may open."""

    name: str
    title: str
    columns: list[ColumnOut]
    filters: list[str] = Field(description="可用的查询条件，含义同 GET /items")


class LedgerList(BaseModel):
    """All ledgers that the reader may open."""

    items: list[LedgerOut]
    next_cursor: str | None = None


class LedgerPage(BaseModel):
    """A page of a ledger; each row by the keys of its columns."""

    name: str
    title: str
    columns: list[ColumnOut]
    items: list[dict[str, Any]]
    next_cursor: str | None


@router.get(
    "",
    summary="有哪些台账",
    description="本人可以打开的台账，各有哪些列、哪些查询条件。",
)
async def list_ledgers(_: ContextDep, actor: ActorDep) -> LedgerList:
    """The ledgers that the signed-in person may open."""
    found = (ledger for ledger in LEDGERS.values() if has_right(ledger.right, actor))
    return LedgerList(items=[_described(ledger) for ledger in found])


@router.get(
    "/{name}",
    summary="查看台账",
    description="本人可见的各行，与导出的列相同；批示原文、暗访不入台账。"
    "next_cursor 不为 null 时，把它作为 cursor 取下一页。",
)
async def read_ledger(
    name: str, query: Annotated[ListQuery, Query()], context: ContextDep, actor: ActorDep
) -> LedgerPage:
    """A page of what the signed-in person may see of a ledger."""
    ledger = _open(name, actor)
    wanted = _filters(ledger, query, {"limit", "cursor"})
    rows, end = await _rows(context, ledger, actor, wanted, query.limit, query.cursor)
    described = _described(ledger)
    return LedgerPage(
        name=ledger.name,
        title=ledger.title,
        columns=described.columns,
        items=rows,
        next_cursor=end,
    )


@router.get(
    "/{name}/export",
    summary="导出台账",
    description="本人可见的全部各行，不分页；xlsx 或 csv。xlsx 首行为台账名称、条件和导出时间。",
    response_class=Response,
    responses=AS_FILE,
)
async def export_ledger(
    name: str, query: Annotated[ExportQuery, Query()], context: ContextDep, actor: ActorDep
) -> Response:
    """The same rows as a file."""
    ledger = _open(name, actor)
    format: Format = query.format
    return await exported(context, ledger, actor, _filters(ledger, query, {"format"}), format)


def _open(name: str, actor: Actor) -> Ledger:
    """Raises ``NotFound``, and ``Forbidden`` where he has not the right."""
    ledger = LEDGERS.get(name)
    if ledger is None:
        raise not_found()
    check_right(ledger.right, actor)
    return ledger


def _filters(ledger: Ledger, query: FilterQuery, others: set[str]) -> Filters:
    """Raises ``Invalid('filter_not_applicable')`` for one that the ledger does not know."""
    given = query.model_dump(exclude=others, exclude_none=True)
    known = ledger.filters
    if known is not None and (strange := sorted(given.keys() - known)):
        told = "、".join(strange)
        raise Invalid("filter_not_applicable", f"{ledger.title}没有这些查询条件：{told}。")
    return Filters(**given)


async def _rows(
    context: Context,
    ledger: Ledger,
    actor: Actor,
    filters: Filters,
    limit: int,
    cursor: str | None,
) -> tuple[list[dict[str, Cell]], str | None]:
    async with context.database.read() as connection:
        view = await view_of(connection, context.now(), context.settings.zone)
        page = await ledger.read(connection, actor, filters, limit, cursor)
    rows = [{c.key: c.value(row, view) for c in ledger.columns} for row in page.items]
    return rows, page.next_cursor


def _described(ledger: Ledger) -> LedgerOut:
    known = ledger.filters or FilterQuery.model_fields.keys()
    return LedgerOut(
        name=ledger.name,
        title=ledger.title,
        columns=[ColumnOut(key=c.key, heading=c.heading) for c in ledger.columns],
        filters=sorted(known),
    )
