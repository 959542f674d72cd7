#!/usr/bin/env python3
"""The page of vanity-numbers in a real browser: a number tried, a wrong one, a link, in every light and width."""

import argparse
import os
import sys
import traceback

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import axe
from served import Served

BEST = "+1-800-PAINTER"


class Visitor:
    def __init__(self, browser, served):
        self.browser, self.served = browser, served

    def open(self, query=""):
        self.browser.get("about:blank")
        self.browser.get(self.served.page + query)

    def until(self, what, look):
        WebDriverWait(self.browser, 60, 0.05).until(lambda _: look(), what)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def ask(self, number):
        field = self.find("#number")
        field.clear()
        field.send_keys(number, Keys.ENTER)
        self.until("an answer", lambda: self.find("#try button").is_enabled())

    def best(self):
        best = self.browser.find_elements(By.CSS_SELECTOR, "#answer li.best")
        return best[0].text if best else None


def tells_the_best(visitor):
    for number in ["+1 (800) 724-6837", "8007246837", "001 800 724 6837"]:
        visitor.open()
        visitor.ask(number)
        assert visitor.best() == BEST, (number, visitor.best())
    assert len(visitor.browser.find_elements(By.CSS_SELECTOR, ".keys .lit")) >= 4


def links_to_what_is_shown(visitor):
    visitor.open()
    visitor.ask("0044 20 7946 0018")
    shown = visitor.best()
    link = visitor.find("#answer .share a").get_attribute("href")
    assert link.endswith("?phonenumber=%2B442079460018"), link
    assert visitor.browser.current_url == link, visitor.browser.current_url
    visitor.browser.get("about:blank")
    visitor.browser.get(link)
    visitor.until("the same", lambda: visitor.best() == shown)
    assert visitor.find("#number").get_attribute("value") == "+442079460018"
    # A plus that became a space on the way.
    visitor.open("?phonenumber=+18007246837")
    visitor.until("the best", lambda: visitor.best() == BEST)


