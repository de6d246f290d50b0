"""Storage: tables, migrations and every line of SQL, for SQLite and PostgreSQL. Only `actions`, `access` and
`reports` come here.
"""
