"""The environment of every Duban process, read once and frozen (prefix ``DUBAN_``)."""

import base64
import binascii
import json
import re
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.channels import Channel, Rules, read_hours
from domain.errors import Invalid

SHORTEST_SECRET = 32
PAYLOAD_KEY_BYTES = 32
# Shorter than a key, so that a key in the place of an id is never taken for one and printed.
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


class Settings(BaseSettings):
    """All settings; every field is the environment variable ``DUBAN_<NAME>``.

    Raises ``pydantic.ValidationError`` when a value cannot be used.
    """

    model_config = SettingsConfigDict(
        env_prefix="DUBAN_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr = SecretStr("postgresql://duban_app@127.0.0.1:5432/duban")
    migrate_database_url: SecretStr | None = None
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_tls_cert: Path | None = None
    temporal_tls_key: Path | None = None
    temporal_tls_ca: Path | None = None
    temporal_api_key: SecretStr | None = None
    payload_keys: SecretStr = SecretStr("")
    task_queue: str = "supervision"
    timezone: str = "Asia/Shanghai"
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("var")
    secret_key: SecretStr
    operator_signals: bool = True
    log_level: str = "INFO"
    statement_at: time | None = time(7, 30)
    number_prefix: str = "政督"
    circular_name: str = "督查通报"
    temporal_ui_url: str = ""
    public_url: str = ""
    channels: str = ""
    channel_hours: str = "08:30-12:00,14:00-17:30"
    channel_late_minutes: int = Field(default=2, ge=1, le=1440)
    channel_together_minutes: int = Field(default=30, ge=1, le=10080)
    channel_give_up_hours: int = Field(default=24, ge=1, le=720)
    channel_email_url: SecretStr = SecretStr("")
    channel_wecom_url: SecretStr = SecretStr("wecombot://{address}")
    channel_dingtalk_url: SecretStr = SecretStr("dingtalk://{address}")
    channel_feishu_url: SecretStr = SecretStr("feishu://{address}")
    channel_webhook_hosts: str = ""
    channel_sms_url: str = ""
    channel_sms_headers: SecretStr = SecretStr("{}")
    channel_sms_body: str = '{"phone": "{phone}", "text": "{text}"}'
    access_token_minutes: int = Field(default=60, ge=5, le=1440)
    session_idle_hours: int = Field(default=12, ge=1, le=720)
    session_hours: int = Field(default=168, ge=1, le=8760)
    oidc_issuer: str = ""
    oidc_client_id: str = Field(default="", validate_default=True)
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_username_claim: str = "preferred_username"
    oidc_redirect_url: str = ""

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"DUBAN_SECRET_KEY 至少需要 {SHORTEST_SECRET} 个字符")
        return value

    @field_validator("statement_at", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        """``off``: no daily statement is made."""
        return None if value == "off" else value

    @field_validator("payload_keys")
    @classmethod
    def _usable(cls, value: SecretStr) -> SecretStr:
        read_payload_keys(value.get_secret_value())
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _https(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        here = urlsplit(value).hostname in {"127.0.0.1", "::1", "localhost"}
        if value and not (rest and (scheme == "https" or (scheme == "http" and here))):
            raise ValueError("DUBAN_OIDC_ISSUER 须以 https:// 开头（本机可用 http://）")
        return value.rstrip("/")

    @field_validator("oidc_client_id")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("设置了 DUBAN_OIDC_ISSUER，还须设置 DUBAN_OIDC_CLIENT_ID")
        return value

    @field_validator("channels")
    @classmethod
    def _known(cls, value: str) -> str:
        names = _words(value)
        if strange := sorted(names - {one.value for one in Channel}):
            known = "、".join(Channel)
            raise ValueError(f"DUBAN_CHANNELS 中没有“{strange[0]}”这一渠道，只有 {known}")
        return value

    @field_validator("channel_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        try:
            read_hours(value)
        except Invalid as error:
            raise ValueError(f"DUBAN_CHANNEL_HOURS：{error.detail}") from None
        return value

    @field_validator("channel_sms_headers", "channel_sms_body")
    @classmethod
    def _json(cls, value: "SecretStr | str", info: ValidationInfo) -> "SecretStr | str":
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not _is_flat(text):
            raise ValueError(f"DUBAN_{str(info.field_name).upper()} 须为 JSON 对象，值均为文字")
        return value

    @model_validator(mode="after")
    def _equipped(self) -> Self:
        """A channel that is on has what it needs."""
        needs = {
            Channel.EMAIL: ("CHANNEL_EMAIL_URL", self.channel_email_url.get_secret_value()),
            Channel.WEBHOOK: ("CHANNEL_WEBHOOK_HOSTS", self.channel_webhook_hosts),
            Channel.SMS: ("CHANNEL_SMS_URL", self.channel_sms_url),
        }
        for channel, (name, value) in needs.items():
            if channel in self.channels_on and not value.strip():
                raise ValueError(f"DUBAN_CHANNELS 含 {channel}，还须设置 DUBAN_{name}")
        return self

    @property
    def channels_on(self) -> frozenset[Channel]:
        """The channels outside that are switched on."""
        return frozenset(Channel(name) for name in _words(self.channels))

    @property
    def webhook_hosts(self) -> frozenset[str]:
        """Hosts (with a port where it is not the usual one) that webhooks may be on."""
        return frozenset(_words(self.channel_webhook_hosts))

    @property
    def channel_rules(self) -> Rules:
        """When and how messages are sent outside."""
        return Rules(
            hours=read_hours(self.channel_hours),
            late_after=timedelta(minutes=self.channel_late_minutes),
            together_after=timedelta(minutes=self.channel_together_minutes),
            give_up_after=timedelta(hours=self.channel_give_up_hours),
        )

    @property
    def payload_key_ring(self) -> dict[str, bytes]:
        """The keys of payload encryption by id, the encrypting one first; none: it is off."""
        return read_payload_keys(self.payload_keys.get_secret_value())

    @property
    def idle(self) -> timedelta:
        """How long a session may lie unused."""
        return timedelta(hours=self.session_idle_hours)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)

    @cached_property
    def async_database_url(self) -> str:
        """``database_url`` in the form SQLAlchemy's asyncpg driver takes."""
        return _asyncpg(self.database_url.get_secret_value())

    @cached_property
    def async_migrate_url(self) -> str:
        """The owner role's address; the application's own where none is given."""
        owner = self.migrate_database_url or self.database_url
        return _asyncpg(owner.get_secret_value())


def read_payload_keys(text: str) -> dict[str, bytes]:
    """``id:base64,id2:…`` as keys by id, in that order; nothing at all is no keys.

    Raises ``ValueError`` that says which key cannot be used, without any part of it.
    """
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(text.split(",") if text.strip() else (), start=1):
        key_id, separator, encoded = (part.strip() for part in entry.partition(":"))
        if not separator or not _KEY_ID.fullmatch(key_id):
            raise ValueError(
                f"第 {place} 项须写成“编号:密钥”，编号用字母、数字、点、- 和 _，不超过 32 个字符"
            )
        if key_id in keys:
            raise ValueError(f"密钥编号“{key_id}”重复")
        keys[key_id] = _payload_key(key_id, encoded)
    return keys


def _words(text: str) -> set[str]:
    return {word for part in text.split(",") if (word := part.strip().lower())}


def _is_flat(text: str) -> bool:
    try:
        read = json.loads(text)
    except ValueError:
        return False
    return isinstance(read, dict) and all(isinstance(value, str) for value in read.values())


def _payload_key(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != PAYLOAD_KEY_BYTES:
        raise ValueError(
            f"密钥“{key_id}”须为 {PAYLOAD_KEY_BYTES} 字节的 base64"
            f"（可用 openssl rand -base64 {PAYLOAD_KEY_BYTES} 生成）"
        )
    return key


def _asyncpg(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DUBAN_DATABASE_URL 须以 postgresql:// 开头")
    return f"postgresql+asyncpg://{rest}"
