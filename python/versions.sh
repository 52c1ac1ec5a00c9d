#!/bin/sh
# The package on every CPython from 3.9 to 3.13 that is here: built for each, with what does not depend on Python compiled
# once, and tested with what is about the version: bytes, CPython's own suite, kinds of functions, errors, leaks. All of
# the tests run in test.sh, on one version.
#
#     python/versions.sh [VERSION...]
#
# Interpreters are those of pyenv, and python3.X on the path. BRINERY_REQUIRE names minor versions that must be there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
export CARGO_TARGET_DIR="$target" PYTHONDONTWRITEBYTECODE=1
TESTS="test_bytes test_cloud_kinds test_deterministic test_either test_hostile test_leaks test_paths test_pickler
test_settings test_shortcuts test_suites"
# Fewer mutations than in test.sh.
export MUTATIONS=${MUTATIONS:-2000}

find_python() {
    for python in "$HOME"/.pyenv/versions/"$1".*/bin/python; do
        [ -x "$python" ] && found=$python
    done
    [ -n "${found:-}" ] || found=$(command -v "python$1" || true)
    echo "${found:-}"
}

status=0
for version in ${*:-3.9 3.10 3.11 3.12 3.13}; do
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        case ,${BRINERY_REQUIRE:-}, in
        *,"$version",*) echo "versions.sh: Python $version is required and not here" >&2; status=1 ;;
        *) echo "NOT RUN: there is no Python $version here" >&2 ;;
        esac
        continue
    fi
    place=$target/python-versions/$version
    PYO3_PYTHON=$python cargo build --quiet --release --manifest-path "$here/Cargo.toml"
    mkdir -p "$place"
    rm -rf "$place/brinery"
    cp -R "$here/package/brinery" "$place/brinery"
    suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
    cp "$target/release/libbrinery_python.so" "$place/brinery/_brinery$suffix"
    [ -x "$place/env/bin/python" ] || "$python" -m venv "$place/env"
    "$place/env/bin/python" -m pip install --quiet --disable-pip-version-check cloudpickle==3.1.2
    echo "== Python $version: $("$place/env/bin/python" -c 'import sys; print(sys.version)' | head -n 1)"
    # shellcheck disable=SC2086
    (cd "$here/tests" && PYTHONPATH=$place "$place/env/bin/python" -m unittest $TESTS) || status=1
done
exit $status
