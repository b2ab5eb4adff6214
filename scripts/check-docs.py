#!/usr/bin/env python3
"""Checks that the documentation is true.

  scripts/check-docs.py                  links, names of files and types, snippets
  scripts/check-docs.py --pando PROGRAM  and the outputs of commands, run in a fresh demo shop
  scripts/check-docs.py --update         writes snippets (and, with --pando, outputs) anew

Marks, each on the line before a code block:

  <!-- snippet: examples/orders.cc#transact -->   the block is that file's text between the lines
                                                  "// [transact]" and "// [/transact]"
  <!-- snippet: demo.toml -->                     the whole file
  <!-- demo: pando explain "SELECT 1" -->         the block is "$ command", and what it prints
"""

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```.*?^```\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
MARKED = re.compile(r"^<!-- (snippet|demo): (.+?) -->\n(```[^\n]*\n)(.*?)(^```$)",
                    re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^(include|rules|drivers|router|migrate|cli|tests|bench|examples|docs|scripts"
                  r"|cmake|\.ci)/[\w./+-]*$")
NAME = re.compile(r"^(?:[a-z_]+::)+\w+(?:\(\))?$|^(?:[A-Z][a-z0-9]+){1,}(?:::\w+)*(?:\(\))?$")
# Documents in which every type named must exist.
NAMES_CHECKED = ("docs/architecture.md", "docs/life-of-a-query.md")


def documents():
    found = list(TOP.glob("*.md")) + list((TOP / "docs").rglob("*.md"))
    return sorted(found)


def slug(heading):
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", lambda m: m.group(1) or "", heading).strip()
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def anchors(text):
    bare = FENCE.sub("", text)
    ids = set(re.findall(r'<a (?:id|name)="([^"]+)"', bare))
    return ids | {slug(h) for h in re.findall(r"^#{1,6}\s+(.+)$", bare, re.MULTILINE)}


def check_links(path, text, faults):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            faults.append(f"{path.name}: the link {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8")):
            faults.append(f"{path.name}: {target} has no such heading")


def source_words():
    words = set()
    for folder in ("include", "rules", "drivers", "router", "migrate", "cli"):
        for file in (TOP / folder).rglob("*"):
            if file.suffix in (".h", ".cc", ".inc"):
                words.update(re.findall(r"\w+", file.read_text("utf-8")))
    return words


def check_names(path, text, words, faults):
    relative = path.relative_to(TOP).as_posix()
    for code in CODE.findall(FENCE.sub("", text)):
        if PATH.match(code) and not (TOP / code).exists():
            faults.append(f"{relative}: there is no {code}")
        elif relative in NAMES_CHECKED and NAME.match(code):
            missing = [w for w in re.findall(r"\w+", code) if w not in words and w != "std"]
            if missing and not code.startswith(("std::", "tl::")):
                faults.append(f"{relative}: the source has no {code}")


def snippet(place):
    name, _, region = place.partition("#")
    text = (TOP / name).read_text("utf-8")
    if not region:
        return text
    match = re.search(rf"^\s*// \[{re.escape(region)}\]\n(.*?)^\s*// \[/{re.escape(region)}\]$",
                      text, re.MULTILINE | re.DOTALL)
    if not match:
        raise LookupError(f"{name} has no region [{region}]")
    return textwrap.dedent(match.group(1))


def run_demo(command, pando, folder):
    words = shlex.split(command)
    if words[0] != "pando":
        raise LookupError(f"only pando is run, not {words[0]}")
    result = subprocess.run([pando] + words[1:], cwd=folder, capture_output=True, text=True,
                            check=False, timeout=60)
    return f"$ {command}\n{result.stdout}{result.stderr}"


def expected_block(kind, argument, pando, folder):
    """The text that the marked block should hold; None if it cannot be told here."""
    if kind == "snippet":
        return snippet(argument)
    return run_demo(argument, pando, folder) if pando else None


def check_marked(path, text, options, folder, faults):
    def replace(match):
        kind, argument, fence, body, end = match.groups()
        try:
            wanted = expected_block(kind, argument, options.pando, folder)
        except (LookupError, OSError) as error:
            faults.append(f"{path.name}: {argument}: {error}")
            return match.group(0)
        if wanted is None or wanted.rstrip() == body.rstrip():
            return match.group(0)
        if not options.update:
            faults.append(f"{path.name}: the block of '{argument}' differs; now it is:\n{wanted}")
        return f"<!-- {kind}: {argument} -->\n{fence}{wanted.rstrip()}\n{end}"

    updated = MARKED.sub(replace, text)
    if options.update and updated != text:
        path.write_text(updated, "utf-8")
        print(f"wrote {path.relative_to(TOP)}")


def check_manual(faults, pando):
    """Every subcommand of cli/main.cc is in the manual page, and so is every option it has."""
    main_file = TOP / "cli/main.cc"
    manual = (TOP / "cli/pando.1").read_text("utf-8")
    for name in re.findall(r"k(\w+)Command\b", main_file.read_text() if main_file.exists() else ""):
        if not re.search(rf"^\.BR? {name.lower()}\b", manual, re.MULTILINE):
            faults.append(f"cli/pando.1: the subcommand {name.lower()} is missing")
            continue
        if not pando:
            continue
        entry = re.split(rf"^\.BR? {name.lower()}\b", manual, flags=re.MULTILINE)[1]
        entry = re.split(r"^\.(?:TP|SH)$", entry.split("\n.SH ")[0], flags=re.MULTILINE)[0]
        shown = subprocess.run([pando, name.lower(), "--help"], check=True, capture_output=True,
                               text=True, timeout=60).stdout
        known = entry.replace("\\-", "-")
        for short, option in re.findall(r"^  (-\w)?,?--([a-z-]+)", shown, re.MULTILINE):
            if option == "help" or f"--{option}" in known or (short and short in known):
                continue
            faults.append(f"cli/pando.1: {name.lower()} --{option} is missing")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pando", type=lambda p: str(Path(p).resolve()))
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()

    faults = []
    words = source_words()
    with tempfile.TemporaryDirectory() as folder:
        if options.pando:
            made = subprocess.run([options.pando, "init", "--demo"], cwd=folder, check=False,
                                  capture_output=True, text=True, timeout=300)
            if made.returncode != 0:
                sys.exit(f"pando init --demo failed:\n{made.stdout}{made.stderr}")
        for path in documents():
            text = path.read_text("utf-8")
            check_links(path, text, faults)
            check_names(path, text, words, faults)
            check_marked(path, text, options, folder, faults)
    check_manual(faults, options.pando)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
