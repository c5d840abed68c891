"""The analytics schema: the trigger that keeps published and status in step."""

from __future__ import annotations

from alembic import op

from echo_analytics import triggers
from echo_analytics.rollups import objects as rollups
from echo_analytics.search_index import objects as search_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    triggers.install(op.get_bind())


def downgrade() -> None:
    rollups.drop(op.get_bind())
    search_index.drop(op.get_bind())
    triggers.remove(op.get_bind())
