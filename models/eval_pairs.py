#!/usr/bin/python3
"""Score `picket embed` on a folder with pairs.csv (path_a, path_b, same). usage, from the repository's root: /usr/bin/python3 models/eval_pairs.py FOLDER

Prints one JSON line: pairs, pictures without an embedding, area under the ROC curve, accuracy at the card's verifyCosine.
"""
import csv
import json
import os
import subprocess
import sys

root = sys.argv[1]
with open('models/cards/face-embed.json', encoding='utf-8') as file:
    threshold = json.load(file)['parameters']['verifyCosine']
with open(os.path.join(root, 'pairs.csv'), encoding='utf-8') as file:
    pairs = [(row['path_a'], row['path_b'], row['same'] == '1') for row in csv.DictReader(file)]
paths = sorted({path for pair in pairs for path in pair[:2]})
run = subprocess.run(['artifacts/bin/picket', 'embed', '--jsonl', *[os.path.join(root, path) for path in paths]], capture_output=True, text=True, check=False)
faces = {}
for line in run.stdout.splitlines():
    found = json.loads(line)
    if 'embedding' in found:
        faces[os.path.relpath(found['source'], root)] = found['embedding']
scores = [(sum(x * y for x, y in zip(faces[a], faces[b])), same) for a, b, same in pairs if a in faces and b in faces]
genuine = [score for score, same in scores if same]
impostor = [score for score, same in scores if not same]
if not genuine or not impostor:
    sys.exit(f'eval_pairs: nothing to compare in {root}: {run.stderr.strip()}')
above = sum((g > i) + 0.5 * (g == i) for g in genuine for i in impostor)
right = sum((score >= threshold) == same for score, same in scores)
print(json.dumps({'pairs': len(scores), 'failed': len(paths) - len(faces), 'auc': round(above / (len(genuine) * len(impostor)), 5), 'accuracy': round(right / len(scores), 4), 'verifyCosine': threshold}))
