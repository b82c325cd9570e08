"""Run every shipped rule over many events: seconds of each rule, and the peak memory of the whole process.

    python benchmarks/bench_rules.py [--queries 10000000] [--flows 1000000] [--about 4] [--data DIR]

The events are made by DuckDB from hashes of their numbers, the same each time, and written as the store writes them:
look-ups of a resolver over 24 hours, `--about` in 1,000 of them about the subject, flow records of its link, some to
mail ports, and the records of its name with their times to live.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from forensics.analysis import findings, rulebook, summary, workspace
from forensics.analysis.coverage import Piece, covering
from forensics.model.batch import ColumnBatch
from forensics.model.subject import Subject
from forensics.schema import VERSION, DnsQuery, DnsRecord, Flow, Row, columns, name_of
from forensics.store import tables
from forensics.store.segments import BATCH_ROWS, SegmentWriter

START = 1_790_000_000_000_000_000
DAY = 86_400_000_000_000
SUBJECT = Subject(domain="northwind.example", names=("mx1.northwind.example",), addresses=("203.0.113.10",))

_QUERIES = """
  SELECT * FROM (SELECT {nothing}) WHERE FALSE UNION ALL BY NAME
  SELECT CAST(1 AS BIGINT) AS evidence, i + 1 AS record_no, i * 120 AS "offset", CAST(120 AS BIGINT) AS length,
    {start} + i * {step} + CAST(hash(i, 3) % 50000000 AS BIGINT) AS ts,
    '10.' || hash(i, 7) % 8 || '.' || hash(i, 8) % 25 || '.' || hash(i, 9) % 100 AS client_ip,
    CAST(1024 + hash(i, 4) % 60000 AS BIGINT) AS client_port, '192.0.2.53' AS server_ip,
    CAST(53 AS BIGINT) AS server_port, 'udp' AS transport, CAST(hash(i, 5) % 65536 AS BIGINT) AS msg_id,
    CASE CASE WHEN hash(i, 10) % 1000 < {about} THEN hash(i, 1) % 4 ELSE hash(i, 1) % 996 + 4 END
      WHEN 0 THEN 'northwind.example' WHEN 1 THEN 'mx1.northwind.example' WHEN 2 THEN '_dmarc.northwind.example'
      WHEN 3 THEN 'northwind.example.corp.example'
      ELSE 'h' || hash(i, 2) % 20000 || '.d' || hash(i, 2) % 997 || '.example' END AS qname,
    ['A', 'AAAA', 'MX', 'TXT', 'PTR'][CAST(1 + hash(i, 6) % 5 AS BIGINT)] AS qtype, 'IN' AS qclass,
    TRUE AS recursion_desired, TRUE AS edns, FALSE AS dnssec_ok, 'client' AS role
  FROM range({rows}) t(i)
