#!/usr/bin/env bash
# Installs the Debian packages that Pando needs, and only those that are missing.
#
#   scripts/install-deps.sh [run|test|ci]
#
#   run   to build and run the library and the command (default)
#   test  and what the tests need: GoogleTest, MariaDB's server, Python
#   ci    and clang, the linters, ccache and Google Benchmark
#
# Nothing is touched, and no network is used, if everything is there already. The lists below and
# cmake/PandoDependencies.cmake belong together.
set -euo pipefail

run_packages=(
  g++ cmake ninja-build pkg-config
  default-libmysqlclient-dev libsqlite3-dev
  libexpected-dev libtomlplusplus-dev libxxhash-dev
  nlohmann-json3-dev libcli11-dev libspdlog-dev libedit-dev libutf8proc-dev libboost-dev
)
test_packages=(libgtest-dev libgmock-dev mariadb-server openssl python3)
ci_packages=(clang clang-format clang-tidy lld shellcheck ccache libbenchmark-dev git)

say() { printf 'install-deps: %s\n' "$*" >&2; }

case "${1:-run}" in
  run) wanted=("${run_packages[@]}") ;;
  test) wanted=("${run_packages[@]}" "${test_packages[@]}") ;;
  ci) wanted=("${run_packages[@]}" "${test_packages[@]}" "${ci_packages[@]}") ;;
  -h | --help)
    sed -n '2,11s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *)
    say "unknown set '$1'; it is one of run, test, ci"
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
  say "this system has no dpkg; install the equivalents of these Debian packages yourself:"
  say "  ${wanted[*]}"
  exit 1
fi

installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null |
  awk '$2 == "installed" {print $1}' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -Fqx "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "these packages are missing, and installing them needs root or sudo: ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi

# A database server that is installed for the tests must not start as a system service. Debian asks
# policy-rc.d; an administrator's own is left alone.
policy=/usr/sbin/policy-rc.d
own_policy=false
cleanup() {
  if $own_policy; then "${as_root[@]}" rm -f "$policy"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ] && grep -Fqx mariadb-server < <(printf '%s\n' "${missing[@]}"); then
  own_policy=true
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

say "installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0
  -o DPkg::Lock::Timeout=120)
log=$(mktemp)
if ! "${apt[@]}" update >"$log" 2>&1 ||
  ! "${apt[@]}" install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  rm -f "$log"
  say "apt-get failed (its last lines are above); packages wanted: ${missing[*]}"
  exit 1
fi
rm -f "$log"
