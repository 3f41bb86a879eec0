#!/usr/bin/env bash
# Records every trace in this directory again: traces/untuned/record.sh [NAME...]
#
# Needs Debian's packages: perl vim git graphviz gawk duktape binutils gcc libc6-dev.
# LITEPOOL names the command; without it, it is built here.

set -euo pipefail
traces=$(cd "$(dirname "$0")" && pwd)
names=("$@")
if [ $# -eq 0 ]; then
  names=(perl-accounts vim-edit duk-telemetry git-history dot-states ld-static)
fi
. "$traces/../recording.sh"

perl-accounts() { PERL_HASH_SEED=0 record perl-accounts perl inputs/accounts.pl; }
vim-edit() { record vim-edit vim -es -u NONE -N -i NONE -n -S inputs/edit.vim; }
duk-telemetry() { record duk-telemetry duk inputs/telemetry.js; }

git-history() {
  . inputs/history.sh
  record git-history /usr/bin/git --no-pager log -p -M --stat
  cd ..
}

dot-states() {
  gawk -f inputs/states.awk >states.dot
  record dot-states dot -Tsvg states.dot -o states.svg
}

# The linker proper, as the command gcc would start it.
ld-static() {
  gcc -O1 -c inputs/plant.c
  local start support
  start=$(dirname "$(gcc -print-file-name=crt1.o)")
  support=$(dirname "$(gcc -print-libgcc-file-name)")
  cp "$start"/crt[1in].o "$support"/crtbeginT.o "$support"/crtend.o .
  cp "$start"/libc.a "$start"/libm-*.a "$support"/libgcc.a "$support"/libgcc_eh.a .
  record ld-static ld -static -o plant crt1.o crti.o crtbeginT.o plant.o libm-*.a --start-group libgcc.a libgcc_eh.a libc.a \
    --end-group crtend.o crtn.o
  ./plant >/dev/null
}

for name in "${names[@]}"; do
  "$name"
done
