"""Indexes: foreign keys, composite, partial and unique ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from echo_analytics.migration.inspection import is_adopted

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = (
    ("users_created_at_idx", "users", ["created_at"]),
    ("users_role_idx", "users", ["role"]),
    ("posts_author_idx", "posts", ["author_id"]),
    ("posts_category_idx", "posts", ["category_id"]),
    ("posts_published_idx", "posts", ["published"]),
    ("posts_status_author_idx", "posts", ["published", "author_id"]),
    ("posts_title_idx", "posts", ["title"]),
)
_UNIQUE_INDEXES = (
    ("users_email_idx", "users", ["email"]),
    ("categories_slug_idx", "categories", ["slug"]),
)
_PARTIAL_INDEX = ("posts_published_created_idx", "posts", ["created_at"])


def upgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, schema="public")
    for name, table, columns in _UNIQUE_INDEXES:
        op.create_index(name, table, columns, schema="public", unique=True)
    op.create_index(*_PARTIAL_INDEX, schema="public", postgresql_where=sa.text("published = true"))


def downgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    for name, table, _ in (*_INDEXES, *_UNIQUE_INDEXES, _PARTIAL_INDEX):
        op.drop_index(name, table, schema="public")
