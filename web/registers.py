"""What many pages need of the registers."""

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
