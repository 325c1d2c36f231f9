"""A page with one form: drawn, filled in, sent to the API, drawn again with what is wrong."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from domain.items import Json
from web.backend import Problem
from web.complaints import complaint
from web.forms import KEY, MORE, OWN, SEEN, Field, body_of
from web.render import new_key
from web.visits import FileRefused, Visit, go

Send = Callable[[Json, str], Awaitable[str | Response]]
CHANGED = "changed_meanwhile"
REFUSED = frozenset({403, 404, 409, 413, 422, 429, 503})
"""What is said above the form, which keeps what was filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A form: what it asks, what its button says, where it is sent and where one goes instead.
    ``also`` is what the page says before the form. No draft is kept of one that ``keeps`` none."""

    title: str
    button: str
    address: str
    back: str
    fields: tuple[Field, ...]
    said: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    asks_again: bool = False
    keeps: bool = True
    units: tuple[tuple[str, str], ...] = ()


def seen_of(said: Mapping[str, str]) -> str:
    """What a form that changes something is opened with; blank where there was nothing yet."""
    return hashlib.sha256(json.dumps(sorted(said.items())).encode()).hexdigest() if said else ""


def check_seen(said: Mapping[str, str], now: str) -> None:
    """Raises :class:`Problem` (409) where somebody else has changed meanwhile what the form
    ``said`` was opened with: nobody's work is written over unseen."""
    if said.get(SEEN, now) != now:
        told = (
            "您打开本页以后，内容已有改动（别人所改，或您已经保存过）。您填写的仍在下面，没有保存；"
            "请先另开一页核对最新内容，再保存即以您填写的为准。"
        )
        raise Problem(409, CHANGED, told, {})


def seen_after(said: Mapping[str, str], now: str, problem: Problem | None = None) -> str:
    """What the form that is drawn again was opened with: what its sender has been told of."""
    return now if problem and problem.code == CHANGED else said.get(SEEN, "")


def drawn(visit: Visit, form: Plain, **more: Any) -> Response:  # noqa: ANN401
    """The page with the form."""
    given = {"key": new_key(), "complaint": None, "seen": seen_of(form.said), **more}
    return visit.page("plain", form=form, **given)


def key_after(problem: Problem, said: Mapping[str, str]) -> str:
    """The key of the form that is drawn again: the same, so that what did get through is not done
    twice; another where that one stands for something else."""
    kept = said.get(KEY) if problem.code != "idempotency_conflict" else None
    return kept or new_key()


async def sent(visit: Visit, form: Plain, send: Send) -> Response:
    """What comes of the form: ``send`` hands the body to the API, and says where to go on, or what
    to show. What the API refuses is said above the form, which keeps what was filled in."""
    refused: FileRefused | None = None
    try:
        said = await visit.form({field.name: field.accept for field in form.fields})
    except FileRefused as problem:
        said, refused = problem.said, problem
    kept = {name: value for name, value in said.items() if name not in OWN}
    now = seen_of(form.said)
    if MORE in said:
        key = said.get(KEY) or new_key()
        return drawn(visit, form, said=kept, key=key, seen=seen_after(said, now))
    try:
        if refused is not None:
            raise refused
        check_seen(said, now)
        if form.asks_again and said.get("sure") != "true":
            raise Problem(422, "not_sure", "请勾选确认后再提交。", {})
        onward = await send(body_of(form.fields, said, visit.zone), said.get(KEY, ""))
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        return drawn(
            visit,
            form,
            status=problem.status,
            said=kept,
            key=key_after(problem, said),
            seen=seen_after(said, now, problem),
            complaint=complaint(form.fields, problem.detail, at=refused.at if refused else ""),
        )
    return go(onward) if isinstance(onward, str) else onward
