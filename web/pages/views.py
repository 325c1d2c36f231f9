"""Saved views (常用查询) of the ledger."""

from pydantic import ValidationError
from starlette.responses import Response

from api.items import FilterQuery
from domain.items import Json
from web.backend import Problem, address_part
from web.forms import Field, Kind
from web.pages.ledger import FILTERS
from web.plain import Plain, drawn, sent
from web.render import query
from web.visits import Visit, route

NAME = Field(
    name="name",
    label="名称",
    kind=Kind.LINE,
    required=True,
    hint="例如：本周到期。同名的会被替换；以后在事项台账上方一点即开",
)


async def views(visit: Visit) -> Response:
    """``GET /views``."""
    return visit.page("views", views=(await visit.api.get("/views"))["items"])


def _new(visit: Visit) -> tuple[Plain, dict[str, str]]:
    filters = {name: said for name, said in visit.asked().items() if name in FILTERS}
    form = Plain(
        title="存为常用查询",
        button="保存",
        address=f"/views/new?{query(filters)}",
        back=f"/items?{query(filters)}",
        fields=(NAME,),
        also=("把事项台账现在的条件存下来，只有您本人看得到。",),
    )
    return form, filters


async def new_page(visit: Visit) -> Response:
    """``GET /views/new``; the filters stand in the address."""
    return drawn(visit, _new(visit)[0])


async def new(visit: Visit) -> Response:
    """``POST /views/new``."""
    form, filters = _new(visit)

    async def send(body: Json, _: str) -> str:
        name = str(body.get("name", "")).strip()
        if not name or "/" in name:
            raise Problem(422, "bad_name", "name：请填写名称，不含斜线。", {})
        await visit.api.put(f"/views/{address_part(name)}", {"filters": _filters(filters)})
        return form.back

    return await sent(visit, form, send)


def _filters(asked: dict[str, str]) -> Json:
    """Filters of an address as the API's body has them. Raises :class:`Problem`."""
    try:
        return FilterQuery.model_validate(asked).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        told = "台账的条件有误，请回事项台账重新查询。"
        raise Problem(422, "bad_filters", told, {}) from error


def _removal(visit: Visit) -> tuple[Plain, str]:
    name = visit.asked().get("name", "")
    form = Plain(
        title=f"删除常用查询“{name}”",
        button="删除",
        address=f"/views/remove?{query({'name': name})}",
        back="/views",
        fields=(),
        also=("只删除这个查询，不影响任何事项。",),
    )
    return form, name


async def remove_page(visit: Visit) -> Response:
    """``GET /views/remove?name=…``: asks once more."""
    return drawn(visit, _removal(visit)[0])


async def remove(visit: Visit) -> Response:
    """``POST /views/remove?name=…``."""
    form, name = _removal(visit)

    async def send(_: Json, __: str) -> str:
        await visit.api.delete(f"/views/{address_part(name)}")
        return form.back

    return await sent(visit, form, send)


ROUTES = [
    route("/views", views),
    route("/views/new", new_page),
    route("/views/new", new, "POST"),
    route("/views/remove", remove_page),
    route("/views/remove", remove, "POST"),
]
