"""The desk's command line against the running system: real commands, real answers."""

import contextlib
import inspect
import io
import json
import socket
import stat
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.items import ListQuery
from api.sources import SourceQuery
from cli.desk import commands
from cli.desk.acts import act_forms, act_names
from cli.main import _run
from domain.acts import ACTS
from embedded import Stack
from tests.api.directory import mark
from tests.people import PASSWORD, ZONE, Json, People, days_ahead

YEAR = datetime.now(ZONE).year + 1
ORDINARY = (
    *("--content", "摸清底数，按期完成。", "--category", "D2", "--kind", "ordinary"),
    *("--lead-unit", "ZJJ", "--source-type", "会议", "--source-reference", "纪要〔2026〕8号"),
)
UNREAD = "[not_found]"


class Terminal:
    """Somebody's terminal: runs a command as ``duban`` would, and keeps what it said."""

    def __init__(self, desk: People, url: str, environment: pytest.MonkeyPatch) -> None:
        self._desk = desk
        self._environment = environment
        self.told = self.complained = ""
        environment.setenv("DUBAN_API_URL", url)

    def says(self, who: str, *arguments: str, code: int = 0) -> str:
        """What a command prints, which ends with ``code``."""
        self._environment.setenv("DUBAN_TOKEN", self._desk.tokens[who])
        return self.plainly(*arguments, code=code)

    def plainly(self, *arguments: str, code: int = 0) -> str:
        """The same, as whoever is signed in."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = _run(list(arguments))
        self.told, self.complained = out.getvalue(), err.getvalue()
        assert ended == code, (arguments, self.told, self.complained)
        return self.told

    def gives(self, who: str, *arguments: str) -> Json:
        """The JSON a command prints."""
        return dict(json.loads(self.says(who, *arguments, "--output", "json")))

    def act(self, who: str, act: str, item: Json, *options: str) -> Json:
        """The item after an act, which is named by its number."""
        return self.gives(who, "item", "act", act, item["number"], *options)

    def refused(self, who: str, *arguments: str) -> str:
        """The one line with which a command fails."""
        assert self.says(who, *arguments, code=1) == ""
        assert self.complained.count("\n") == 1
        return self.complained


@pytest.fixture
def terminal(desk: People, stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Terminal:
    """A terminal on which nobody has signed in."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DUBAN_WAIT", "20")
    return Terminal(desk, stack.api_url, monkeypatch)


def created(terminal: Terminal, *options: str, title: str = "老旧小区改造") -> Json:
    """An item, registered on the command line."""
    return terminal.gives("office", "item", "create", "--title", title, *ORDINARY, *options)


def test_a_life_from_registration_through_reopening_to_the_archive(
    terminal: Terminal, tmp_path: Path
) -> None:
    title = f"命令行 {mark()}"
    item = created(terminal, title=title)
    assert (item["status"], item["source"]["reference"]) == ("issued", "纪要〔2026〕8号")
    number = item["number"].rpartition("〕")[2]
    listed = terminal.says("zjj", "item", "list", "--q", title, "--status", "issued")
    assert item["number"] in listed
    assert "共 1 件。" in listed
    offered = terminal.gives("zjj", "item", "acts", number, "--year", str(YEAR - 1))["items"]
    assert {"receive", "return_assignment"} <= {act["name"] for act in offered}
    assert "签收" in terminal.says("zjj", "item", "acts", item["id"])

    said = terminal.says("zjj", "item", "act", "签收", number, "--comment", "已安排专人。")
    assert said.startswith(f"已办理：签收。{item['number']} {title}：办理中，期限 ")
    scan = tmp_path / "报告.pdf"
    scan.write_bytes(b"%PDF-1.7")
    kept = terminal.gives("zjj", "item", "upload", str(scan))["id"]
    final = ("--text", "已完成。", "--final", "--attachments", kept)
    terminal.act("zjj", "submit_feedback", item, *final)
    assert kept in str(terminal.gives("zjj", "item", "timeline", item["id"])["items"][-1]["body"])
    no = terminal.refused(
        "office", "item", "act", "review", number, "--accepted", "--comment", "好"
    )
    assert no.endswith("[sign_off_required]\n")
    terminal.act("deputy", "sign-off", item, "--approved", "--comment", "同意。")
    item = terminal.act("office", "review", item, "--accepted", "--comment", "属实。")
    assert item["status"] == "closed"
    again = ("--reason", "问题反弹。", "--new-due-on", days_ahead(20))
    item = terminal.act("office", "reopen", item, *again)
    assert (item["rounds"], item["due_on"]) == (2, days_ahead(20))
    terminal.act("zjj", "submit-feedback", item, "--text", "已完成。", "--final")
    terminal.act("deputy", "sign-off", item, "--approved", "--comment", "同意。")
    terminal.act("office", "review", item, "--accepted", "--comment", "属实。")
    assert terminal.act("office", "归档", item)["status"] == "archived"

    for below in ("show", "timeline", "clocks", "tree"):
        shown = terminal.says("office", "item", below, number)
        assert "重新交办" in shown or title in shown
        assert terminal.gives("office", "item", below, number)
    assert terminal.gives("office", "item", "show", number, "--live")["id"] == item["id"]
    assert terminal.gives("office", "item", "acts", number)["items"] == []


