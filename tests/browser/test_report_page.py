"""The report's page in a real browser: it filters, sorts, goes by keyboard, asks nobody, and obeys no name.

Needs Chromium with its driver and the extra `browser`; without them the tests are skipped, but for CI, where they fail.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from whole_accounts import PROD, TOOLS, allow, document, role, snapshot, user

HAS_SELENIUM = find_spec("selenium") is not None
if HAS_SELENIUM:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (HAS_SELENIUM and shutil.which("chromedriver")) and not os.environ.get("CI"),
        reason="NOT TESTED: the report's page needs the extra `browser`, chromium and chromium-driver",
    ),
]

TOP = Path(__file__).parents[2]
LOGIN = allow("ecr:GetAuthorizationToken", on="*")
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


def arn(name: str) -> str:
    return f"arn:aws:ecr:eu-central-1:{PROD}:repository/{name}"


def state() -> dict[str, Any]:
    pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    tls = {"Bool": {"aws:SecureTransport": "true"}}
    entities = [
        role("auditor", document(LOGIN, allow(*pull, on=arn("*")))),
        role("web", document(LOGIN, allow(*pull, on=arn("team/web"), Condition=tls, Sid=HOSTILE))),
        role("api", document(LOGIN, allow("ecr:*", on=arn("team/api")))),
        user("zoe", document(LOGIN, allow(*pull, on=[arn(f"many/r{n}") for n in range(8)]))),  # type: ignore[arg-type]
    ]
    entities[1]["RolePolicyList"][0]["PolicyName"] = HOSTILE
    names = ["team/web", "team/api", *(f"many/r{n}" for n in range(8))]
    lets_in = document(allow(*pull, Principal={"AWS": TOOLS}))
    policies = {arn(name): lets_in if name == "team/web" else None for name in names}
    return snapshot(*entities, repositories=policies)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("report")
    (directory / "a.json").write_text(json.dumps(state()))
    done = ecrgen("report", "--state", str(directory / "a.json"), "-o", str(directory / "report.html"))
    assert done.code == 0, done.err
    return directory / "report.html"


def opened(**preferences: Any) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if preferences:
        options.add_experimental_option("prefs", preferences)
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


@pytest.fixture(scope="module")
def chrome() -> Iterator[webdriver.Chrome]:
    driver = opened()
    yield driver
    driver.quit()


@pytest.fixture
def browser(chrome: webdriver.Chrome, page: Path) -> webdriver.Chrome:
    chrome.get_log("browser")
    chrome.get_log("performance")
    chrome.get(page.as_uri())
    return chrome


def shown(browser: webdriver.Chrome, table: str) -> list[str]:
    """The first cells of a table's visible rows."""
    rows = browser.find_elements(By.CSS_SELECTOR, f".wide[aria-labelledby='{table}'] tbody tr")
    return [row.find_element(By.CSS_SELECTOR, "th").text for row in rows if row.is_displayed()]


def fill(browser: webdriver.Chrome, text: str) -> None:
    field = browser.find_element(By.ID, "filter")
    field.clear()
    field.send_keys(text)


def test_it_filters(browser: webdriver.Chrome) -> None:
    """A row stays that has every word, also in the names that it links to, and how many stay is said."""
    everybody = shown(browser, "by-principal")
    assert {*everybody} == {"role/auditor", "role/web", "role/api", "user/zoe"}
    fill(browser, "team/api push")
    assert shown(browser, "by-repository") == ["team/api"]
    fill(browser, "many/r7 zoe")
    assert shown(browser, "by-principal") == ["user/zoe"]
    assert browser.find_element(By.ID, "count").text.endswith("rows")
    fill(browser, "nothing has this")
    assert shown(browser, "by-principal") == []
    fill(browser, " ")
    assert shown(browser, "by-principal") == everybody


