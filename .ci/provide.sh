# Sourced by .ci/run: provides Java 17, Python with venv, Redis and PostgreSQL, from Debian's or Ubuntu's packages where they are missing.
# What can't be provided is said here; the suites that need it name it again, and fail the run.

has_java() { [ "$(java -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p')" -ge 17 ] 2>/dev/null; }
has_python() { python3 -c 'import venv, ensurepip' 2>/dev/null; }
has_redis() { command -v redis-server >/dev/null; }
# Debian keeps the server's programs out of PATH.
find_postgresql() {
  local folder
  command -v initdb >/dev/null && return 0
  for folder in /usr/lib/postgresql/*/bin; do
    if [ -x "$folder/initdb" ]; then
      PATH="$PATH:$folder"
      return 0
    fi
  done
  return 1
}

as_root=""
can_install=no
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" -eq 0 ]; then
    can_install=yes
  elif sudo -n true 2>/dev/null; then
    can_install=yes
    as_root="sudo -n"
  fi
fi

apt_updated=no
apt_install() {
  [ "$can_install" = yes ] || return 1
  if [ "$apt_updated" = no ]; then
    $as_root apt-get update -qq >"$work/apt.log" 2>&1 || tail -n 3 "$work/apt.log"
    apt_updated=yes
  fi
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1
}

# provide NAME CHECK PACKAGES...: each of PACKAGES is one way to get it, tried in order.
provide() {
  local name="$1" check="$2" packages
  shift 2
  if "$check"; then
    echo "$name: found"
    return
  fi
  for packages in "$@"; do
    # shellcheck disable=SC2086
    if apt_install $packages && "$check"; then
      echo "$name: installed ($packages)"
      return
    fi
  done
  if [ "$can_install" = yes ]; then
    echo "$name: NOT FOUND, and installing it failed:"
    tail -n 3 "$work/apt.log"
  else
    echo "$name: NOT FOUND, and this user can't install packages"
  fi
}

provide "Java 17" has_java openjdk-17-jre-headless default-jre-headless
provide "Python 3 with venv" has_python "python3 python3-venv python3-pip"
provide "Redis" has_redis redis-server
provide "PostgreSQL" find_postgresql postgresql
export PATH
