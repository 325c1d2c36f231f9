"""Where the services of one stack listen, and the environment that leads others to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from embedded import postgres, temporal
from embedded.datadir import Secrets
from embedded.options import StackOptions
from embedded.ports import claim, is_free

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The ports of one start."""

    postgres_port: int
    temporal_port: int
    ui_port: int
    api_host: str
    api_port: int

    @classmethod
    def choose(cls, options: StackOptions) -> Self:
        """The wished ports, free ones for the rest. Raises ``StackError`` ``port_in_use``."""
        return cls(
            claim(options.postgres_port, "PostgreSQL ", "--postgres-port"),
            claim(options.temporal_port, "Temporal ", "--temporal-port"),
            claim(options.temporal_ui_port, "Temporal 界面", "--ui-port"),
            options.api_host,
            claim(options.api_port, "API ", "--api-port", options.api_host),
        )

    @property
    def taken_by_others(self) -> bool:
        """Whether, with our servers down, somebody listens on one of their ports."""
        return not all(map(is_free, (self.postgres_port, self.temporal_port, self.ui_port)))

    @property
    def temporal(self) -> str:
        """Address of the Temporal server."""
        return f"{LOOPBACK}:{self.temporal_port}"

    @property
    def ui_url(self) -> str:
        """Temporal's pages."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    @property
    def api_reached_at(self) -> str:
        """Where the API answers a caller on this machine."""
        return LOOPBACK if self.api_host == EVERYWHERE else self.api_host

    @property
    def api_url(self) -> str:
        """The API and the pages."""
        return f"http://{self.api_reached_at}:{self.api_port}"

    def environment(self, kept: Secrets, data_dir: Path) -> dict[str, str]:
        """Every ``DUBAN_*`` variable that worker, API and commands need."""
        at = f"{LOOPBACK}:{self.postgres_port}/{postgres.DATABASE}"
        app, owner = postgres.APP_ROLE, postgres.OWNER_ROLE
        return {
            "DUBAN_DATABASE_URL": f"postgresql://{app}:{kept.app_password}@{at}",
            "DUBAN_MIGRATE_DATABASE_URL": f"postgresql://{owner}:{kept.owner_password}@{at}",
            "DUBAN_TEMPORAL_ADDRESS": self.temporal,
            "DUBAN_TEMPORAL_NAMESPACE": temporal.NAMESPACE,
            "DUBAN_TEMPORAL_UI_URL": self.ui_url,
            "DUBAN_API_HOST": self.api_host,
            "DUBAN_API_PORT": str(self.api_port),
            "DUBAN_DATA_DIR": str(data_dir),
            "DUBAN_SECRET_KEY": kept.secret_key,
        }
