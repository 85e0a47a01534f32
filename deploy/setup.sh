# shellcheck shell=bash
# Shared by deploy/demo and deploy/test: makes this machine ready. Sourced, not run.
#
#   .venv/                                       the Python environment, in the clone
#   ~/.cache/asterisk-order-agent/               (or $XDG_CACHE_HOME/…) shared between clones:
#     asterisk-root/                             a Debian root file system with Asterisk, if none is on the PATH
#     models/                                    the recogniser's weights, joined from two packages
#
# Every part may be interrupted at any moment: a stamp is written last, and what has none is made again.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/asterisk-order-agent
ASTERISK_ROOT=$CACHE/asterisk-root
STALE_MIRROR=${ORDER_AGENT_STALE_MIRROR:-}
LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
trap 'echo >&2; exit 130' INT
trap 'echo >&2; exit 143' TERM

say() { printf '%s\n' "$*" >&2; }

# step NUMBER TITLE COMMAND…: names the step, shows its output only when it fails, says how long it took.
step() {
  local number=$1 title=$2 started=$SECONDS status
  shift 2
  printf '[%s] %s … ' "$number" "$title" >&2
  # In a subshell that keeps -e: a plain condition would switch it off for everything inside.
  set +e
  (set -e && "$@") 3>&2 >"$LOG" 2>&1
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    say "failed after $((SECONDS - started)) s"
    tail -n 40 "$LOG" >&2
    exit "$status"
  fi
  say "$((SECONDS - started)) s"
}

# Within a step: note adds to its line on the screen, error ends it with its last line.
note() { printf '%s … ' "$*" >&3; }

error() {
  echo "error: $*"
  exit 1
}

# disk FOLDER MEGABYTES WHAT
disk() {
  local free
  free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge "$2" ] || error "$3 needs $2 MB of free disk at $1; there are $free MB"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# packages NAME…: installs the Debian packages that are missing.
packages() {
  local missing=() name
  command -v apt-get >/dev/null ||
    error "this script needs Debian 12 or 13, or Ubuntu 24.04 or later: there is no apt-get here"
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  is_root || error "only root can install packages: run this as root, or first 'apt-get install ${missing[*]}'"
  note "installing ${missing[*]}"
  local apt=(apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=180 -o Acquire::Retries=0
    -o Acquire::http::Timeout=12 -o Acquire::https::Timeout=12)
  if [ "$STALE_MIRROR" = 1 ]; then apt+=(-o Acquire::Check-Valid-Until=false); fi
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
  dpkg --configure -a # an earlier run may have been interrupted
  "${apt[@]}" update || echo "some package lists could not be fetched; going on with the rest"
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
    stale_release
    error "these Debian packages could not be fetched or installed: ${missing[*]}. Is the network up?"
  fi
}

# Ends the step if what it printed shows a mirror's Release file of the wrong date.
stale_release() {
  if grep -qE 'Release file for .* is expired' "$LOG"; then
    error "the Debian mirror is out of date (its Release file has expired). If you trust this mirror all the same," \
      "run again with ORDER_AGENT_STALE_MIRROR=1"
  elif grep -qE 'Release file for .* is not valid yet' "$LOG"; then
    error "this machine's clock is wrong, $(date): the Debian mirror's Release file is from the future"
  fi
}

# A Python that the locked packages have wheels for, with venv.
suitable_python() {
  "$1" -I -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if suitable_python "$name"; then
      echo "$name"
      return
    fi
  done
}

system_packages() {
  packages ca-certificates util-linux
  [ -z "$(find_python)" ] || return 0
  packages python3 python3-venv
  [ -n "$(find_python)" ] ||
    error "Python 3.11 to 3.14 is needed; this system has $(python3 --version). Use Debian 12 or 13, or" \
      "Ubuntu 24.04 or later, or put such a Python (with venv) on the PATH"
}

