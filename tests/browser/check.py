#!/usr/bin/env python3
"""A visitor in a real browser: fills in the form, is told what is wrong, is registered, gets an SMS.
And a stranger's page there, which gets nowhere."""

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
import pages
from served import EVENT, Served, eventually

# The form is filled in more often than anybody would.
WIDE = ("RequestsPerSecond=100", "RequestBurst=100")

# Default country, what is written, and E.164.
WRITTEN = [
    ("", "+44 (0)7911 123456", "+447911123456"),
    ("", "(+44) 7911-123456", "+447911123456"),
    ("", "0044 (0) 7911 123456", "+447911123456"),
    ("", "+1 (415) 555-0101", "+14155550101"),
    ("GB", "07911 123456", "+447911123456"),
    ("US", "(415) 555-0101", "+14155550101"),
    ("US", "1 415 555 0101", "+14155550101"),
    ("US", "011 44 7911 123456", "+447911123456"),
    ("DE", "0151 23456789", "+4915123456789"),
    # Italy's nought belongs to the number, Russia dials 8 and Hungary 06 before one.
    ("IT", "06 1234 5678", "+390612345678"),
    ("", "+39 06 1234 5678", "+390612345678"),
    ("RU", "8 916 123-45-67", "+79161234567"),
    ("HU", "06 30 123 4567", "+36301234567"),
]

GOOD = {
    "name": "Siobhán O'Brien", "email": "s.obrien@example.com", "rollNumber": "R-18/15",
    "phone": "+1 (415) 555-0101", "year": "2",
}
FIELDS = list(GOOD)
MISSING = {
    "name": "Please tell us your name.", "email": "Please tell us your email address.",
    "rollNumber": "Please tell us your roll number.", "phone": "Please tell us your mobile number.",
    "year": "Please choose your year.",
}
# What a field does not take, and a word of what is then said at it.
WRONG = [
    ("email", "ada", "does not look like an email address"),
    ("email", "ada@localhost", "does not look like an email address"),
    ("rollNumber", "R 1815;", "letters and digits"),
    ("phone", "4155550101", "country code"),
    ("phone", "+0155550101", "country code"),
    ("phone", "+1415", "country code"),
    ("phone", "+1 111 111 1111", "no such number"),
    ("phone", "07911 123456", "no such number"),
]


class Visitor:
    def __init__(self, browser, served, stranger):
        self.browser, self.served, self.stranger = browser, served, stranger
        self.said = []

    def console(self):
        """What the console says since it was last asked; what it had said is kept for the end."""
        said = self.browser.get_log("browser")
        self.said += said
        return [entry["message"] for entry in said]

    def open(self):
        self.browser.get(self.served.page)
        self.until("the event's name", lambda: self.text("event") == EVENT)

    def until(self, what, look):
        WebDriverWait(self.browser, 60, 0.05).until(lambda _: look(), what)

    def text(self, identifier):
        return self.browser.find_element(By.ID, identifier).text

    def error(self, field):
        return self.browser.execute_script(
            "return document.getElementById(arguments[0] + '-error').textContent", field)

    def errors(self):
        return {field: self.error(field) for field in FIELDS if self.error(field)}

    def fill(self, **changed):
        for field, value in {**GOOD, **changed}.items():
            if field == "year":
                if value:
                    choice = self.browser.find_element(By.CSS_SELECTOR, f"[name=year][value='{value}']")
                    self.browser.execute_script("arguments[0].click()", choice)
                continue
            place = self.browser.find_element(By.ID, field)
            place.clear()
            place.send_keys(value)

    def submit(self):
        self.browser.find_element(By.ID, "submit").click()

    def ready(self):
        return self.browser.find_element(By.ID, "submit").get_attribute("aria-disabled") is None

    def notice(self):
        self.until("a notice", lambda: self.text("notice") and self.ready())
        return self.text("notice")

    def focused(self):
        return self.browser.switch_to.active_element.get_attribute("name")

    def posts(self):
        """How often the table was asked to take a registration."""
        return sum(count for name, count in flat(self.served.calls()) if "PutItem" in name)

    def trust(self, field):
        """Lets the page send what it would not, to see what becomes of the server's answer."""
        self.browser.execute_script(
            "FIELDS[arguments[0]].pattern = '[^]*'; FIELDS[arguments[0]].longest = 1e9;", field)


