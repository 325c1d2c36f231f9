"""The browser of the browser tests: whichever is installed, or Debian's chromium where this may be
installed. ``python -m tests.browser`` (``make browser``) sees to it and says where it is."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("microsoft-edge", "microsoft-edge-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
PACKAGES = ("chromium", "fonts-noto-cjk")
COMMAND = f"apt-get install -y {' '.join(PACKAGES)}"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000


def found() -> Path | None:
    """The browser, if there is one; ``BROWSER_PATH`` names another."""
    names = filter(None, (os.environ.get("BROWSER_PATH"), *BROWSERS))
    paths = (shutil.which(name) for name in names)
    return next((Path(path) for path in paths if path), None)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The browser at work for a block; where there is none, the test fails and says what to do."""
    path = found()
    assert path is not None, f"没有浏览器，请先运行：make browser（或 {COMMAND}）"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


def main() -> int:
    """Install what is missing, where that may be done."""
    if found() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"正在安装 {'、'.join(PACKAGES)}……")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *PACKAGES],
        ):
            subprocess.run(command, env=environment, capture_output=True, check=False)
    if found() is None:
        print(
            f"没有 Chromium、Chrome 或 Edge，浏览器测试不能运行。请运行：sudo {COMMAND}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
