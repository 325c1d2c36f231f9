"""The environment of every Duban process, read once and frozen (prefix ``DUBAN_``)."""

from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """All settings; every field is the environment variable ``DUBAN_<NAME>``.

    Raises ``pydantic.ValidationError`` when a value cannot be used.
    """

    model_config = SettingsConfigDict(env_prefix="DUBAN_", frozen=True, extra="ignore")

    database_url: SecretStr = SecretStr("postgresql://duban_app@127.0.0.1:5432/duban")
    migrate_database_url: SecretStr | None = None
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_tls_cert: Path | None = None
    temporal_tls_key: Path | None = None
    temporal_tls_ca: Path | None = None
    temporal_api_key: SecretStr | None = None
    task_queue: str = "supervision"
    timezone: str = "Asia/Shanghai"
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("var")
    secret_key: SecretStr
    operator_signals: bool = True
    log_level: str = "INFO"
    number_prefix: str = "政督"
    temporal_ui_url: str = ""

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"DUBAN_SECRET_KEY 至少需要 {SHORTEST_SECRET} 个字符")
        return value

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


def _asyncpg(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DUBAN_DATABASE_URL 须以 postgresql:// 开头")
    return f"postgresql+asyncpg://{rest}"
