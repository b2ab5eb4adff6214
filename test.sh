#!/usr/bin/env bash
# Installs what the tests need, builds, and runs every test against MariaDB servers of its own.
#
#   ./test.sh                     all tests, preset dev (g++, warnings are errors)
#   ./test.sh -R lexer            those whose name matches; other ctest options are passed on too
#   ./test.sh --preset asan       with another preset of CMakePresets.json (or PANDO_PRESET=asan)
#   ./test.sh --no-install        without looking for missing packages
#   ./test.sh --build-only        build, and run nothing
#
# The servers listen on free loopback ports, live in a temporary folder, and are stopped at the end,
# also when tests fail or the run is interrupted. Nothing outside of build/ is changed.
set -euo pipefail

fail() {
  printf 'test.sh: %s\n' "$*" >&2
  exit 1
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
preset=${PANDO_PRESET:-dev}
install=true
build_only=false
ctest_options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --preset)
      [ $# -gt 1 ] || fail "--preset needs a name; 'cmake --list-presets' lists them"
      preset=$2
      shift
      ;;
    --no-install) install=false ;;
    --build-only) build_only=true ;;
    -h | --help)
      sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) ctest_options+=("$1") ;;
  esac
  shift
done

cd "$top"
if $install; then scripts/install-deps.sh test || fail "the packages above are needed"; fi

build=build/$preset
jobs=${PANDO_JOBS:-$(nproc)}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  fail "cmake could not configure the preset '$preset'"
fi
cmake --build "$build" -j "$jobs" || fail "the build in $build failed"
rm -f "$log"
trap - EXIT
if $build_only; then exit 0; fi

corpora=${PANDO_CORPORA:-$top/../shared/corpora}
if [ ! -d "$corpora" ]; then
  printf 'test.sh: %s\n' "no corpora at $corpora: the tests with Sakila and with MySQL's own test statements are
skipped (PANDO_CORPORA names another folder)" >&2
fi

# From here on this process is the one that owns the servers, so that signals reach it directly.
exec "$build/tests/support/with_mariadb" 2 -- \
  ctest --test-dir "$build" -j "$jobs" --output-on-failure --no-tests=error "${ctest_options[@]}"
