#!/usr/bin/env bash
# Records the traces of the stories in docs/ again: traces/stories/record.sh
#
# The programs are in crates/litepool-cli/tests/programs. Needs gcc. They are installed while they run,
# because a trace names its program by its full path. LITEPOOL names the command; without it, it is
# built here.

set -euo pipefail
traces=$(cd "$(dirname "$0")" && pwd)
programs=$(cd "$traces/../../crates/litepool-cli/tests/programs" && pwd)
. "$traces/../recording.sh"

# A gateway that keeps a short receipt of each of its large readings.
bin=${BIN:-/usr/local/bin}
cp "$programs/gateway.c" .
gcc -g -O1 -fdebug-prefix-map="$PWD"=. -o "$bin/gateway" gateway.c
record gateway "$bin/gateway"
rm "$bin/gateway"

# A server of sessions that forgets some of them.
cp "$programs/sessions.c" .
gcc -g -O1 -fdebug-prefix-map="$PWD"=. -o "$bin/sessions" sessions.c
record sessions "$bin/sessions"
rm "$bin/sessions"
