"""From a template and what it says to a page."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.files import ALLOWED
from web.backend import in_address
from web.complaints import in_words
from web.forms import rows_shown
from web.menu import menu_of
from web.sessions import Visitor
from web.words import CHOICES, DECISIONS, LABELS, NAMES, YES_NO

HERE = Path(__file__).parent
STATIC = HERE / "static"
WEEKDAYS = "一二三四五六日"
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(
    request: Request,
    name: str,
    visitor: Visitor | None,
    *,
    status: int = 200,
    **said: Any,  # noqa: ANN401 - what the template takes
) -> HTMLResponse:
    """The page of a template; ``visitor`` is ``None`` where nobody got as far as being known."""
    text = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            visitor=visitor,
            menu=menu_of(visitor, request.url.path) if visitor else [],
            path=request.url.path,
            here=here(request),
            **said,
        )
    )
    return HTMLResponse(text, status_code=status)


def here(request: Request) -> str:
    """The address asked for, with its question."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        absent=absent,
        day=day,
        plain=plain,
        moment=moment,
        named=named,
        label=label,
        lines=lines,
        in_words=in_words,
        weekday=weekday,
    )
    environment.globals.update(
        accept=",".join(sorted(ALLOWED)),
        asset=asset,
        decisions=DECISIONS,
        new_key=new_key,
        rows_shown=rows_shown,
        query=query,
        zip=zip,
    )
    return environment


def day(value: object) -> str:
    """``2026年10月8日``."""
    if value is None or value == "":
        return ""
    found = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return f"{found.year}年{found.month}月{found.day}日"


def weekday(value: object) -> str:
    """``星期四``."""
    found = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return f"星期{WEEKDAYS[found.weekday()]}"


def moment(value: object) -> str:
    """``10月8日 09:05``, with the year where it is not the usual one to read: always."""
    if value is None or value == "":
        return ""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return f"{found.year}年{found.month}月{found.day}日 {found:%H:%M}"


def named(value: object, kind: str) -> str:
    """The Chinese name of one of the API's values."""
    return NAMES[kind].get(str(value), str(value))


def plain(number: float) -> str:
    """A figure without what it does not need: ``120``, ``120.5``."""
    return f"{number:,.15g}"


def absent(username: str, visitor: Visitor) -> str:
    """The name of somebody in whose place the visitor acts."""
    names = {one.username: one.name for one in visitor.person.stands_in_for}
    return names.get(username, username)


def label(name: str) -> str:
    """What the pages call a field."""
    return LABELS.get(name, name)


def spoken(name: str, said: str) -> str:
    """What a form says of a field, in words."""
    field = name.split(".")[-1]
    if said in {"true", "false"}:
        yes, no = YES_NO.get(field, ("是", "否"))
        return yes if said == "true" else no
    return str(CHOICES.get(field, {}).get(said, said))


def lines(text: str) -> Markup:
    """Text with its paragraphs."""
    return Markup("<br>").join(escape(line) for line in str(text).splitlines())


def query(given: Mapping[str, object], **changed: object) -> str:
    """The query of an address, with something changed; what is empty is left out."""
    wanted = {**given, **changed}
    return urlencode({name: in_address(v) for name, v in wanted.items() if v not in (None, "")})


def new_key() -> str:
    """What makes a form be done once, however often it is sent."""
    return str(uuid.uuid4())


@cache
def asset(name: str) -> str:
    """The address of one of our files; it changes with what is in it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"