def test_a_draft_is_revised_submitted_and_approved_and_sent_back(
    terminal: Terminal, tmp_path: Path
) -> None:
    whole = tmp_path / "item.json"
    whole.write_text(json.dumps({"title": "拟办", "lead_unit": "MZJ", "content": "旧"}), "utf-8")
    draft = terminal.gives("office", "item", "create", "--json", str(whole), *ORDINARY, "--draft")
    assert (draft["status"], draft["title"], draft["lead_unit"]) == ("draft", "拟办", "ZJJ")
    terminal.act("office", "revise-draft", draft, "--basis", "会议议定", "--co-units", "JTJ")
    item = terminal.act("office", "submit-for-approval", draft, "--approver", "deputy")
    assert (item["co_units"], item["approver"]) == (["JTJ"], "deputy")
    assert UNREAD in terminal.refused("zjj", "item", "act", "receive", draft["id"])
    assert "没有找到编号" in terminal.refused("zjj", "item", "show", draft["number"])
    item = terminal.act("deputy", "approve-issue", draft, "--approved", "--comment", "同意下达。")
    assert item["status"] == "issued"
    terminal.act("zjj", "return-assignment", item, "--reason", "属交通部门职责。")
    item = terminal.act("office", "decide-return", item, "--no-accepted", "--comment", "请办理。")
    assert (item["status"], item["return_pending"]) == ("issued", False)


def test_an_item_is_split_and_a_part_is_meant_by_its_number(terminal: Terminal) -> None:
    item = created(terminal)
    survey = f"title=勘察,lead_unit=JTJ,due_on={days_ahead(9)}"
    design = '{"title": "设计", "lead_unit": "MZJ"}'
    whole = terminal.act("office", "split", item, "--parts", survey, "--parts", design)
    assert [part["unit"] for part in whole["parts"]] == ["JTJ", "MZJ"]
    done = terminal.act("jtj", "receive", {"number": f"{item['number']}-1"})
    assert (done["title"], done["parent_id"]) == ("勘察", item["id"])
    children = terminal.gives("office", "item", "list", "--parent", item["number"])["items"]
    assert {child["title"] for child in children} == {"勘察", "设计"}
    assert "勘察" in terminal.says("office", "item", "tree", item["id"])
    part = terminal.gives(
        "office", "item", "create", "--title", "验收", *ORDINARY, "--parent-id", item["number"]
    )
    assert part["number"] == f"{item['number']}-3"


def test_a_year_task_and_its_milestones(terminal: Terminal) -> None:
    target = "name=投资额,unit=亿元,target=120"
    options = ("--kind", "year_round", "--category", "A2", "--cycle", "month", "--year", str(YEAR))
    task = created(terminal, *options, "--targets", target)
    assert (len(task["parts"]), task["targets"][0]["target"]) == (12, 120.0)
    july = ("--from-on", f"{YEAR}-07-01", "--reason", "减轻负担。")
    offered = {act["name"] for act in terminal.gives("chief", "item", "acts", task["id"])["items"]}
    assert {"change_cycle", "carry_over"} <= offered
    assert "set_milestones" not in offered
    task = terminal.act("office", "change-cycle", task, "--cycle", "quarter", *july)
    assert task["cycle"] == "quarter"
    task = terminal.act("chief", "change-unit", task, "--new-lead-unit", "JTJ", *july)
    assert {part["unit"] for part in task["parts"]} == {"ZJJ", "JTJ"}
    over = ("--new-due-on", f"{YEAR + 1}-06-30", "--reason", "工程跨年。")
    assert terminal.act("chief", "carry-over", task, *over)["crossed"]
    terminal.act("office", "end-early", task, "--reason", "目标已完成。")
    assert "投资额" in terminal.says("office", "item", "show", task["number"])

    node = f"name=招标,due_on={YEAR}-03-30,unit=JTJ"
    item = created(terminal, "--kind", "milestones", "--milestones", node)
    more = f"name=竣工，验收,due_on={YEAR}-10-29"
    item = terminal.act(
        "office", "set-milestones", item, "--milestones", more, "--reason", "增加。"
    )
    assert [one["name"] for one in item["milestones"]] == ["招标", "竣工，验收"]
    terminal.act("zjj", "receive", item)
    item = terminal.act("jtj", "submit-feedback", item, "--text", "好", "--milestone", "招标")
    assert item["milestones"][0]["met_at"]


