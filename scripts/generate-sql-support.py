#!/usr/bin/env python3
"""Writes docs/sql-support.md from the planner's tests and the catalogue of errors.

  scripts/generate-sql-support.py           writes the document
  scripts/generate-sql-support.py --check   fails if it is stale; a test runs this

Read are tests/plans/cases/*.txt, tests/plans/writes/*.txt and the refusals in
tests/sql/cases/*.test. The tests of those folders run every statement that is shown, so what the
document says of one is what happens.
"""

import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
OUTPUT = TOP / "docs/sql-support.md"
SHOWN = 170  # Characters of a statement; what is longer is cut.
EXAMPLE = 90  # Characters of an example in the list of refusals, if there is one as short.
AT_RUN_TIME = {"P6002"}  # Found out from what the shards answer.

COMPUTE = "cases/compute-instead.txt"  # What WITHOUT's sections refuse, planned with compute.
WITHOUT = "No `compute` is set; what an answer would be with it stands behind."

# Section, test files, what they are about.
SECTIONS = [
    ("Queries with a compute data source", "MySQL", ["cases/compute.txt"],
     'With `compute = "main"` in the rules. Without it these are refused.'),
    ("Keys", "MySQL", ["cases/keys.txt"], "Which conditions say where a row lives."),
    ("Keys of dates and times", "MySQL", ["cases/times.txt"],
     "Which periods a range reaches. Where `time_zone` in the rules names a place, the period after an "
     "open bound is asked too: its clocks may go back at midnight."),
    ("Joins", "MySQL", ["cases/joins.txt"],
     f"Whose rows a condition restricts, and which rows meet. {WITHOUT}"),
    ("Subqueries, derived tables, set operations", "MySQL", ["cases/subqueries.txt"],
     WITHOUT),
    ("Merging", "MySQL", ["cases/merging.txt"],
     f"How the rows of several shards become one answer. {WITHOUT}"),
    ("Merging, when no data source can tell the columns", "MySQL",
     ["cases/merging-without-schema.txt"],
     "All data sources are out of reach: text is assumed where it could be. Connected, the columns "
     "are known, and the section above holds."),
    ("Kinds of tables", "MySQL", ["cases/tables.txt"],
     f"Broadcast, single and unknown tables. {WITHOUT}"),
    ("INSERT and REPLACE", "MySQL", ["writes/mysql_insert.txt"], ""),
    ("INSERT and REPLACE, when no data source can tell the columns", "MySQL",
     ["writes/mysql_no_schema.txt"], ""),
    ("UPDATE and DELETE", "MySQL", ["writes/mysql_update.txt"], ""),
    ("Schema changes", "MySQL", ["writes/mysql_ddl.txt"],
     "Every physical table is reached; indexes and constraints keep legal names."),
    ("Foreign keys left out", "MySQL", ["writes/mysql_omit_foreign_keys.txt"],
     'With `defaults.cross_shard_foreign_keys = "omit"`.'),
    ("Sessions", "MySQL", ["writes/mysql_session.txt"], "Transactions, SET, USE, SHOW."),
    ("Queries", "SQLite", ["cases/sqlite.txt"], ""),
    ("Keys of dates and times", "SQLite", ["cases/times-sqlite.txt"],
     "Times are text here: a bound without a time of day reaches the fewest periods."),
    ("Writes, schema changes and sessions", "SQLite", ["writes/sqlite.txt"], ""),
]


@dataclass
class Case:
    statement: str
    plan: list  # Lines.
    parameters: str = ""

    def refused(self):
        return self.plan[0].startswith(("refused", "does not parse"))


def read_cases(text):
    """tests/plans/cases: see tests/plans/plan_file.h."""
    found, parameters, body = [], "", []
    sections = re.split(r"^--- (\w+) ?(.*)\n", text, flags=re.MULTILINE)[1:]
    for kind, content in zip(sections[::3], sections[2::3]):
        lines = [l for l in content.strip().split("\n") if not l.startswith(("#", "? "))]
        lines = [l for l in lines if l.strip()]
        if kind == "case":
            body = lines
            parameters = ", ".join(re.findall(r"^\? (.*)", content, re.MULTILINE))
        elif kind == "plan" and body:
            found.append(Case("\n".join(body), lines, parameters))
    return found


