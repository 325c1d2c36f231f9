"""The views, one module for each part of the desk, and where they are found."""

from web.pages import (
    accounts,
    acting,
    calendar,
    desk,
    inbox,
    item,
    ledger,
    live,
    registering,
    running,
    settings,
    signing_in,
    units,
)

ROUTES = [
    *signing_in.ROUTES,
    *desk.ROUTES,
    *ledger.ROUTES,
    *registering.ROUTES,
    *item.ROUTES,
    *acting.ROUTES,
    *inbox.ROUTES,
    *live.ROUTES,
    *units.ROUTES,
    *accounts.ROUTES,
    *calendar.ROUTES,
    *running.ROUTES,
    *settings.ROUTES,
]
