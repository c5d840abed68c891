"""Rows as frozen objects, and what may be written, checked before any query."""

from __future__ import annotations

from echo_analytics.models.categories import Category, CategoryChanges, NewCategory
from echo_analytics.models.posts import NewPost, Post, PostChanges, PostStatus, PostWithAuthor
from echo_analytics.models.users import (
    NewUser,
    NotificationPreferences,
    User,
    UserChanges,
    UserPreferences,
    UserRole,
)

__all__ = [
    "Category",
    "CategoryChanges",
    "NewCategory",
    "NewPost",
    "NewUser",
    "NotificationPreferences",
    "Post",
    "PostChanges",
    "PostStatus",
    "PostWithAuthor",
    "User",
    "UserChanges",
    "UserPreferences",
    "UserRole",
]
