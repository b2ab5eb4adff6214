#!/usr/bin/env python3
"""The house rules that a compiler does not check: which folder may include what, and how files look.

Run by ctest (label package), or by hand: tests/package/architecture_test.py
Each rule is also tried on a small text that breaks it, so that a rule cannot rot unseen.
"""

import posixpath
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# The arrows. Folder -> the project folders that its files may include; the longest match counts.
ARROWS = {
    "include": ("pando/",),
    "rules": ("rules/", "pando/"),
    "drivers": ("drivers/", "pando/"),
    "router/sql": ("router/sql/", "pando/"),
    "router": ("router/", "rules/", "drivers/", "pando/"),
    "migrate": ("migrate/", "router/", "rules/", "drivers/", "pando/"),
    "cli": ("cli/", "migrate/", "router/", "rules/", "drivers/", "pando/"),
    "examples": ("pando/", "examples/"),
}
PROJECT_PREFIXES = ("pando/", "rules/", "drivers/", "router/", "migrate/", "cli/", "examples/",
                    "tests/", "bench/")

# Pure before I/O: planning sees no connection, no lock, no thread. The cache of its results is
# shared by threads, and so the one exception.
IMPURE = "router/plan/plan_cache."
PURE = ("router/sql/", "router/analyze/", "router/route/", "router/rewrite/", "router/plan/")
NOT_PURE = re.compile(r"^(drivers/(?!table_schema\.h)|router/(execute|merge|transaction)/"
                      r"|mutex$|shared_mutex$|thread$|condition_variable$|sys/|poll\.h$)")

# Third-party header -> the only places that may see it.
THIRD_PARTY = (
    (re.compile(r"^(mysql\.h|errmsg\.h|mysqld_error\.h|mysql/|mariadb/)"),
     ("drivers/mysql/", "tests/", "bench/")),
    (re.compile(r"^sqlite3\.h"), ("drivers/sqlite/", "tests/", "bench/")),
    (re.compile(r"^CLI/"), ("cli/",)),
    (re.compile(r"^(histedit\.h|editline/)"), ("cli/",)),
    (re.compile(r"^toml\+\+/"), ("rules/",)),
    (re.compile(r"^nlohmann/"), ("cli/", "router/plan/explain", "tests/")),
)
# Slow to compile, so never in a header.
HEAVY = re.compile(r"^(toml\+\+/|nlohmann/|CLI/|spdlog/|boost/)")

LINES_MAX = 600

# Assembled from pieces, so that this file does not hold them.
FORBIDDEN = [re.compile(r"(?<![\w.])/" + "work" + r"(/|\b)"), re.compile("/tmp/" + "team")]


def top_folder(path):
    folders = [f for f in ARROWS if path.startswith(f + "/")]
    return max(folders, key=len, default=None)


def include_faults(path, text):
    """What is wrong with the includes of the file at `path` (relative, with '/')."""
    faults = []
    folder = top_folder(path)
    for quote, name in INCLUDE.findall(text):
        is_project = name.startswith(PROJECT_PREFIXES)
        if folder and quote == '"' and not is_project:
            faults.append(f'{path}: "{name}" is not written from the top folder')
        if folder and is_project and not name.startswith(ARROWS[folder]):
            faults.append(f"{path}: {folder}/ must not include {name}")
        if path.startswith(PURE) and not path.startswith(IMPURE) and NOT_PURE.search(name):
            faults.append(f"{path}: planning is pure and must not include {name}")
        if folder == "include" and "/" in name and not is_project and name != "tl/expected.hpp":
            faults.append(f"{path}: public headers must not include {name}")
        for pattern, allowed in THIRD_PARTY:
            if pattern.search(name) and not path.startswith(allowed):
                faults.append(f"{path}: {name} may be included only in {', '.join(allowed)}")
        if path.endswith(".h") and HEAVY.search(name):
            faults.append(f"{path}: {name} is too heavy for a header")
    return faults


def form_faults(path, text):
    """What is wrong with the form of a C++ file."""
    faults = []
    lines = text.count("\n")
    if lines > LINES_MAX:
        faults.append(f"{path}: {lines} lines; above {LINES_MAX} it is two files")
    if path.endswith(".h"):
        if not text.startswith("//"):
            faults.append(f"{path}: a header opens with a comment that says what it is")
        if "#pragma once" not in text:
            faults.append(f"{path}: #pragma once is missing")
    return faults


def word_faults(path, text):
    return [f"{path}: holds '{match.group(0)}', which means nothing outside of one machine"
            for pattern in FORBIDDEN for match in [pattern.search(text)] if match]


def conflict_faults(path, text):
    marker = re.search(r"^(<{7} |>{7} |={7}$)", text, re.MULTILINE)
    return [f"{path}: holds the mark of a merge conflict"] if marker else []


def listed_sources(cmake_texts):
    """Every .cc that a CMakeLists.txt names, as a path from the top."""
    listed = set()
    for path, text in cmake_texts.items():
        folder = posixpath.dirname(path)
        for name in re.findall(r"[\w./-]+\.cc\b", text):
            listed.add(posixpath.normpath(posixpath.join(folder, name)))
        # A function or loop that makes NAME.cc out of NAME.
        if re.search(r"\$\{\w+\}\.cc", text):
            listed.update(posixpath.join(folder, f"{word}.cc") for word in re.findall(r"\w+", text))
    return listed


