"""Saved views (常用查询): filters of the list of items, kept by each person for himself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.errors import Invalid
from store.session import ReadConnection, WriteConnection
from store.tables import views

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """One of them."""

    name: str
    filters: Mapping[str, Any]


async def views_of(conn: ReadConnection, username: str) -> Sequence[ViewRow]:
    """A person's, by name."""
    query = select(views.c.name, views.c.filters).where(views.c.username == username)
    rows = await conn.execute(query.order_by(views.c.name))
    return [ViewRow(name=row.name, filters=row.filters) for row in rows]


async def keep(conn: WriteConnection, username: str, view: ViewRow) -> None:
    """Keep a view, in place of one of the same name. Raises ``Invalid('too_many_views')``."""
    others = (views.c.username == username, views.c.name != view.name)
    kept = await conn.scalar(select(func.count()).select_from(views).where(*others))
    if (kept or 0) >= MOST:
        raise Invalid("too_many_views", f"最多保存 {MOST} 个常用查询，请先删除不用的。")
    new = insert(views).values(username=username, name=view.name, filters=dict(view.filters))
    changed = {"filters": new.excluded.filters, "changed_at": func.clock_timestamp()}
    await conn.execute(new.on_conflict_do_update(index_elements=["username", "name"], set_=changed))


async def remove(conn: WriteConnection, username: str, name: str) -> bool:
    """Whether there was one of that name."""
    gone = await conn.execute(
        delete(views).where(views.c.username == username, views.c.name == name)
    )
    return gone.rowcount > 0
