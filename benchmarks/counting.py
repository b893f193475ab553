"""Time `ledger.counts` on ten million records beside the same query written by hand in DuckDB, and read a workbook.

Run as `python benchmarks/counting.py`; with PostgreSQL as `pg_virtualenv python benchmarks/counting.py`. Each road is
asked five times in processes of its own, hand-written query and ours in turn; medians, and the peak memory of a process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDS = 10_000_000
RUNS = 5
GROUPS = ("area", "field", "month")
AREAS = [f"4101{i:02d}" for i in (2, 3, 4, 5, 6, 8, 22, 71, 72, 73, 81, 82, 83, 84, 85)]
FIELDS = ["coal_mine", "construction", "fire", "industry_and_trade", "other", "road_transport"]
MAKE = f"""
    select format('A{{:08d}}', i) as accident_id, strftime(date '2011-01-01' + (hash(i) % 2922)::int, '%Y-%m-%d') as date,
        {AREAS}[1 + (hash(i, 1) % {len(AREAS)})::int] as area, {FIELDS}[1 + (hash(i, 2) % {len(FIELDS)})::int] as field,
        '5430' as industry, '02' as kind, (hash(i, 3) % 3)::int as deaths, (hash(i, 4) % 3)::int as serious_injuries,
        (hash(i, 5) % 5000) / 10 as loss_10k_yuan, 'yes' as counted_from_2016, 'synthetic' as status
    from range({RECORDS}) t(i)
"""
BY_HAND = """
    select area, field, left(date::varchar, 7) as month, count(*), count(*) filter (deaths > 0), sum(deaths),
        sum(serious_injuries), sum(loss_10k_yuan) from {table} group by all order by all
"""
# A child's task: what is asked, of which place. It prints seconds and peak memory in MB.
CHILD = """
import json, resource, sys, time
way, place = sys.argv[1:]
import duckdb, pandas
from zzlib import ledger
import ibis
ibis.duckdb.connect().raw_sql("select 1")
start = time.perf_counter()
if way == "hand":
    connection = duckdb.connect()
    rows = len(connection.sql(sys.stdin.read()).df())
elif way == "book":
    from zzlib import intake
    from zzlib.areas import read_areas
    areas = read_areas()
    rows = len(ledger.records(intake.read(place, areas).ledgers, areas))
else:
    rows = len(ledger.counts(place))
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows]))
"""


def asked(way: str, place: str, query: str = "") -> tuple[float, float, int]:
    """Return seconds, peak memory in MB and rows of one question in a process of its own."""
    told = subprocess.run([sys.executable, "-c", CHILD, way, place], input=query, capture_output=True, text=True, check=True)
    seconds, memory, rows = json.loads(told.stdout)
    return seconds, memory, rows


def line(name: str, ours: list[tuple[float, float, int]], hand: list[tuple[float, float, int]]) -> str:
    mine, peak, rows = (statistics.median(part) for part in zip(*ours, strict=True))
    if not hand:
        return f"| {name} | {mine:.2f} s | | | {peak:.0f} MB | {rows:,.0f} |"
    theirs = statistics.median(run[0] for run in hand)
    return f"| {name} | {mine:.2f} s | {theirs:.2f} s | {mine / theirs:.2f} | {peak:.0f} MB | {rows:,.0f} |"


def main() -> None:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        parquet, utf8, gb, book = (str(Path(folder) / name) for name in ("l.parquet", "l.csv", "gb.csv", "l.xlsx"))
        connection = duckdb.connect()
        connection.sql(f"create table ledger as {MAKE}")
        connection.sql(f"copy ledger to '{parquet}'")
        connection.sql(f"copy ledger to '{utf8}'")
        # A Chinese word in each line, so that the encoding matters.
        connection.sql(f"copy (select * replace ('道路' as industry) from ledger) to '{gb}.utf8'")
        subprocess.run(f"iconv -f UTF-8 -t GB18030 '{gb}.utf8' > '{gb}' && rm '{gb}.utf8'", shell=True, check=True)
        first = connection.sql("select * from ledger limit 100000").df()
        first.to_excel(book, index=False)
        print("| source | ours | by hand | ratio | peak | rows |\n|---|---:|---:|---:|---:|---:|")
        for name, place, read in (("Parquet", parquet, f"'{parquet}'"), ("CSV, UTF-8", utf8, f"read_csv('{utf8}')")):
            pairs = [(asked("ours", place), asked("hand", place, BY_HAND.format(table=read))) for _ in range(RUNS)]
            print(line(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs]), flush=True)
        print(line("CSV, GB18030", [asked("ours", gb) for _ in range(RUNS)], []), flush=True)
        print(line("XLSX of 100,000 rows, checked", [asked("book", book) for _ in range(RUNS)], []), flush=True)
        if "PGHOST" in os.environ:
            postgres(connection, parquet)


def postgres(connection: object, parquet: str) -> None:
    import duckdb
    import psycopg

    fetched = duckdb.sql(f"select * from '{parquet}'")
    with psycopg.connect("", autocommit=True) as server:
        server.execute("create table accidents (accident_id text, date text, area text, field text, industry text, "
                       "kind text, deaths int, serious_injuries int, loss_10k_yuan float8, counted_from_2016 text, status text)")
        csv = parquet + ".csv"
        duckdb.sql(f"copy (select * from '{parquet}') to '{csv}'")
        with open(csv, "rb") as file, server.cursor().copy("copy accidents from stdin csv header") as copy:
            while part := file.read(2**20):
                copy.write(part)
        server.execute("vacuum analyze accidents")
    del fetched
    env = os.environ
    place = f"postgresql://{env['PGUSER']}@{env['PGHOST']}:{env['PGPORT']}/postgres#accidents"
    print(line("PostgreSQL", [asked("ours", place) for _ in range(3)], []), flush=True)


if __name__ == "__main__":
    main()
