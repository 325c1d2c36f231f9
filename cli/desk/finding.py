"""The item that somebody means: by its id, or by its number as it is shown."""

import re
import unicodedata
import uuid

from cli.desk.calls import Api
from cli.errors import CliError

# 周督〔2026〕7号-1, and whatever of it is enough to tell it by: 〔2026〕7号-1, 7号-1, 7.
NUMBER = re.compile(r"(?:\D*[〔\[(](\d{4})[〕\])])?\s*(\d+)(?:号)?(?:-(\d+))?(?:号)?")
MOST_NAMED = 5


def item_id(api: Api, named: str, year: int | None = None) -> str:
    """The id of the item named. Raises :class:`CliError` where there is none, or several."""
    try:
        return str(uuid.UUID(named))
    except ValueError:
        pass
    written = NUMBER.fullmatch(unicodedata.normalize("NFKC", named.strip()))
    if written is None:
        raise CliError(
            f"“{named[:60]}”不是事项的编号（如 7号、〔2026〕7号、7号-1）或标识（UUID）。"
        )
    of_year, sequence, part = written.groups()
    wanted = f"〕{int(sequence)}号{f'-{int(part)}' if part else ''}"
    year = int(of_year) if of_year else year
    listed = api.pages("/items", q=wanted, year=year, limit=200)
    found = [item for item in listed if (item["number"] or "").endswith(wanted)]
    if not found:
        raise CliError(f"没有找到编号为 {named} 的事项，或您无权查看。")
    if len(found) > 1:
        several = "；".join(f"{i['number']} {i['title']}（{i['id']}）" for i in found[:MOST_NAMED])
        more = "……" if len(found) > MOST_NAMED else ""
        raise CliError(f"编号 {named} 有多件事项，请加 --year 年份，或用标识：{several}{more}")
    return str(found[0]["id"])
