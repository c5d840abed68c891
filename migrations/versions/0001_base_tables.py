"""Base tables: users and posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from echo_analytics.migration.inspection import is_adopted

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    op.create_table(
        "users",
        _id(),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email_verified", sa.Boolean, server_default=sa.text("false")),
        sa.Column("bio", sa.Text),
        _instant("created_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("id", name="users_pkey"),
        sa.UniqueConstraint("email", name="users_email_unique"),
        schema="public",
    )
    op.create_table(
        "posts",
        _id(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("published", sa.Boolean, server_default=sa.text("false")),
        sa.Column("author_id", sa.Uuid, nullable=False),
        _instant("created_at"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("id", name="posts_pkey"),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["public.users.id"],
            name="posts_author_id_users_id_fk",
            ondelete="CASCADE",
        ),
        schema="public",
    )


def downgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    op.drop_table("posts", schema="public")
    op.drop_table("users", schema="public")


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, server_default=sa.text("gen_random_uuid()"), nullable=False)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime, server_default=sa.text("now()"), nullable=False)