# The environment follows requirements.lock; it is made anew if it is broken, moved or half installed.
python_environment() {
  local venv=$ROOT/.venv wanted
  exec 8<"$ROOT"
  flock -n 8 || { note "waiting for another run in this clone" && flock 8; }
  wanted=$({ echo "$ROOT"; cat "$ROOT/requirements.lock" "$ROOT/pyproject.toml"; } | sha256sum)
  if environment_is "$wanted"; then return 0; fi
  disk "$ROOT" 2500 "the Python environment"
  if ! environment_is_sound; then
    rm -rf "$venv"
    "$(find_python)" -m venv "$venv"
  fi
  touch "$venv/.installing"
  rm -f "$venv/.installed"
  install_locked "$venv"
  (cd "$venv" && echo "$wanted" && ls -d lib/python3*/site-packages/*.dist-info) >"$venv/.installed.new"
  mv "$venv/.installed.new" "$venv/.installed"
  rm "$venv/.installing"
}

# Whether pip may build on what is there: whole, made here (scripts name their Python by its full path), not too old.
environment_is_sound() {
  local venv=$ROOT/.venv
  [ -d "$venv" ] && [ ! -e "$venv/.installing" ] && suitable_python "$venv/bin/python" &&
    "$venv/bin/python" -I -m pip --version && head -n 2 "$venv/bin/pip" | grep -F "$venv/bin/python"
}

# Whether exactly that was installed, and each distribution's folder is still there.
environment_is() {
  local wanted=$1 folder stamp=$ROOT/.venv/.installed
  [ ! -e "$ROOT/.venv/.installing" ] && [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$wanted" ] || return 1
  while read -r folder; do
    [ -d "$ROOT/.venv/$folder" ] || return 1
  done < <(tail -n +2 "$stamp")
  "$ROOT/.venv/bin/python" -I -c 'import asterisk_agent'
}

install_locked() {
  local pip=("$1/bin/python" -I -m pip --disable-pip-version-check --no-input) probe
  note "installing the locked packages"
  # One small package first, so that no network is a matter of seconds and not of pip's patience.
  probe=$1/probe
  mkdir -p "$probe"
  awk '/^[^ ]/ { wanted = /^editables==/ } wanted' "$ROOT/requirements.lock" >"$probe/one.lock"
  if ! timeout 55 "${pip[@]}" --retries 1 --timeout 20 download --no-deps --require-hashes \
    -r "$probe/one.lock" -d "$probe"; then
    error "the Python package index could not be reached. Is the network up, and pip's configuration right?"
  fi
  rm -rf "$probe"
  "${pip[@]}" install --no-deps --require-hashes -r "$ROOT/requirements.lock" ||
    error "the locked Python packages could not be installed; what pip says is above"
  "${pip[@]}" install --no-deps --no-build-isolation -e "$ROOT"
}

# A build that was killed leaves /proc and others mounted in its folder; what is mounted is never deleted.
remove_unfinished() {
  local mounted
  while read -r mounted; do
    umount "$mounted" || true
  done < <(awk -v folder="$1/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r)
  rm -rf --one-file-system "$1" ||
    error "$1, left by an interrupted run, could not be removed; unmount what is mounted in it"
}

get_asterisk() {
  if is_root && [ -f "$ASTERISK_ROOT/.complete" ]; then return 0; fi
  if asterisk_on_path; then return 0; fi
  is_root || error "no Asterisk 20.18, 22.8, 23.2 or later is on the PATH. Run this as root: it then gets one in a" \
    "root file system of its own, which takes chroot"
  asterisk_root
}

asterisk_on_path() {
  XDG_CACHE_HOME=/nonexistent "$ROOT/.venv/bin/python" -I -c \
    'from asterisk_agent.pbx import private; private.find()' 2>/dev/null
}

# The Debian mirror that apt uses on this machine; nothing elsewhere: mmdebstrap knows one.
debian_mirror() (
  # shellcheck disable=SC1091
  . /etc/os-release
  [ "${ID:-}" = debian ] || exit 0
  # shellcheck disable=SC2016  # apt-get fills these in
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="${VERSION_CODENAME:-testing}" \
      '$1 == release && $2 == "main" && $3 ~ /\/debian\/$/ { print $3; exit }'
)

asterisk_root() {
  packages mmdebstrap mount debian-archive-keyring
  mkdir -p "$CACHE"
  exec 9>"$CACHE/asterisk-root.lock"
  flock -n 9 || { note "waiting for another clone that is getting it" && flock 9; }
  if [ -f "$ASTERISK_ROOT/.complete" ]; then return 0; fi
  disk "$CACHE" 1000 "Asterisk's root file system"
  local mirror proxy='' building=$CACHE/asterisk-root.building options
  mirror=$(debian_mirror)
  options=(--variant=apt "--include=asterisk,asterisk-core-sounds-en,ca-certificates"
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    --aptopt='Acquire::Retries "1"' --aptopt='Acquire::http::Timeout "12"' --aptopt='Acquire::https::Timeout "12"')
  if [ "$STALE_MIRROR" = 1 ]; then options+=(--aptopt='Acquire::Check-Valid-Until "false"'); fi
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  if [ -n "$proxy" ]; then options+=(--aptopt="Acquire::http::Proxy \"$proxy\""); fi
  remove_unfinished "$building"
  note "building a Debian root file system with it"
  if ! LC_ALL=C.UTF-8 mmdebstrap "${options[@]}" forky "$building" ${mirror:+"deb $mirror forky main"}; then
    remove_unfinished "$building"
    stale_release
    error "Debian's packages of Asterisk could not be fetched from ${mirror:-the Debian mirror}. Is the network up?"
  fi
  chroot "$building" asterisk -V || error "the Asterisk in $building does not start"
  touch "$building/.complete"
  mv "$building" "$ASTERISK_ROOT"
}
