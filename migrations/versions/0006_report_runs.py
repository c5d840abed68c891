"""The ledger of reports: which were made, and how that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

creates = ("the table analytics.report_runs",)


def upgrade() -> None:
    op.create_table(
        "report_runs",
        sa.Column("run_id", sa.Uuid(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("parameters", pg.JSONB(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("files", pg.JSONB(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("deliveries", pg.JSONB(), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'published', 'failed')", name="report_runs_status_check"
        ),
        schema="analytics",
    )
    op.create_index("report_runs_key_idx", "report_runs", ["key", "started"], schema="analytics")


def downgrade() -> None:
    op.drop_table("report_runs", schema="analytics")
