"""``python -m echo_analytics`` is the command ``echo-analytics``."""

from __future__ import annotations

from echo_analytics.cli import main

main()