def tracked_files():
    if (TOP / ".git").exists() and shutil.which("git"):
        command = ["git", "-C", str(TOP), "ls-files", "--cached", "--others", "--exclude-standard"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return [f for f in result.stdout.splitlines() if (TOP / f).is_file()]
    skip = ("build/", "demo/", ".git/", ".cache/")
    files = (p.relative_to(TOP).as_posix() for p in TOP.rglob("*") if p.is_file())
    return [f for f in files if f != ".git" and not f.startswith(skip)]


def read(path):
    return (TOP / path).read_text(encoding="utf-8", errors="replace")


class SourceTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = tracked_files()
        cls.code = [f for f in cls.files if f.endswith((".h", ".cc", ".inc"))]

    def assert_no_faults(self, faults):
        self.assertEqual([], faults, "\n" + "\n".join(faults))

    def test_there_is_code_to_check(self):
        self.assertGreater(len(self.code), 20)

    def test_includes_follow_the_arrows(self):
        self.assert_no_faults([x for f in self.code for x in include_faults(f, read(f))])

    def test_files_are_short_and_headers_introduce_themselves(self):
        own = [f for f in self.code if not f.endswith(".inc")]
        self.assert_no_faults([x for f in own for x in form_faults(f, read(f))])

    def test_every_source_is_built(self):
        cmake_texts = {f: read(f) for f in self.files if f.endswith("CMakeLists.txt")}
        listed = listed_sources(cmake_texts)
        self.assert_no_faults([f"{f}: no CMakeLists.txt lists it" for f in self.code
                               if f.endswith(".cc") and f not in listed])

    def test_no_merge_conflict_is_left(self):
        self.assert_no_faults([x for f in self.files if not f.endswith(".gz")
                               for x in conflict_faults(f, read(f))])

    def test_nothing_refers_to_one_machine(self):
        self.assert_no_faults([x for f in self.files if not f.endswith(".gz")
                               for x in word_faults(f, read(f))])


class EachRuleFires(unittest.TestCase):
    BREACHES = [
        ("rules/a.cc", '#include "drivers/pool.h"'),
        ("drivers/a.cc", '#include "rules/rule_set.h"'),
        ("drivers/a.cc", '#include "router/plan/plan.h"'),
        ("router/sql/a.cc", '#include "rules/rule_set.h"'),
        ("router/sql/a.cc", '#include "router/plan/plan.h"'),
        ("router/a.cc", '#include "cli/output.h"'),
        ("router/plan/a.cc", '#include "drivers/pool.h"'),
        ("router/analyze/a.cc", "#include <mutex>"),
        ("include/pando/a.h", '#include "rules/rule_set.h"'),
        ("include/pando/a.h", "#include <fmt/format.h>"),
        ("router/a.cc", "#include <mysql.h>"),
        ("drivers/sqlite/a.cc", "#include <mysql/mysql.h>"),
        ("drivers/mysql/a.cc", "#include <sqlite3.h>"),
        ("router/a.cc", "#include <CLI/CLI.hpp>"),
        ("router/a.cc", "#include <toml++/toml.h>"),
        ("rules/a.h", "#include <toml++/toml.h>"),
        ("router/merge/a.cc", "#include <nlohmann/json.hpp>"),
        ("examples/a.cc", '#include "router/core.h"'),
        ("cli/a.cc", '#include "output.h"'),
    ]
    FINE = [
        ("include/pando/a.h", "#include <tl/expected.hpp>\n#include \"pando/error.h\""),
        ("router/sql/a.cc", '#include "router/sql/lexer.h"\n#include "pando/result.h"'),
        ("router/plan/a.cc", '#include "drivers/table_schema.h"'),
        ("router/plan/explain.cc", "#include <nlohmann/json.hpp>"),
        ("drivers/mysql/a.cc", "#include <mysql.h>"),
        ("cli/a.cc", "#include <CLI/CLI.hpp>"),
    ]

    def test_includes(self):
        for path, text in self.BREACHES:
            with self.subTest(path=path, text=text):
                self.assertTrue(include_faults(path, text))
        for path, text in self.FINE:
            with self.subTest(path=path, text=text):
                self.assertEqual([], include_faults(path, text))

    def test_form(self):
        self.assertTrue(form_faults("rules/a.cc", "\n" * (LINES_MAX + 1)))
        self.assertTrue(form_faults("rules/a.h", "#pragma once\n"))
        self.assertTrue(form_faults("rules/a.h", "// What.\n"))
        self.assertEqual([], form_faults("rules/a.h", "// What.\n#pragma once\n"))

    def test_words(self):
        self.assertTrue(word_faults("a.cc", 'open("/' + 'work/x")'))
        self.assertEqual([], word_faults("a.cc", "// the network/workload of a client"))

    def test_conflicts(self):
        self.assertTrue(conflict_faults("a.md", "a\n" + "<" * 7 + " HEAD\n"))
        self.assertEqual([], conflict_faults("a.md", "a <<<<<<< b\n========\n"))

    def test_listing(self):
        listed = listed_sources({
            "rules/CMakeLists.txt": "pando_library(x SOURCES a.cc functions/hash.cc ../cli/c.cc)",
            "examples/CMakeLists.txt": "add_executable(e ${name}.cc)\npando_example(orders)",
        })
        for path in ("rules/a.cc", "rules/functions/hash.cc", "cli/c.cc", "examples/orders.cc"):
            self.assertIn(path, listed)
        self.assertNotIn("rules/b.cc", listed)


if __name__ == "__main__":
    sys.exit(unittest.main())
