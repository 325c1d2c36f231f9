"""The tree an item belongs to, and splitting an item into parts (R10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from api.context import ContextDep
from api.guide import ACCEPTED
from api.items import unit_codes
from api.present import answer, tree_out
from api.requests import KeyDep, documented, json_object
from api.rights import ActorDep, RegistrarDep
from api.schemas import ItemOut, PartIn, SplitIn, Tree
from domain.family import part_facts
from domain.items import Facts
from domain.permissions import Right, check_right
from store import reads
from store.rows import ItemRow
from workflows.reading import read

router = APIRouter(prefix="/items/{item_id}", tags=["事项"])
SPLIT_IN = TypeAdapter(SplitIn)


@router.get(
    "/tree",
    summary="事项树",
    description="该事项所在的整棵树：上级事项、分解出的事项、各期报告；只含本人可见的事项。"
    "waits_for 说明还有哪些分项未办结，因而不能办结。",
)
async def tree(item_id: str, context: ContextDep, actor: ActorDep) -> Tree:
    """From the topmost item that is there for the reader."""
    row = await context.references.visible(actor, item_id)
    async with context.database.read() as connection:
        found = await reads.tree(connection, reads.scope_of(actor), row.id)
    by_parent: Mapping[str | None, Sequence[ItemRow]] = _by_parent(found)
    by_id = {one.id: one for one in found}
    root = by_id[row.id]
    while root.parent_id in by_id:
        root = by_id[root.parent_id]
    return Tree(item_id=row.id, root=tree_out(root, by_parent, actor, context.settings.zone))


def _by_parent(rows: Sequence[ItemRow]) -> Mapping[str | None, Sequence[ItemRow]]:
    found: dict[str | None, list[ItemRow]] = defaultdict(list)
    for row in rows:
        found[row.parent_id].append(row)
    return found


@router.post(
    "/parts",
    summary="分解",
    description="督查室负责人办；拟办事项的，工作人员也可办，分项随之登记拟办。把事项分解为若干分项，"
    "每项各有承办单位、期限和记录；来源、类别、依据等同上级事项。分项未全部办结，上级事项不能办结。"
    "答复上级事项。",
    responses=ACCEPTED,
    openapi_extra=documented(SplitIn),
)
async def split(
    item_id: str,
    request: Request,
    response: Response,
    context: ContextDep,
    actor: RegistrarDep,
    key: KeyDep,
) -> ItemOut:
    """One durable write for all parts. The same key and body again answers the same."""
    raw = await json_object(request)
    body = read(SPLIT_IN, raw)
    parent = await context.references.visible(actor, item_id)
    if parent.handed_out:
        check_right(Right.ISSUE, actor)
    named = [(part.lead_unit, part.co_units) for part in body.parts]
    codes = await unit_codes(context, named, rows="parts")
    parts = [_facts(parent, part, *units) for part, units in zip(body.parts, codes, strict=True)]
    done = await context.commands.split(
        actor=actor, parent=parent, key=key, raw=raw, parts=parts, now=context.now()
    )
    return answer(done, actor, response, context.settings.zone)


def _facts(
    parent: ItemRow, part: PartIn, lead: tuple[str, str], co_units: tuple[str, ...]
) -> Facts:
    return part_facts(
        parent.id,
        parent.facts,
        title=part.title,
        content=part.content,
        lead_unit=lead[0],
        lead_unit_name=lead[1],
        co_units=co_units,
        due_on=part.due_on,
        due_at=part.due_at,
    )
