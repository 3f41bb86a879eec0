#!/bin/sh
# Measures everything and writes docs/bench.md and its pictures. Takes some half an hour, most of it for counting
# instructions; do nothing else meanwhile.
# Arguments go to the bench: try --quick.
#
# The peers' 32-bit figures need Rust for 32-bit x86, as scripts/cargo-for finds it, and a C compiler that links for
# it (Debian: gcc-multilib). Without them the page says that they are missing.
set -eu
cd "$(dirname "$0")/.."

cargo build --release --manifest-path bench/Cargo.toml
target=${CARGO_TARGET_DIR:-bench/target}
narrow=$target/narrow/i686-unknown-linux-gnu/release/litepool-bench
if scripts/cargo-for i686-unknown-linux-gnu build --release --manifest-path bench/Cargo.toml \
    --no-default-features --target-dir "$target/narrow"; then
    set -- --narrow "$narrow" "$@"
else
    echo "no 32-bit target: the peers' 32-bit memory figures will be missing" >&2
fi
exec "$target/release/litepool-bench" report "$@"
