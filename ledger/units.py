"""Cells that name units: who leads, who helps, and what is no name of a unit at all.

A phrase such as 各区、县级市 or 县各有关单位 is kept as written and flagged; no unit is invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.text import narrow, squeeze, tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The names read from one row: the lead, the co-organisers, phrases, and what to report."""

    lead: str = ""
    co_units: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    taken_as: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Names standing together with one role: lead, co, or none said."""

    role: str
    names: list[str]


_SUFFIX = re.compile(
    "(?:局|委|办|厅|部|院|校|科|室|站|所|中心|公司|集团|政府|镇|乡|街道|办事处|区|县|市|州|"
    "盟|旗|会|团|队|处|署|行|"
    "社|馆|台|园|库|股|司|组|指挥部|联社|联|协|妇联|法院|检察院|学|医院|基地|协会|工委|管委|"
    "专班|窗口|基金|店|厂|农场|林场|场|"
    "省|厦|网|报|军分区|人武部|武装部|支队|大队|中队|总队|海关|电力|电信|移动|联通|铁塔|银行|"
    "邮政|烟草|税务|气象|"
    "人大|政协|纪委|监委|村|社区|组织|宣传|统战|政法|联盟|机关|单位|部门|平台|实验室|"
    "领导小组|联席会议)$"
)
_PHRASE = re.compile(
    "^(?:各|有关|相关|其他|其它|全体|所有|全市|全县|全区|全镇|全局|全省|辖区|属地|沿线|涉及|"
    "项目(?:所在|业主|单位)|所在|本级|"
    "责任|牵头|配合|承办|主办|负责|对应|具体|下属|市直|县直|区直|市级|县级|区级|局属|委属|"
    "直属|基层)"
    ".*(?:各|有关|相关|部门|单位|科室|处室|股室|机构|政府|街道|镇|乡|区|县|市|旗|企业|学校|"
    "医院|成员|站所|村|社区|属地|园区|管委会|办事处|专班|业主)"
    "|^各"
    "|各(?:有关|相关|成员|责任|职能|部门|单位|科室|处室|股室|乡|镇|街道|区|县|市|项目)"
    "|(?:有关|相关)(?:部门|单位|科室|处室|股室|企业|镇|街道|乡镇|职能)"
    "|^(?:市|县|区|省|镇|委|局)?(?:直|级|政府)?(?:有关|相关|各)"
    "|^(?:属地|成员单位|相关|有关|各方)$|^(?:详?见|待定|暂无|另行|以上|根据|按照)"
    "|^[一二三四五六七八九十两0-9]+个?(?:县|区|市|镇|乡|街道|部门|单位)"
)
_NO_NAME = re.compile(r"\d[月日年%]|年底|季度|完成|：|:|。")
_GLUED = re.compile(
    "^(?:县|市|区|旗|州|盟|乡|镇|街道|村|社区|县级市|自治县|自治旗|林区|特区|功能区|园区|"
    "开发区|新区|高新区|管委会|区县|市区|"
    "(?:县|市|区|旗|乡|镇|街道)*(?:人民)?政府|街道办(?:事处)?|办事处|乡镇|镇街|(?:县|"
    "区)直(?:各)?(?:有关|相关)?(?:单位|部门)|"
    "(?:有关|相关)?(?:部门|单位)|直属机构|科室|处室|股室|单位|部门)(?:[(][^()]*[)])?$"
)
_LABELS = (
    ("lead",
        "牵头责任单位|牵头单位|牵头部门|牵头科室|牵头处室|牵头|主办单位|主办科室|主办|"
        "主责单位|主要责任单位|第一责任单位|总牵头"),
    ("co",
        "配合责任单位|配合单位|配合部门|配合科室|配合|协办单位|协办科室|协办|协同单位|"
        "协作单位|协助单位|参与单位|参加单位|"
           "会办单位|会办|联合单位|协同责任单位|其他责任单位|相关单位|支持单位"),
    ("any",
        "责任单位|责任部门|责任科室|责任主体|承办单位|承办科室|落实单位|实施单位|单位|部门|"
        "责任"),
)  # fmt: skip
_LABEL = re.compile(
    "(?:^|(?<=[;；。\n,，、 \t）)]))(" + "|".join(w for _, w in _LABELS) + r")\s*[:：]"
)
_ENDS = re.compile(
    r"(?P<lead>总?牵头(?:负责|组织实施|落实|实施|抓总)?|主办|主抓|主责|(?:总体)?负责(?:牵头)?)"
    r"|(?P<co>(?:按(?:照)?(?:各自)?职责(?:分工)?|按分工|分工|共同|积极|协同|做好|予以|参与|协助)*"
    r"(?:配合|协办|协助|参与|参加|会办|协同|落实|支持)(?:落实|实施|做好)?)"
    r"|(?P<all>(?:依?按(?:照)?(?:各自)?职责(?:分工)?|按分工|分别|共同|分工|各自)+(?:负责|"
    r"牵头|落实|实施|组织实施|推进)?)"
)  # fmt: skip
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TAIL_BRACKET = re.compile(r"[(（〔【\[][^()（）]*[)）〕】\]]$")
_OTHERS = re.compile(
    r"等(?:\d+|[一二三四五六七八九十]+)?个?(?:市|县|区|省)?(?:直|级)?(?:有关|相关|职能|成员|责任)?"
    r"(?:部门|单位|科室|处室|股室)?$"
)
_HELPS = "\u0001"
_MARK = re.compile("^[★☆▲△◎●*※]+|[★☆▲△◎●*※]+$")


def read_units(lead_cell: str, co_cell: str = "", *, lead_said: bool = True) -> Units:
    """Read the lead cell and the co-organiser cell of one row.

    `lead_said` is false when the column is 责任单位 or the like: then the first unit leads.
    """
    groups = _groups(lead_cell)
    leads = [n for g in groups if g.role == "lead" for n in g.names]
    plain = [n for g in groups if g.role == "any" for n in g.names]
    helpers = [n for g in groups if g.role == "co" for n in g.names]
    helpers += [n for g in _groups(co_cell) for n in g.names]
    return _Sorter(lead_said=lead_said).sort(leads, plain, helpers)


class _Sorter:
    """Sorts raw names into lead, co-organisers and phrases, and says what it did."""

    def __init__(self, *, lead_said: bool) -> None:
        self.lead_said = lead_said
        self.phrases: list[str] = []
        self.taken: list[str] = []
        self.doubts: list[str] = []
        self.problems: list[str] = []

    def sort(self, leads: list[str], plain: list[str], helpers: list[str]) -> Units:
        """First the said leads, else the first plain name; everything else helps."""
        candidates, rest = (leads, plain) if leads else (plain, [])
        names = [self._name(name) for name in candidates]
        lead = ""
        if names and names[0]:
            lead = next((name for name in names if name and not is_person(name)), "")
        others = [name for name in names if name and name != lead]
        self._explain(lead, candidates, others, said=bool(leads))
        others += [n for name in (*rest, *helpers) if (n := self._name(name))]
        co_units = tuple(dict.fromkeys(n for n in others if n != lead and self._keep(n)))
        return Units(
            lead=lead,
            co_units=co_units,
            phrases=tuple(dict.fromkeys(self.phrases)),
            taken_as=tuple(self.taken),
            doubts=tuple(dict.fromkeys(self.doubts)),
            problems=tuple(self.problems),
        )

    def _name(self, raw: str) -> str:
        name = raw.strip(" \t\n。.,，;；:：、/·-…")
        if squeeze(name).strip("-/\\") in ("", "无"):
            return ""
        short = _OTHERS.sub("", name) if _OTHERS.search(name) and len(name) > 2 else name
        if short != name:
            self.doubts.append(
                f"“{name}”没有列全，只取“{short}”" if short else f"“{name}”不是单位名称"
            )
            name = short.strip("、,， ")
        name = self._without_person(name)
        if name and is_phrase(name):
            self.phrases.append(name)
            self.doubts.append(f"“{name}”不是单位名称，原样保留、不作为单位")
            return ""
        return name

    def _without_person(self, name: str) -> str:
        """县住建局（张三） and 张三（县住建局）: the unit stays, the person is kept apart."""
        pair = re.fullmatch(r"(.+?)\s*[（(]([^()（）]+)[)）]", name)
        if pair and is_person(pair[2]):
            self._keep(pair[2])
            return pair[1]
        if pair and is_person(pair[1]) and looks_like_unit(pair[2]):
            self._keep(pair[1])
            return pair[2]
        return name

    def _keep(self, name: str) -> bool:
        if not is_person(name):
            return True
        self.phrases.append(name)
        self.doubts.append(f"“{name}”像人名，不作为单位")
        return False

    def _explain(self, lead: str, candidates: list[str], others: list[str], *, said: bool) -> None:
        if not lead:
            self._no_lead(candidates)
            return
        if not _SUFFIX.search(_TAIL_BRACKET.sub("", lead)):
            self.doubts.append(f"“{lead}”看不出是单位名称，请核对")
        others = [name for name in others if not is_person(name)]
        if others and said:
            listed = "、".join(others)
            self.doubts.append(f"写了几个牵头单位，取第一个“{lead}”，其余（{listed}）列为协办")
        elif others and self.lead_said:
            listed = "、".join(others)
            self.taken.append(f"牵头栏有几个单位，第一个“{lead}”牵头，{listed} 协办")
        elif others:
            self.taken.append(f"没有单列牵头单位，排第一的“{lead}”牵头，{'、'.join(others)} 协办")

    def _no_lead(self, candidates: list[str]) -> None:
        shown = "、".join(n for n in candidates if squeeze(n) not in ("", "无", "/", "-"))[:40]
        if not shown:
            self.problems.append("没有牵头（责任）单位，请补上")
        elif len(candidates) > 1:
            self.problems.append(f"“{shown}”里排第一的不是单位名称，请写明由哪一个单位牵头")
        else:
            self.problems.append(f"“{shown}”不是一个单位的名称，请写明由哪一个单位牵头")


def is_phrase(name: str) -> bool:
    """各有关单位 and the like: a description of units, not the name of one."""
    plain = narrow(name)
    return bool(_PHRASE.search(plain) or _NO_NAME.search(plain)) or len(name) > 30


def is_person(name: str) -> bool:
    """Two or three characters that begin with a surname and end like no unit."""
    bare = squeeze(name)
    return len(bare) in (2, 3) and bare[0] in _SURNAMES and not _SUFFIX.search(bare)


def looks_like_unit(text: str) -> bool:
    """A short text that ends the way names of units end, and is no phrase."""
    bare = squeeze(text)
    return 2 <= len(bare) <= 25 and bool(_SUFFIX.search(bare)) and not is_phrase(bare)


# --- splitting a cell ---------------------------------------------------------------------------


def _groups(cell: str) -> list[_Group]:
    text = tidy(cell)
    if not text:
        return []
    text = re.sub(r"[（(]\s*(?:牵头|主办|主责)(?:单位|部门|科室)?\s*[)）]", "★", text)
    text = re.sub(r"[（(]\s*(?:配合|协办|协同|参与)(?:单位|部门|科室)?\s*[)）]", _HELPS, text)
    labels = list(_LABEL.finditer(text))
    if not labels:
        return _by_endings(text)
    groups = _by_endings(text[: labels[0].start()])
    for index, label in enumerate(labels):
        until = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        names = [n for g in _by_endings(text[label.end() : until]) for n in g.names]
        groups.append(_Group(_role(label[1]), names))
    if any(group.role == "lead" for group in groups):
        return [_Group("co" if g.role == "any" else g.role, g.names) for g in groups]
    return groups


def _role(label: str) -> str:
    return next(role for role, words in _LABELS if re.fullmatch(words, label))


def _by_endings(text: str) -> list[_Group]:
    """市教育局牵头，市财政局、市人社局配合 → two groups; without such words, one group."""
    groups: list[_Group] = []
    waiting: list[str] = []
    for piece in _pieces(text):
        piece = re.sub(r"^(?:由|请|会同|并由|并|和|及|以及|与)(?=.{2})", "", piece)
        for name in _joined_names(piece):
            if name.endswith(_HELPS):
                groups.append(_Group("co", [name.rstrip(_HELPS)]))
                continue
            if _MARK.search(name):
                groups.append(_Group("lead", [_MARK.sub("", name)]))
                continue
            end = _ending(name)
            if end is None:
                waiting.append(name)
                continue
            role, bare = end
            if bare:
                waiting.append(bare)
            groups.append(_Group(role, waiting))
            waiting = []
    if waiting:
        role = "co" if any(group.role == "lead" for group in groups) else "any"
        groups.append(_Group(role, waiting))
    return groups


def _joined_names(piece: str) -> list[str]:
    """甲局会同乙局 / 甲局和乙局 → both names (和 only between two names of units)."""
    parts = re.split("会同|联合(?!会|社|国)", piece)
    found: list[str] = []
    for part in parts:
        halves = re.split("(?<=[局委办部厅院会])(?:和|及|与|以及)(?=.{2,})", part)
        found.extend(half for half in halves if half)
    return found


def _ending(name: str) -> tuple[str, str] | None:
    for match in _ENDS.finditer(name):
        if match.end() != len(name.rstrip("。.;； ")):
            continue
        bare = name[: match.start()].strip()
        role = "lead" if match["lead"] else "co" if match["co"] else "any"
        return role, bare
    return None


def _pieces(text: str) -> list[str]:
    """Split outside brackets; keep 各区、县级市 whole; blanks split only whole names."""
    pieces: list[str] = []
    for piece in _outside_brackets(text):
        pieces.extend(_split_blanks(piece))
    glued: list[str] = []
    for piece in pieces:
        if glued and piece and _GLUED.match(narrow(piece)) and _opens_phrase(glued[-1]):
            glued[-1] = f"{glued[-1]}、{piece}"
        elif piece:
            glued.append(piece)
    return glued


def _opens_phrase(name: str) -> bool:
    return bool(re.match("^(?:市|县|区|省)?(?:直)?(?:各|有关|相关)", name))


def _outside_brackets(text: str) -> list[str]:
    pieces, current, depth = [], "", 0
    for char in text:
        if char in "(（[【〔":
            depth += 1
        elif char in ")）]】〕":
            depth = max(0, depth - 1)
        if depth == 0 and char in "\n、,，;；/|\\。":
            pieces.append(current.strip())
            current = ""
        else:
            current += char
    pieces.append(current.strip())
    return [piece for piece in pieces if piece]


def _split_blanks(piece: str) -> list[str]:
    parts = [part for part in re.split(r"[ \t\u3000]+(?![(（])", piece) if part]
    if len(parts) > 1 and all(len(p) >= 3 and _SUFFIX.search(squeeze(p)) for p in parts):
        return parts
    if len(parts) > 1 and all(len(p) >= 3 and p[0] in "省市县区旗州" for p in parts):
        return parts
    if len(parts) == 2 and _SUFFIX.search(squeeze(parts[0])) and is_person(parts[1]):
        return parts
    return [re.sub(r"(?<=[\u4e00-\u9fff])[ \t\u3000]+(?=[\u4e00-\u9fff(（])", "", piece)]
