"""The browser of the tests: it sees the camera, keeps the policies of the page, and notices faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug import Response

from tests.fixtures.browser import Watch, assert_accessible
from tests.fixtures.servers import serving

pytestmark = pytest.mark.browser

GOOD = "<!doctype html><html lang=en><title>Desk</title><main><h1>Desk</h1></main>"
MEAN_COLOUR = """async () => {
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: {width: 1280, height: 960}});
    await video.play();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    const middle = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
    const corner = canvas.getContext("2d").getImageData(4, 4, 1, 1).data;
    return [canvas.width, canvas.height, [...corner], [...middle]];
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Answers every address with GOOD, under a strict policy."""
    answer = Response(GOOD, mimetype="text/html", headers={"Content-Security-Policy": "default-src 'self'"})
    with serving(lambda url: answer) as url:
        yield url


def test_camera_shows_the_drawn_portrait(page: Page, site: str) -> None:
    page.goto(site)
    width, height, corner, middle = page.evaluate(MEAN_COLOUR)
    assert (width, height) == (1280, 960)
    assert all(abs(seen - drawn) < 12 for seen, drawn in zip(corner, (0xDF, 0xE3, 0xE6, 255), strict=True))
    assert sum(abs(a - b) for a, b in zip(corner, middle, strict=True)) > 60, "the middle is the face"


def test_accessible_page_passes_under_a_strict_policy(page: Page, site: str) -> None:
    page.goto(site)
    assert_accessible(page)


def test_inaccessible_page_is_named(page: Page, site: str) -> None:
    page.goto(site)
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><input name=family></main>")
    with pytest.raises(AssertionError, match=r"label.*family"):
        assert_accessible(page)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        (f"{GOOD}<img src='http://192.0.2.1/pixel.png' alt=''>", "request to another host"),
        (f"{GOOD}<script>alert(1)</script>", "Content Security Policy"),
    ],
    ids=["other-host", "inline-script"],
)
def test_faults_of_a_page_are_noticed(chromium: Browser, site: str, html: str, fault: str) -> None:
    with chromium.new_context() as context:
        watch = Watch(context)
        # Nothing leaves this machine in a test: the request is noticed, then refused here.
        context.route("http://192.0.2.1/**", lambda route: route.abort())
        page = context.new_page()
        page.goto(site)
        page.set_content(html)
        page.evaluate("fetch('/').then(answer => answer.text())")
        assert any(fault in found for found in watch.faults), watch.faults


def test_script_errors_are_noticed(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        watch = Watch(context)
        page = context.new_page()
        page.goto(site)
        with context.expect_event("weberror"):
            page.evaluate("setTimeout(() => { throw new Error('broken') })")
        assert watch.faults == ["script error: broken"]
