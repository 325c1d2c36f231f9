"""The API's composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline

from api import (
    accounts,
    acts,
    audit,
    auth,
    calendars,
    channels,
    circular_documents,
    circulars,
    codec,
    deductions,
    desk,
    directory,
    documents,
    figure_files,
    figures,
    files,
    health,
    imports,
    inbox,
    items,
    leaders,
    ledgers,
    office,
    persons,
    policies,
    public,
    reports,
    running,
    sources,
    stand_ins,
    statements,
    tree,
    units,
    views,
    year_tasks,
)
from api.circular_commands import CircularCommands
from api.commands import Commands
from api.context import Context
from api.errors import RESPONSES, install
from api.guide import overview
from api.limits import BodyLimit
from api.references import References
from api.requests import each_once
from api.schemas import Problem
from api.tokens import Tokens
from domain.seal import Seals
from runtime.settings import Settings
from runtime.temporal import connect
from store.listen import Commits
from store.session import Database

PREFIX = "/api/v1"
ROUTERS = (
    auth.router,
    units.router,
    items.router,
    sources.router,
    tree.router,
    year_tasks.router,
    acts.router,
    calendars.router,
    policies.router,
    circulars.router,
    deductions.router,
    deductions.points_router,
    inbox.router,
    public.router,
    desk.router,
    channels.router,
    files.router,
    figures.router,
    figure_files.router,
    ledgers.router,
    documents.router,
    circular_documents.router,
    office.router,
    reports.router,
    running.router,
    statements.router,
    audit.router,
    codec.router,
    accounts.router,
    stand_ins.router,
    leaders.router,
    persons.router,
    directory.router,
    imports.router,
    views.router,
)


@asynccontextmanager
async def open_context(settings: Settings) -> AsyncIterator[Context]:
    """The parts that routes and the command line work with, opened and closed in order."""
    database = Database(settings.async_database_url, timezone=settings.timezone)
    client = await connect(settings, lazy=True)
    secret = settings.secret_key.get_secret_value()
    tokens = Tokens(secret, timedelta(minutes=settings.access_token_minutes))
    async with Commits(database) as commits:
        references = References(database, settings.zone)
        commands = Commands(
            client=client,
            database=database,
            references=references,
            commits=commits,
            seals=Seals(secret),
            task_queue=settings.task_queue,
        )
        of_circulars = CircularCommands(
            client=client,
            database=database,
            references=references,
            commits=commits,
            seals=Seals(secret),
            settings=settings,
        )
        yield Context(
            settings, database, client, commits, references, commands, of_circulars, tokens
        )
    await database.dispose()


def create_app(settings: Settings) -> FastAPI:
    """The whole API. Its documentation pages load every file from here (design §3.20)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_context(settings) as context:
            app.state.context = context
            yield

    app = FastAPIOffline(
        title="督办 API",
        version="1",
        description=overview(),
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,  # ReDoc fetches its emblem from outside.
        static_url=f"{PREFIX}/static",
        swagger_ui_oauth2_redirect_url=f"{PREFIX}/docs/oauth2-redirect",
    )
    install(app, on_refusal=audit.remember_refusal)
    app.add_middleware(BodyLimit)
    api = APIRouter(prefix=PREFIX, responses=RESPONSES, dependencies=[Depends(each_once)])
    for router in ROUTERS:
        api.include_router(router)
    if settings.oidc_issuer:
        from api import oidc  # its libraries are for those who use it

        api.include_router(oidc.router)
    api.include_router(health.router, include_in_schema=False)
    app.include_router(api)
    app.include_router(health.router)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Add to the OpenAPI document what errors are answered as; leave out what the code says to
    its own readers."""
    generate = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            whole = generate()
            schemas = whole["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema()
            for described in schemas.values():
                described.pop("description", None)
            for operation in (o for methods in whole["paths"].values() for o in methods.values()):
                for answer in operation["responses"].values():
                    if answer["description"] == "Successful Response":
                        answer["description"] = "成功"
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