def copies_the_link(visitor):
    visitor.open()
    visitor.ask("+18007246837")
    button = visitor.find("#answer .share button")
    assert button.text == "Copy the link", button.text
    origin = visitor.served.url
    visitor.browser.execute_cdp_cmd("Browser.grantPermissions", {
        "origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    button.click()
    visitor.until("it is copied", lambda: button.text == "Copied")
    copied = visitor.browser.execute_async_script(
        "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(String(error)))")
    assert copied == visitor.browser.current_url, copied


def says_what_is_wrong_at_the_field(visitor):
    for number, word in [("", "No phone number"), ("hello", "not a phone number"), ("+1800", "too short"),
                         ("0207946", "country code")]:
        visitor.open()
        visitor.ask(number)
        visitor.until("what is wrong", lambda: visitor.find("#number-error").text)
        error, field = visitor.find("#number-error"), visitor.find("#number")
        assert word in error.text, (number, error.text)
        assert field.get_attribute("aria-invalid") == "true"
        assert "number-error" in field.get_attribute("aria-describedby").split()
        assert error.aria_role == "alert", error.aria_role
        assert visitor.browser.switch_to.active_element.get_attribute("id") == "number"
        assert visitor.find("#answer").text == "", visitor.find("#answer").text
    visitor.ask("+18007246837")
    assert visitor.best() == BEST
    assert visitor.find("#number").get_attribute("aria-invalid") is None
    assert visitor.find("#number-error").text == ""


def says_that_there_are_no_words(visitor):
    visitor.open()
    visitor.ask("+12002000000")
    shown = visitor.find("#answer").text
    assert "No words can be made" in shown and "0 four times" in shown, shown
    assert visitor.find("#number").get_attribute("aria-invalid") is None


def tells_when_there_is_no_network(visitor):
    visitor.open()
    visitor.browser.set_network_conditions(offline=True, latency=0, throughput=0)
    try:
        visitor.ask("+18007246837")
        assert "cannot be reached" in visitor.find("#answer").text
    finally:
        visitor.browser.delete_network_conditions()


def answers_beside_the_root(visitor):
    """Where the first system had it."""
    visitor.open()
    status, best = visitor.browser.execute_async_script(
        "const done = arguments[0]; fetch('prod/vanitynumbers?phonenumber=%2B18007246837')"
        ".then(async (reply) => done([reply.status, (await reply.json()).VanityNumber1]), (error) => done(String(error)))")
    assert (status, best) == (200, BEST), (status, best)


def lets_in_nothing_of_others(visitor):
    visitor.open()
    visitor.console()
    ran = visitor.browser.execute_script(
        "const script = document.createElement('script'); script.textContent = 'window.ran = true';"
        "document.body.append(script); return Boolean(window.ran)")
    assert not ran
    said = " ".join(entry["message"] for entry in visitor.console())
    assert "Content Security Policy" in said, said


def is_accessible(scheme, pixels):
    def check(visitor):
        axe.width(visitor.browser, pixels)
        axe.scheme(visitor.browser, scheme)
        for number in [None, "+18007246837", "+12002000000", "hello"]:
            visitor.open()
            if number:
                visitor.ask(number)
                visitor.until("an answer", lambda: visitor.find("#answer").text or visitor.find("#number-error").text)
            wide = visitor.browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= pixels, (number, wide)
            found = axe.violations(visitor.browser)
            assert not found, (number, found)
            faint = axe.faint_edges(visitor.browser)
            assert not faint, (number, faint)
            visitor.picture(f"{scheme} {pixels} {number or 'empty'}")
    return check


def what_judges_can_judge(visitor):
    """A border as faint as it was, and a field without its name: neither passes."""
    visitor.open()
    visitor.browser.execute_script(
        "document.documentElement.style.setProperty('--line', '#e3dccf'); document.querySelector('label').remove();"
        "document.querySelector('#number').placeholder = ''")
    axe.scheme(visitor.browser, "light")
    assert axe.faint_edges(visitor.browser)
    assert any("label" in line for line in axe.violations(visitor.browser))


CHECKS = [
    ("tells the best", tells_the_best),
    ("links to what is shown", links_to_what_is_shown),
    ("copies the link", copies_the_link),
    ("says what is wrong at the field", says_what_is_wrong_at_the_field),
    ("says that there are no words", says_that_there_are_no_words),
    ("answers beside the root", answers_beside_the_root),
    ("what judges can judge", what_judges_can_judge),
    *((f"is accessible: {scheme}, {pixels} px", is_accessible(scheme, pixels))
      for scheme in ("light", "dark") for pixels in (1280, 390)),
]
# What the console is allowed to say something about.
LOUD = [
    ("tells when there is no network", tells_when_there_is_no_network),
    ("lets in nothing of others", lets_in_nothing_of_others),
]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--screenshots", help="a folder for pictures")
    options = options.parse_args()
    chrome = webdriver.ChromeOptions()
    chrome.binary_location = os.environ["CHROMIUM"]
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"]:
        chrome.add_argument(argument)
    chrome.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    served = Served(options.program, solution="vanity-numbers", path="")
    failed = 0
    try:
        # Somebody has called.
        served.call("vanity-numbers", "+18003569377")
        browser = webdriver.Chrome(options=chrome, service=Service(os.environ["CHROMEDRIVER"]))
        try:
            visitor = Visitor(browser, served)
            visitor.console = lambda: browser.get_log("browser")

            def picture(name):
                if options.screenshots:
                    os.makedirs(options.screenshots, exist_ok=True)
                    browser.save_screenshot(os.path.join(options.screenshots, f"vanity {name}.png".replace(" ", "-")))
            visitor.picture = picture
            for name, check in CHECKS + LOUD:
                visitor.console()
                try:
                    check(visitor)
                    # Also what the network answered: an icon that is not there, for one. What is wrong with a
                    # number is an answer of its own.
                    said = [entry["message"] for entry in visitor.console() if entry["level"] == "SEVERE"]
                    said = [line for line in said if "/vanitynumbers?phonenumber=" not in line]
                    assert (name, check) in LOUD or not said, said
                    print(f"ok      {name}")
                except Exception:
                    failed += 1
                    print(f"FAILED  {name}")
                    traceback.print_exc()
                    picture(f"failed {name.replace(':', '').replace(',', '')}")
        finally:
            browser.quit()
    finally:
        served.stop()
    checks = len(CHECKS) + len(LOUD)
    print(f"browser: {checks - failed} of {checks} checks of vanity-numbers passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
