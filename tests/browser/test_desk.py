"""The watch that is kept on every page notices what it is there for."""

from __future__ import annotations

from tests.browser.desk import Desk


def faults_after(desk: Desk, script: str) -> list[str]:
    """What the watch says once the page has done this; it is forgotten, so that the test may end well."""
    page = desk.open("/admin/login/")
    page.evaluate(script)
    page.wait_for_timeout(500)
    found, desk.faults[:] = list(desk.faults), []
    return found


def test_an_error_of_a_script(visitor: Desk) -> None:
    (fault,) = faults_after(visitor, "void setTimeout(() => { nothing() })")

    assert "nothing is not defined" in fault


def test_a_breach_of_the_content_security_policy(visitor: Desk) -> None:
    script = "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))"
    (fault,) = faults_after(visitor, script)

    assert "Content Security Policy" in fault
    assert visitor.page.evaluate("window.ran") is None


def test_a_handler_in_an_attribute(visitor: Desk) -> None:
    (fault,) = faults_after(
        visitor, "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran = 1\">')"
    )[:1]

    assert visitor.page.evaluate("window.ran") is None
    assert fault


def test_a_request_to_elsewhere_which_does_not_get_there(visitor: Desk) -> None:
    faults = faults_after(visitor, "void fetch('https://cdn.example/x.js').catch(() => {})")

    assert any("cdn.example" in fault for fault in faults)


def test_a_file_that_is_not_there(visitor: Desk) -> None:
    (fault,) = faults_after(visitor, "void fetch('/static/nowhere.js')")

    assert "404" in fault
