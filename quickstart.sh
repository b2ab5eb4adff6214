#!/usr/bin/env bash
# From nothing to a sharded shop in one command: installs what is missing, builds the command
# `pando`, makes a demo shop split over four SQLite files in ./demo, and shows what Pando does
# with it. No database server is needed. Run it again as often as you like.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$top"
started=$SECONDS

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
  bold='' dim='' plain=''
fi
title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
fail() {
  printf 'quickstart.sh: %s\n' "$*" >&2
  exit 1
}
# Echoes the command as one would type it, then runs it.
show() {
  local word line='$ pando'
  for word in "$@"; do
    case "$word" in
      *[!A-Za-z0-9_./=-]*) line+=" \"$word\"" ;;
      *) line+=" $word" ;;
    esac
  done
  printf '\n%s%s%s\n' "$bold" "$line" "$plain"
  "$pando" "$@" || fail "the command above failed with exit code $?"
}

title "1. Packages"
scripts/install-deps.sh run || fail "the packages above are needed to build"
echo "all there"

title "2. Build"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --preset release >"$log" 2>&1; then
  cat "$log" >&2
  fail "cmake could not configure the build"
fi
cmake --build build/release -j "$(nproc)" --target pando || fail "the build failed"
pando=$top/build/release/cli/pando
[ -x "$pando" ] || fail "the build made no $pando"
echo "build/release/cli/pando"

title "3. A demo shop over four SQLite files"
mkdir -p demo
cd demo
if [ -e pando.toml ]; then
  for file in shop0.db shop1.db shop2.db shop3.db; do
    [ -e "$file" ] || fail "demo/$file is missing; remove the folder demo/ and run this again"
  done
  note "demo/ exists already; remove the folder to make it anew"
else
  show init --demo
fi
ls -lh ./*.db

title "4. A point read: the sharding key is given, so one file is asked"
read_one="SELECT id, status, total FROM orders WHERE user_id = 42 ORDER BY id LIMIT 3"
show query "$read_one"
show explain "$read_one"

title "5. A scatter: every shard is asked for its best five, the answers are merged in order"
read_many="SELECT id, user_id, total FROM orders ORDER BY total DESC, id LIMIT 5"
show query "$read_many"
show explain "$read_many"

title "6. A GROUP BY: partial counts and sums are added up, exactly"
group="SELECT status, COUNT(*), SUM(total) FROM orders GROUP BY status ORDER BY status"
show query "$group"
show explain "$group"

title "7. A write: each row goes to its own shard and gets a key; both are committed once both succeeded"
write="INSERT INTO orders (user_id, status, total, created_at) VALUES \
(42, 'new', 4700, '2026-01-31 12:00:00'), (43, 'new', 300, '2026-01-31 12:00:00')"
show explain "$write"
show query "$write"
show query "SELECT * FROM orders WHERE user_id IN (42, 43) AND status = 'new' ORDER BY id"

title "Done in $((SECONDS - started)) s. What to try next"
cat <<'NEXT'
  cd demo; alias pando=../build/release/cli/pando
  pando shell                       an interactive prompt; \h helps
  pando stats                       how evenly the rows are spread
  pando route orders user_id=42     where a row lives
  pando check --connect             the rules against the real tables
  pando explain "SELECT ..."        what would be sent where, without sending it
  less pando.toml                   the rules of this shop

  README.md has the C++ interface; ./test.sh builds and runs every test.
NEXT
