"""The views, one module for each part of the desk, and where they are found."""

from web.pages import (
    accounts,
    acting,
    calendar,
    desk,
    figures,
    inbox,
    item,
    ledger,
    live,
    public,
    registering,
    running,
    signing_in,
    sources,
    units,
    year,
)

ROUTES = [
    *signing_in.ROUTES,
    *desk.ROUTES,
    *ledger.ROUTES,
    *registering.ROUTES,
    *item.ROUTES,
    *acting.ROUTES,
    *inbox.ROUTES,
    *year.ROUTES,
    *live.ROUTES,
    *public.ROUTES,
    *sources.ROUTES,
    *figures.ROUTES,
    *units.ROUTES,
    *accounts.ROUTES,
    *calendar.ROUTES,
    *running.ROUTES,
]
