"""All that an error says, and what it must not say."""

from __future__ import annotations

import traceback
from urllib.parse import quote, quote_plus

SECRET = "s3cr@t/ w?rd%"


def everything_said(error: BaseException) -> str:
    """The texts of an error and of all that led to it, with the trace."""
    said = [*traceback.format_exception(error)]
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        said += [str(one), repr(one), repr(one.args), repr(vars(one))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(said)


def assert_no_secret(text: str) -> None:
    for spelling in (SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)):
        assert spelling not in text
    for part in ("s3cr", "w?rd", "w%3Frd"):
        assert part not in text
