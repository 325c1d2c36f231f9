"""The one place that connects to Temporal and sets the data converter."""

from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import TLSConfig

from runtime.codec import data_converter
from runtime.settings import Settings


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client of the configured cluster. ``lazy`` connects at the first call, so that a process
    can start before Temporal does.

    Raises ``RuntimeError`` when the cluster cannot be reached.
    """
    key = settings.temporal_api_key
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(settings.payload_key_ring),
        tls=_tls(settings),
        api_key=key.get_secret_value() if key else None,
        lazy=lazy,
        runtime=_runtime(),
    )


def _tls(settings: Settings) -> TLSConfig | bool:
    ca, cert, key = (
        path.read_bytes() if path else None
        for path in (
            settings.temporal_tls_ca,
            settings.temporal_tls_cert,
            settings.temporal_tls_key,
        )
    )
    if not (ca or cert or key):
        return False
    return TLSConfig(server_root_ca_cert=ca, client_cert=cert, client_private_key=key)


_made: list[Runtime] = []


def _runtime() -> Runtime:
    """One quiet runtime a process: the SDK's own warnings go to its log level ERROR."""
    if not _made:
        quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
        _made.append(Runtime(telemetry=TelemetryConfig(logging=quiet)))
    return _made[0]
