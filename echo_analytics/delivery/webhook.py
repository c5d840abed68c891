"""The summary of a report as JSON, posted to a URL that is itself a secret."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from echo_analytics.delivery.attempts import Answer
from echo_analytics.delivery.message import one_line
from echo_analytics.errors import InvalidInput
from echo_analytics.target import ca_file

if TYPE_CHECKING:
    from echo_analytics.delivery.parcel import Parcel

_LOCAL = ("localhost", "127.0.0.1", "::1")
_MAY_PASS = (408, 425, 429)
_LONGEST_ANSWER = 65_536


def webhook_url(argument: str, url: str) -> str:
    """Return a URL that may be posted to.

    Raises
    ------
    InvalidInput
        It is no URL of HTTPS; plain HTTP is for this machine only. The message does not show it.
    """
    problem = "needs a URL such as https://hooks.example.org/..."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(argument, problem) from None
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidInput(argument, problem)
    if parts.username is not None:
        raise InvalidInput(argument, "may hold no user and password")
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL):
        return url
    if parts.scheme == "http":
        raise InvalidInput(argument, "needs https; plain http is for this machine only")
    raise InvalidInput(argument, problem)


def name_of(url: str) -> str:
    """Return what a URL is called in the ledger and in messages: its host and a fingerprint."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return f"{urlsplit(url).hostname} ({digest})"


def payload(parcel: Parcel, base_url: str | None) -> dict[str, object]:
    """Return what is posted: ``text`` for chat services, and the facts for programs."""
    zone = f" ({parcel.zone})" if parcel.zone else ""
    head = one_line(f"{parcel.title}: {parcel.period}{zone}")
    return {
        "text": "\n".join([head, *(one_line(sentence) for sentence in parcel.summary)]),
        "run": parcel.run_id,
        "report": parcel.report,
        "title": parcel.title,
        "period": parcel.period,
        "zone": parcel.zone,
        "summary": list(parcel.summary),
        "files": [
            {
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "url": parcel.link(file.name, base_url),
            }
            for file in (*parcel.files, *parcel.pictures)
        ],
    }


def post(url: str, parcel: Parcel, base_url: str | None, timeout: float) -> Answer:
    """Post the summary once, and return what became of it."""
    request = urllib.request.Request(  # noqa: S310 - webhook_url has checked the scheme
        url,
        data=json.dumps(payload(parcel, base_url)).encode(),
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": parcel.run_id,
            "User-Agent": "echo-analytics",
        },
    )
    try:
        with _opener().open(request, timeout=timeout) as response:
            response.read(_LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return _answered(error)
    except urllib.error.URLError as error:
        # This one comes from connecting and writing; what comes from reading is not wrapped.
        return _not_written(error.reason)
    except (OSError, http.client.HTTPException):
        return Answer("unknown", "it may have been taken, and no answer came")
    return Answer("sent")


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens URLs, except that it follows no redirect to somebody nobody named."""
    opener = urllib.request.OpenerDirector()
    context = ssl.create_default_context(cafile=ca_file())
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _answered(error: urllib.error.HTTPError) -> Answer:
    if error.code >= 500 or error.code in _MAY_PASS:
        asked = error.headers.get("Retry-After", "")
        after = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        return Answer("failed", f"HTTP status {error.code}", after)
    return Answer("refused", f"HTTP status {error.code}")


def _not_written(reason: object) -> Answer:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Answer("refused", f"its certificate is not trusted ({reason.verify_message})")
    if isinstance(reason, TimeoutError):
        return Answer("failed", "no connection in time")
    text = reason.strerror if isinstance(reason, OSError) else None
    return Answer("failed", f"no connection ({text or type(reason).__name__})")