def read_writes(text):
    """tests/plans/writes: statement, `=>`, plan, between lines of `---`."""
    found = []
    for block in re.split(r"^---\n", text, flags=re.MULTILINE):
        before, arrow, after = block.partition("\n=>\n")
        if arrow and after.strip():
            lines = [l for l in before.split("\n") if not l.startswith(("#", "params:"))]
            parameters = ", ".join(re.findall(r"^params: (.*)", before, re.MULTILINE))
            found.append(Case("\n".join(lines).strip(), after.strip().split("\n"), parameters))
    return found


def read_plans(name):
    text = (TOP / "tests/plans" / name).read_text("utf-8")
    return read_cases(text) if name.startswith("cases/") else read_writes(text)


def setting_of(name):
    """The lines of [tables] in a test file's rules, and of its schema."""
    text = (TOP / "tests/plans" / name).read_text("utf-8")
    rules = text
    config = re.search(r"^config: (.*)", text, re.MULTILINE)
    if config:
        rules = (TOP / "tests/plans/writes" / config.group(1)).read_text("utf-8")
    tables = re.search(r"^\[tables\]\n((?:\w.*\n)*)", rules, re.MULTILINE).group(1)
    schema = re.search(r"^--- schema\n((?:\w.*\n)*)", text, re.MULTILINE)
    return tables.splitlines(), schema.group(1).splitlines() if schema else []


def catalogue():
    text = (TOP / "include/pando/error_codes.inc").read_text("utf-8")
    string = r'"((?:[^"\\]|\\.)*)"'
    entries = []
    text = re.sub(r'"\n\s*"', "", text)  # Neighbours are one string.
    for entry in re.findall(r"PANDO_ERROR\((.*?)\)\n(?=\n|PANDO|//|$)", text, re.DOTALL):
        words = [w.replace('\\"', '"') for w in re.findall(string, entry)]
        name, category = re.match(r"(\w+)", entry).group(1), re.search(r'", (\w+),\s', entry).group(1)
        entries.append((name, words[0], category, words[2], words[3] if len(words) > 3 else ""))
    return entries


def code_span(text):
    text = " ".join(text.split())
    if len(text) > SHOWN:
        text = text[:SHOWN].rstrip() + " ..."
    text = text.replace("|", "\\|")
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text} ``"


def link(code):
    return f"[{code}](errors.md#{code.lower()})"


