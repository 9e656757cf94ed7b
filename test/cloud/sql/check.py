"""Checks of Snowflake's SQL. Reads one JSON document from standard input, writes one to standard output."""

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from multiprocessing import Pool

import duckdb
from to_duckdb import SHIMS, to_duckdb


def grammar(statements: list[dict]) -> list[dict]:
    """What sqlfluff cannot parse, of [{name, sql}]. It takes a good part of a second for a long one: two at a time."""
    with Pool(2) as pool:
        return [fault for found in pool.imap(unparsed, statements, chunksize=4) for fault in found]


def unparsed(statement: dict) -> list[dict]:
    from sqlfluff.core import Linter

    found = Linter(dialect="snowflake").parse_string(statement["sql"] + ";\n").violations
    return [
        {"name": statement["name"], "fault": str(fault.desc())[:300]} for fault in found if fault.rule_code() == "PRS"
    ]


def reads(database: str, pairs: list[dict]) -> dict:
    """Pairs of [{name, duckdb, snowflake}] that do not give the same rows, and how many rows there were."""
    connection = open_at_utc(database)
    faults = []
    rows = 0
    for pair in pairs:
        try:
            expected = rows_of(connection, [pair["duckdb"]])
            found = rows_of(connection, to_duckdb(pair["snowflake"]))
        except Exception as error:  # any fault of a statement is an answer
            faults.append({"name": pair["snowflake"], "fault": f"{type(error).__name__}: {error}"[:600]})
            continue
        rows += len(expected)
        if expected != found:
            faults.append({"name": pair["snowflake"], "fault": difference(expected, found)})
    return {"faults": faults, "rows": rows}


def pipeline(database: str, made: list[str], steps: list[dict], tables: dict) -> dict:
    """Makes Snowflake's tables in an empty DuckDB, runs load and refresh there, and compares with what `database` holds."""
    connection = open_at_utc(":memory:")
    connection.execute("create type timestamp_ntz as timestamp")
    connection.execute("create schema landing")
    for shim in SHIMS:
        connection.execute(shim)
    for sql in made:
        run(connection, sql)
    for step in steps:
        if "land" in step:
            land(connection, step["land"])
            continue
        try:
            run(connection, step["sql"])
        except Exception as error:
            return {"faults": [{"name": step["sql"], "fault": f"{type(error).__name__}: {error}"[:900]}], "rows": {}}
    own = open_at_utc(database)
    faults = []
    rows = {}
    for name, sql in tables.items():
        expected, found = (sorted(rows_of(each, [sql]), key=repr) for each in (own, connection))
        rows[name] = len(found)
        if expected != found:
            faults.append({"name": name, "fault": difference(expected, found)})
    unreadable = "select file_row_number, fault from stg_landed where fault is not null order by 1"
    return {"faults": faults, "rows": rows, "unreadable": rows_of(connection, [unreadable])}


def land(connection, lines: list[list]) -> None:
    """What the stream holds: these lines and no others."""
    connection.execute(
        """create or replace table landing.landed_lines_for_load (
            line varchar, file_name varchar, file_row_number bigint, landed_at timestamp)"""
    )
    connection.executemany("insert into landing.landed_lines_for_load values (?, ?, ?, timestamp '2024-06-01')", lines)


def open_at_utc(database: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(database, read_only=database != ":memory:")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def run(connection, sql: str) -> None:
    for statement in to_duckdb(sql):
        connection.execute(statement)


def rows_of(connection, statements: list[str]) -> list[list]:
    cursor = None
    for statement in statements:
        cursor = connection.execute(statement)
    return [[plain(value) for value in row] for row in cursor.fetchall()]


def plain(value):
    """Numbers are numbers, whatever their type."""
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def difference(expected: list, found: list) -> str:
    place = next((at for at, (one, other) in enumerate(zip(expected, found)) if one != other), min(len(expected), len(found)))
    one, other = (rows[place] if place < len(rows) else "nothing" for rows in (expected, found))
    return f"{len(expected)} and {len(found)} rows; row {place}: {one} and {other}"[:600]


if __name__ == "__main__":
    question = json.load(sys.stdin)
    answer = {"grammar": grammar, "reads": reads, "pipeline": pipeline}[question.pop("check")](**question)
    json.dump(answer, sys.stdout, default=str)
