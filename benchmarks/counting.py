"""Time `ledger.counts` on ten million records beside the same query written by hand, and the reading of a workbook.

`python benchmarks/counting.py`, with PostgreSQL `pg_virtualenv python benchmarks/counting.py`. Every question is
asked five times, each in a process of its own, ours and the hand-written one in turn: medians, and the peak memory.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import duckdb

RECORDS, IN_WORKBOOK, RUNS = 10_000_000, 100_000, 5
AREAS = [*(f"4101{number:02d}" for number in (2, 3, 4, 5, 6, 8, 22, 71, 72, 73, 81, 82, 83, 84, 85))]
FIELDS = ["coal_mine", "construction", "fire", "industry_and_trade", "other", "road_transport"]
# Deaths as in accident records: most accidents take none or one.
MAKE = f"""
    create table ledger as select format('A{{:08d}}', i) as accident_id,
        strftime(date '2011-01-01' + (hash(i) % 2922)::int, '%Y-%m-%d') as date,
        {AREAS}[1 + (hash(i, 1) % {len(AREAS)})::int] as area, {FIELDS}[1 + (hash(i, 2) % {len(FIELDS)})::int] as field,
        '5430' as industry, '06' as kind, (hash(i, 3) % 3)::int as deaths, (hash(i, 4) % 3)::int as serious_injuries,
        (hash(i, 5) % 5000) / 10 as loss_10k_yuan, 'yes' as counted_from_2016, 'synthetic' as status
    from range({RECORDS}) numbers(i)
"""
BY_HAND = """
    select area, field, left(date::varchar, 7) as month, count(*), count(*) filter (deaths > 0), sum(deaths),
        sum(serious_injuries), sum(loss_10k_yuan) from {table} group by all order by all
"""
COLUMNS = """(accident_id text, date text, area text, field text, industry text, kind text, deaths int,
    serious_injuries int, loss_10k_yuan float8, counted_from_2016 text, status text)"""
# One question of one place, told on standard input; prints seconds, peak memory in MB and rows. Imports are not timed.
# The peak is the kernel's VmHWM, which starts anew with a program; ru_maxrss would start at that of the one that calls.
ASK = r"""
import json, re, sys, time
way, place = json.load(sys.stdin)
import duckdb, ibis, psycopg
from zzlib import intake, ledger
from zzlib.areas import read_areas
areas = read_areas()
ibis.duckdb.connect().raw_sql("select 1")  # these two lines import what ibis and pandera import late
ledger.records([], areas)
start = time.perf_counter()
if way == "by hand":
    rows = len(duckdb.connect().sql(place).df())
elif way == "in the server":
    with psycopg.connect("") as server:
        rows = len(server.execute(place).fetchall())
elif way == "workbook":
    rows = len(ledger.records(intake.read(place, areas).ledgers, areas))
else:
    rows = len(ledger.counts(place))
seconds = time.perf_counter() - start
peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps([seconds, peak, rows]))
"""


class Answer(NamedTuple):
    seconds: float
    megabytes: float
    rows: int


def asked(way: str, place: str) -> Answer:
    """Return one question's answer, from a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps([way, place]), stdout=subprocess.PIPE, text=True, check=True
    )
    return Answer(*json.loads(told.stdout.splitlines()[-1]))  # after a progress bar of DuckDB


def compare(name: str, ours: tuple[str, str], other: tuple[str, str] | None = None) -> None:
    """Print a row of the table: medians of ours and of the hand-written query, asked in turn."""
    pairs = [(asked(*ours), asked(*other) if other else None) for _ in range(RUNS)]
    mine = [statistics.median(part) for part in zip(*(pair[0] for pair in pairs), strict=True)]
    beside = "| |"
    if other:
        theirs = statistics.median(pair[1].seconds for pair in pairs if pair[1])
        ratio = statistics.median(pair[0].seconds / pair[1].seconds for pair in pairs if pair[1])
        beside = f"{theirs:.2f} s | {ratio:.2f} |"
    print(f"| {name} | {mine[0]:.2f} s | {beside} {mine[1]:.0f} MB | {mine[2]:,.0f} |", flush=True)


def postgres(csv: str) -> None:
    """Count in the server of the environment (`pg_virtualenv` names it); of what travels, pg_stat_statements tells."""
    import psycopg

    with psycopg.connect("", autocommit=True) as server:
        server.execute(f"create table accidents {COLUMNS}")
        with Path(csv).open("rb") as file, server.cursor().copy("copy accidents from stdin csv header") as copy:
            while part := file.read(2**20):
                copy.write(part)
        server.execute("vacuum analyze accidents")
    of = os.environ
    place = f"postgresql://{of['PGUSER']}@{of['PGHOST']}:{of['PGPORT']}/{of['PGDATABASE']}#accidents"
    query = BY_HAND.format(table="accidents").replace("group by all order by all", "group by 1, 2, 3 order by 1, 2, 3")
    query = query.replace("left(date::varchar, 7)", "left(date, 7)").replace("(deaths > 0)", "(where deaths > 0)")
    compare("PostgreSQL", ("ours", place), ("in the server", query))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        parquet, utf8, chinese, workbook = (f"{folder}/{name}" for name in ("l.parquet", "l.csv", "gb.csv", "l.xlsx"))
        connection = duckdb.connect(f"{folder}/made.duckdb")
        connection.sql(MAKE)
        connection.sql(f"copy ledger to '{parquet}'")
        connection.sql(f"copy ledger to '{utf8}'")
        # A Chinese word in every line, or the file would be UTF-8 as well.
        with Path(chinese).open("wb") as file:
            connection.sql(f"copy (select * replace ('道路' as kind) from ledger) to '{folder}/words.csv'")
            subprocess.run(["iconv", "-f", "UTF-8", "-t", "GB18030", f"{folder}/words.csv"], stdout=file, check=True)
        connection.sql(f"from ledger limit {IN_WORKBOOK}").df().to_excel(workbook, index=False)
        connection.close()
        print("| source | ours | by hand | ratio | peak | rows |\n|---|---:|---:|---:|---:|---:|", flush=True)
        compare("Parquet", ("ours", parquet), ("by hand", BY_HAND.format(table=f"'{parquet}'")))
        compare("CSV, UTF-8", ("ours", utf8), ("by hand", BY_HAND.format(table=f"read_csv('{utf8}')")))
        compare("CSV, GB18030", ("ours", chinese))
        compare(f"XLSX of {IN_WORKBOOK:,} records, checked", ("workbook", workbook))
        if "PGHOST" in os.environ:
            postgres(utf8)


if __name__ == "__main__":
    main()
