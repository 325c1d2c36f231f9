"""Time and chance come in as arguments. The sandbox does not see into ``domain`` (it is passed
through), so that ruff's ban is the only guard there: here it is shown to bite."""

import json
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, copied, run

PLANTED = {
    "from datetime import datetime\nNOW = datetime.now()\n": {"TID251", "DTZ005"},
    "import datetime as dt\nNOW = dt.datetime.now(dt.UTC)\n": {"TID251"},
    "from datetime import datetime\nNOW = datetime.utcnow()\n": {"TID251", "DTZ003"},
    "from datetime import date\nTODAY = date.today()\n": {"TID251", "DTZ011"},
    "import time\nNOW = time.time()\n": {"TID251"},
    "from time import time\nNOW = time()\n": {"TID251"},
    "import uuid\nID = uuid.uuid4()\n": {"TID251"},
    "import random\nN = random.random()\n": {"TID251"},
    "from random import choice\nN = choice([1])\n": {"TID251"},
}


def complaints(copy: Path, file: str) -> set[str]:
    checked = run("ruff", "check", "--no-cache", "--output-format", "json", file, where=copy)
    return {found["code"] for found in json.loads(checked.stdout)}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_clock_planted_in_a_copy_of_the_ladder_is_found(tmp_path: Path, planted: str) -> None:
    source = (ROOT / "domain" / "ladder.py").read_text(encoding="utf-8")
    copy = copied(tmp_path)
    assert complaints(copy, "domain/ladder.py") == set()
    (copy / "domain" / "ladder.py").write_text(source + "\n\n" + planted, encoding="utf-8")
    assert complaints(copy, "domain/ladder.py") >= PLANTED[planted]


@pytest.mark.parametrize("package", ["domain", "workflows"])
def test_a_new_file_is_watched_from_its_first_day(tmp_path: Path, package: str) -> None:
    copy = copied(tmp_path)
    (copy / package / "new.py").write_text("import time\n\nNOW = time.time()\n", encoding="utf-8")
    assert "TID251" in complaints(copy, f"{package}/new.py")