class Writer:
    def __init__(self):
        self.codes = catalogue()
        self.by_name = {name: code for name, code, *_ in self.codes}
        self.instead = {case.statement: case for case in read_plans(COMPUTE)}
        self.examples = {}  # Code -> a statement refused with it: the first short one.

    def refusal(self, case):
        if not case.plan[0].startswith("refused"):
            return self.by_name["kSyntax"], case.plan[0].partition(": ")[2]
        word = re.match(r"refused (\w+)", case.plan[0]).group(1)
        code = self.by_name.get(word, word)
        message = re.sub(r"^refused \w+(?: at [`\"].*?[`\"])?(?::|$)", "", case.plan[0]).strip()
        if word in self.by_name:
            message = case.plan[1] if len(case.plan) > 1 else ""
        return code, message

    def note_example(self, code, case):
        best = self.examples.get(code)
        if best is None or len(case.statement) < len(best) and len(best) > EXAMPLE:
            self.examples[code] = case.statement

    @staticmethod
    def answered(case):
        head = case.plan[0]
        # Units are printed as "shop1/3: ...", "shop1#3: ..." or "main: ...", further columns follow.
        units = [l for l in case.plan[1:] if re.match(r"[\w-]+(?:[/#]\d+)?: ", l)
                 and not re.match(r"(note|generated \d+|generated key|done|step|read|write): ", l)]
        count = next((l.split()[1] for l in case.plan if re.match(r"\.\.\. \d+ queries", l)), len(units))
        if head.startswith("session: "):
            return "session"
        level = head.split()[0]
        pieces = sum(l.startswith("piece ") for l in case.plan)
        if pieces:
            return f"{level}, {pieces} piece" + ("s" if pieces > 1 else "")
        what = head[len(level):].strip()
        where = {"single": "single", "rows": "rows go through Pando"}.get(level, f"{level}, {count}" if units else level)
        words = {"broadcast": "every copy", "broadcast timestamp": "every copy, one clock",
                 "write timestamp": "one clock", "ddl": "", "write": "", "read": "",
                 "write returning": "with rows", "on the writer": "on the writer"}
        extra = words.get(what, what)
        return where + (f" ({extra})" if extra else "")

    def with_compute(self, case, code):
        if code not in {"P3010", "P3011", "P3012"}:
            return ""
        instead = self.instead.get(case.statement)
        if instead is None:
            sys.exit(f"tests/plans/{COMPUTE} needs a case for: {case.statement}")
        return "; with `compute`: " + (
            "refused too" if instead.refused() else self.answered(instead))

    def table(self, cases, compute):
        out = ["| Statement | Answered |", "|---|---|"]
        seen = set()
        for case in cases:
            if case.refused():
                code, message = self.refusal(case)
                self.note_example(code, case)
                answer = f"refused {link(code)}" + (f": {message}" if message else "")
                answer += "" if compute else self.with_compute(case, code)
            else:
                answer = self.answered(case)
            given = f", `?` = {case.parameters}" if case.parameters else ""
            row = f"| {code_span(case.statement)}{given} | {answer.replace('|', chr(92) + '|')} |"
            if row not in seen:
                out.append(row)
            seen.add(row)
        return out

    def read_sql_tests(self):
        for file in sorted((TOP / "tests/sql/cases").glob("*.test")):
            for block in file.read_text("utf-8").split("\n\n"):
                match = re.match(r"(?:#.*\n)*refused (P\d+)\n(.*)", block.strip(), re.DOTALL)
                if match and match.group(1) not in self.examples:
                    self.note_example(match.group(1), Case(match.group(2), [""]))

    def refusals(self):
        out = ["| Code | Meaning | What to do | For example |", "|---|---|---|---|"]
        for name, code, category, meaning, remedy in self.codes:
            if category != "Refused" and code not in self.examples:
                continue
            example = self.examples.get(code)
            shown = code_span(example) if example else (
                "while the statement runs" if code in AT_RUN_TIME else "")
            out.append(f"| {link(code)} | {meaning} | {remedy} | {shown} |")
        return out


def carried_variables():
    text = (TOP / "router/analyze/variables.cc").read_text("utf-8")
    block = re.search(r"kCarried = .*?\(\{(.*?)\}\)", text, re.DOTALL).group(1)
    return re.findall(r'"(\w+)"', block)


INTRO = """# SQL support

<!-- Generated by scripts/generate-sql-support.py from tests/plans and tests/sql. Do not edit. -->

Every statement here is one of the tests, and the tests run it: what this page says is what happens.
Pando accepts the whole grammar of MySQL 8, MariaDB 10.11 and SQLite; the tables show which statements
are answered, how, and which are refused. `pando explain` tells it of any statement under your own rules,
and `pando analyze` of a whole log.

**How to read it.** *single*: one shard answers, and the text goes there whole, whatever SQL it is.
*scatter, 4*: four physical tables are asked, and their answers merged exactly (a write runs in one
transaction for each data source). *compute, 2 pieces*: two pieces are fetched, and the text runs over them.
*rows go through Pando*: a query's rows are read to their end, then written where they belong, in one transaction. *every copy*: a broadcast table is written everywhere. *one clock*: the
statement reads the time, and all shards get the same. *session*: Pando itself carries it out. *refused*:
nothing was sent; the link says more.

**With `compute` set, nearly every query below that is refused is answered.** On MySQL
`compute = "<data source>"` in the rules names where pieces are joined. The MySQL tables are made without it,
but for [the first](#queries-with-a-compute-data-source), and say behind a refusal what the answer is with
it. On SQLite this needs no setting. What stays refused: functions that are not built in, and columns that are
neither grouped nor aggregated. Writes have refusals of their own.

In the examples `orders` is split by `user_id` over two data sources with two tables each, tables such as
`items` or `order_items` are bound to it, `regions` is a broadcast table and `coupons` a single one. The rules
stand where they begin to hold: with `mod(user_id)` and four tables, 3 and 7 are on the same shard, 1 and 2
are not. A statement with `?` shows the values that the test gives.

**A rule of thumb.** If every sharded table has its key in an equality (`user_id = ?`) with the same value,
or is joined on the key to one that has, any SQL works. Without it, these scatter: filters, projections,
ORDER BY, LIMIT, DISTINCT, GROUP BY with plain COUNT, SUM, MIN, MAX and AVG, joins and subqueries on the
sharding key, UNION ALL. Every other query is cut into
pieces, which are fetched and joined on the compute data source (MySQL: `compute = "..."` in the rules).
"""

