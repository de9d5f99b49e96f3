#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL on a socket in a folder of its own; the command finds it in $PICKET_DATABASE.
# usage: bench/postgres.sh COMMAND...
# example: bench/postgres.sh sh -c 'bench/bin/Release/net10.0/Picket.Bench nodes --database "$PICKET_DATABASE"'
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] || { echo "bench: no PostgreSQL under /usr/lib/postgresql; install the package postgresql" >&2; exit 3; }
folder=$(mktemp -d /tmp/picket-bench-pg-XXXXXX)
as=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
  chown postgres: "$folder"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
server=
end() {
  [ -z "$server" ] || { kill -QUIT "$server" 2>/dev/null && wait "$server" || true; }
  rm -rf "$folder"
}
trap end EXIT
(cd "$folder" && "${as[@]}" "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null)
(cd "$folder" && exec "${as[@]}" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c shared_buffers=256MB \
  -c max_wal_size=2GB >"$folder/log" 2>&1) &
server=$!
for _ in $(seq 200); do
  "$programs/pg_isready" -q -h "$folder" -U postgres && break
  sleep 0.1
done
export PICKET_DATABASE="Host=$folder;Username=postgres;Database=postgres"
"$@"
