"""Every route says what it asks of whoever calls it; one that says nothing breaks the build."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import PREFIX, create_app
from api.audit import CHANGING_RIGHTS, Changing
from api.rights import Allow
from domain.permissions import RIGHTS, Right
from runtime.settings import Settings

WITHOUT_CONTENT = {
    f"{PREFIX}/openapi.json",
    f"{PREFIX}/docs",
    f"{PREFIX}/docs/oauth2-redirect",
    f"{PREFIX}/static",
}
"""The description of the API and its pages: the same for everybody, and nothing of an item."""


def every_route(routes: Iterable[Any]) -> Iterator[Any]:
    """All routes, those of included routers too."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is None:
            yield route
        else:
            yield from every_route(router.routes)


def rights_of(dependant: Dependant) -> set[Right]:
    """What a route's dependencies ask for, at any depth."""
    own = {dependant.call.right} if isinstance(dependant.call, Allow) else set[Right]()
    return own.union(*(rights_of(below) for below in dependant.dependencies))


def declared(route: APIRoute) -> set[Right]:
    """What a route asks for, the dependencies in its decorator and router included."""
    asked = [rights_of(route.dependant)]
    asked += [{d.dependency.right} for d in route.dependencies if isinstance(d.dependency, Allow)]
    return set[Right]().union(*asked)


def undeclared(app: FastAPI) -> list[str]:
    """The routes that say nothing, or two things."""
    return [
        f"{sorted(route.methods or ())} {route.path}"
        for route in every_route(app.routes)
        if route.path not in WITHOUT_CONTENT
        if not isinstance(route, APIRoute) or len(declared(route)) != 1
    ]


@pytest.fixture
def app() -> FastAPI:
    return create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1/none", secret_key="k" * 40)
    )


def test_every_route_says_what_it_asks_for(app: FastAPI) -> None:
    assert len(list(every_route(app.routes))) > 40
    assert undeclared(app) == []


@pytest.mark.parametrize("where", ["the application", "a router"])
def test_one_that_says_nothing_is_found(app: FastAPI, where: str) -> None:
    async def naked() -> None: ...

    if where == "the application":
        app.add_api_route("/naked", naked)
    else:
        router = APIRouter(prefix="/below")
        router.add_api_route("/naked", naked)
        app.include_router(router)
    assert len(undeclared(app)) == 1


def test_what_changes_the_registers_is_kept(app: FastAPI) -> None:
    for route in every_route(app.routes):
        if isinstance(route, APIRoute) and declared(route) & CHANGING_RIGHTS:
            assert isinstance(route, Changing) or route.methods == {"GET"}, route.path


def test_every_right_is_somebodys_and_asked_for_somewhere(app: FastAPI) -> None:
    assert set(RIGHTS) == set(Right)
    assert all(RIGHTS.values())
    asked = set[Right]().union(
        *(declared(route) for route in every_route(app.routes) if isinstance(route, APIRoute))
    )
    # Who may register may issue only where he has that right too: the body says what is wanted.
    assert asked >= set(Right) - {Right.ACCOUNTS, Right.ISSUE}