HINTS = """## Hints

A comment right after the statement's `SELECT`, `INSERT`, `UPDATE` or `DELETE` (of a `UNION`, its first), in
any dialect:

| Hint | Meaning |
|---|---|
| `/*+ pando: shard=3 */` | only the shard of that number (from 0; `pando route` prints it) |
| `/*+ pando: data_source=shop1 */` | only the shards in that data source |

A hint restricts; it says that the statement concerns those rows alone, and Pando believes it. A word it
does not know, or a shard that is not there, is refused ([P3034](errors.md#p3034)).
"""


def settings():
    names = textwrap.fill(", ".join(f"`{v}`" for v in carried_variables()) + ".", 106)
    return f"""## Session settings

`SET` on a `Session` (or in `pando shell` and `pando query`) is carried over to each connection that the
session uses, in order with BEGIN and savepoints, and undone when it goes back to the pool. With literals or
variables as values, these are accepted:

{names}

Besides: user variables (`SET @a = 1`), `autocommit` by itself, `SET SESSION TRANSACTION ...`, `SET NAMES
utf8mb4` with or without a collation of it, `SET CHARACTER SET utf8mb4` if the database is of utf8mb4,
`collation_connection` (utf8mb4 ones), `time_zone` if it is the one of the rules, and for SQLite the pragmas
that the tables below show. `utf8` is taken for `utf8mb4`. All else is refused with [P3031](errors.md#p3031),
because connections would begin to differ; so is what holds for the next transaction only.

LOCK TABLES takes no lock through Pando. It commits what is open, as schema changes do in MySQL, and UNLOCK
TABLES after it does too. All of these, BEGIN, COMMIT, ROLLBACK and `autocommit` are refused within
`transact()`, whose end is that of its transaction.

A `sql_mode` under which statements mean something else (`ORACLE`, `EMPTY_STRING_IS_NULL`) is refused however
it is written; one that only the server can tell (`@old_mode`) is set by itself. `pando_statement` is Pando's
own savepoint, and no other may be named so.

## The clock

On MySQL and MariaDB, NOW() and its like are one time for all shards that a statement reaches, as on one
server: the time of the machine on which Pando runs (`SET timestamp`, taken back afterwards); a statement that
reaches one physical table has its server's time. SQLite reads its clock anew whenever it goes on with a
statement, and so does each of its files: over several of them, `'now'` and CURRENT_TIMESTAMP lie apart by the
time that the statement takes. Give the time as a parameter where that matters.
"""


def document():
    writer = Writer()
    body, dialect, shown = [], "", []
    for title, of, files, about in SECTIONS:
        if of != dialect:
            body += [f"## {of} and MariaDB" if of == "MySQL" else f"## {of}", ""]
            dialect = of
        sources = ", ".join(f"[tests/plans/{f}](../tests/plans/{f})" for f in files)
        body += [f"### {title}" if of == "MySQL" else f"### {of}: {title.lower()}", ""]
        body += [f"{about} From {sources}.".strip(), ""]
        tables, columns = setting_of(files[0])
        if tables != shown:
            body += ["```toml"] + tables + ["```", ""]
            shown = tables
        if columns:
            body += ["```text"] + columns + ["```", ""]
        cases = [c for f in files for c in read_plans(f)]
        body += writer.table(cases, compute=WITHOUT not in about) + [""]
    writer.read_sql_tests()
    head = INTRO.split("\n")
    refused = ["## What is refused", "",
               "By code, with a statement of the tests that meets it. Nothing of a refused statement was sent,",
               "unless the table says *while the statement runs*.", ""]
    refused += writer.refusals() + [""]
    lines = head + refused + HINTS.split("\n") + settings().split("\n") + body
    return "\n".join(lines).rstrip() + "\n"


def main():
    text = document()
    if "--check" not in sys.argv[1:]:
        OUTPUT.write_text(text, "utf-8")
        print(f"wrote {OUTPUT.relative_to(TOP)}")
        return 0
    if not OUTPUT.exists() or OUTPUT.read_text("utf-8") != text:
        print("docs/sql-support.md is stale; run scripts/generate-sql-support.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
