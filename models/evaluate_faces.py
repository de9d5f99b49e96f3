#!/usr/bin/python3
"""Measure faces: runs the scorer on the shared test pictures and holds its figures against their bounds.

usage: /usr/bin/python3 models/evaluate_faces.py [--data ../shared/data] [--scorer ../shared/tools/score_faces.py]
example: make eval-faces

Prints a line for each figure with its bound, writes them to artifacts/eval-faces.txt and the scorer's JSON to artifacts/eval-faces.json;
exit code 1 if a bound is missed.
"""
import argparse
import json
import os
import subprocess
import sys

from bounds import Bounds

REPOSITORY = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
ARTIFACTS = os.path.join(REPOSITORY, 'artifacts')

# The bars of models/RESULTS.md; the open-set ones leave a tenth for the noise of one more or one less of 300 probes.
AT_LEAST = {'accuracy': 0.992, 'tar@0.001': 0.978, 'tar@0.0001': 0.960}
FNIR = {'one_picture': 0.049, 'three_pictures': 0.0225}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', default=os.path.join(REPOSITORY, '..', 'shared', 'data'))
    parser.add_argument('--scorer', default=os.path.join(REPOSITORY, '..', 'shared', 'tools', 'score_faces.py'))
    options = parser.parse_args()
    folder = os.path.join(options.data, 'faces', 'verify')
    for needed in (os.path.join(folder, 'pairs.csv'), options.scorer):
        if not os.path.exists(needed):
            sys.exit(f'evaluate_faces: {needed} is not there; name the pictures with --data, the scorer with --scorer')
    print('eval-faces: 4,029 pictures, about a minute and a half', file=sys.stderr, flush=True)
    run = subprocess.run([sys.executable, options.scorer, folder], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    if run.returncode != 0 or not run.stdout.strip():
        sys.exit(f'evaluate_faces: the scorer failed: {(run.stderr or run.stdout).strip()[-400:]}')
    line = run.stdout.strip().splitlines()[-1]
    with open(os.path.join(ARTIFACTS, 'eval-faces.json'), 'w', encoding='utf-8') as file:
        file.write(line + '\n')
    figures = json.loads(line)
    print(line)
    bounds = Bounds()
    for name, bound in AT_LEAST.items():
        bounds.at_least(f'faces: {name}', figures[name], bound)
    bounds.at_most('faces: pictures without an embedding', figures['failed'], 0)
    for name, bound in FNIR.items():
        bounds.at_most(f'faces: fnir@0.01, {name}', figures[name]['fnir@0.01'], bound)
    return bounds.finish(os.path.join(ARTIFACTS, 'eval-faces.txt'))


if __name__ == '__main__':
    sys.exit(main())
