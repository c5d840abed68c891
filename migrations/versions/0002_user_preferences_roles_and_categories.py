"""User preferences, roles, and categories with the three default ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.migration.inspection import is_adopted

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_role = pg.ENUM("user", "admin", "moderator", name="user_role", schema="public", create_type=False)


def upgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    op.add_column("users", sa.Column("avatar", sa.Text), schema="public")
    op.add_column("users", sa.Column("preferences", pg.JSON), schema="public")
    _role.create(op.get_bind())
    op.add_column(
        "users",
        sa.Column("role", _role, server_default=sa.text("'user'"), nullable=False),
        schema="public",
    )
    categories = op.create_table(
        "categories",
        sa.Column("id", sa.Uuid, server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("created_at", sa.DateTime, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="categories_pkey"),
        sa.UniqueConstraint("name", name="categories_name_unique"),
        sa.UniqueConstraint("slug", name="categories_slug_unique"),
        schema="public",
    )
    op.bulk_insert(
        categories,
        [
            {"name": "General", "slug": "general", "description": "General discussion topics"},
            {"name": "Tech", "slug": "tech", "description": "Technology related posts"},
            {"name": "News", "slug": "news", "description": "News and announcements"},
        ],
    )
    op.add_column("posts", sa.Column("category_id", sa.Uuid), schema="public")
    op.create_foreign_key(
        "posts_category_id_categories_id_fk",
        "posts",
        "categories",
        ["category_id"],
        ["id"],
        source_schema="public",
        referent_schema="public",
    )


def downgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    op.drop_column("posts", "category_id", schema="public")
    op.drop_table("categories", schema="public")
    op.drop_column("users", "role", schema="public")
    _role.drop(op.get_bind())
    op.drop_column("users", "preferences", schema="public")
    op.drop_column("users", "avatar", schema="public")
