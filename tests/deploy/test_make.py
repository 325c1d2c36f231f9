"""The Makefile and what CI runs."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def planned(target: str) -> str:
    """What make would run."""
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return shown.stdout


def test_the_targets_exist() -> None:
    for target in ("install", "demo", "run", "check", "test", "bench"):
        assert planned(target)


def test_make_test_runs_every_check() -> None:
    plan = planned("test")
    checks = ("ruff format --check", "ruff check", "mypy", "lint-imports", "pytest")
    assert all(f".venv/bin/{check}" in plan for check in checks)


def test_demo_and_run_need_only_what_runs_in_production() -> None:
    for target in ("demo", "run"):
        assert "requirements-dev.txt" not in planned(target)


def test_ci_runs_make_test() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "make test" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
