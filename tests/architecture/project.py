"""Where the project's own files are, and a copy of them to plant mistakes in."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = CONFIG["tool"]["importlinter"]["root_packages"]


def sources(*packages: str) -> list[Path]:
    """The Python files of these packages, or of all."""
    found = [path for name in packages or PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    assert found, "a check of nothing proves nothing"
    return found


def copied(to: Path) -> Path:
    """A copy of the packages and of the project's settings."""
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def run(tool: str, *arguments: str, where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """One of the tools installed beside this Python."""
    program = Path(sys.executable).parent / tool
    return subprocess.run(
        [program, *arguments], cwd=where, capture_output=True, text=True, timeout=60, check=False
    )
