"""Signing in through an identity provider: real HTTP, real keys, and answers that were forged."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from api.app import create_app
from domain.items import Role
from embedded import Stack
from runtime.settings import Settings
from store import users
from store.session import Database
from tests.api.accounts import Somebody, bearing, earlier, somebody
from tests.oidc_provider import Provider, running
from tests.people import Json, People
from web.app import Site

LOGIN, CALLBACK = "/auth/oidc/login", "/auth/oidc/callback"


@pytest.fixture(scope="module")
def _provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(_provider: Provider, person: Somebody) -> Provider:
    _provider.reset()
    _provider.username = person.username
    return _provider


@pytest_asyncio.fixture
async def person(desk: People, database: Database) -> Somebody:
    return await somebody(desk, database, Role.OFFICE)


@pytest_asyncio.fixture(scope="module")
async def app(stack: Stack, _provider: Provider) -> AsyncIterator[httpx.ASGITransport]:
    """An API like the stack's, on the same database, with a provider."""
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    settings = Settings.model_validate(
        names
        | {
            "oidc_issuer": f"{_provider.issuer}/",
            "oidc_client_id": _provider.client_id,
            "oidc_client_secret": _provider.client_secret,
        }
    )
    built = create_app(settings)
    async with built.router.lifespan_context(built):
        yield httpx.ASGITransport(app=built)


@pytest_asyncio.fixture
async def browser(app: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=app, base_url="http://duban.test/api/v1") as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def at_provider(browser: httpx.AsyncClient) -> httpx.URL:
    """Begins to sign in; the address to which the provider sends the browser back."""
    begun = await browser.get(LOGIN)
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as http:
        back = await http.get(begun.headers["location"])
    assert back.status_code == 302
    return httpx.URL(back.headers["location"])


async def sign_in(browser: httpx.AsyncClient) -> httpx.Response:
    """The whole way."""
    return await browser.get(await at_provider(browser))


async def test_the_directory_s_account_is_signed_in(
    browser: httpx.AsyncClient, provider: Provider, person: Somebody
) -> None:
    answer = await sign_in(browser)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    me = (await person.send(tokens, "GET", "/me")).json()
    assert (me["username"], me["role"]) == (person.username, "office")
    listed = (await person.send(tokens, "GET", "/auth/sessions")).json()["items"]
    assert [entry["way"] for entry in listed] == ["oidc"]
    assert (await person.refresh(tokens)).status_code == 200
    assert (await person.send(tokens, "POST", "/auth/logout")).status_code == 204
    assert not await person.works(tokens)


