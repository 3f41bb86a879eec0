#!/usr/bin/env bash
# How much slower programs run while they are recorded: crates/litepool-record/measure.sh [RUNS]
#
# Needs Debian's packages hyperfine, jq, lua5.4, sqlite3, xsltproc, gawk, python3, gcc. Prints, for each
# program, the median processor time (user and system) without the recorder, with the call sites alone
# and with stacks of 16 frames; the ratios, and what one operation costs more. The runs take turns.

set -euo pipefail
runs=${1:-15}
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}/measure
(cd "$here" && cargo build --quiet --release --lib --config 'profile.release.panic="abort"' --target-dir "$target")
(cd "$here" && cargo build --quiet --release --example convert --target-dir "$target")
library=$target/release/liblitepool_record.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/../../traces/inputs" "$work"
cd "$work"
mkdir log
jq -n -f inputs/devices.jq >devices.json
gawk -f inputs/library.awk >library.xml
# Nothing but malloc and free, under 20 frames, whose callers are found by tables or by frame pointers.
cat >loop.c <<'END'
#include <stdlib.h>
__attribute__((noinline)) static int work(int operations) {
    for (int i = 0; i < operations; i++) free(malloc(32));
    return 1;
}
__attribute__((noinline)) static int under(int frames, int operations) {
    return (frames > 0 ? under(frames - 1, operations) : work(operations)) + 1;
}
int main(int count, char **arguments) { return under(atoi(arguments[1]), 1000000) == 0; }
END
gcc -O1 -fno-builtin -fomit-frame-pointer loop.c -o by-tables
gcc -O1 -fno-builtin -fno-omit-frame-pointer -fno-asynchronous-unwind-tables loop.c -o by-frame-pointers
export PYTHONMALLOC=malloc PYTHONHASHSEED=0

# seconds COMMAND: the processor time of one run.
seconds() {
  hyperfine -N --runs 1 --export-json run.json "$@" >/dev/null 2>&1 &&
    jq '.results[0] | .user + .system' run.json
}

# recorded DEPTH COMMAND: the same, recorded with stacks of so many frames.
recorded() {
  rm -f log/*
  LITEPOOL_RECORD_FILE=$work/log/raw LITEPOOL_RECORD_DEPTH=$1 LD_PRELOAD= \
    seconds "env LD_PRELOAD=$library LITEPOOL_RECORD_CHILDREN=0 $2"
}

# measure NAME COMMAND
measure() {
  local name=$1 command=$2 i
  : >plain
  : >sites
  : >stacks
  for ((i = 0; i < runs; i++)); do
    seconds "env LITEPOOL_RECORD_CHILDREN=0 $command" >>plain
    recorded 1 "$command" >>sites
    recorded 16 "$command" >>stacks
  done
  # The last program of the recorded process: the first one is env, before it had the library.
  local operations
  operations=$("$target/release/examples/convert" log/raw out.lpt | sed -n 's/^ *events: \([0-9]*\),/\1/p')
  median() { sort -g "$1" | sed -n "$(((runs + 1) / 2))p"; }
  jq -nr --arg name "$name" --argjson n "$operations" --argjson a "$(median plain)" \
    --argjson b "$(median sites)" --argjson c "$(median stacks)" '
    def ms: . * 10000 | round / 10;
    def ratio: . / $a * 100 | round / 100;
    def each: (. - $a) / $n * 1e9 | round;
    "| \($name) | \($n) | \($a | ms) | \($b | ms) | \($b | ratio) | \($b | each) " +
    "| \($c | ms) | \($c | ratio) | \($c | each) |"'
}

echo '| program | operations | ms without | call sites: ms | ratio | ns each | 16 frames: ms | ratio | ns each |'
echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|'
measure 'Lua, weather station' 'lua5.4 inputs/station.lua'
measure 'Lua, index' 'lua5.4 inputs/index.lua'
measure 'SQLite' "sqlite3 :memory: '.read inputs/shop.sql'"
measure 'jq' 'jq -f inputs/report.jq devices.json'
measure 'xsltproc' 'xsltproc inputs/library.xsl library.xml'
measure 'GCC (cc1)' "$(gcc -print-prog-name=cc1) -quiet inputs/rpn.c -o rpn.s -O1"
measure 'bash' 'bash inputs/words.sh'
measure 'Python, PYTHONMALLOC=malloc' '/usr/bin/python3 -S -B inputs/invoices.py'
measure 'nothing but `malloc` and `free`, under 3 frames' './by-tables 0'
measure 'the same under 20, by unwind tables' './by-tables 20'
measure 'the same under 20, by frame pointers' './by-frame-pointers 20'
