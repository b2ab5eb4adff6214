#!/usr/bin/env python3
"""Asks a MariaDB server which statements of the syntax corpus it rejects as a syntax error.

Usage: mysql_syntax_oracle.py mysql-syntax.jsonl.gz > mysql_syntax_rejected.txt

Starts a private server in a temporary directory, reachable by a socket only, and prepares each
statement there. Error 1064 (or 1149) says that the syntax is none of MariaDB's; any other answer
says that it was understood. Prints the number of each rejected statement, from 0, and its
beginning as a comment.
"""

import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time


def ask(statements, socket):
    """Numbers of the statements that the server at `socket` finds syntactically wrong."""
    script = ["CREATE DATABASE d; USE d;"]
    for sql in statements:
        text = (sql or " ").encode().hex()
        script.append(f"SET @s = _utf8mb4 x'{text}'; PREPARE p FROM @s;")
    client = subprocess.run(
        ["mariadb", f"--socket={socket}", "-uroot", "--force", "--default-character-set=utf8mb4"],
        input="\n".join(script), capture_output=True, text=True, check=False)
    errors = re.finditer(r"ERROR (\d+) \(\w+\) at line (\d+)", client.stderr)
    return sorted(int(e.group(2)) - 2 for e in errors if e.group(1) in ("1064", "1149"))


def main():
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        statements = [json.loads(line)["sql"] for line in lines]
    with tempfile.TemporaryDirectory() as directory:
        data = pathlib.Path(directory) / "data"
        socket = pathlib.Path(directory) / "socket"
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", "--user=root"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}",
             "--skip-networking", "--user=root", f"--pid-file={directory}/pid"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not socket.exists() and server.poll() is None:
                time.sleep(0.1)
            rejected = ask(statements, socket)
        finally:
            server.terminate()
            server.wait()
    print("# Statements of the syntax corpus that MariaDB 10.11 rejects with error 1064, by number.")
    print("# Written by mysql_syntax_oracle.py.")
    for number in rejected:
        print(f"{number}\t# {' '.join(statements[number].split())[:70]}")


if __name__ == "__main__":
    main()