def test_sources_and_what_nobody_took_up(terminal: Terminal, tmp_path: Path) -> None:
    name = f"常务会议 {mark()}"
    said = ("--type", "meeting", "--title", name, "--meeting-type", "standing", "--leader", "区长")
    dated = ("--date", "2026-10-08", "--clauses", "no=一,text=改造老旧小区")
    number = str(terminal.gives("office", "source", "create", *said, *dated)["id"])
    terminal.says("office", "source", "add-clauses", number, "--clauses", "no=二,text=修路")
    terminal.says("office", "source", "add-clauses", number, "--clauses", "no=三,text=备案")
    created(terminal, "--source-id", number, "--source-clause", "一")
    no_item = ("--no-needed", "--reason", "已有专项督查。")
    terminal.says("office", "source", "clause", number, "三", *no_item)
    shown = terminal.says("office", "source", "coverage", number)
    assert f"{name}：共1项，0项有结果，0项有反馈；1条未立项。" in shown
    assert "修路" in shown
    assert "不立项：已有专项督查。" in terminal.says("office", "source", "show", number)
    listed = terminal.gives("office", "source", "list", "--q", name, "--uncovered", "--all")
    assert [one["uncovered_count"] for one in listed["items"]] == [1]
    update = terminal.gives("office", "source", "update", number, *said, "--reference", mark())
    assert update["date"] is None
    assert "共 1 个来源。" in terminal.says("chief", "source", "list", "--q", name)
    assert "[not_your_role]" in terminal.refused("zjj", "source", "list")
    nine = ("--source-clause", "九")
    assert "[unknown_clause]" in terminal.refused(
        "office", *("item", "create", "--title", "丙", "--source-id", number), *ORDINARY, *nine
    )


def test_what_is_refused_and_what_is_wrongly_written(terminal: Terminal, tmp_path: Path) -> None:
    item = created(terminal)
    act = ("item", "act", "submit-feedback", item["id"])
    assert terminal.refused("zjj", *act, "--text", "进展").endswith("[not_received]\n")
    assert "[not_your_role]" in terminal.refused("chief", *act, "--text", "进展")
    assert "text" in terminal.refused("zjj", *act)
    assert "[not_found]" in terminal.refused("mzj", *act, "--text", "进展")
    for wrong in (
        (*act, "--colour", "red"),
        (*act, "--actuals", "什么"),
        ("item", "act", "no-such-act", item["id"]),
        ("item", "act", "confirm-act", item["id"], "--comment", "属实"),
        ("item", "show"),
        ("item", "list", "--limit", "0"),
    ):
        assert terminal.says("office", *wrong, code=2) == ""
        assert terminal.complained.count("\n") == 1
    seq = ("item", "act", "confirm-act", item["id"], "--comment", "属实", "--seq", "999")
    assert "[no_such_act]" in terminal.refused("office", *seq)
    unknown = ("--json", _file(tmp_path, '{"colour": "red"}'))
    assert "colour" in terminal.refused("zjj", "item", "act", "receive", item["id"], *unknown)
    assert "不是 JSON 对象" in terminal.refused("zjj", *act, "--json", _file(tmp_path, "[]"))
    assert "没有找到" in terminal.refused("office", "item", "show", "999999号")
    assert "不是事项的编号" in terminal.refused("office", "item", "show", "老旧小区")


def _file(folder: Path, content: str) -> str:
    path = folder / "body.json"
    path.write_text(content, "utf-8")
    return str(path)


