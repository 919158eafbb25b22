"""The part of KQL that the local tenant understands: `Table | where … | summarize … | project … | take N`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..estates.security_data import epoch

ColumnType = Literal["DateTime", "String"]
Columns = Mapping[str, ColumnType]
Row = Mapping[str, Any]
Step = Callable[[Sequence[Row]], Sequence[Row]]


@dataclass
class QueryError(Exception):
    """Why a query is refused; every API answers 400 in a form of its own."""

    message: str


@dataclass(frozen=True)
class Query:
    """A query that is understood. `columns` are those of its answer, `steps` what is done to the rows."""

    table: str
    columns: Columns
    steps: tuple[Step, ...]

    def run(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        for step in self.steps:
            rows = step(rows)
        return [{name: row[name] for name in self.columns} for row in rows]


_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*~?)
    |(?P<number>\d+[smhd]?)
    |(?P<text>"(?:[^"\\\n]|\\["'\\])*"|'(?:[^'\\\n]|\\["'\\])*')
    |(?P<mark>==|=~|>=|[|(),*]))""",
    re.VERBOSE | re.ASCII,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def read_query(text: str, tables: Mapping[str, Columns], now: float) -> Query:
    """Understands `==`, `=~`, `in`, `in~` and `has` on texts, `>= ago(…)` on times, `and`, `or`, brackets,
    `project`, `take`, `limit`, and `summarize arg_max(Timestamp, *) by DeviceId`, which the documentation
    shows. Names and operators count with their case, as in KQL. `now` is in epoch seconds.

    Raises `QueryError` for all else, comments included.
    """
    return _Parser(_tokens(text), tables, now).query()


class _Token(str):
    """A piece of the query; `kind` is one of word, number, text, mark, end."""

    kind = "end"


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"Syntax error at position {position}.")
        token = _Token(match[match.lastgroup or 0])
        token.kind = match.lastgroup or "end"
        tokens.append(token)
        position = match.end()
    return [*tokens, _Token("")]


class _Parser:
    def __init__(self, tokens: list[_Token], tables: Mapping[str, Columns], now: float) -> None:
        self._tokens = tokens
        self._at = 0
        self._tables = tables
        self._now = now
        self._columns: Columns = {}

    def query(self) -> Query:
        table = self._next("word")
        if table not in self._tables:
            raise QueryError(f"Failed to resolve table '{table}'.")
        self._columns = self._tables[table]
        steps: list[Step] = []
        operators = {
            "where": self._where,
            "project": self._project,
            "summarize": self._summarize,
            "take": self._take,
            "limit": self._take,
        }
        while self._peek() == "|":
            self._next()
            operator = self._next("word")
            if operator not in operators:
                raise QueryError(f"The operator '{operator}' is not known here.")
            steps.append(operators[operator]())
        if self._peek().kind != "end":
            raise QueryError(f"Syntax error at '{self._peek()}'.")
        return Query(str(table), self._columns, tuple(steps))

    def _where(self) -> Step:
        holds = self._either()
        return lambda rows: [row for row in rows if holds(row)]

    def _either(self) -> Callable[[Row], bool]:
        tests = [self._both()]
        while self._peek() == "or":
            self._next()
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Callable[[Row], bool]:
        tests = [self._test()]
        while self._peek() == "and":
            self._next()
            tests.append(self._test())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _test(self) -> Callable[[Row], bool]:
        if self._peek() == "(" and self._peek().kind == "mark":
            self._next()
            inner = self._either()
            self._expect(")")
            return inner
        column = self._column()
        operator = self._next()
        if operator == ">=":
            since = self._ago(column)
            return lambda row: (epoch(row[column]) or 0.0) >= since
        if self._columns[column] != "String":
            raise QueryError(f"The operator '{operator}' does not take the column '{column}'.")
        if operator in ("in", "in~"):
            return _among(column, self._texts(), any_case=operator == "in~")
        if operator in ("==", "=~"):
            return _among(column, [self._text()], any_case=operator == "=~")
        if operator == "has":
            return _has(column, self._text())
        raise QueryError(f"Syntax error at '{operator}'.")

    def _ago(self, column: str) -> float:
        if self._columns[column] != "DateTime":
            raise QueryError(f"The operator '>=' does not take the column '{column}'.")
        self._expect("ago")
        self._expect("(")
        span = self._next("number")
        if span[-1] not in _SECONDS:
            raise QueryError(f"'{span}' is no time span.")
        self._expect(")")
        return self._now - int(span[:-1]) * _SECONDS[span[-1]]

    def _project(self) -> Step:
        names = [self._column()]
        while self._peek() == ",":
            self._next()
            names.append(self._column())
        self._columns = {name: self._columns[name] for name in names}
        return lambda rows: rows

    def _summarize(self) -> Step:
        for expected in ("arg_max", "(", "Timestamp", ",", "*", ")", "by", "DeviceId"):
            self._expect(expected)
        for name in ("Timestamp", "DeviceId"):
            if name not in self._columns:
                raise QueryError(f"Failed to resolve column '{name}'.")
        rest = {name: kind for name, kind in self._columns.items() if name != "DeviceId"}
        self._columns = {"DeviceId": "String", **rest}
        return _newest

    def _take(self) -> Step:
        number = self._next("number")
        if not number.isdecimal():
            raise QueryError(f"'{number}' is no number of rows.")
        return lambda rows: rows[: int(number)]

    def _column(self) -> str:
        name = self._next("word")
        if name not in self._columns:
            raise QueryError(f"Failed to resolve column '{name}'.")
        return str(name)

    def _texts(self) -> list[str]:
        self._expect("(")
        found = [self._text()]
        while self._peek() == ",":
            self._next()
            found.append(self._text())
        self._expect(")")
        return found

    def _text(self) -> str:
        return re.sub(r"\\(.)", r"\1", self._next("text")[1:-1])

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self, kind: str | None = None) -> _Token:
        token = self._peek()
        if token.kind == "end":
            raise QueryError("Syntax error at the end of the query.")
        if kind is not None and token.kind != kind:
            raise QueryError(f"Syntax error at '{token}': a {kind} was expected.")
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        token = self._next()
        if token != text or token.kind == "text":
            raise QueryError(f"Syntax error at '{token}': '{text}' was expected.")


def _among(column: str, values: Sequence[str], *, any_case: bool) -> Callable[[Row], bool]:
    if any_case:
        folded = {value.casefold() for value in values}
        return lambda row: row[column].casefold() in folded
    exact = set(values)
    return lambda row: row[column] in exact


def _has(column: str, value: str) -> Callable[[Row], bool]:
    """`has` finds whole terms, in any case: what letters and digits stand between other characters."""
    term = value.casefold()
    if not term:
        return lambda row: True
    before = "(?<![a-z0-9])" if term[0].isalnum() else ""
    after = "(?![a-z0-9])" if term[-1].isalnum() else ""
    pattern = re.compile(f"{before}{re.escape(term)}{after}")
    return lambda row: pattern.search(row[column].casefold()) is not None


def _newest(rows: Sequence[Row]) -> list[Row]:
    """The newest row of each machine."""
    found: dict[str, Row] = {}
    for row in rows:
        known = found.get(row["DeviceId"])
        if known is None or (epoch(row["Timestamp"]) or 0.0) > (epoch(known["Timestamp"]) or 0.0):
            found[row["DeviceId"]] = row
    return list(found.values())