def flat(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, name)
    elif isinstance(value, int):
        yield name, value


def says_which_event(visitor):
    visitor.open()
    assert visitor.browser.title == f"Register for {EVENT}", visitor.browser.title


def asks_for_everything(visitor):
    visitor.open()
    before = visitor.posts()
    visitor.submit()
    assert visitor.errors() == MISSING, visitor.errors()
    assert visitor.focused() == "name", visitor.focused()
    for field in FIELDS:
        selector = "[name=year]" if field == "year" else f"#{field}"
        marked = visitor.browser.find_element(By.CSS_SELECTOR, selector)
        assert marked.get_attribute("aria-invalid") == "true", field
    assert visitor.posts() == before
    visitor.fill()
    assert visitor.errors() == {}, visitor.errors()


def asks_for_one(field):
    def check(visitor):
        visitor.open()
        visitor.fill(**{field: ""})
        visitor.submit()
        assert visitor.errors() == {field: MISSING[field]}, visitor.errors()
        assert visitor.focused() == field, visitor.focused()
    return check


def refuses(field, value, word):
    def check(visitor):
        visitor.open()
        before = visitor.posts()
        visitor.fill(**{field: value})
        visitor.submit()
        assert list(visitor.errors()) == [field], visitor.errors()
        assert word in visitor.error(field), visitor.error(field)
        assert visitor.posts() == before
    return check


def judges_a_field_when_it_is_left(visitor):
    visitor.open()
    email = visitor.browser.find_element(By.ID, "email")
    email.send_keys("ada")
    assert visitor.error("email") == ""
    email.send_keys(Keys.TAB)
    assert "email" in visitor.error("email")
    email.send_keys("@example.com")
    assert visitor.error("email") == "", visitor.error("email")


def shows_what_the_server_refuses(field, value, word):
    def check(visitor):
        visitor.open()
        before = visitor.posts()
        visitor.trust(field)
        visitor.fill()
        visitor.browser.execute_script(
            "document.getElementById(arguments[0]).removeAttribute('maxlength')", field)
        place = visitor.browser.find_element(By.ID, field)
        place.clear()
        place.send_keys(value)
        visitor.submit()
        visitor.until("the server's answer", lambda: visitor.errors() and visitor.ready())
        assert list(visitor.errors()) == [field], visitor.errors()
        assert word in visitor.error(field), visitor.error(field)
        assert visitor.posts() == before
        assert visitor.focused() == field
    return check


def shows_what_the_server_misses(visitor):
    visitor.open()
    visitor.fill()
    # A page of an older day, which sends less.
    visitor.browser.execute_script(
        "const all = JSON.stringify; JSON.stringify = (value, ...more) => {"
        " if (value && value.email) { value = { ...value }; delete value.email }"
        " return all(value, ...more) }")
    visitor.submit()
    visitor.until("the server's answer", lambda: visitor.errors() and visitor.ready())
    assert visitor.errors() == {"email": MISSING["email"]}, visitor.errors()


def shows_a_year_that_the_server_refuses(visitor):
    visitor.open()
    visitor.fill()
    visitor.browser.execute_script(
        "const all = JSON.stringify; JSON.stringify = (value, ...more) =>"
        " all(value && value.year ? { ...value, year: 9 } : value, ...more)")
    visitor.submit()
    visitor.until("the server's answer", lambda: visitor.errors() and visitor.ready())
    assert list(visitor.errors()) == ["year"], visitor.errors()


def tells_when_there_is_no_network(visitor):
    visitor.open()
    visitor.fill()
    visitor.browser.set_network_conditions(offline=True, latency=0, throughput=0)
    try:
        visitor.submit()
        notice = visitor.notice()
    finally:
        visitor.browser.delete_network_conditions()
    assert "could not reach the server" in notice, notice
    assert visitor.browser.find_element(By.ID, "name").get_attribute("value") == GOOD["name"]


