#!/bin/sh
# Makes a virtual environment of pinned Python packages, once, and prints the path of its python.
#
#     tests/oracle/packages.sh modern     CPython 3.13 with requirements/modern.txt
#     tests/oracle/packages.sh classic    CPython 3.10 with requirements/classic.txt
#     tests/oracle/packages.sh latest     CPython 3.13 with requirements/latest.txt
#     tests/oracle/packages.sh scanners   CPython 3.11 with requirements/scanners.txt, for benches/scan/compare.py
#     tests/oracle/packages.sh archives   CPython 3.13 with requirements/archives.txt
#     tests/oracle/packages.sh torch      CPython 3.13 with PyTorch, by torch.sh
#     tests/oracle/packages.sh picklers   no environment: a directory with a folder for each line of
#                                         requirements/picklers.txt, to be imported from by any Python
#
# Environments live in $BRINERY_VENVS, or else in target/venvs. One that was made from the same list by the same
# interpreter is used again. The interpreter is looked for in $BRINERY_PYTHONS (paths with colons between), among
# pyenv's, and on the PATH. Packages come from wherever pip is set up to take them from.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
case $name in
modern | latest | archives | picklers) minor=13 ;;
classic) minor=10 ;;
scanners) minor=11 ;;
torch) exec sh "$here/torch.sh" "${BRINERY_VENVS:-$here/../../target/venvs}/torch" ;;
*)
    echo "usage: packages.sh modern|classic|latest|archives|scanners|torch|picklers" >&2
    exit 2
    ;;
esac
list=$here/requirements/$name.txt
venvs=${BRINERY_VENVS:-$here/../../target/venvs}
mkdir -p "$venvs"
venvs=$(cd "$venvs" && pwd)
python=$venvs/$name/bin/python
unset PYTHONPATH PYTHONHOME

# The paths of possible interpreters, one a line.
candidates() {
    if [ -n "${BRINERY_PYTHONS:-}" ]; then
        echo "$BRINERY_PYTHONS" | tr : '\n'
    fi
    ls "$HOME/.pyenv/versions/3.$minor."*/bin/python 2>/dev/null || true
    command -v "python3.$minor" || true
    command -v python3 || true
}

base=$(candidates | while read -r candidate; do
    if "$candidate" -c "import sys; sys.exit(sys.version_info[:2] != (3, $minor))" 2>/dev/null; then
        echo "$candidate"
        break
    fi
done)
if [ -z "$base" ]; then
    echo "packages.sh: no CPython 3.$minor was found for the environment $name" >&2
    exit 1
fi

# Whoever comes second waits here. The lock stays with this shell's open file when the one that took it has ended.
exec 9>"$venvs/$name.lock"
"$base" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'

stamp=$("$base" -c '
import hashlib, sys
print(hashlib.sha256(sys.version.encode() + open(sys.argv[1], "rb").read()).hexdigest())
' "$list")
if [ "$(cat "$venvs/$name/stamp" 2>/dev/null || true)" != "$stamp" ]; then
    echo "packages.sh: making the environment $name with $("$base" --version) in $venvs" >&2
    rm -rf "${venvs:?}/$name"
    if [ "$name" = picklers ]; then
        # Many versions of one package, in pure Python: folders side by side will do.
        while read -r package; do
            "$base" -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --no-compile \
                --root-user-action ignore --target "$venvs/$name/$(echo "$package" | sed 's/==/-/')" "$package" >&2
        done <"$list"
    else
        "$base" -m venv "$venvs/$name" >&2
        "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement "$list" >&2
        "$python" -m pip check --quiet --disable-pip-version-check >&2
    fi
    echo "$stamp" >"$venvs/$name/stamp"
fi
case $name in
picklers) echo "$venvs/$name" ;;
*) echo "$python" ;;
esac
