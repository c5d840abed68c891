"""A community that never existed, to try everything on."""

from echo_analytics.demo.generate import CATEGORIES, DemoData, demo_data, users_for
from echo_analytics.demo.load import load_demo
from echo_analytics.demo.rhythm import FIRST_DAY, LAST_DAY

__all__ = [
    "CATEGORIES",
    "FIRST_DAY",
    "LAST_DAY",
    "DemoData",
    "demo_data",
    "load_demo",
    "users_for",
]
