# What `.ci/run` and `.ci/full` share.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 PYTHONDONTWRITEBYTECODE=1
# Nobody debugs what the gate builds: without debug information it builds faster.
export CARGO_PROFILE_DEV_DEBUG=0

# The workspaces beside the main one: their dependencies weigh on no ordinary build.
BESIDE=(fuzz crates/bench crates/conformance examples/no_std examples/cluster examples/runtimes/peers)

step() {
    local start=$SECONDS
    echo "== $1"
    shift
    "$@"
    echo "   $((SECONDS - start)) s"
}

# A tool runs for seconds here: built without optimisation it is ready sooner.
cargo_tool() {
    command -v "$1" >/dev/null && return
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off cargo install --quiet --locked "$1@$2"
}

# Runs a command in the workspace of the benchmark, or in one that has the same dependencies: they share what is built.
with_peers() {
    local folder=$1
    shift
    (cd "$folder" && CARGO_TARGET_DIR="$OLDPWD/crates/bench/target" "$@")
}

# The benchmark of very many connections. Without the peers it builds in seconds.
million() {
    (cd crates/bench &&
        cargo run --quiet --locked --release --no-default-features --features load --bin million -- "$@")
}

fuzz_each() {
    local target
    for target in $(cargo +nightly fuzz list); do
        echo "   $target"
        cargo +nightly fuzz run "$target" -- -max_total_time="$1" -verbosity=0 -timeout=10 -rss_limit_mb=4096
    done
}
