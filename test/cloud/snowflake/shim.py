"""fakesnow as the Node driver of Snowflake can use it.

fakesnow answers a select with Arrow, which that driver cannot read; it knows neither how to end a statement nor some
statements that set a session up; a change of the schema inside a transaction fails; and what it cannot do it answers with
HTTP 500, which the driver repeats for a minute. This server passes everything on to fakesnow's own and mends those five
things. It prints its port and ends with its standard input.
"""

import asyncio
import base64
import contextlib
import gzip
import json
import logging
import re
import socket
import sys
import uuid
from decimal import Decimal
from typing import Any

import duckdb
import fakesnow.server as fake
import pyarrow as pa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

# What sets a session up and has nothing to set here: fakesnow keeps time in UTC and compares names without their case.
WITHOUT_EFFECT = re.compile(r"\s*(alter\s+session\s+set|use\s+secondary\s+roles)\b", re.IGNORECASE)

# Snowflake commits what is open before these.
SCHEMA_CHANGE = re.compile(r"\s*(create|drop|alter)\b", re.IGNORECASE)

running: dict[str, Any] = {}
cancelled: set[str] = set()

# Errors are answered; what is said of them besides would fill the output of the suite.
fake.logger.setLevel(logging.CRITICAL)

fake_from_binding = fake.from_binding


def from_binding(binding: dict[str, Any]) -> Any:
    if binding["value"] is not None and binding["type"] == "REAL":
        return float(binding["value"])
    return None if binding["value"] is None else fake_from_binding(binding)


fake.from_binding = from_binding


async def read_json(request: Request) -> dict[str, Any]:
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return json.loads(body)


async def query_request(request: Request) -> JSONResponse:
    request_id = request.query_params.get("requestId", "")
    sql = (await read_json(request))["sqlText"]
    connection = fake.sessions.get(fake.to_token(request))
    if connection is None:
        return failure("390111", "Session no longer exists. New login required to access the service.")
    if WITHOUT_EFFECT.match(sql):
        return success()
    if SCHEMA_CHANGE.match(sql):
        with contextlib.suppress(duckdb.TransactionException):
            connection._duck_conn.commit()
    running[request_id] = connection
    try:
        response = await fake.query_request(request)
    finally:
        running.pop(request_id, None)
    answer = json.loads(response.body)
    if request_id in cancelled:
        cancelled.discard(request_id)
        return failure("000604", "SQL execution canceled", "57014")
    if response.status_code != 200:
        return failure("000603", str(answer.get("message")), "XX000")
    data = answer.get("data") or {}
    if data.get("queryResultFormat") == "arrow":
        data["rowset"] = rows_of(data.pop("rowsetBase64"), data["rowtype"])
        data["queryResultFormat"] = "json"
    if "rowset" in data:
        data["returned"] = data["total"] = len(data["rowset"])
        data["version"] = 1
        for column in data["rowtype"]:
            column["scale"] = 9 if column["type"].startswith("timestamp") else column["scale"] or 0
    return JSONResponse(answer)


async def abort_request(request: Request) -> JSONResponse:
    request_id = (await read_json(request))["requestId"]
    connection = running.get(request_id)
    if connection is None:
        return failure("000605", "Identified SQL statement is not currently executing.")
    cancelled.add(request_id)
    # DuckDB forgets an interrupt that comes before the statement has begun.
    while request_id in running:
        connection._duck_conn.interrupt()
        await asyncio.sleep(0.02)
    return success()


def rows_of(encoded: str, rowtype: list[dict[str, Any]]) -> list[list[str | None]]:
    if not encoded:
        return []
    table = pa.ipc.open_stream(base64.b64decode(encoded)).read_all()
    columns = [
        [cell(value, column["type"]) for value in values.to_pylist()]
        for values, column in zip(table.columns, rowtype, strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def cell(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "date":
        return str(value.toordinal() - 719_163)
    if kind.startswith("timestamp"):
        return f"{Decimal(value['epoch']) + Decimal(value['fraction']).scaleb(-9):.9f}"
    return repr(value) if isinstance(value, float) else str(value)


def success() -> JSONResponse:
    status = {"name": "status", "type": "text", "nullable": True, "scale": None, "precision": None, "length": None}
    data = {
        "queryId": str(uuid.uuid4()),
        "version": 1,
        "rowtype": [status],
        "rowset": [["Statement executed successfully."]],
        "total": 1,
        "returned": 1,
        "parameters": [],
        "statementTypeId": 0x4000,
    }
    return JSONResponse({"data": data, "success": True})


def failure(code: str, message: str, sql_state: str | None = None) -> JSONResponse:
    data = {"errorCode": code, "sqlState": sql_state}
    return JSONResponse({"data": data, "code": code, "message": message, "success": False})


def main() -> None:
    own = {"/queries/v1/query-request": query_request, "/queries/v1/abort-request": abort_request}
    kept = [route for route in fake.routes if route.path not in own]
    mended = [Route(path, endpoint, methods=["POST"]) for path, endpoint in own.items()]
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=mended + kept), log_level="critical"))

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving

    asyncio.run(serve())


main()
