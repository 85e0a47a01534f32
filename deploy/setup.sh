# shellcheck shell=bash
# Shared by deploy/demo and deploy/test: makes this machine ready. Sourced, not run.
#
#   .venv/                                       the Python environment, in the clone
#   ~/.cache/asterisk-order-agent/               (or $XDG_CACHE_HOME/…) shared between clones:
#     asterisk-root/                             a Debian root file system with Asterisk, if none is on the PATH
#     models/                                    the recogniser's weights, joined from two packages

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/asterisk-order-agent
ASTERISK_ROOT=$CACHE/asterisk-root
export DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# step NUMBER TITLE COMMAND…: names the step, shows its output only when it fails, says how long it took.
step() {
  local number=$1 title=$2 log started
  shift 2
  log=$(mktemp)
  started=$SECONDS
  printf '[%s] %s … ' "$number" "$title" >&2
  # In a subshell that keeps -e: a plain condition would switch it off for everything inside.
  set +e
  (set -e; "$@") >"$log" 2>&1
  local status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    say "failed after $((SECONDS - started)) s"
    tail -n 25 "$log" >&2
    rm -f "$log"
    exit "$status"
  fi
  rm -f "$log"
  say "$((SECONDS - started)) s"
}

check_machine() {
  command -v apt-get >/dev/null || fail "this script needs Debian 12 or 13, or Ubuntu 24.04 or later (no apt-get here)"
  [ "$(id -u)" -eq 0 ] || fail "run this as root: it installs packages and starts Asterisk in a root file system"
  local free
  free=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge 3000 ] || fail "3 GB of free disk are needed beside $ROOT, there are $free MB"
}

# packages NAME…: installs the Debian packages that are missing.
packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  echo "installing ${missing[*]}"
  apt-get -o Acquire::Retries=2 update -q || echo "some package lists could not be fetched; going on with the rest"
  apt-get -o Acquire::Retries=2 install -y -q --no-install-recommends "${missing[@]}" ||
    { echo "these packages could not be installed: ${missing[*]} (is the network up?)"; exit 1; }
}

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null &&
      "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
}

system_packages() {
  packages ca-certificates util-linux "$@"
  if [ -z "$(find_python)" ]; then
    packages python3 python3-venv
    [ -n "$(find_python)" ] ||
      { echo "Python 3.11 to 3.13 with venv is needed; this system's python3 is $(python3 --version 2>&1)"; exit 1; }
  fi
}

# The environment is made anew when the lock changed or an earlier run was interrupted.
python_environment() {
  local stamp=$ROOT/.venv/.lock-installed wanted
  wanted=$(cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml" | sha256sum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$ROOT/.venv/bin/python" -c 'import asterisk_agent'; then
    return
  fi
  if [ ! -x "$ROOT/.venv/bin/pip" ] || ! "$ROOT/.venv/bin/pip" --version >/dev/null 2>&1; then
    rm -rf "$ROOT/.venv"
    "$(find_python)" -m venv "$ROOT/.venv"
  fi
  local pip=("$ROOT/.venv/bin/pip" --disable-pip-version-check)
  "${pip[@]}" install --require-hashes -r "$ROOT/requirements.lock"
  "${pip[@]}" install --no-deps --no-build-isolation -e "$ROOT"
  printf '%s' "$wanted" >"$stamp"
}

# Whether this version's media WebSocket has JSON control and marks: 20.18, 22.8, 23.2 and later.
new_enough() {
  [[ $1 =~ ([0-9]+)\.([0-9]+) ]] || return 1
  local major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  case $major in
    20) [ "$minor" -ge 18 ] ;;
    22) [ "$minor" -ge 8 ] ;;
    23) [ "$minor" -ge 2 ] ;;
    *) [ "$major" -gt 23 ] ;;
  esac
}

have_asterisk() {
  if command -v asterisk >/dev/null && new_enough "$(asterisk -V 2>/dev/null)"; then return 0; fi
  [ -f "$ASTERISK_ROOT/.complete" ]
}

# The Debian mirror that apt uses on this machine; nothing on Ubuntu, where mmdebstrap knows one.
debian_mirror() {
  . /etc/os-release
  [ "${ID:-}" = debian ] || return 0
  { grep -hoE '^URIs: *\S+' /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/^URIs: *//'
    grep -hoE '^deb +(\[[^]]*\] +)?\S+' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '{ print $NF }'
  } | grep -E '/debian/?$' | head -n 1 || true
}

asterisk_root() {
  packages mmdebstrap
  . /etc/os-release
  [ "${ID:-}" = debian ] || packages debian-archive-keyring
  mkdir -p "$CACHE"
  exec 9>"$CACHE/asterisk-root.lock"
  flock 9
  [ -f "$ASTERISK_ROOT/.complete" ] && return
  local mirror building=$CACHE/asterisk-root.building options=()
  mirror=$(debian_mirror)
  rm -rf "$building" "$ASTERISK_ROOT"
  if [ "${ORDER_AGENT_STALE_MIRROR:-}" = 1 ]; then
    options+=('--aptopt=Acquire::Check-Valid-Until "false"')
  fi
  if ! mmdebstrap --variant=apt --include=asterisk,asterisk-core-sounds-en,ca-certificates "${options[@]}" \
    forky "$building" ${mirror:+"deb $mirror forky main"} 2>&1 | tee "$CACHE/asterisk-root.log"; then
    rm -rf "$building"
    if grep -qiE 'not valid yet|expired|no longer valid' "$CACHE/asterisk-root.log"; then
      echo "the mirror's Release file is out of date; if you trust this mirror, run again with ORDER_AGENT_STALE_MIRROR=1"
    fi
    exit 1
  fi
  touch "$building/.complete"
  mv "$building" "$ASTERISK_ROOT"
  rm -f "$CACHE/asterisk-root.log"
}

get_asterisk() { have_asterisk || asterisk_root; }
