#!/usr/bin/env bash
# Runs the site's broker with its refusals in the log (standard error): denied publishes, subscriptions, refused certificates.
# mosquitto tells of a denied publish only among its debug lines, four for every message (16 microseconds of its processor time, 350 bytes);
# what belongs to messages that were let through is left out here. exec: the process is mosquitto itself, to signals and to its pid file.
# usage: packaging/broker.sh /var/lib/picket-center/broker/mosquitto.conf
set -euo pipefail
exec "${MOSQUITTO:-/usr/sbin/mosquitto}" -v -c "$1" \
  2> >(exec grep --line-buffered -Ev '^[0-9T:-]+: ((Received|Sending) |No will message|Will message specified|	)' >&2)
