"""The views, one module for each part of the desk, and where they are found."""

from web.pages import (
    accounts,
    acting,
    circulars,
    deductions,
    desk,
    inbox,
    item,
    ledger,
    live,
    papers,
    registering,
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
    *papers.ROUTES,
    *circulars.ROUTES,
    *deductions.ROUTES,
]