async def test_what_is_asked_of_the_provider(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    for _ in range(2):
        assert (await sign_in(browser)).status_code == 200
    first, second = provider.asked
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert "openid" in first["scope"].split()
    assert first["redirect_uri"] == "http://duban.test/api/v1/auth/oidc/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]
    begun = await browser.get(LOGIN)
    cookie = begun.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_role_in_the_token_means_nothing(
    browser: httpx.AsyncClient, provider: Provider, person: Somebody
) -> None:
    provider.changed = {"role": "admin", "roles": ["admin"], "groups": ["admin"]}
    tokens = (await sign_in(browser)).json()
    assert (await person.send(tokens, "GET", "/me")).json()["role"] == "office"


@pytest.mark.parametrize("username", ["nobody-there", "", None, 7, ["admin"]])
async def test_who_has_no_account_gets_none(
    browser: httpx.AsyncClient, provider: Provider, desk: People, username: object
) -> None:
    provider.changed = {"preferred_username": username}
    assert code(await sign_in(browser)) == (403, "no_account")
    users = (await desk.get("admin", "/users")).json()["items"]
    assert "nobody-there" not in {user["username"] for user in users}


async def test_an_account_no_longer_active_is_none(
    browser: httpx.AsyncClient, provider: Provider, person: Somebody, database: Database
) -> None:
    async with database.write() as connection:
        await users.change_user(connection, person.username, active=False)
    assert code(await sign_in(browser)) == (403, "no_account")


async def test_a_one_time_password_is_nothing_to_who_comes_without(
    browser: httpx.AsyncClient, provider: Provider, person: Somebody, desk: People
) -> None:
    reset = {"reset_password": True}
    await desk.send("admin", "PATCH", f"/users/{person.username}", json=reset)
    tokens = (await sign_in(browser)).json()
    assert (await person.send(tokens, "GET", "/items")).status_code == 200


FORGED: list[tuple[str, Json]] = [
    ("wrong nonce", {"nonce": "another"}),
    ("no nonce", {"nonce": None}),
    ("wrong audience", {"aud": "another client"}),
    ("no audience", {"aud": None}),
    ("for several, issued to another", {"aud": ["duban", "other"], "azp": "other"}),
    ("wrong issuer", {"iss": "https://evil.example"}),
    ("expired", {"exp": int(time.time()) - 300}),
    ("without end", {"exp": None}),
    ("another access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    ("not yet", {"nbf": int(time.time()) + 3600}),
]


@pytest.mark.parametrize(("what", "changed"), FORGED, ids=[what for what, _ in FORGED])
async def test_a_token_that_is_not_for_this_is_refused(
    browser: httpx.AsyncClient, provider: Provider, what: str, changed: Json
) -> None:
    provider.changed = changed
    assert code(await sign_in(browser)) == (401, "bad_id_token"), what


async def test_a_forged_signature_is_refused(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": "k1"}, auto_kid=False)
    assert code(await sign_in(browser)) == (401, "bad_id_token")
    public = provider.key.as_pem(private=False)
    for algorithm, key in (
        ("HS256", provider.client_secret.encode()),
        ("HS256", public),
        ("RS256", public),
        ("none", b""),
    ):
        provider.algorithm, provider.signing = algorithm, key
        assert code(await sign_in(browser)) == (401, "bad_id_token")


async def test_an_answer_is_good_once(browser: httpx.AsyncClient, provider: Provider) -> None:
    back = await at_provider(browser)
    kept = dict(browser.cookies)
    assert (await browser.get(back)).status_code == 200
    browser.cookies.update(kept)
    assert code(await browser.get(back)) == (401, "bad_state")


async def test_an_answer_belongs_to_the_browser_that_asked(
    browser: httpx.AsyncClient, app: httpx.ASGITransport, provider: Provider
) -> None:
    back = await at_provider(browser)
    async with httpx.AsyncClient(transport=app) as another:
        assert code(await another.get(back)) == (401, "bad_state")
    await browser.get(LOGIN)
    assert code(await browser.get(back)) == (401, "bad_state"), "begun anew since"


async def test_an_answer_comes_within_ten_minutes(
    browser: httpx.AsyncClient, provider: Provider, stack: Stack
) -> None:
    back = await at_provider(browser)
    await earlier(stack, "oidc_requests", "created_at", "11 minutes", "true")
    assert code(await browser.get(back)) == (401, "bad_state")


async def test_a_code_of_somebody_elses_is_refused(
    browser: httpx.AsyncClient, app: httpx.ASGITransport, provider: Provider
) -> None:
    async with httpx.AsyncClient(transport=app, base_url=browser.base_url) as thief:
        stolen = (await at_provider(browser)).params["code"]
        back = (await at_provider(thief)).copy_set_param("code", stolen)
        assert code(await thief.get(back)) == (401, "bad_id_token")


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x&code=x", "?error=access_denied&state=x"]
)
async def test_an_answer_nobody_asked_for(
    browser: httpx.AsyncClient, provider: Provider, query: str
) -> None:
    assert code(await browser.get(f"{CALLBACK}{query}")) == (401, "bad_state")


async def test_who_is_refused_there_is_refused_here(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    back = (await at_provider(browser)).copy_remove_param("code")
    answer = await browser.get(back.copy_set_param("error", "access_denied"))
    assert code(answer) == (401, "bad_id_token")


async def test_a_provider_that_is_down_or_another(
    browser: httpx.AsyncClient, provider: Provider, person: Somebody
) -> None:
    provider.down = True
    answer = await browser.get(LOGIN)
    assert code(answer) == (503, "oidc_unavailable")
    assert "retry-after" in answer.headers
    provider.down = False
    for changed in ({"issuer": "https://evil.example"}, {"jwks_uri": None}):
        provider.metadata = changed
        assert code(await browser.get(LOGIN)) == (503, "oidc_unavailable")
    provider.metadata = {"token_endpoint": "http://127.0.0.1:1/token"}
    assert code(await sign_in(browser)) == (503, "oidc_unavailable")
    assert (await person.sign_in()).status_code == 200, "passwords work all the while"


async def test_it_is_off_by_default(desk: People) -> None:
    missing = await desk.client.get("/auth/nothing")
    for path in (LOGIN, CALLBACK):
        answer = await desk.client.get(path)
        assert (answer.status_code, answer.text) == (404, missing.text)
    assert "oidc" not in (await desk.client.get("/openapi.json")).json()["paths"]


async def test_the_documentation_holds_with_it_too(
    browser: httpx.AsyncClient, desk: People, provider: Provider
) -> None:
    paths = (await browser.get("/openapi.json")).json()["paths"]
    assert {f"/api/v1{LOGIN}", f"/api/v1{CALLBACK}"} <= paths.keys()
    held = desk.tokens["office"]
    assert (await bearing(desk, held, "GET", "/me")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "works"),
    [
        ({"oidc_issuer": "https://sso.gov.example", "oidc_client_id": "duban"}, True),
        ({"oidc_issuer": "http://sso.gov.example", "oidc_client_id": "duban"}, False),
        ({"oidc_issuer": "https://", "oidc_client_id": "duban"}, False),
        ({"oidc_issuer": "sso", "oidc_client_id": "duban"}, False),
        ({"oidc_issuer": "https://sso.gov.example"}, False),
        ({"oidc_issuer": ""}, True),
    ],
)
def test_settings_that_cannot_be(changed: Json, works: bool) -> None:
    given = {"secret_key": "a secret of more than thirty-two characters", **changed}
    if works:
        Settings.model_validate(given)
    else:
        with pytest.raises(ValueError, match="OIDC"):
            Settings.model_validate(given)


async def test_a_browser_is_signed_in_to_the_pages(
    app: httpx.ASGITransport, provider: Provider, person: Somebody
) -> None:
    site = httpx.ASGITransport(app=Site(cast(FastAPI, app.app)))
    html = {"Accept": "text/html"}
    async with httpx.AsyncClient(
        transport=site, base_url="http://duban.test", headers=html
    ) as browser:
        assert "用统一身份认证登录" in (await browser.get("/sign-in")).text
        begun = await browser.get(f"/api/v1{LOGIN}")
        async with httpx.AsyncClient() as http:
            back = (await http.get(begun.headers["location"])).headers["location"]
        sent_on = await browser.get(back)
        assert (sent_on.status_code, sent_on.headers["location"].split("?")[0]) == (
            *(303, "/sign-in/oidc"),
        )
        signed_in = await browser.get(sent_on.headers["location"])
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
        desk = await browser.get("/")
        assert desk.status_code == 200
        assert "办公桌" in desk.text
        again = await browser.get(sent_on.headers["location"])
        assert again.status_code == 422
        assert "请重新登录" in again.text