def test_it_sorts(browser: webdriver.Chrome) -> None:
    """A click on a column sorts by it, and a second one turns the order round."""
    head = browser.find_element(By.CSS_SELECTOR, ".wide[aria-labelledby='by-principal'] thead th")
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    once = shown(browser, "by-principal")
    assert once == sorted(once)
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert shown(browser, "by-principal") == once[::-1]


def test_it_goes_by_keyboard(browser: webdriver.Chrome) -> None:
    """Tab leads to the link past the header, the filter, the columns and the details; Enter does what each is for."""

    def press(*keys: str) -> Any:
        webdriver.ActionChains(browser).send_keys(*keys).perform()
        return browser.switch_to.active_element

    skip = press(Keys.TAB)
    assert skip.text == "Skip to the access"
    assert skip.is_displayed()
    assert press(Keys.TAB).get_attribute("id") == "filter"
    press("zoe")
    assert shown(browser, "by-principal") == ["user/zoe"]
    seen: list[str] = []
    for _ in range(60):
        at = press(Keys.TAB)
        seen.append(at.tag_name)
        if at.tag_name == "button":
            assert at.value_of_css_property("outline-style") == "solid"
        if at.tag_name == "summary":
            assert at.find_element(By.XPATH, "..").get_attribute("open") is None
            press(Keys.ENTER)
            assert at.find_element(By.XPATH, "..").get_attribute("open") is not None
            break
    assert seen.count("button") > 3
    assert seen[-1] == "summary"


def test_it_asks_nobody_and_says_no_error(browser: webdriver.Chrome, page: Path) -> None:
    """No request but the one for the page, nothing on the console, and nothing that a name holds is carried out."""
    fill(browser, "web")
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in entries if each["method"] == "Network.requestWillBeSent"]
    assert {url.partition("#")[0] for url in asked} == {page.as_uri()}
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hacked") is None
    assert HOSTILE in browser.find_element(By.TAG_NAME, "main").get_attribute("textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser: webdriver.Chrome, scheme: str) -> None:
    """axe-core finds no violation, in light and in dark, with the details open. A screenshot is kept."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    browser.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found["violations"]] == []
    assert len(found["passes"]) > 20
    kept = TOP / "build" / f"report-{scheme}.png"
    kept.parent.mkdir(exist_ok=True)
    assert browser.save_screenshot(str(kept))


def test_it_prints(browser: webdriver.Chrome) -> None:
    """On paper the filter is gone."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.find_element(By.ID, "filter").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_it_is_read_without_scripts(page: Path) -> None:
    """Without JavaScript there is everything but the filter, and links lead to the names."""
    driver = opened(**{"profile.managed_default_content_settings.javascript": 2})
    try:
        driver.get(page.as_uri())
        assert not driver.find_element(By.ID, "filter").is_displayed()
        assert len(shown(driver, "by-principal")) == 4
        driver.find_element(By.CSS_SELECTOR, "a[href^='#set-']").click()
        assert "#set-" in driver.current_url
        assert driver.find_elements(By.CSS_SELECTOR, "thead button") == []
    finally:
        driver.quit()


def test_a_large_account(chrome: webdriver.Chrome, large_page: Callable[[], Path]) -> None:
    """A thousand callers and a thousand repositories make a page of 2 MB at most, which opens and filters."""
    page = large_page()
    assert page.stat().st_size <= 2_000_000
    chrome.get(page.as_uri())
    fill(chrome, "role-41 ")
    visible = shown(chrome, "by-principal")
    assert visible
    assert len(visible) < 30


@pytest.fixture
def large_page(tmp_path: Path) -> Callable[[], Path]:
    from bench.account import account

    def made() -> Path:
        (tmp_path / "a.json").write_text(json.dumps(account(1_000, 1_000)))
        done = ecrgen("report", "--state", str(tmp_path / "a.json"), "-o", str(tmp_path / "report.html"))
        assert done.code == 0, done.err
        return tmp_path / "report.html"

    return made
