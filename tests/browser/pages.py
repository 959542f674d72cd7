"""Pages of a stranger in a real browser: what they try against the served embedded AWS, and what they may."""

import http.server
import threading
import urllib.parse

from served import find

# A name that its owner points at 127.0.0.1 once the page is loaded (DNS rebinding).
REBOUND = "rebound.example"
# A name of the stranger's own, which stays one.
EVIL = "evil.example"
RESOLVED = f"MAP {REBOUND} 127.0.0.1, MAP {EVIL} 127.0.0.1"

TRUST = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
         '"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}')


def create(role):
    """The URL, and the form, that creates a role for whoever is let in."""
    credential = urllib.parse.quote("AKIAEVIL/20260101/us-east-1/iam/aws4_request", safe="")
    form = urllib.parse.urlencode({"Action": "CreateRole", "Version": "2010-05-08",
                                   "RoleName": role, "AssumeRolePolicyDocument": TRUST})
    return f"?X-Amz-Credential={credential}", form


class Stranger:
    """Serves an empty page on a port of its own."""

    def __init__(self):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b"<!doctype html><title>a stranger</title><link rel=icon href=data:,>"
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def pages(self):
        """What the addresses of its pages begin with."""
        return tuple(f"http://{name}:{self.port}/" for name in (EVIL, "127.0.0.1", "localhost"))

    def stop(self):
        self.server.shutdown()


def fetched(visitor, url, body=None, mode="no-cors", method=None):
    """What a page is told of its request: a status (0: it may not see it), or that it failed."""
    return visitor.browser.execute_async_script(
        "const [url, body, mode, method, done] = arguments;"
        "fetch(url, { method: method || (body === null ? 'GET' : 'POST'), mode, body,"
        " headers: body === null ? {} : { 'content-type': 'text/plain' } })"
        ".then(answer => done(answer.status), error => done(String(error)))",
        url, body, mode, method)


def at(visitor, page):
    visitor.browser.get(page)
    visitor.until("the page", lambda: visitor.browser.title == "a stranger")


def counted(visitor):
    """How many roles a service was asked for; what is turned away is not counted."""
    return find(visitor.served.calls(), "iam:CreateRole")


def stranger_creates_nothing(name):
    """From another site, and from another port of this one."""
    def check(visitor):
        at(visitor, f"http://{name}:{visitor.stranger.port}/")
        before = counted(visitor)
        visitor.console()
        query, form = create("evil")
        url = visitor.served.url + "/"
        own = url + "_vanity-deploy/"
        fetched(visitor, url + query, form)
        fetched(visitor, f"{url}{query}&{form}")
        visitor.browser.execute_async_script(
            "const [source, done] = arguments; const image = new Image();"
            "image.onload = image.onerror = () => done(); image.src = source", f"{url}{query}&{form}")
        fetched(visitor, own + "connect/invoke", "{}")
        fetched(visitor, own + "faults", "[]", mode="cors", method="PUT")
        fetched(visitor, own + "sns/outbox")
        # The page is told of none of it; the console tells what was answered, except of images.
        console = visitor.console()
        for asked in [url + query, f"{url}{query}&{form}", own + "connect/invoke", own + "sns/outbox"]:
            assert any(line.startswith(f"{asked} ") and "status of 403" in line for line in console), (
                asked, console)
        assert any(own + "faults" in line and "preflight" in line for line in console), console
        assert counted(visitor) == before, (before, counted(visitor))
    return check


def stranger_submits_no_form(visitor):
    at(visitor, f"http://{EVIL}:{visitor.stranger.port}/")
    before = counted(visitor)
    query, form = create("evil")
    visitor.browser.execute_script(
        "const [action, fields] = arguments; const form = document.createElement('form');"
        "form.method = 'POST'; form.action = action;"
        "for (const [name, value] of new URLSearchParams(fields)) {"
        " const input = document.createElement('input'); input.name = name; input.value = value;"
        " form.append(input) } document.body.append(form); form.submit()",
        f"{visitor.served.url}/{query}", form)
    visitor.until("the refusal", lambda: "not for pages" in visitor.browser.page_source)
    assert counted(visitor) == before


def rebound_name_is_not_answered(visitor):
    port = urllib.parse.urlsplit(visitor.served.url).port
    before = counted(visitor)
    query, form = create("evil")
    # To the browser it is the gateway's own page from here on.
    visitor.browser.get(f"http://{REBOUND}:{port}/_vanity-deploy/health")
    visitor.until("the refusal", lambda: "127.0.0.1" in visitor.browser.page_source)
    for path, body in [(f"/{query}", form), (f"/{query}&{form}", None),
                       ("/_vanity-deploy/sns/outbox", None), ("/_vanity-deploy/connect/invoke", "{}")]:
        told = fetched(visitor, path, body, mode="same-origin")
        assert told == 421, (path, told)
    assert counted(visitor) == before


def own_page_reads_and_does_nothing(visitor):
    """A deployed page has the gateway's origin, and is somebody's code all the same."""
    visitor.open()
    before = counted(visitor)
    query, form = create("evil")
    for path, body, expected in [
        ("/_vanity-deploy/sns/outbox", None, 200),
        (f"/{query}", form, 403),
        (f"/{query}&{form}", None, 403),
        ("/_vanity-deploy/connect/invoke", "{}", 403),
    ]:
        told = fetched(visitor, path, body, mode="same-origin")
        assert told == expected, (path, told)
    assert counted(visitor) == before


def stranger_calls_what_is_deployed(visitor):
    """As on AWS: what a page may see of it is what the API's CORS says."""
    at(visitor, f"http://{EVIL}:{visitor.stranger.port}/")
    assert fetched(visitor, visitor.served.page) == 0
    visitor.browser.execute_script(
        "const link = document.createElement('a'); link.href = arguments[0];"
        "document.body.append(link); link.click()", visitor.served.page)
    visitor.until("the deployed page", lambda: visitor.browser.title.startswith("Register for"))


CHECKS = [
    ("another site creates nothing", stranger_creates_nothing(EVIL)),
    ("another port creates nothing", stranger_creates_nothing("127.0.0.1")),
    ("another port of localhost creates nothing", stranger_creates_nothing("localhost")),
    ("another site submits no form", stranger_submits_no_form),
    ("a rebound name is not answered", rebound_name_is_not_answered),
    ("a page of its own reads and does nothing", own_page_reads_and_does_nothing),
    ("another site calls what is deployed", stranger_calls_what_is_deployed),
]
