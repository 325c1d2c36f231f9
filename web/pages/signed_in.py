"""Where one is signed in, and signing out elsewhere."""

from typing import Any

from starlette.responses import Response

from web.backend import Problem
from web.visits import Visit, go, route

WAY_NAMES = {"password": "密码", "oidc": "统一身份认证"}
BROWSERS = (
    ("duban-cli", "督办的命令行"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE", "360 浏览器"),
    ("360EE", "360 浏览器"),
    ("QIHU", "360 浏览器"),
    ("Edg", "Edge 浏览器"),
    ("Firefox", "火狐浏览器"),
    ("FxiOS", "火狐浏览器"),
    ("CriOS", "谷歌浏览器"),
    ("Chrome", "谷歌浏览器"),
    ("Safari", "Safari 浏览器"),
)
"""What a browser says of itself, the more particular first."""
MACHINES = (
    ("Harmony", "鸿蒙设备"),
    ("Android", "安卓手机或平板"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Macintosh", "苹果电脑"),
    ("Windows", "Windows 电脑"),
    ("UOS", "统信电脑"),
    ("Kylin", "麒麟电脑"),
    ("Linux", "Linux 电脑"),
)
UNKNOWN = "不能识别的程序"
DONE = {"one": "已结束该次登录。", "others": "已结束在别处的登录。"}


async def sessions(visit: Visit) -> Response:
    """``GET /sessions``."""
    found = await _all(visit)
    return visit.page(
        "sessions",
        sessions=[(one, device(one["user_agent"])) for one in found],
        others=sum(not one["current"] for one in found),
        ways=WAY_NAMES,
        done=DONE.get(visit.asked().get("done", ""), ""),
    )


def device(agent: str) -> str:
    """What people call the browser and the machine that say ``agent`` of themselves."""
    named = (
        next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, MACHINES)
    )
    return "，".join(filter(None, named)) or UNKNOWN


async def _all(visit: Visit) -> list[dict[str, Any]]:
    return list((await visit.api.get("/auth/sessions"))["items"])


def _asking(visit: Visit, ended: list[dict[str, Any]], address: str) -> Response:
    return visit.page(
        "session_end",
        sessions=[(one, device(one["user_agent"])) for one in ended],
        ways=WAY_NAMES,
        address=address,
    )


async def end_page(visit: Visit) -> Response:
    """``GET /sessions/{session_id}/end``: asks once more."""
    wanted = visit.path("session_id")
    ended = [one for one in await _all(visit) if one["id"] == wanted and not one["current"]]
    if not ended:
        raise Problem(404, "not_found", "该次登录已经结束，请从“我的登录”重新进入。", {})
    return _asking(visit, ended, f"/sessions/{wanted}/end")


async def end(visit: Visit) -> Response:
    """``POST /sessions/{session_id}/end``."""
    await visit.form()
    await visit.api.delete(f"/auth/sessions/{visit.part('session_id')}")
    return go("/sessions?done=one")


async def others_page(visit: Visit) -> Response:
    """``GET /sessions/others``: asks once more."""
    ended = [one for one in await _all(visit) if not one["current"]]
    return _asking(visit, ended, "/sessions/others") if ended else go("/sessions")


async def end_others(visit: Visit) -> Response:
    """``POST /sessions/others``: all but the one that asks."""
    await visit.form()
    for one in await _all(visit):
        if one["current"]:
            continue
        try:
            await visit.api.delete(f"/auth/sessions/{one['id']}")
        except Problem as problem:
            if problem.status != 404:  # it ended meanwhile
                raise
    return go("/sessions?done=others")


ROUTES = [
    route("/sessions", sessions),
    route("/sessions/others", others_page),
    route("/sessions/others", end_others, "POST"),
    route("/sessions/{session_id}/end", end_page),
    route("/sessions/{session_id}/end", end, "POST"),
]
