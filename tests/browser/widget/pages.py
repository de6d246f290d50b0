"""A customer's website on an origin of its own, with the tag on pages that make a widget's life hard."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOSTILE = """<style>html{display:block!important}
:not(html){color:lime!important;font:40px serif!important;display:none!important;opacity:.1!important;
position:static!important;transform:scale(.1)!important;visibility:hidden!important;z-index:-1!important}</style>"""
STRICT = (
    "default-src 'none'; script-src {klepet}; connect-src {klepet} {sockets}; img-src {klepet} data:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
LONG = "<main><h1>Shop</h1><p>" + "Coffee, tea and what belongs to them. " * 400 + "</p></main>"
QUEUE = "window.klepet=window.klepet||function(){(klepet.q=klepet.q||[]).push(arguments)};"


class Pages:
    """The website; `tag` is what its owner pasted into every page."""

    def __init__(self, klepet: str, key: str, second_key: str) -> None:
        self.klepet, self.key, self.second_key = klepet, key, second_key
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, headers = pages.page(urlsplit(self.path).path)
                self.send_response(200)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Keep the output to the tests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Where the website answers."""
        return self.server.server_address[1]

    def tag(self, key: str, attributes: str = "") -> str:
        """The code to paste."""
        return f'<script async src="{self.klepet}/w.js" data-site="{key}"{attributes}></script>'

    def page(self, path: str) -> tuple[str, dict[str, str]]:
        """The page at a path, with its headers."""
        tag, head, attributes, headers = self.tag(self.key), "", 'lang="en"', {}
        if path == "/hostile":
            head = HOSTILE
        elif path == "/strict":
            sockets = self.klepet.replace("http", "ws")
            headers = {"Content-Security-Policy": STRICT.format(klepet=self.klepet, sockets=sockets)}
        elif path == "/rtl":
            attributes = 'lang="ar" dir="rtl"'
        elif path == "/two":
            tag += self.tag(self.second_key)
        elif path == "/corners":
            tag += self.tag(self.second_key, ' data-position="left"')
        elif path == "/hidden":
            tag = self.tag(self.key, " data-hidden")
        elif path == "/polish":
            tag = self.tag(self.key, ' data-language="pl"')
        elif path == "/unknown":
            tag = self.tag("no_such_site_key")
        elif path == "/off":
            head = "<script>window.klepetSettings={open:false,full:false,hidden:false}</script>"
        elif path == "/early":
            head = f"<script>{QUEUE}klepet('prefill','from the page');klepet('open')</script>"
        viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
        head = f'<meta charset="utf-8">{viewport}<link rel="icon" href="data:,"><title>Shop</title>{head}'
        return f"<!doctype html><html {attributes}><head>{head}</head><body>{LONG}{tag}</body></html>", headers

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
