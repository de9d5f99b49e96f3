#!/usr/bin/env python3
"""Compares a node's outbox with the center's database, by SQL alone, and shares no code with either.

usage: verify-delivery.py OUTBOX.db CENTER.db NODE [--json]
example: verify-delivery.py /var/lib/picket/outbox.db /var/lib/picket-center/center.db node-1

Exit code 0: what the center holds of the node is exactly what the outbox holds: every event once, numbers without holes, one row per passage with the
last revision, every crop byte for byte. 1: it is not (each difference is a line). 2: a file could not be read.
Run it while the node keeps what was acknowledged (outbox.keepAckedDays); both files are opened read-only.
"""
import argparse
import json
import sqlite3
import sys

# (what it finds, what a row of it means); each gives no row when all is well.
CHECKS = [
    ("events lost", "SELECT 'seq ' || o.seq FROM outbox o LEFT JOIN center.message m ON m.id = o.id WHERE m.id IS NULL"),
    ("events acknowledged but not stored", "SELECT 'seq ' || o.seq FROM outbox o LEFT JOIN center.message m ON m.id = o.id WHERE o.acked_at IS NOT NULL AND m.id IS NULL"),
    ("events not acknowledged", "SELECT 'seq ' || seq FROM outbox WHERE acked_at IS NULL"),
    ("events that the node never made", "SELECT 'seq ' || m.seq FROM center.message m LEFT JOIN outbox o ON o.id = m.id WHERE m.node = :node AND m.epoch = (SELECT value FROM meta WHERE key = 'epoch') AND o.id IS NULL"),
    ("events under another number or node", "SELECT 'seq ' || o.seq || ' stored as ' || m.seq FROM outbox o JOIN center.message m ON m.id = o.id WHERE m.seq <> o.seq OR m.node <> :node OR m.epoch <> (SELECT value FROM meta WHERE key = 'epoch')"),
    ("holes in the outbox's numbers", "SELECT 'after seq ' || seq FROM (SELECT seq, lead(seq) OVER (ORDER BY seq) AS next FROM outbox) WHERE next <> seq + 1 UNION ALL SELECT 'begins at ' || min(seq) FROM outbox HAVING min(seq) <> 1"),
    ("holes in the center's numbers", "SELECT 'after seq ' || seq FROM (SELECT seq, lead(seq) OVER (ORDER BY seq) AS next FROM center.message WHERE node = :node AND epoch = (SELECT value FROM meta WHERE key = 'epoch')) WHERE next <> seq + 1"),
    ("bodies that differ", "SELECT 'seq ' || o.seq FROM outbox o JOIN center.message m ON m.id = o.id WHERE json(json_extract(CAST(o.body AS TEXT), '$.body')) <> json(m.body) OR json_extract(CAST(o.body AS TEXT), '$.rev') <> m.rev"),
    ("passages without exactly one row", """
        SELECT passage || ': ' || rows || ' rows' FROM (
          SELECT p.passage, (SELECT count(*) FROM center.passage c WHERE c.node = :node AND lower(hex(c.passage)) = p.passage) AS rows
          FROM (SELECT DISTINCT replace(json_extract(CAST(body AS TEXT), '$.passage'), '-', '') AS passage FROM outbox) p WHERE p.passage IS NOT NULL)
        WHERE rows <> 1"""),
    ("passages shown with an old revision", """
        SELECT p.passage || ': rev ' || c.rev || ' of ' || p.rev
        FROM (SELECT replace(json_extract(CAST(body AS TEXT), '$.passage'), '-', '') AS passage, max(json_extract(CAST(body AS TEXT), '$.rev')) AS rev FROM outbox GROUP BY 1) p
        JOIN center.passage c ON c.node = :node AND lower(hex(c.passage)) = p.passage WHERE c.rev <> p.rev"""),
    ("crops lost or different", "SELECT lower(hex(o.id)) FROM crop o LEFT JOIN center.crop c ON c.id = o.id WHERE c.jpeg IS NOT o.jpeg"),
]
COUNTS = {
    "events": "SELECT count(*) FROM outbox",
    "passages": "SELECT count(DISTINCT json_extract(CAST(body AS TEXT), '$.passage')) FROM outbox",
    "crops": "SELECT count(*) FROM crop",
    "stored": "SELECT count(*) FROM center.message WHERE node = :node",
}
SHOWN = 5  # lines a check prints at most; the count is always whole


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("outbox")
    parser.add_argument("center")
    parser.add_argument("node")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        db = sqlite3.connect(f"file:{args.outbox}?mode=ro", uri=True)
        db.execute("ATTACH ? AS center", (f"file:{args.center}?mode=ro",))
        rows = lambda sql: [r[0] for r in db.execute(sql, {"node": args.node} if ":node" in sql else {})]
        counts = {name: rows(sql)[0] for name, sql in COUNTS.items()}
        found = {name: rows(sql) for name, sql in CHECKS}
    except sqlite3.Error as error:
        print(f"verify-delivery: cannot read {args.outbox} and {args.center}: {error}", file=sys.stderr)
        return 2
    wrong = {name: lines for name, lines in found.items() if lines}
    if args.json:
        print(json.dumps({**counts, "exact": not wrong, "differences": {name: len(lines) for name, lines in wrong.items()}}))
    else:
        print(", ".join(f"{value} {name}" for name, value in counts.items()))
        for name, lines in wrong.items():
            print(f"{name}: {len(lines)} ({', '.join(map(str, lines[:SHOWN]))}{', ...' if len(lines) > SHOWN else ''})")
        print("exact: every event once" if not wrong else "NOT exact")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
