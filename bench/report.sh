#!/bin/sh
# Measures everything and writes docs/bench.md. Takes some minutes; do nothing else meanwhile.
# Arguments go to the bench: try --quick.
#
# The peers' 32-bit figures need a 32-bit target: rustup target add i686-unknown-linux-gnu, and a C compiler that
# links for it (Debian: gcc-multilib). Without them the page says that they are missing. NARROW_CARGO replaces the
# command that builds for that target, for toolchains that have no rustup.
set -eu
cd "$(dirname "$0")/.."

cargo build --release -p litepool-bench
target=${CARGO_TARGET_DIR:-target}
narrow=$target/i686-unknown-linux-gnu/release/litepool-bench
if ${NARROW_CARGO:-cargo} build --release -p litepool-bench --no-default-features \
    --target i686-unknown-linux-gnu ${NARROW_FLAGS:-}; then
    set -- --narrow "$narrow" "$@"
else
    echo "no 32-bit target: the peers' 32-bit memory figures will be missing" >&2
fi
exec "$target/release/litepool-bench" report "$@"
