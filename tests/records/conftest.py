"""Databases for the tests: a SQLite file, and a private PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from private_postgresql import NoPostgresql, PrivatePostgresql
from records_world import sqlite_url, url_of
from sqlalchemy.engine import URL


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PrivatePostgresql]:
    try:
        server = PrivatePostgresql()
    except NoPostgresql as error:
        pytest.skip(str(error))
    yield server
    server.close()


@pytest.fixture
def postgresql(postgresql_server: PrivatePostgresql) -> PrivatePostgresql:
    """The server, with an empty database behind its ``url()``."""
    postgresql_server.renew()
    return postgresql_server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """An empty database, once of each system."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "data")
    server: PrivatePostgresql = request.getfixturevalue("postgresql")
    return url_of(server.url())
