"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from echo_analytics.inspection import is_adopted

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    if is_adopted(op.get_bind()):
        return
    ${downgrades if downgrades else "pass"}
