"""What runs and writes notebooks comes with the extra ``report``."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from echo_analytics.errors import MissingExtra


# Any: the module that is named.
def tool(name: str) -> Any:  # noqa: ANN401
    """Return a module of the extra.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Warnings of their imports are not about what a caller does.
            warnings.simplefilter("ignore")
            return import_module(name)
    except ImportError:
        raise MissingExtra(name.partition(".")[0], "report") from None
