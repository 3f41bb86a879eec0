# What the scripts that record traces have in common. They set `traces`, where the traces go and the inputs are, and
# source this file, which leaves them in an empty directory with a copy of `inputs`.

if [ -z "${LITEPOOL:-}" ]; then
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  (cd "$root" && cargo build --release -p litepool-cli)
  LITEPOOL=${CARGO_TARGET_DIR:-$root/target}/release/litepool
fi

# Recorded command lines stand in the traces: they have relative paths only.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -d "$traces/inputs" ]; then cp -r "$traces/inputs" "$work"; fi
cd "$work"
export LC_ALL=C.UTF-8

# record NAME PROGRAM ARGUMENTS: runs the program to its end.
record() {
  local name=$1
  shift
  "$LITEPOOL" record -o "$traces/$name.lpt" -- "$@" >"$name.out" </dev/null
}
