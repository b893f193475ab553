"""A throw-away PostgreSQL server for tests: Debian's pg_virtualenv makes it, and it goes with the tests.

A test that asks for it fails where PostgreSQL is not installed; `make test-needs` says what to install.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from tempfile import TemporaryFile

import pandas as pd
import psycopg
from psycopg import sql

ASKED = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
SHOW = "".join(f'echo "${name}" >&3; ' for name in ASKED) + "exec cat"  # which ends when its input is closed


@dataclass(frozen=True)
class Server:
    """A running server: `url` without a password, which stands apart."""

    host: str
    port: str
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@{self.host}:{self.port}/postgres"

    @property
    def url_with_password(self) -> str:
        return self.url.replace("@", f":{self.password}@")

    def connected(self) -> psycopg.Connection:
        return psycopg.connect(self.url_with_password, autocommit=True)

    def keep(self, name: str, table: pd.DataFrame, types: dict[str, str]) -> None:
        """Make a table of some columns with types of PostgreSQL; `name` may have a schema before a point."""
        target = sql.Identifier(*name.split("."))
        names = [sql.Identifier(column) for column in table]
        columns = [sql.SQL("{} {}").format(n, sql.SQL(types[c])) for n, c in zip(names, table, strict=True)]
        with self.connected() as connection:
            connection.execute(sql.SQL("drop table if exists {}").format(target))
            connection.execute(sql.SQL("create table {} ({})").format(target, sql.SQL(", ").join(columns)))
            with connection.cursor().copy(sql.SQL("copy {} from stdin").format(target)) as copy:
                for row in table.astype(object).where(table.notna(), None).itertuples(index=False, name=None):
                    copy.write_row([int(x) if isinstance(x, float) and x.is_integer() else x for x in row])


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """Run a server with some options of postgresql.conf; its data lie in a temporary folder, also for root."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    settings = [part for option in options for part in ("-o", option)]
    command = ["pg_virtualenv", "-t", "-c", "--encoding=UTF8 --locale=C.UTF-8", *settings, "sh", "-c", SHOW]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"PGPORT": port}
    # What pg_virtualenv says goes to a file: its clean-up stops half way when nobody listens to it any more.
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(
            ["sh", "-c", 'exec 3>&1 >&2; exec "$@"', "sh", *command], env=environment, cwd="/", text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as process,
    ):  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in ASKED]
        log.seek(0)
        assert all(said), log.read()
        try:
            yield Server(*said)
        finally:
            process.stdin.close()
            process.wait()


@lru_cache(maxsize=1)
def server() -> Server:
    """Return this process' own server, which records what was asked of it; it stops when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running("shared_preload_libraries=pg_stat_statements", "max_connections=20"))