"""
_FLOWS = """
  SELECT * FROM (SELECT {nothing}) WHERE FALSE UNION ALL BY NAME
  SELECT CAST(2 AS BIGINT) AS evidence, i + 1 AS record_no, i * 200 AS "offset", CAST(200 AS BIGINT) AS length,
    {start} + i // 2 * {step} AS ts, {start} + i // 2 * {step} + 1000000000 AS last_ts,
    CASE i % 2 WHEN 0 THEN caller ELSE '203.0.113.10' END AS src_ip,
    CASE i % 2 WHEN 0 THEN high ELSE port END AS src_port,
    CASE i % 2 WHEN 0 THEN '203.0.113.10' ELSE caller END AS dst_ip,
    CASE i % 2 WHEN 0 THEN port ELSE high END AS dst_port,
    'tcp' AS transport, 'APSF' AS tcp_flags,
    CAST(9 AS BIGINT) AS packets, CAST(900 AS BIGINT) AS octets, CAST(1 AS BIGINT) AS sampling
  FROM (
    SELECT i, '10.0.' || hash(i // 2, 1) % 250 || '.' || hash(i // 2, 2) % 250 AS caller,
      CAST(1024 + hash(i // 2, 3) % 60000 AS BIGINT) AS high,
      CASE hash(i // 2, 4) % 100 WHEN 0 THEN 25 ELSE 443 END AS port
    FROM range({rows}) t(i))
"""

_RECORDS = """
  SELECT * FROM (SELECT {nothing}) WHERE FALSE UNION ALL BY NAME
  SELECT CAST(3 AS BIGINT) AS evidence, i + 1 AS record_no, i * 40 AS "offset", CAST(40 AS BIGINT) AS length,
    {start} AS ts, 'northwind.example' AS owner, ['A', 'AAAA', 'MX', 'TXT', 'PTR'][CAST(1 + i AS BIGINT)] AS rtype,
    CAST(300 AS BIGINT) AS ttl_s, '' AS rdata, 'zone' AS section
  FROM range({rows}) t(i)
"""


def main() -> None:
    """Make the events where they are not there yet, and run what a verdict runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=10_000_000)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--about", type=int, default=4, help="look-ups about the subject, of 1,000")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "email-forensics-benchmarks")
    asked = parser.parse_args()
    folder = asked.data.resolve() / f"rules-{VERSION}-{asked.queries}-{asked.flows}-{asked.about}"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "dns_query": _made(_QUERIES.replace("{about}", str(asked.about)), folder, asked.queries, DnsQuery, evidence=1),
        "flow": _made(_FLOWS, folder, asked.flows, Flow, evidence=2),
        "dns_record": _made(_RECORDS, folder, 5, DnsRecord, evidence=3),
    }
    begin = time.perf_counter()
    connection = tables.connect(folder, rows=asked.queries + asked.flows)
    tables.create_views(connection, "whole", {name: [path] for name, path in files.items()})
    _judge(connection)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"\n{asked.queries:,} look-ups, {asked.flows:,} flows: {time.perf_counter() - begin:.1f} s, {peak:.0f} MB")


def _made(statement: str, folder: Path, rows: int, table: type[Row], *, evidence: int) -> Path:
    """The segment file of a table, as the store writes it."""
    name = name_of(table)
    path = folder / "segments" / name / f"{name}.parquet"
    if not path.exists():
        step = max(DAY // max(rows, 1), 1)
        connection = duckdb.connect(config={"memory_limit": tables.MEMORY_LIMIT})
        found = connection.sql(statement.format(nothing=_nothing(table), start=START, step=step, rows=rows))
        writer = SegmentWriter(folder, name)
        writer.evidence = evidence
        for batch in found.to_arrow_reader(BATCH_ROWS):
            writer.add(ColumnBatch(table, dict(zip(batch.schema.names, batch.columns, strict=True))))
        writer.commit()
    return path


def _nothing(table: type[Row]) -> str:
    kinds = {"int": "BIGINT", "real": "DOUBLE", "flag": "BOOLEAN", "text": "VARCHAR"}
    return ", ".join(f'CAST(NULL AS {kinds[column.kind]}) AS "{column.name}"' for column in columns(table))


def _judge(connection: duckdb.DuckDBPyConnection) -> None:
    """The steps of `judgement.judge`, each timed."""
    book = rulebook.load()
    pieces = (
        _piece(1, "resolver.log", "recursive_dns", ("dns_query", "dns_response")),
        _piece(2, "flows.csv", "subject_flows", ("flow",)),
        _piece(3, "northwind.example.zone", "record", ("dns_record",)),
    )
    sound = covering(pieces, START, START + DAY)
    times: list[tuple[float, float, str]] = []

    def timed(name: str, begin: tuple[float, float]) -> None:
        wall, cpu = _now()
        times.append((wall - begin[0], cpu - begin[1], name))

    begin = _now()
    workspace.build(
        connection, subject=SUBJECT, span=workspace.span_of(START, START + DAY), pieces=pieces, covering=sound,
        views=book.views, asked_from=START, addresses_declared=True,
    )  # fmt: skip
    timed("(building the workspace)", begin)
    for rule in book.rules:
        begin = _now()
        findings.ask(connection, rule)
        timed(rule.id, begin)
    begin = _now()
    summary.timeline(connection)
    summary.counts(connection)
    timed("(counts and timeline)", begin)
    print("    wall     CPU s")
    for wall, cpu, name in sorted(times, reverse=True):
        print(f"{wall:8.2f}{cpu:8.2f}  {name}", flush=True)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _piece(no: int, path: str, vantage: str, fills: tuple[str, ...]) -> Piece:
    return Piece(
        no=no, path=path, format=None, vantage=vantage, state="read", start=START, end=START + DAY, whole=True,
        detection=1.0, fills=fills,
    )  # fmt: skip


if __name__ == "__main__":
    main()
