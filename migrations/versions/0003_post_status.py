"""Post status: draft, published or archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.migration.inspection import is_adopted

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_status = pg.ENUM(
    "draft", "published", "archived", name="post_status", schema="public", create_type=False
)


def upgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    _status.create(op.get_bind())
    op.add_column(
        "posts",
        sa.Column("status", _status, server_default=sa.text("'draft'"), nullable=False),
        schema="public",
    )


def downgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    op.drop_column("posts", "status", schema="public")
    _status.drop(op.get_bind())
