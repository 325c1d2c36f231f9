"""Part 6: how soon after ``duban up`` the first item is taken, on an installed machine."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.app import PREFIX
from bench import people
from bench.figures import Figure, at_most, figure
from bench.people import ORDINARY, body_of
from bench.sizes import Sizes
from bench.system import settings_of, temporary_folder
from bench.ways import Http
from embedded.datadir import DataDir
from embedded.ports import claim
from embedded.process import Child, Command
from embedded.program import ROOT
from store.session import Database

READY_GOAL = at_most(5)
LOOK_AGAIN = 0.02
ITEMS = 20
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Up:
    """A ``duban up`` under way, and when it was begun."""

    folder: Path
    url: str
    begun: float


async def measure(sizes: Sizes) -> list[Figure]:
    """Fresh folders, then the same again with what is in them by then."""
    fresh, again = [], []
    for _ in range(sizes.starts):
        async with temporary_folder() as place:
            fresh.append(await _first_start(place / "var"))
            again.append(await _next_start(place / "var"))
    return [
        figure("ready.fresh", "启动到受理第一件，新目录", "秒", fresh, goal=READY_GOAL),
        figure("ready.existing", "启动到受理第一件，已有数据", "秒", again, goal=READY_GOAL),
    ]


async def _first_start(folder: Path) -> float:
    """Until the first item is answered, the time to make accounts taken out."""
    async with _up(folder) as up, _client(up) as client:
        await _until_ready(client)
        paused = time.monotonic()
        await _register(folder)
        paused = time.monotonic() - paused
        way = await Http.signed_in(client)
        await way.issue()
        took = time.monotonic() - up.begun - paused
        for _ in range(ITEMS):
            await way.issue()
        (folder.parent / "token").write_text(way.headers("office")["Authorization"])
    return took


async def _next_start(folder: Path) -> float:
    """Until the first item is answered; the office is signed in still."""
    async with _up(folder) as up, _client(up) as client:
        headers = {"Authorization": (folder.parent / "token").read_text()}
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.post("/items", json=body_of(ORDINARY), headers=headers)
                if answer.status_code == httpx.codes.CREATED:
                    return time.monotonic() - up.begun
            await asyncio.sleep(LOOK_AGAIN)


@asynccontextmanager
async def _up(folder: Path) -> AsyncIterator[Up]:
    port = claim(None, "API ", "")
    ports = {"api": port, "temporal": claim(None, "", ""), "ui": claim(None, "", "")}
    options = [part for name, at in ports.items() for part in (f"--{name}-port", str(at))]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("DUBAN_")}
    command = Command(
        arguments=[sys.executable, "-m", "cli.main", "up", "--data-dir", str(folder), *options],
        environment=clean | {"PYTHONPATH": str(ROOT)},
        death_signal=signal.SIGTERM,
    )
    begun = time.monotonic()
    child = await Child.start(command, folder.parent / "up.log")
    try:
        async with asyncio.timeout(PATIENCE):
            yield Up(folder, f"http://127.0.0.1:{port}", begun)
    finally:
        await child.stop(signal.SIGTERM, PATIENCE)


def _client(up: Up) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{up.url}{PREFIX}", timeout=PATIENCE)


async def _until_ready(client: httpx.AsyncClient) -> None:
    ready = str(client.base_url).removesuffix(f"{PREFIX}/") + "/readyz"
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get(ready)).status_code == httpx.codes.OK:
                return
        await asyncio.sleep(LOOK_AGAIN)


async def _register(folder: Path) -> None:
    settings = settings_of(DataDir(folder).running_environment() or {})
    database = Database(settings.async_database_url, pool_size=1)
    await people.register(database)
    await database.dispose()
