"""The tables of the application, as SQLAlchemy Core describes them.

The schema ``public`` is the application's: names, types, defaults, constraints and indexes are
exactly those that its own tools emit. Timestamps have no time zone in the database and hold UTC;
Python sees aware datetimes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

PUBLIC = "public"
"""The schema that belongs to the application."""

ANALYTICS = "analytics"
"""The schema that belongs to this package."""

HEAD = "0006"
"""The newest revision of the migrations."""

USER_ROLES = ("user", "admin", "moderator")
POST_STATUSES = ("draft", "published", "archived")

DEFAULT_CATEGORIES = (
    ("General", "general", "General discussion topics"),
    ("Tech", "tech", "Technology related posts"),
    ("News", "news", "News and announcements"),
)
"""Name, slug and description of the categories of a database that we create."""


class UTCDateTime(sa.TypeDecorator[datetime]):
    """``timestamp without time zone`` that holds UTC: aware in Python, naive in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime, since its zone would be a guess."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add the zone that the database leaves out."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class OptionalInteger(sa.TypeDecorator[int]):
    """A whole number of a result that may be null; an ``Integer`` never is."""

    impl = sa.BigInteger
    cache_ok = True


metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_name)s_unique",
        "fk": "%(table_name)s_%(column_0_name)s_%(referred_table_name)s_"
        "%(referred_column_0_name)s_fk",
    }
)

user_role = pg.ENUM(*USER_ROLES, name="user_role", schema=PUBLIC, metadata=metadata)
post_status = pg.ENUM(*POST_STATUSES, name="post_status", schema=PUBLIC, metadata=metadata)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _instant(name: str) -> sa.Column[datetime]:
    return sa.Column(name, UTCDateTime(), server_default=sa.text("now()"), nullable=False)


users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email_verified", sa.Boolean, server_default=sa.text("false")),
    sa.Column("avatar", sa.Text),
    sa.Column("bio", sa.Text),
    sa.Column("preferences", pg.JSON),
    sa.Column("role", user_role, server_default=sa.text("'user'"), nullable=False),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("id", name="users_pkey"),
    sa.UniqueConstraint("email", name="users_email_unique"),
    sa.Index("users_email_idx", "email", unique=True),
    sa.Index("users_created_at_idx", "created_at"),
    sa.Index("users_role_idx", "role"),
    schema=PUBLIC,
)

categories = sa.Table(
    "categories",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    _instant("created_at"),
    sa.PrimaryKeyConstraint("id", name="categories_pkey"),
    sa.UniqueConstraint("name", name="categories_name_unique"),
    sa.UniqueConstraint("slug", name="categories_slug_unique"),
    sa.Index("categories_slug_idx", "slug", unique=True),
    schema=PUBLIC,
)

posts = sa.Table(
    "posts",
    metadata,
    _id(),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("published", sa.Boolean, server_default=sa.text("false")),
    sa.Column("status", post_status, server_default=sa.text("'draft'"), nullable=False),
    sa.Column("author_id", sa.Uuid(), nullable=False),
    sa.Column("category_id", sa.Uuid()),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("id", name="posts_pkey"),
    sa.ForeignKeyConstraint(
        ["author_id"], [users.c.id], name="posts_author_id_users_id_fk", ondelete="CASCADE"
    ),
    sa.ForeignKeyConstraint(
        ["category_id"], [categories.c.id], name="posts_category_id_categories_id_fk"
    ),
    sa.Index("posts_author_idx", "author_id"),
    sa.Index("posts_category_idx", "category_id"),
    sa.Index("posts_published_idx", "published"),
    sa.Index("posts_status_author_idx", "published", "author_id"),
    sa.Index("posts_title_idx", "title"),
    schema=PUBLIC,
)
sa.Index(
    "posts_published_created_idx",
    posts.c.created_at,
    postgresql_where=sa.text("published = true"),
)
