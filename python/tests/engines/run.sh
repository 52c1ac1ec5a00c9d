#!/bin/sh
# Runs brinery inside the engines that people use, each with real worker processes on loopback.
#
#     run.sh light      joblib, loky, multiprocessing, Dask, Celery, the scheduler of examples/scheduler
#     run.sh heavy      Ray, PySpark (needs Java 17), Parsl, Prefect, executorlib, casty
#     run.sh all        all of these
#
# PYTHON names the interpreter, else it is python3. Each set has an environment of its own, in $BRINERY_VENVS or in
# target/venvs, which is made when its list of packages changes; packages come from wherever pip is set up to take them
# from. brinery is built each time, unless BRINERY_WHEEL names a wheel. What is not there for a version of Python is said
# and left out. ENGINES lists those to be run, such as "dask ray". BRINERY_SCHEDULER names the scheduler's executable, else
# it is built. With each engine the page of docs/engines is run, too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
light | heavy) sets=$1 ;;
all) sets="light heavy" ;;
*)
    echo "usage: run.sh light|heavy|all" >&2
    exit 2
    ;;
esac
base=${PYTHON:-python3}
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
venvs=${BRINERY_VENVS:-${CARGO_TARGET_DIR:-$here/../../../target}/venvs}
mkdir -p "$venvs"
venvs=$(cd "$venvs" && pwd)
unset PYTHONPATH PYTHONHOME BRINERY_INSTALL LOKY_PICKLER 2>/dev/null || true
# Ray would write a token into the home directory, and tell its makers of its use.
export PYTHONDONTWRITEBYTECODE=1 RAY_AUTH_MODE=disabled RAY_USAGE_STATS_ENABLED=0
# And Prefect a database. Its server has time to start on a busy machine.
PREFECT_HOME=$(mktemp -d)
trap 'rm -rf "$PREFECT_HOME"' EXIT
export PREFECT_HOME PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1 PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=300

wheel=${BRINERY_WHEEL:-}
if [ -z "$wheel" ]; then
    wheels=$venvs/engines-wheel-$version
    rm -rf "$wheels"
    "$base" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$wheels" "$here/../.."
    wheel=$(ls "$wheels"/brinery-*.whl)
fi

# The scheduler, when it is to be tested.
scheduler() {
    if [ -z "${BRINERY_SCHEDULER:-}" ]; then
        root=$here/../../..
        cargo build --quiet --manifest-path "$root/Cargo.toml" --example scheduler
        BRINERY_SCHEDULER=${CARGO_TARGET_DIR:-$root/target}/debug/examples/scheduler
    fi
    export BRINERY_SCHEDULER
}

# Runs one test module, with a limit, and sees that nothing of it is left.
run() {
    module=$1
    # Inherited by all that it starts.
    BRINERY_ENGINES_RUN=$module-$$
    export BRINERY_ENGINES_RUN
    status=0
    if [ -f "$here/test_$module.py" ]; then
        (cd "$here" && timeout --kill-after=10 "$limit" "$python" "test_$module.py") || status=$?
    fi
    if [ "$status" = 0 ] && grep -q '^```python' "$here/../../../docs/engines/$module.md" 2>/dev/null; then
        (cd "$here" && timeout --kill-after=10 "$limit" "$python" page.py "$module") || status=$?
    fi
    "$base" "$here/leftovers.py" "$BRINERY_ENGINES_RUN" || status=1
    if [ "$status" != 0 ]; then
        echo "FAILED: $module ($status)" >&2
        failed="$failed $module"
    fi
}

failed=
for set in $sets; do
    case $set in
    light) modules="tasks multiprocessing joblib dask celery scheduler" limit=200 ;;
    heavy) modules="executorlib casty parsl prefect ray pyspark" limit=600 ;;
    esac
    list=$here/requirements/$set.txt
    environment=$venvs/engines-$set-$version
    python=$environment/bin/python
    stamp=$("$base" -c '
import hashlib, sys
print(hashlib.sha256(sys.version.encode() + open(sys.argv[1], "rb").read()).hexdigest())
' "$list")
    if [ "$(cat "$environment/stamp" 2>/dev/null || true)" != "$stamp" ]; then
        echo "run.sh: making the environment engines-$set-$version in $venvs" >&2
        rm -rf "$environment"
        "$base" -m venv "$environment"
        # PySpark has no wheel of its own.
        "$python" -m pip install --quiet --disable-pip-version-check --prefer-binary --requirement "$list"
        echo "$stamp" >"$environment/stamp"
    fi
    "$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
    for module in ${ENGINES:-$modules}; do
        case " $modules " in
        *" $module "*)
            [ "$module" != scheduler ] || scheduler
            run "$module"
            ;;
        esac
    done
done
if [ -n "$failed" ]; then
    echo "run.sh: failed:$failed" >&2
    exit 1
fi
