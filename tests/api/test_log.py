"""What klepet logs says what went wrong, and nothing of what people wrote."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError


def test_a_failed_statement_is_logged_without_what_it_was_given(klepet, caplog):
    statement, given = text("INSERT INTO no_such_table VALUES (:words)"), {"words": "my card number"}
    with pytest.raises(SQLAlchemyError):
        klepet.write(lambda tx: tx.conn.execute(statement, given))
    assert "no_such_table" in caplog.text
    assert "my card number" not in caplog.text
