"""The whole directory as one table: tried out row by row, imported at once or not at all."""

from typing import Any

from starlette.responses import Response

from domain.permissions import Right, has_right
from web.backend import Problem, address_part
from web.complaints import complaint
from web.plain import REFUSED
from web.visits import TABLES, FileRefused, Visit, passed_on, route

OUTCOME_NAMES = {
    "wrong": ("须改正", "tag-red"),
    "new": ("新登记", "tag-issued"),
    "changed": ("有改动", "tag-issued"),
    "unchanged": ("无改动", ""),
}


async def import_page(visit: Visit) -> Response:
    """``GET /units/import``."""
    return _drawn(visit, {})


async def import_file(visit: Visit) -> Response:
    """``POST /units/import``: a file that was just chosen is tried out; one that has been looked
    at is imported."""
    said: dict[str, str] = {}
    try:
        said = await visit.form({"file": TABLES})
        chosen = said.get("file", "")
        kept = chosen or said.get("kept", "")
        name = said.get("file.names", "") if chosen else said.get("kept_name", "")
        if not kept:
            raise Problem(422, "no_file", "请先选择名册文件。", {})
        said |= {"kept": kept, "kept_name": name}
        commit = not chosen and said.get("wants") == "import"
        report = await _reported(visit, kept, name, commit=commit)
    except FileRefused as problem:
        return _drawn(visit, problem.said, status=problem.status, wrong=problem.detail)
    except Problem as problem:
        if problem.status not in REFUSED:
            raise
        if problem.code != "directory_has_problems":
            return _drawn(visit, {}, status=problem.status, wrong=problem.detail)
        # It was good when it was looked at; the directory has changed since.
        report = await _reported(visit, said["kept"], said["kept_name"], commit=False)
    return _drawn(visit, said, report=report, status=422 if report["wrong"] else 200)


async def _reported(visit: Visit, kept: str, name: str, *, commit: bool) -> dict[str, Any]:
    """What the API says of the file, which it keeps."""
    file = await visit.api.answer("GET", f"/files/{address_part(kept)}")
    answer = await visit.api.answer(
        "POST",
        "/directory/import",
        query={"commit": commit},
        files={"file": (name, file.content)},
    )
    return dict(answer.json())


def _drawn(
    visit: Visit,
    said: dict[str, str],
    *,
    report: dict[str, Any] | None = None,
    status: int = 200,
    wrong: str = "",
) -> Response:
    rows = [row for row in report["rows"] if _worth_showing(row)] if report else []
    return visit.page(
        "roster",
        status=status,
        said=said,
        report=report,
        accept=",".join(TABLES),
        rows=sorted(rows, key=lambda row: row["outcome"] != "wrong"),
        outcomes=OUTCOME_NAMES,
        may_keep_accounts=has_right(Right.ACCOUNTS, visit.visitor.person),
        complaint=complaint((), wrong, at="file") if wrong else None,
    )


def _worth_showing(row: dict[str, Any]) -> bool:
    return row["outcome"] != "unchanged" or bool(row["remarks"])


async def export(visit: Visit) -> Response:
    """``GET /units/export``: the directory as a file that can be imported again."""
    return passed_on(
        await visit.api.answer(
            "GET", "/directory/export", query={"format": visit.asked().get("format")}
        )
    )


ROUTES = [
    route("/units/import", import_page, right=Right.REGISTERS),
    route("/units/import", import_file, "POST", right=Right.REGISTERS),
    route("/units/export", export, right=Right.REGISTERS),
]