class Breaking:
    """A network in which answers get lost: the first ``lost`` connections end once the system has
    answered, before anything of the answer has come through."""

    def __init__(self, url: str, lost: int) -> None:
        to = urlsplit(url)
        self._to = (to.hostname or "", to.port or 80)
        self._lost = lost
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        """Until :meth:`close`."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to, timeout=30) as far:
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            while answer := far.recv(65536):
                if self._lost:
                    self._lost -= 1
                    break
                near.sendall(answer)
            for end in (near, far):  # the other thread still reads
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while sent := source.recv(65536):
            target.sendall(sent)


@contextlib.contextmanager
def breaking(url: str, lost: int) -> Iterator[str]:
    """The address of the system behind such a network."""
    between = Breaking(url, lost)
    serving = threading.Thread(target=between.serve, daemon=True)
    serving.start()
    try:
        yield between.url
    finally:
        between.close()
        serving.join(5)


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(
    terminal: Terminal, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = created(terminal)
    remind = ("item", "act", "remind", item["id"], "--form", "phone", "--to", "李强")
    with breaking(stack.api_url, lost=2) as url:
        monkeypatch.setenv("DUBAN_API_URL", url)
        assert "已办理：催办" in terminal.says("office", *remind, "--said", "甲")
    with breaking(stack.api_url, lost=1) as url:
        monkeypatch.setenv("DUBAN_API_URL", url)
        monkeypatch.setenv("DUBAN_WAIT", "0")
        told = terminal.refused("office", *remind, "--said", "乙")
    assert "不知是否已办理" in told
    key = told.rsplit("--key ", 1)[1].strip()
    monkeypatch.setenv("DUBAN_API_URL", stack.api_url)
    again = terminal.gives("office", *remind, "--said", "乙", "--key", key)
    assert again["seq"] == terminal.gives("office", *remind, "--said", "乙", "--key", key)["seq"]
    other = terminal.refused("office", *remind, "--said", "丙", "--key", key)
    assert "[idempotency_conflict]" in other
    said = [
        entry["body"]["said"]
        for entry in terminal.gives("office", "item", "timeline", item["id"])["items"]
        if entry["act"] == "remind"
    ]
    assert said == ["甲", "乙"]


def test_what_was_never_sent_is_not_in_doubt(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("DUBAN_API_URL", url)
    monkeypatch.setenv("DUBAN_WAIT", "0")
    told = terminal.refused("office", "item", "create", "--title", "甲", *ORDINARY)
    assert told == f"连接不上 {url}，请核对地址和网络，并确认系统已启动。\n"
    monkeypatch.setenv("DUBAN_API_URL", "ftp://somewhere")
    assert "不能使用" in terminal.refused("office", "item", "list")


def test_somebody_signs_in_goes_on_after_his_token_and_signs_out(
    terminal: Terminal, stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DUBAN_API_URL")
    assert terminal.plainly("item", "list", code=1) == ""
    assert terminal.complained.startswith("请先登录：duban login。")
    sign_in = ("login", "--url", f"{stack.api_url}/api/v1/", "--user", "zjj")
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    terminal.plainly(*sign_in, code=1)
    assert "[bad_credentials]" in terminal.complained
    kept = tmp_path / "state" / "duban" / "session.json"
    assert not kept.exists()
    monkeypatch.setenv("DUBAN_PASSWORD", PASSWORD)
    assert terminal.plainly(*sign_in) == f"已登录 {stack.api_url}：住建局 李强（承办单位）。\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text("utf-8")
    terminal.plainly("item", "list")

    session = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps({**session, "access_token": "expired"}), "utf-8")
    terminal.plainly("item", "list")
    renewed = json.loads(kept.read_text("utf-8"))
    assert renewed["refresh_token"] != session["refresh_token"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    terminal.plainly("item", "list")

    monkeypatch.setenv("DUBAN_API_URL", "https://elsewhere.example")
    terminal.plainly("item", "list", code=1)
    assert "https://elsewhere.example" in terminal.complained
    monkeypatch.delenv("DUBAN_API_URL")
    assert terminal.plainly("logout") == f"已退出 {stack.api_url}。\n"
    assert not kept.exists()
    kept.write_text(json.dumps(renewed), "utf-8")
    terminal.plainly("item", "list", code=1)
    assert terminal.complained == "登录已失效，请重新登录：duban login。[not_signed_in]\n"


def test_every_act_and_every_filter_of_the_api_is_there() -> None:
    forms = {form.name: form for form in act_forms().values()}
    assert forms.keys() == {*ACTS, "split", "change_edition"}
    assert list(act_names()) == list(act_forms())
    for name, spec in ACTS.items():
        assert (forms[name].route, forms[name].title) == (spec.route, spec.title)
        assert _run(["item", "act", spec.title, "--help"]) == 0
    for form in forms.values():
        options = [field.option for field in form.fields]
        shared = ["--year", "--key", "--json", "--output", "--seq"]
        assert len({*options, *shared}) == len(options) + len(shared), form.name
    ours = {*inspect.signature(commands.item_list).parameters} - {"every", "output", "parent"}
    assert ours | {"parent_id"} == {*ListQuery.model_fields}
    ours = {*inspect.signature(commands.source_list).parameters} - {"every", "output", "kind"}
    assert ours | {"type"} == {*SourceQuery.model_fields}


async def test_every_post_below_an_item_is_there(desk: People) -> None:
    schema = (await desk.client.get("/openapi.json")).json()
    below = "/api/v1/items/{item_id}/"
    served = {
        path.removeprefix(below)
        for path, methods in schema["paths"].items()
        if path.startswith(below) and "post" in methods
    }
    # A document is made of an item, and is nothing that is done to it.
    assert served - {"documents"} == {form.route for form in act_forms().values()}
