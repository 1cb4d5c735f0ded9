"""A server on 127.0.0.1, as long as a test needs it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], **about):
    """Its port, as long as the context lasts. about: what the handlers find as values of their class."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), about))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
