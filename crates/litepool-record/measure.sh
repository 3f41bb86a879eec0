#!/usr/bin/env bash
# How much slower programs run while they are recorded: crates/litepool-record/measure.sh [RUNS]
#
# Needs Debian's packages hyperfine, jq, lua5.4, sqlite3, xsltproc, gawk, python3, gcc. Prints, for each program, the median
# time without and with the recorder, the ratio, and what one operation costs more. The runs take turns.

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
cat >loop.c <<'END'
#include <stdlib.h>
int main(void) { for (int i = 0; i < 2000000; i++) free(malloc(32)); }
END
gcc -O1 -fno-builtin loop.c -o loop
export PYTHONMALLOC=malloc PYTHONHASHSEED=0

# seconds COMMAND...: the time of one run.
seconds() {
  hyperfine -N --runs 1 --export-json run.json "$@" >/dev/null 2>&1 && jq '.results[0].times[0]' run.json
}

measure() {
  local name=$1 command=$2 i
  : >plain
  : >recorded
  for ((i = 0; i < runs; i++)); do
    seconds "env LITEPOOL_RECORD_CHILDREN=0 $command" >>plain
    rm -f log/*
    LITEPOOL_RECORD_FILE=$work/log/raw LD_PRELOAD= \
      seconds "env LD_PRELOAD=$library LITEPOOL_RECORD_CHILDREN=0 $command" >>recorded
  done
  # The last program of the recorded process: the first one is env, before it had the library.
  local operations
  operations=$("$target/release/examples/convert" log/raw out.lpt | sed -n 's/^ *events: \([0-9]*\),/\1/p')
  median() { sort -g "$1" | sed -n "$(((runs + 1) / 2))p"; }
  jq -nr --arg name "$name" --argjson n "$operations" --argjson a "$(median plain)" --argjson b "$(median recorded)" '
    def ms: . * 10000 | round / 10;
    "| \($name) | \($n) | \($a | ms) | \($b | ms) | \($b / $a * 100 | round / 100) | \(($b - $a) / $n * 1e9 | round) |"'
}

echo '| program | operations | ms without | ms with | ratio | ns per operation |'
echo '|---|---:|---:|---:|---:|---:|'
measure 'Lua, weather station' 'lua5.4 inputs/station.lua'
measure 'Lua, index' 'lua5.4 inputs/index.lua'
measure 'SQLite' "sqlite3 :memory: '.read inputs/shop.sql'"
measure 'jq' 'jq -f inputs/report.jq devices.json'
measure 'xsltproc' 'xsltproc inputs/library.xsl library.xml'
measure 'GCC (cc1)' "$(gcc -print-prog-name=cc1) -quiet inputs/rpn.c -o rpn.s -O1"
measure 'bash' 'bash inputs/words.sh'
measure 'Python, PYTHONMALLOC=malloc' '/usr/bin/python3 -S -B inputs/invoices.py'
measure 'nothing but malloc and free' './loop'
