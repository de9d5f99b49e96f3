#!/usr/bin/env python3
"""The judge of the power-loss test: shares no code with the node, reads by SQL alone.

usage: verify-power.py JOURNAL < LINES
Each line of standard input is FOLDER, a tab, and how many bytes of the journal had been written when the power went. FOLDER/outbox.db was opened (and so
recovered) by the product since. Answers each line with how many of the events accepted until then are missing or different in it.
"""
import json
import sqlite3
import sys


def main():
    with open(sys.argv[1], "rb") as file:
        journal = file.read()
    accepted, ends, at = [], [], 0
    for line in journal.splitlines(keepends=True):
        at += len(line)
        if not line.strip():  # ends what a kill may have cut
            continue
        event = json.loads(line)
        accepted.append((bytes.fromhex(event["id"].replace("-", "")), event["seq"], json.dumps(event["body"], sort_keys=True)))
        ends.append(at)
    for line in sys.stdin:
        folder, written = line.rstrip("\n").split("\t")
        count = sum(1 for end in ends if end <= int(written))
        try:
            db = sqlite3.connect(f"file:{folder}/outbox.db?mode=ro", uri=True)
            there = {id: (seq, body) for id, seq, body in db.execute("SELECT id, seq, CAST(body AS TEXT) FROM outbox")}
            db.close()
        except sqlite3.Error as error:
            print(f"{count} (unreadable: {error})", flush=True)
            continue
        missing = 0
        for id, seq, body in accepted[:count]:
            found = there.get(id)
            if found is None or found[0] != seq or json.dumps(json.loads(found[1])["body"], sort_keys=True) != body:
                missing += 1
        print(missing, flush=True)


main()
