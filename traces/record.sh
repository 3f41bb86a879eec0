#!/usr/bin/env bash
# Records every trace in this directory again: traces/record.sh [NAME...]
#
# Needs Debian's packages: lua5.4 sqlite3 jq gawk xsltproc openssl mosquitto mosquitto-clients nginx-light apache2-utils
# gcc libc6-dev bash python3 graphicsmagick. The servers listen on this machine alone, ports 18080, 18443 and 18883.
# LITEPOOL names the command; without it, it is built here.

set -euo pipefail
traces=$(cd "$(dirname "$0")" && pwd)
names=("$@")
if [ $# -eq 0 ]; then
  names=(lua-station lua-index sqlite-shop jq-report xslt-library tls-server mqtt-broker web-server cc1-compile bash-words
    python-json picture-cards)
fi

. "$traces/recording.sh"

# serve NAME PORT PROGRAM ARGUMENTS: starts a server and waits until it answers; `finish` ends it.
serve() {
  local name=$1 port=$2
  shift 2
  "$LITEPOOL" record -o "$traces/$name.lpt" -- "$@" >"$name.out" </dev/null &
  server=$!
  for _ in $(seq 200); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.05
  done
  echo "$name: no answer on port $port" >&2
  exit 1
}

# Ends the server as its own shutdown does, and waits for the trace. A server ended by the signal itself is fine too.
finish() {
  kill -TERM "$server"
  wait "$server" || [ $? -eq 143 ]
}

lua-station() { record lua-station lua5.4 inputs/station.lua; }
lua-index() { record lua-index lua5.4 inputs/index.lua; }
sqlite-shop() { record sqlite-shop sqlite3 -bail :memory: '.read inputs/shop.sql'; }

jq-report() {
  jq -n -f inputs/devices.jq >devices.json
  record jq-report jq -f inputs/report.jq devices.json
}

xslt-library() {
  gawk -f inputs/library.awk >library.xml
  record xslt-library xsltproc inputs/library.xsl library.xml
}

# Handshakes with either protocol, with a key share, with a session taken up again, and a page for each.
tls-server() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out certificate.pem \
    -days 30 -subj /CN=localhost 2>/dev/null
  serve tls-server 18443 openssl s_server -accept 127.0.0.1:18443 -key key.pem -cert certificate.pem -www -quiet
  local i
  for i in $(seq 8); do
    local client="openssl s_client -connect 127.0.0.1:18443 -CAfile certificate.pem -quiet"
    printf 'GET / HTTP/1.0\r\n\r\n' | $client -tls1_3 >/dev/null 2>&1
    printf 'GET / HTTP/1.0\r\n\r\n' | $client -tls1_2 -sess_out session >/dev/null 2>&1
    printf 'GET / HTTP/1.0\r\n\r\n' | $client -tls1_2 -sess_in session >/dev/null 2>&1
    printf 'GET / HTTP/1.0\r\n\r\n' | $client -groups P-384 >/dev/null 2>&1
  done
  finish
}

mqtt-broker() {
  serve mqtt-broker 18883 mosquitto -c inputs/broker.conf
  local port=18883 i subscribers=()
  for i in $(seq 6); do
    mosquitto_sub -p $port -q $((i % 3)) -t "plant/+/$i" -t 'all/#' -W 60 >/dev/null 2>&1 &
    subscribers+=($!)
  done
  sleep 0.5
  for i in $(seq 30); do
    mosquitto_pub -p $port -q $((i % 3)) -r -t "plant/$((i % 5))/$((i % 6 + 1))" -m "{\"reading\": $((i * 37 % 1000))}"
    mosquitto_pub -p $port -q 1 -t "all/news/$i" -m "$(head -c $((i * 40)) inputs/rpn.c)"
    seq 40 | mosquitto_pub -p $port -q $((i % 2)) -l -t "plant/line/$((i % 6 + 1))"
  done
  sleep 0.5
  kill "${subscribers[@]}" 2>/dev/null || true
  sleep 0.3
  finish
}

web-server() {
  serve web-server 18080 nginx -p . -c inputs/web.conf
  local site=http://127.0.0.1:18080
  ab -q -n 300 -c 4 "$site/inputs/" >/dev/null
  ab -q -n 300 -c 4 -k "$site/inputs/station.lua" >/dev/null
  ab -q -n 300 -c 4 -H 'Accept-Encoding: gzip' "$site/inputs/shop.sql" >/dev/null
  ab -q -n 200 -c 4 "$site/old/index.lua" >/dev/null
  ab -q -n 200 -c 4 "$site/api/report.jq" >/dev/null
  ab -q -n 200 -c 4 "$site/missing" >/dev/null
  finish
}

# The compiler proper; the command gcc only starts it.
cc1-compile() { record cc1-compile "$(gcc -print-prog-name=cc1)" -quiet inputs/rpn.c -o rpn.s -O1; }
bash-words() { record bash-words bash inputs/words.sh; }

# Python's own allocator would hide the small objects.
python-json() {
  PYTHONMALLOC=malloc PYTHONHASHSEED=0 record python-json /usr/bin/python3 -S -B inputs/invoices.py
}

picture-cards() {
  bash inputs/cards.sh >cards.txt
  OMP_NUM_THREADS=1 record picture-cards gm batch -echo off cards.txt
}

for name in "${names[@]}"; do
  "$name"
done
