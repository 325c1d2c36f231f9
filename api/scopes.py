"""What each scope of a service account opens: the one place that says so."""

from collections.abc import Collection

from domain.acts import ACTS
from domain.machines import ACTS_BY_MACHINES

OPEN_TO_MACHINES = frozenset({("GET", "/me"), ("POST", "/auth/logout")})
"""Routes that need no scope."""

SCOPE_OF = {
    ("GET", "/items"): "items:read",
    ("GET", "/items/{item_id}"): "items:read",
    ("GET", "/items/{item_id}/timeline"): "items:read",
    ("GET", "/items/{item_id}/state"): "items:read",
    ("GET", "/items/{item_id}/clocks"): "items:read",
    ("GET", "/files/{file_id}"): "items:read",
    ("GET", "/policies"): "items:read",
    ("GET", "/policies/{edition}"): "items:read",
    ("POST", "/items"): "items:write",
    ("POST", "/files"): "items:write",
    ("GET", "/units"): "directory:read",
    ("GET", "/units/{code}"): "directory:read",
    ("GET", "/units/{code}/posts"): "directory:read",
    ("GET", "/persons"): "directory:read",
    ("GET", "/leaders"): "directory:read",
    ("GET", "/stand-ins"): "directory:read",
    ("PUT", "/units/{code}"): "directory:write",
    ("GET", "/calendar/{year}"): "calendar:read",
    ("POST", "/calendar/preview"): "calendar:read",
    ("POST", "/calendar/{year}/preview"): "calendar:write",
    ("PUT", "/calendar/{year}"): "calendar:write",
    ("GET", "/stats"): "export",
    ("GET", "/stats/lines"): "export",
    ("GET", "/integrity"): "export",
    ("GET", "/faults"): "export",
    ("GET", "/faults/lines"): "export",
    ("GET", "/burden"): "export",
    ("GET", "/burden/lines"): "export",
    ("GET", "/time-ledger"): "export",
    ("GET", "/time-ledger/lines"): "export",
    ("GET", "/items/export"): "export",
    **{("POST", f"/items/{{item_id}}/{ACTS[a].route}"): f"acts:{a}" for a in ACTS_BY_MACHINES},
}
"""Method and route below ``/api/v1``: the scope it needs. A route that is not here is closed to
machines."""


def scopes_allow(scopes: Collection[str], method: str, route_path: str) -> bool:
    """Whether a machine with these scopes may use the route. People have none: never asked."""
    route = (method, route_path)
    return route in OPEN_TO_MACHINES or SCOPE_OF.get(route) in scopes
