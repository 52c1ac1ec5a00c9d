#!/bin/sh
# Builds the package, installs it into an environment of its own and runs its tests.
# Needs cargo, and python3 with venv and pip; PYTHON names another interpreter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
environment=${CARGO_TARGET_DIR:-$here/../target}/python-$("$python" -c 'import platform; print(platform.python_version())')
"$python" -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --force-reinstall "$here"
# What the tests compare with, and what checks the stubs where that runs.
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check cloudpickle==3.1.2
if "$environment/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check 'mypy>=1.19,<3'
fi
PYTHONDONTWRITEBYTECODE=1 "$environment/bin/python" -m unittest discover --start-directory "$here/tests" "$@"
