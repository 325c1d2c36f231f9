"""``DUBAN_PAYLOAD_KEYS``: what is taken, and what is said of what is not."""

import base64
import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from cli.errors import CliError
from cli.serve import settings_from_environment
from runtime.settings import Settings
from tests.embedded.processes import ROOT
from tests.security.vault import VARIABLE, Vault, key

K1, K2 = key("k1", 1), key("k2", 2)
SECRET = K1.partition(":")[2]
TAKEN = {"secret_key": "s" * 32}


def keys(text: str) -> dict[str, bytes]:
    return Settings.model_validate({**TAKEN, "payload_keys": text}).payload_key_ring


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_off(text: str) -> None:
    assert keys(text) == {}
    assert Settings.model_validate(TAKEN).payload_key_ring == {}


def test_the_first_comes_first() -> None:
    assert list(keys(f"{K2},{K1}").items()) == [("k2", b"\2" * 32), ("k1", b"\1" * 32)]
    assert keys(f" {K1} ,\n {K2}\n") == {"k1": b"\1" * 32, "k2": b"\2" * 32}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SECRET, "第 1 项须写成“编号:密钥”"),
        (f"{K1},", "第 2 项须写成“编号:密钥”"),
        (f"{K1},{SECRET}", "第 2 项须写成“编号:密钥”"),
        (f":{SECRET}", "第 1 项须写成“编号:密钥”"),
        (f"{SECRET.rstrip('=')}:k1", "第 1 项须写成“编号:密钥”"),
        (f"键:{SECRET}", "第 1 项须写成“编号:密钥”"),
        (f"{K1},{K1}", "密钥编号“k1”重复"),
        ("k1:", "密钥“k1”须为 32 字节的 base64"),
        ("k1:???", "密钥“k1”须为 32 字节的 base64"),
        (f"k1:{SECRET[:-4]}", "密钥“k1”须为 32 字节的 base64"),
        (f"k1:{base64.b64encode(bytes(16)).decode()}", "密钥“k1”须为 32 字节的 base64"),
        (f"k1:{'中' * 32}", "密钥“k1”须为 32 字节的 base64"),
    ],
)
def test_what_cannot_be_used_is_said_in_chinese_without_the_key(
    monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setenv("DUBAN_SECRET_KEY", "s" * 32)
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(CliError, match=f"环境变量 {VARIABLE}：{said}") as told:
        settings_from_environment()
    with pytest.raises(ValidationError) as raised:
        Settings()
    for error in (told.value, raised.value):
        assert SECRET[:10] not in str(error)


def test_the_keys_are_not_shown_with_the_settings() -> None:
    settings = Settings.model_validate({**TAKEN, "payload_keys": K1})
    assert settings.payload_key_ring
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in shown


def doctor(vault: Vault) -> str:
    """What ``duban doctor`` says beside the system, with nothing set but the data folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli.main", "doctor"],
        env=clean | {"DUBAN_DATA_DIR": str(vault.stack.options.data_dir), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_doctor_says_whether_it_is_on(vault: Vault) -> None:
    """And commands run beside the system take its keys, else they would write in plain."""
    told = doctor(vault)
    assert "[正常] 载荷加密：已开启，用密钥 k1 加密，仍可解密 k2。" in told
    assert not any(entry.partition(":")[2] in told for entry in vault.keys.split(","))
