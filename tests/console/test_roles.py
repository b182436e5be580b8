"""Who may do what: each route against each role."""

from __future__ import annotations

import pytest

from tests.console.conftest import ROLES, World

#: Path, method, least role. Where something is missing the allowed answer is not 403.
ROUTES = (
    ("GET", "/tasks", "nurse"),
    ("GET", "/tasks/list", "nurse"),
    ("GET", "/tasks/badge", "nurse"),
    ("GET", "/conversations", "nurse"),
    ("GET", "/patients", "nurse"),
    ("GET", "/appointments", "nurse"),
    ("GET", "/followup", "nurse"),
    ("GET", "/figures", "nurse"),
    ("POST", "/tasks/nix/claim", "nurse"),
    ("POST", "/tasks/nix/reassign", "head_nurse"),
    ("GET", "/figures/register", "head_nurse"),
    ("GET", "/discharges", "head_nurse"),
    ("POST", "/discharges", "head_nurse"),
    ("GET", "/audit", "head_nurse"),
    ("GET", "/accounts", "admin"),
    ("POST", "/accounts", "admin"),
    ("POST", "/accounts/nix/password", "admin"),
    ("POST", "/accounts/nix/disable", "admin"),
)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_its_own_routes_and_no_others(world: World, role: str) -> None:
    browser = world.signed_in("somebody", role)
    for method, path, least in ROUTES:
        allowed = ROLES.index(role) >= ROLES.index(least)
        data = {"to": "nix", "username": "", "display_name": "", "role": ""}
        status = (browser.get(path) if method == "GET" else browser.post(path, data)).status_code
        assert (status != 403) == allowed, f"{role} {method} {path}: {status}"


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_offers_what_the_role_may_open(world: World, role: str) -> None:
    page = world.signed_in("somebody", role).get("/tasks").text
    assert ('href="/console/audit"' in page) == (role != "nurse")
    assert ('href="/console/accounts"' in page) == (role == "admin")


def test_nothing_is_reached_without_signing_in(world: World) -> None:
    client = world.browser()
    for method, path, _ in ROUTES:
        answer = client.request(
            method, f"/console{path}", data={"to": "", "username": ""} if method == "POST" else None
        )
        assert answer.status_code in {303, 400}, path
        assert answer.status_code != 303 or answer.headers["location"].startswith("/console/login"), path
    fragment = client.get("/console/tasks/list", headers={"HX-Request": "true"})
    assert fragment.headers["hx-redirect"].startswith("/console/login")
