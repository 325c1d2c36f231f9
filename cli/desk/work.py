"""What the desk's commands do; their names, options and help are in ``cli.desk.commands``."""

import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.desk import session as sessions
from cli.desk import show
from cli.desk.acts import Form, new_key
from cli.desk.calls import Api, Problem, connected, signed_in
from cli.desk.finding import item_id
from cli.desk.forms import body
from cli.desk.session import Access, Session
from cli.errors import CliError
from domain.items import Json
from domain.machines import CLIENT_PREFIX


def login(url: str | None, user: str | None) -> None:
    """Sign in, and keep the tokens."""
    at = sessions.address(url)
    if sessions.in_clear(at):
        print(f"提醒：{at} 不加密，密码和内容可能被他人看到，请改用 https。", file=sys.stderr)
    user = user or _asked("用户名：")
    password = os.environ.get("DUBAN_PASSWORD") or _asked("密码：", hidden=True)
    given = signed_in(at, _form_of(user, password))
    session = Session(
        url=at,
        username=user,
        access_token=given["access_token"],
        refresh_token=given.get("refresh_token"),
    )
    with sessions.alone():
        sessions.save(session)
    with Api(Access(url=at, token=session.access_token, session=session)) as api:
        me = api.get("/me")
    print(f"已登录 {at}：{me['name']}（{me['role_name']}）。")
    if me["must_change"]:
        print("您使用的是一次性密码，请先修改：duban password。", file=sys.stderr)


def _form_of(user: str, password: str) -> dict[str, str]:
    if user.startswith(CLIENT_PREFIX):
        machine = {"client_id": user, "client_secret": password}
        return {"grant_type": "client_credentials", **machine}
    return {"username": user, "password": password}


def _asked(prompt: str, *, hidden: bool = False) -> str:
    """What somebody types; without a terminal, the next line of standard input."""
    if sys.stdin.isatty():
        given = getpass.getpass(prompt) if hidden else input(prompt)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise CliError(f"没有给出{prompt.rstrip('：')}。")
    return given


def logout() -> None:
    """End the session, there and here."""
    session = sessions.load()
    if session is None:
        print("没有登录。")
        return
    with Api(Access(url=session.url, token=session.access_token, session=session)) as api:
        try:
            api.change("POST", "/auth/logout")
        except Problem as error:
            if error.code != "not_signed_in":
                raise
    with sessions.alone():
        sessions.forget()
    print(f"已退出 {session.url}。")


def change_password() -> None:
    """Change one's own password, and go on with the tokens that come of it."""
    session = sessions.load()
    if session is None:
        raise CliError("请先登录：duban login。")
    old = _asked("原密码：", hidden=True)
    new = _asked("新密码：", hidden=True)
    if sys.stdin.isatty() and _asked("再输一次新密码：", hidden=True) != new:
        raise CliError("两次输入的新密码不一样，密码没有修改。")
    with Api(Access(url=session.url, token=session.access_token, session=session)) as api:
        given = api.change("POST", "/auth/password", {"old_password": old, "new_password": new})
    with sessions.alone():
        sessions.save(
            Session(
                url=session.url,
                username=session.username,
                access_token=given["access_token"],
                refresh_token=given["refresh_token"],
            )
        )
    print("密码已修改；在别处的登录已全部失效。")


def list_items(filters: Mapping[str, Any], *, parent: str | None, every: bool, raw: bool) -> None:
    """Items that fit."""
    with connected() as api:
        parent_id = item_id(api, parent) if parent else None
        found = _listed(api, "/items", {**filters, "parent_id": parent_id}, every=every)
    show.as_json(found) if raw else show.item_list(found)


def list_sources(filters: Mapping[str, Any], *, every: bool, raw: bool) -> None:
    """Sources that fit."""
    with connected() as api:
        found = _listed(api, "/sources", filters, every=every)
    show.as_json(found) if raw else show.source_list(found)


def _listed(api: Api, path: str, filters: Mapping[str, Any], *, every: bool) -> Json:
    """One page, or all of them as if they were one."""
    if every:
        return {"items": list(api.pages(path, **{**filters, "limit": 200})), "next_cursor": None}
    return api.get(path, **filters)


READINGS = {
    "show": ("", show.item),
    "live": ("/state", show.item),
    "tree": ("/tree", show.tree),
    "timeline": ("/timeline", show.timeline),
    "clocks": ("/clocks", show.clocks),
    "acts": ("/acts", show.acts),
}
"""What can be read of an item: where, and how it is shown."""


def read_item(what: str, named: str, *, year: int | None, raw: bool) -> None:
    """Read something of an item."""
    below, shown = READINGS[what]
    with connected() as api:
        found = api.get(f"/items/{item_id(api, named, year)}{below}")
    show.as_json(found) if raw else shown(found)


def upload(file: Path, *, raw: bool) -> None:
    """Hand over a file, to be named as an attachment."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CliError(f"无法读取 {file}：{error.strerror}。请核对路径和权限。") from None
    with connected() as api:
        kept = api.upload(file.name, content)
    show.as_json(kept) if raw else print(f"已上传 {kept['name']}，附件编号：{kept['id']}")


SOURCE_READINGS = {"show": show.source, "coverage": show.coverage}


def read_source(what: str, number: int, *, raw: bool) -> None:
    """Read a source."""
    with connected() as api:
        found = api.get(f"/sources/{number}")
    show.as_json(found) if raw else SOURCE_READINGS[what](found)


def do(form: Form, given: Mapping[str, Any]) -> None:
    """Do an act to an item: once for its key, however often it is sent."""
    sent = body(form.fields, given, given["json_from"])
    with connected() as api:
        about = item_id(api, given["item"], given["year"])
        route = form.route.format(seq=given.get("seq"))
        key = given["key"] or new_key()
        found, recorded = api.act(f"/items/{about}/{route}", sent, key)
    show.as_json(found) if given["output"] == "json" else show.done(
        found, form.title, recorded=recorded
    )


def create_item(form: Form, given: Mapping[str, Any]) -> None:
    """Register an item, and issue it unless it is to be a draft: once for its key."""
    sent = body(form.fields, given, given["json_from"])
    with connected() as api:
        if isinstance(parent := sent.get("parent_id"), str):
            sent["parent_id"] = item_id(api, parent)
        found, recorded = api.act("/items", sent, given["key"] or new_key())
    title = "登记" if sent.get("draft") else "登记并下达"
    show.as_json(found) if given["output"] == "json" else show.done(found, title, recorded=recorded)


def change_source(form: Form, given: Mapping[str, Any], method: str, path: str) -> None:
    """Register a source, or change it."""
    sent = body(form.fields, given, given["json_from"])
    with connected() as api:
        found = api.change(method, path, sent)
    show.as_json(found) if given["output"] == "json" else show.source(found)
