"""The application's rows as objects: created, found, changed and deleted."""

from __future__ import annotations

from echo_analytics.repositories.categories import CategoryRepository
from echo_analytics.repositories.execution import Transactions
from echo_analytics.repositories.filters import CategoryFilters, PostFilters, UserFilters
from echo_analytics.repositories.page import DeletedUser, Page, Upserted
from echo_analytics.repositories.posts import PostRepository
from echo_analytics.repositories.users import UserRepository

__all__ = [
    "CategoryFilters",
    "CategoryRepository",
    "DeletedUser",
    "Page",
    "PostFilters",
    "PostRepository",
    "Transactions",
    "Upserted",
    "UserFilters",
    "UserRepository",
]
