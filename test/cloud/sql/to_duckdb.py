"""Snowflake's SQL in the words of DuckDB, by sqlglot; where sqlglot is known to err, by us, each with its reason."""

import logging

import sqlglot
from sqlglot import exp

logging.getLogger("sqlglot").setLevel(logging.ERROR)

# Functions of Snowflake that DuckDB has not, and those that sql/snowflake/migrations makes there.
SHIMS = [
    """create or replace macro snowflake_typeof(j) as case
        when json_type(j) in ('UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT') then 'INTEGER'
        when json_type(j) = 'NULL' then 'NULL_VALUE'
        else json_type(j) end""",
    "create or replace macro array_union_agg(x) as list_sort(list_distinct(flatten(list(x))))",
    "create or replace macro try_parse_json(t) as case when json_valid(t) then cast(t as json) end",
    'create or replace macro "system$stream_has_data"(stream) as true',
    "create or replace macro iso_utc(t) as strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')",
    "create or replace macro event_id_hash(x) as cast('0x' || substr(md5(x), 1, 15) as bigint)",
]


class Untranslated(Exception):
    """sqlglot does not understand a statement, or would pass on what it did not understand."""


def to_duckdb(sql: str) -> list[str]:
    """One statement of Snowflake; several of DuckDB where it has no such one."""
    tree = sqlglot.parse_one(sql, dialect="snowflake")
    fallback = tree.find(exp.Command)
    if fallback is not None:
        raise Untranslated(f"sqlglot takes this for a mere command: {fallback.sql()[:80]}")
    tree = tree.transform(correct)
    if isinstance(tree, exp.Insert) and tree.args.get("overwrite"):
        # Made whole before the old rows go: it may read the table that it overwrites.
        table = tree.this.sql(dialect="duckdb")
        return [
            f"create or replace temp table overwriting as {tree.expression.sql(dialect='duckdb')}",
            f"delete from {table}",
            f"insert into {table} select * from overwriting",
        ]
    return [tree.sql(dialect="duckdb")]


def correct(node: exp.Expression) -> exp.Expression:
    # What is put in a node's place is not looked into again, so its parts are corrected here.
    # get() takes a key as it is; sqlglot would make a path of it.
    if isinstance(node, exp.GetExtract):
        return extract(node.this, exp.Literal.string(pointer(node.expression)))
    # As an argument `x -> 'y'` would be taken for a lambda.
    if isinstance(node, exp.JSONExtract):
        return extract(node.this, node.expression)
    # A text out of JSON: sqlglot would leave it in its quotes.
    if isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.TEXT_TYPES) and is_json(node.this):
        return exp.Anonymous(this="json_extract_string", expressions=[node.this.transform(correct), exp.Literal.string("$")])
    # DuckDB's own VARIANT takes no JSON functions, and our arrays are arrays of text.
    if isinstance(node, exp.Cast) and node.to.is_type(exp.DataType.Type.VARIANT):
        return node.this.transform(correct)
    if isinstance(node, exp.DataType) and node.is_type(exp.DataType.Type.VARIANT):
        return exp.DataType.build("json", dialect="duckdb")
    if isinstance(node, exp.DataType) and node.is_type(exp.DataType.Type.ARRAY) and not node.expressions:
        return exp.DataType.build("varchar[]", dialect="duckdb")
    # DuckDB's octet_length is of bytes only.
    if isinstance(node, exp.ByteLength):
        return exp.Anonymous(this="strlen", expressions=[node.this.transform(correct)])
    if isinstance(node, exp.Typeof):
        return exp.func("snowflake_typeof", node.this.transform(correct))
    # A letter in quotes within a format of times: sqlglot knows some only.
    if isinstance(node, exp.Literal) and node.is_string and node.name.endswith('"Z"'):
        return exp.Literal.string(node.name.replace('"Z"', "Z"))
    return node


def extract(value: exp.Expression, path: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="json_extract", expressions=[value.transform(correct), path])


def is_json(node: exp.Expression) -> bool:
    return isinstance(node, (exp.JSONExtract, exp.GetExtract))


def pointer(step: exp.Expression) -> str:
    key = step.name
    if not step.is_string:
        return f"$[{key}]"
    if key.isdigit():
        return f'$."{key}"'
    return "/" + key.replace("~", "~0").replace("/", "~1")
