#!/usr/bin/env python3
"""Compares a node's outbox with the center's database, by SQL alone, and shares no code with either.

usage: verify-delivery.py OUTBOX.db CENTER.db NODE [--accepted JOURNAL] [--json]
example: verify-delivery.py /var/lib/picket/outbox.db /var/lib/picket-center/center.db node-1

CENTER.db may also be the address of a PostgreSQL database, as psql takes it: postgresql:///picket?host=/run/postgresql (psql has to be installed).

With --accepted it reads a third witness as well: the journal in which a node under test (tests/Faults) writes down, synced, each event after the outbox
has accepted it, a JSON object a line. No two bodies in it are alike, so that an event which is stored under two ids is found, too.

Exit code 0: what the center holds of the node is exactly what the outbox holds: every event once, numbers without holes, one row per passage with the
last revision, every crop byte for byte. 1: it is not (each difference is a line). 2: a file could not be read.
Run it while the node keeps what was acknowledged (outbox.keepAckedDays); both files are opened read-only.
"""
import argparse
import csv
import hashlib
import io
import json
import sqlite3
import subprocess
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
          SELECT p.passage, (SELECT count(*) FROM center.passage c WHERE c.node = :node AND c.passage = octets(p.passage)) AS rows
          FROM (SELECT DISTINCT replace(json_extract(CAST(body AS TEXT), '$.passage'), '-', '') AS passage FROM outbox) p WHERE p.passage IS NOT NULL)
        WHERE rows <> 1"""),
    ("passages shown with an old revision", """
        SELECT p.passage || ': rev ' || c.rev || ' of ' || p.rev
        FROM (SELECT replace(json_extract(CAST(body AS TEXT), '$.passage'), '-', '') AS passage, max(json_extract(CAST(body AS TEXT), '$.rev')) AS rev FROM outbox GROUP BY 1) p
        JOIN center.passage c ON c.node = :node AND c.passage = octets(p.passage) WHERE c.rev <> p.rev"""),
    ("crops lost or different", "SELECT lower(hex(o.id)) FROM crop o LEFT JOIN center.crop c ON c.id = o.id WHERE c.jpeg IS NOT o.jpeg"),
]
COUNTS = {
    "events": "SELECT count(*) FROM outbox",
    "passages": "SELECT count(DISTINCT json_extract(CAST(body AS TEXT), '$.passage')) FROM outbox",
    "crops": "SELECT count(*) FROM crop",
    "stored": "SELECT count(*) FROM center.message WHERE node = :node",
}
# With a journal. accepted(id, epoch, seq, passage, rev, text, crop, sha256) and stored(id, seq, text), where text is the body with its keys sorted.
JOURNAL_CHECKS = [
    ("accepted events lost", "SELECT 'seq ' || a.seq FROM accepted a LEFT JOIN stored s ON s.id = a.id WHERE s.id IS NULL"),
    ("accepted events stored with another body", "SELECT 'seq ' || a.seq FROM accepted a JOIN stored s ON s.id = a.id WHERE s.text <> a.text"),
    ("accepted events stored under another number", "SELECT 'seq ' || a.seq FROM accepted a JOIN center.message m ON m.id = a.id WHERE m.seq <> a.seq OR m.epoch <> a.epoch"),
    ("accepted events no longer in the outbox", "SELECT 'seq ' || a.seq FROM accepted a LEFT JOIN outbox o ON o.id = a.id WHERE o.id IS NULL"),
    ("bodies stored more than once", "SELECT 'seq ' || group_concat(seq) FROM stored GROUP BY text HAVING count(*) > 1"),
    ("accepted events twice in the journal", "SELECT 'seq ' || seq FROM accepted GROUP BY id HAVING count(*) > 1"),
    ("accepted passages without exactly one row", """
        SELECT lower(hex(passage)) FROM (SELECT DISTINCT passage FROM accepted WHERE passage IS NOT NULL) a
        WHERE (SELECT count(*) FROM center.passage c WHERE c.node = :node AND c.passage = a.passage) <> 1"""),
    ("accepted passages shown with an old revision", """
        SELECT lower(hex(a.passage)) FROM (SELECT passage, max(rev) AS rev FROM accepted GROUP BY passage) a
        JOIN center.passage c ON c.node = :node AND c.passage = a.passage WHERE c.rev < a.rev"""),
    ("accepted crops lost or different", "SELECT lower(hex(a.crop)) FROM accepted a LEFT JOIN center.crop c ON c.id = a.crop WHERE a.crop IS NOT NULL AND sha256(c.jpeg) IS NOT a.sha256"),
    ("events that claim another one's place", "SELECT 'seq ' || seq FROM center.conflict WHERE node = :node"),
]
# What of all these is a loss and what a double; the rest is wrong as well, but neither.
LOST = {"events lost", "accepted events lost", "accepted events no longer in the outbox", "crops lost or different", "accepted crops lost or different"}
TWICE = {"events that the node never made", "bodies stored more than once", "accepted events twice in the journal", "events that claim another one's place"}
SHOWN = 5  # lines a check prints at most; the count is always whole


# What the checks need of the center's tables; ids as hexadecimal text.
POSTGRES = {
    "message": ("id epoch passage", "seq rev", "node body"),
    "passage": ("passage", "rev", "node"),
    "crop": ("id jpeg", "", ""),
    "conflict": ("", "seq", "node"),
}


def attach_postgres(db, address):
    """Copies what the checks need of a PostgreSQL database into one in memory, under the name that they use."""
    db.execute("ATTACH ':memory:' AS center")
    for table, (octets, numbers, texts) in POSTGRES.items():
        hexes = [f"translate(encode({'jpeg' if name == 'jpeg' else f'uuid_send({name})'}, 'hex'), chr(10), '')" for name in octets.split()]
        sql = f"COPY (SELECT {', '.join(hexes + numbers.split() + texts.split())} FROM {table}) TO STDOUT WITH (FORMAT csv)"
        psql = subprocess.run(["psql", "-X", "-q", "-d", address, "-c", sql], capture_output=True, text=True)
        if psql.returncode != 0:
            raise OSError(f"psql: {psql.stderr.strip()}")
        csv.field_size_limit(1 << 24)
        names = octets.split() + numbers.split() + texts.split()
        db.execute(f"CREATE TABLE center.{table}({', '.join(names)})")
        first_text = len(octets.split())
        last_number = first_text + len(numbers.split())
        db.executemany(
            f"INSERT INTO center.{table} VALUES ({', '.join('?' * len(names))})",
            [[bytes.fromhex(v) if v else None for v in row[:first_text]] + [int(v) for v in row[first_text:last_number]] + row[last_number:]
             for row in csv.reader(io.StringIO(psql.stdout, newline=""))])
    db.execute("CREATE INDEX center.message_id ON message(id)")
    db.execute("CREATE INDEX center.passage_id ON passage(passage)")


def octets(guid):
    return bytes.fromhex(guid.replace("-", "")) if guid else None


def read_journal(db, path, node):
    """Makes the tables of the journal's checks; returns how many events were accepted."""
    sort = lambda text: json.dumps(json.loads(text), sort_keys=True)
    db.create_function("sha256", 1, lambda octets: hashlib.sha256(octets).hexdigest() if octets is not None else None)
    db.execute("CREATE TEMP TABLE accepted(id, epoch, seq, passage, rev, text, crop, sha256)")
    db.execute("CREATE TEMP TABLE stored(id PRIMARY KEY, seq, text)")
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:  # cut by a kill while it was written: not accepted yet
                continue
            db.execute("INSERT INTO accepted VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
                octets(event["id"]), octets(event["epoch"]), event["seq"], octets(event.get("passage")), event["rev"],
                json.dumps(event["body"], sort_keys=True), octets(event.get("crop")), event.get("sha256")))
    db.executemany(
        "INSERT INTO stored VALUES (?, ?, ?)",
        [(id, seq, sort(body)) for id, seq, body in db.execute("SELECT id, seq, body FROM center.message WHERE node = ?", (node,))])
    db.execute("CREATE INDEX temp.accepted_id ON accepted(id)")
    db.execute("CREATE INDEX temp.stored_text ON stored(text)")
    return db.execute("SELECT count(*) FROM accepted").fetchone()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("outbox")
    parser.add_argument("center")
    parser.add_argument("node")
    parser.add_argument("--accepted", metavar="JOURNAL")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        db = sqlite3.connect(f"file:{args.outbox}?mode=ro", uri=True)
        db.create_function("octets", 1, octets, deterministic=True)
        if args.center.startswith("postgresql:"):
            attach_postgres(db, args.center)
        else:
            db.execute("ATTACH ? AS center", (f"file:{args.center}?mode=ro",))
        rows = lambda sql: [r[0] for r in db.execute(sql, {"node": args.node} if ":node" in sql else {})]
        counts = {name: rows(sql)[0] for name, sql in COUNTS.items()}
        checks = CHECKS
        if args.accepted:
            db.execute("PRAGMA temp_store = MEMORY")
            counts["accepted"] = read_journal(db, args.accepted, args.node)
            checks = CHECKS + JOURNAL_CHECKS
        found = {name: rows(sql) for name, sql in checks}
    except (sqlite3.Error, OSError) as error:
        print(f"verify-delivery: can't read {args.outbox} and {args.center}: {error}", file=sys.stderr)
        return 2
    wrong = {name: lines for name, lines in found.items() if lines}
    if args.json:
        # Several checks may find the same event: the largest count is the least that is wrong.
        lost, twice = (max([len(lines) for name, lines in wrong.items() if name in names], default=0) for names in (LOST, TWICE))
        differences = {name: len(lines) for name, lines in wrong.items()}
        print(json.dumps({**counts, "exact": not wrong, "lost": lost, "twice": twice, "differences": differences}))
    else:
        print(", ".join(f"{value} {name}" for name, value in counts.items()))
        for name, lines in wrong.items():
            print(f"{name}: {len(lines)} ({', '.join(map(str, lines[:SHOWN]))}{', ...' if len(lines) > SHOWN else ''})")
        print("exact: every event once" if not wrong else "NOT exact")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