def tells_when_the_table_is_in_trouble(status, code, word):
    def check(visitor):
        visitor.open()
        visitor.fill()
        error = {"status": status, "code": code, "message": "no"}
        visitor.served.faults([{"service": "dynamodb", "operation": "PutItem", "times": 0,
                                "effect": {"error": error}}])
        try:
            visitor.submit()
            notice = visitor.notice()
        finally:
            visitor.served.faults([])
        assert word in notice, notice
    return check


def registers_and_is_confirmed(visitor):
    assert visitor.served.outbox() == []
    visitor.open()
    visitor.fill()
    visitor.submit()
    visitor.until("success", lambda: visitor.text("done-title"))
    assert visitor.text("done-title") == f"You’re in, {GOOD['name']}!", visitor.text("done-title")
    done = visitor.text("done-text")
    assert EVENT in done and "0101" in done, done
    assert not visitor.browser.find_element(By.ID, "register").is_displayed()
    sent = eventually("an SMS", visitor.served.outbox)
    assert [(sms["phoneNumber"], sms["message"]) for sms in sent] == [
        ("+14155550101", f"Thank you, {GOOD['name']}! You are registered for {EVENT}.")], sent


def is_kind_to_whoever_comes_again(visitor):
    visitor.open()
    visitor.fill(name="Somebody Else")
    visitor.submit()
    notice = visitor.notice()
    assert "already on the list" in notice and EVENT in notice, notice
    assert visitor.focused() == "phone", visitor.focused()
    assert visitor.errors() == {}
    # On with another number, by keyboard.
    phone = visitor.browser.find_element(By.ID, "phone")
    phone.clear()
    phone.send_keys("0044 20 7946 0018", Keys.ENTER)
    visitor.until("success", lambda: visitor.text("done-title"))
    sent = eventually("a second SMS", lambda: visitor.served.outbox()[1:])
    assert [sms["phoneNumber"] for sms in sent] == ["+442079460018"], sent
    visitor.browser.find_element(By.ID, "another").click()
    assert visitor.focused() == "name"
    assert visitor.browser.find_element(By.ID, "phone").get_attribute("value") == ""


def works_in_a_small_window_and_at_night(visitor):
    visitor.browser.set_window_size(360, 740)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    visitor.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    visitor.open()
    width = visitor.browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= visitor.browser.execute_script("return innerWidth"), width
    card = visitor.browser.execute_script(
        "return getComputedStyle(document.querySelector('.ticket')).backgroundColor")
    assert card == "rgb(27, 26, 46)", card


def names_every_field(visitor):
    """As a screen reader hears it."""
    visitor.browser.set_window_size(1200, 900)
    visitor.open()
    named = {"name": "Name", "email": "Email", "rollNumber": "Roll number", "phone": "Mobile number"}
    for field, label in named.items():
        place = visitor.browser.find_element(By.ID, field)
        assert place.accessible_name == label, place.accessible_name
        described = place.get_attribute("aria-describedby").split()
        assert f"{field}-error" in described, described
    group = visitor.browser.find_element(By.ID, "years")
    assert group.accessible_name == "Year of study", group.accessible_name
    assert visitor.browser.find_element(By.ID, "notice").aria_role == "alert"


def reads_numbers_as_people_write_them(visitor):
    visitor.open()
    for country, written, expected in WRITTEN:
        read = visitor.browser.execute_script(
            "here = country(arguments[0]); return e164(arguments[1])", country, written)
        assert read == expected, (country, written, read)


def shows_the_number_before_it_is_texted(visitor):
    visitor.open()
    phone = visitor.browser.find_element(By.ID, "phone")
    phone.send_keys("+44 (0)7911 12345")
    assert visitor.text("phone-told") == "", visitor.text("phone-told")
    phone.send_keys("6")
    assert visitor.text("phone-told") == "The text message goes to +447911123456", visitor.text("phone-told")


