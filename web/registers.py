"""What many pages need of the registers."""

from domain.permissions import Right, has_right
from web.backend import Problem
from web.visits import Visit


async def units(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Code and name of every unit; none for those who may not read the directory."""
    found: list[tuple[str, str]] = []
    cursor = None
    try:
        while True:
            page = await visit.api.get("/units", limit=200, cursor=cursor)
            found += [(unit["code"], unit["name"]) for unit in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                return tuple(found)
    except Problem as problem:
        if problem.status != 403:
            raise
        return ()


async def people(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Username and name of everybody with an account, as far as the visitor may know them."""
    if has_right(Right.ACCOUNTS, visit.visitor.person):
        every = (await visit.api.get("/users"))["items"]
        return tuple((one["username"], one["name"]) for one in every if one["active"])
    leaders = (await visit.api.get("/leaders"))["items"]
    found = {one["username"]: one["name"] for one in leaders}
    cursor = None
    while True:
        page = await visit.api.get("/persons", limit=200, cursor=cursor)
        found |= {one["username"]: one["name"] for one in page["items"] if one["username"]}
        if (cursor := page["next_cursor"]) is None:
            return tuple(found.items())
