"""The analytics schema: the trigger that keeps published and status in step."""

from __future__ import annotations

from alembic import op

from echo_analytics import triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.remove(op.get_bind())