def has_no_fault(width, scheme):
    """Empty, with everything wrong, and with a number told; and no number breaks at the edge."""
    def check(visitor):
        axe.width(visitor.browser, width)
        axe.scheme(visitor.browser, scheme)
        try:
            visitor.open()
            found = axe.violations(visitor.browser)
            visitor.submit()
            found += axe.violations(visitor.browser)
            visitor.fill()
            found += axe.violations(visitor.browser)
            assert not found, "\n".join(found)
            lines = visitor.browser.execute_script(
                "return [...document.querySelectorAll('.whole')].map(whole => whole.getClientRects().length)")
            assert lines == [1, 1], lines
            wide = visitor.browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, wide
        finally:
            visitor.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            axe.scheme(visitor.browser, "light")
    return check


CHECKS = [
    ("says which event it is for", says_which_event),
    ("asks for everything", asks_for_everything),
    *((f"asks for {field}", asks_for_one(field)) for field in FIELDS),
    *((f"refuses {field} {value}", refuses(field, value, word)) for field, value, word in WRONG),
    ("judges a field when it is left", judges_a_field_when_it_is_left),
    *((f"shows that the server refuses {field}", shows_what_the_server_refuses(field, value, word))
      for field, value, word in [
          ("name", "n" * 101, "up to 100"), ("email", "ada at home", "email address"),
          ("rollNumber", "#1", "letters and digits"), ("phone", "12", "country code")]),
    ("shows what the server misses", shows_what_the_server_misses),
    ("shows a year that the server refuses", shows_a_year_that_the_server_refuses),
    ("tells when there is no network", tells_when_there_is_no_network),
    ("tells when too many register", tells_when_the_table_is_in_trouble(
        400, "ProvisionedThroughputExceededException", "Too many people")),
    ("tells when nothing can be saved", tells_when_the_table_is_in_trouble(
        400, "AccessDeniedException", "could not be saved")),
    ("registers and is confirmed by SMS", registers_and_is_confirmed),
    ("is kind to whoever comes again", is_kind_to_whoever_comes_again),
    ("works in a small window and at night", works_in_a_small_window_and_at_night),
    ("names every field", names_every_field),
    ("reads numbers as people write them", reads_numbers_as_people_write_them),
    ("shows the number before it is texted", shows_the_number_before_it_is_texted),
    *((f"has no fault that axe finds at {width} px, {scheme}", has_no_fault(width, scheme))
      for width in (1280, 390) for scheme in ("light", "dark")),
    *pages.CHECKS,
]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--screenshots", help="a folder for a picture after each check")
    options = options.parse_args()
    chrome = webdriver.ChromeOptions()
    chrome.binary_location = os.environ["CHROMIUM"]
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1200,900", f"--host-resolver-rules={pages.RESOLVED}"]:
        chrome.add_argument(argument)
    chrome.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    served = Served(options.program, f"EventName={EVENT}", *WIDE)
    stranger = pages.Stranger()
    failed = 0
    try:
        browser = webdriver.Chrome(options=chrome, service=Service(os.environ["CHROMEDRIVER"]))
        try:
            visitor = Visitor(browser, served, stranger)
            for name, check in CHECKS:
                try:
                    check(visitor)
                    print(f"ok      {name}")
                except Exception:
                    failed += 1
                    print(f"FAILED  {name}")
                    traceback.print_exc()
                if options.screenshots:
                    os.makedirs(options.screenshots, exist_ok=True)
                    browser.save_screenshot(os.path.join(options.screenshots, name.replace(" ", "-").replace("/", "") + ".png"))
            visitor.console()
            # A stranger's page is blocked on purpose.
            broken = [entry for entry in visitor.said
                      if entry["level"] == "SEVERE" and entry["source"] not in ("network",)
                      and not entry["message"].startswith(visitor.stranger.pages())]
            if broken:
                failed += 1
                print(f"FAILED  the page's console: {broken}")
        finally:
            browser.quit()
    finally:
        stranger.stop()
        served.stop()
    print(f"browser: {len(CHECKS) - failed} of {len(CHECKS)} checks passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
