"""Where a matter comes from, what year a ledger speaks of, and when it was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ledger.text import narrow

DEFAULT_CATEGORY = "B2"
_CATEGORIES = (
    ("E", "人大代表|政协|提案|议案|代表建议|建议提案|委员提案"),
    ("F", "督查检查考核(?:年度)?计划"),
    ("C1", "批示"),
    ("C2", "交办|转办"),
    ("D2", "会议|议定|纪要|常务会|办公会|党组会|专题会|全会|局务会|现场会"),
    ("A2", "政府工作报告|目标任务|实事|经济社会发展|主要指标|预期目标|考核指标"),
    ("B1",
        "中央|国务院|省委|省政府|上级|环保督察|生态环境保护督察|巡视|巡察|审计|督察|专项督查|"
        "整改|国办|省办"),
    ("B2", "重点工作|中心工作|重点任务|重大项目|重点项目|攻坚|区委|县委|市委"),
    ("D1", "实施意见|行动计划|实施方案|工作要点|行动方案|意见|方案|通知|规划|要点|文件"),
)  # fmt: skip
CATEGORY_NAMES = {
    "A1": "上级政策落实", "A2": "目标任务", "B1": "上级部署和专项督查", "B2": "本级部署和中心工作",
    "C1": "领导批示件", "C2": "临时交办", "D1": "重要文件", "D2": "会议决定事项",
    "E": "建议提案", "F": "督查检查考核计划",
}  # fmt: skip


def guess_category(own: Sequence[str], around: Sequence[str]) -> tuple[str, str]:
    """The category by its words: first the row's own, then the titles; and one sentence why."""
    for text in own:
        code = narrow(text).strip().upper()
        if code in CATEGORY_NAMES:
            return code, f"类别栏写明 {code}（{CATEGORY_NAMES[code]}）"
    for texts, where in ((own, "本行"), (around, "表题或文件名")):
        for text in texts:
            for code, words in _CATEGORIES:
                match = re.search(words, narrow(text))
                if match:
                    said = f"{where}有“{match.group()}”，归入 {code}（{CATEGORY_NAMES[code]}）"
                    return code, said
    name = CATEGORY_NAMES[DEFAULT_CATEGORY]
    return DEFAULT_CATEGORY, f"看不出来源，暂归入 {DEFAULT_CATEGORY}（{name}），请核对"


_SPAN = re.compile(r"20\d{2}年?[-至到](?:20)?\d{2}年")
_FULL_DATE = re.compile(r"(20\d{2})[年.\-/](\d{1,2})[月.\-/](\d{1,2})日?")
_NUMBER = re.compile(r"[〔\[(【](20\d{2})[〕\])】]\d+号?")
_CHINESE_YEAR = re.compile("[二2][〇○零0OＯ][一二三0-9〇○零][〇○零一二三四五六七八九0-9](?=年)")
_DIGITS = dict(zip("〇○零一二三四五六七八九", (0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


_TITLE = re.compile("表|清单|台账|分解|任务|实事|要点|计划|方案|分工|事项|通知|意见|一览|工作")


def title_lines(text: str) -> list[str]:
    """Of the lines above a table those that read like a title."""
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if len(line) <= 60 and _TITLE.search(line)]


def main_title(text: str) -> str:
    """The line above a table that reads most like its title."""
    return (title_lines(text) or text.strip().split("\n"))[0].strip()


def find_year(text: str) -> tuple[int | None, bool]:
    """The year of the title lines; only where they are silent, that of all lines."""
    year, several = _year_in("\n".join(title_lines(text)))
    return (year, several) if year is not None or several else _year_in(text)


def _year_in(text: str) -> tuple[int | None, bool]:
    """The year named; the flag says that several were found and none was chosen."""
    plain = _CHINESE_YEAR.sub(_arabic_year, narrow(text))
    bare = _NUMBER.sub(" ", _FULL_DATE.sub(" ", _SPAN.sub(" ", plain)))
    named = {int(y) for y in re.findall(r"(?<!\d)(20\d{2})(?![\d万亿元户个名人米吨%])", bare)}
    if len(named) == 1:
        return named.pop(), False
    if len(named) > 1:
        return None, True
    for pattern in (_NUMBER, _FULL_DATE):
        years = {int(match[1]) for match in pattern.finditer(plain)}
        if len(years) == 1:
            return years.pop(), False
    return None, bool(_SPAN.search(plain))


def _arabic_year(match: re.Match[str]) -> str:
    return "".join(str(_DIGITS.get(char, char)) for char in match.group()).replace("O", "0")


def find_published(text: str) -> date | None:
    """A full date on a line above the table: when the ledger was published."""
    for line in narrow(text).split("\n"):
        if re.search("截[至止]|统计|更新|底前|之前|以前", line):
            continue
        match = _FULL_DATE.search(line)
        if match:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue
    return None
