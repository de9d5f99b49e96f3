#!/usr/bin/python3
"""Break the product on purpose, one promise at a time, and see that a test notices.

usage: /usr/bin/python3 tests/Mutants/run.py [--only TEXT] [--check]
example: make mutants        make mutants ONLY=FaceCrop

Each entry of mutants.json names a promise, a file, the line that keeps it, what that line becomes, and the tests that must fail then
(a filter of `dotnet test`). All is done in copies of the working tree. First every named test runs on the unbroken copy and must pass;
then each mutant's project is compiled and the mutant's tests run. A mutant that does not build, whose line is not found exactly once, or whose tests
fail unbroken, proves nothing and counts as not killed. --check looks only at the lines, builds nothing (a second).

Prints a line for each mutant, writes them to artifacts/mutants.txt; exit code 1 if one is not killed.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.normpath(os.path.join(HERE, '..', '..'))
LEAST = 20
"""Issue's own number: eight that once survived and twelve more."""

TEST_SECONDS = 100
"""Twice what the slowest filter takes on two busy cores; a mutant that hangs its tests is found out by this."""

COPIES = 3
"""Of the working tree, each with one mutant at a time: one more than cores, since some of the broken only wait."""

COMPILER = f'picket-mutants-{os.getpid()}'
"""A compiler that stays for this run alone: begun anew for each mutant, it spends most of its time on beginning."""

PLAIN = ['-p:EnforceCodeStyleInBuild=false', '-p:RunAnalyzers=false', '-p:TreatWarningsAsErrors=false']
"""Style is no promise."""

ARGUMENTS = '.arguments'

ENVIRONMENT = {**os.environ, 'DOTNET_CLI_TELEMETRY_OPTOUT': '1', 'DOTNET_NOLOGO': '1', 'DOTNET_CLI_USE_MSBUILD_SERVER': '0', 'MSBUILDDISABLENODEREUSE': '1'}
CLOSING = re.compile(r'(?:Passed|Failed)! +- Failed: +(\d+), Passed: +(\d+)')


class Mutant(NamedTuple):
    """`line` stands once in `file` and becomes `broken`; `tests` is a filter of dotnet test."""
    promise: str
    file: str
    line: str
    broken: str
    tests: str


class Outcome(NamedTuple):
    failed: int
    passed: int
    hung: bool
    word: str = ''
    """The last line of a run that did not come to its end."""


def say(text: str) -> None:
    print(f'mutants: {text}', file=sys.stderr, flush=True)


def load() -> list[Mutant]:
    with open(os.path.join(HERE, 'mutants.json'), encoding='utf-8') as file:
        return [Mutant(**entry) for entry in json.load(file)]


def fault_of(mutant: Mutant, root: str) -> str | None:
    """Why the mutant can't be made, or None."""
    path = os.path.join(root, mutant.file)
    if not os.path.exists(path):
        return f'{mutant.file} is not there'
    count = open(path, encoding='utf-8').read().count(mutant.line)
    if mutant.line == mutant.broken:
        return 'changes nothing'
    return None if count == 1 else f'its line stands {count} times in {mutant.file}, not once'


def copy_tree(place: str) -> str:
    """The working tree without what git ignores; what was installed and packed is linked."""
    root = os.path.join(place, 'main')
    listed = subprocess.run(['git', 'ls-files', '-coz', '--exclude-standard'], cwd=REPOSITORY, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split('\0')):
        source = os.path.join(REPOSITORY, name)
        if not os.path.isfile(source):
            continue
        target = os.path.join(root, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target)
    os.symlink(os.path.realpath(os.path.join(REPOSITORY, 'models', 'node_modules')), os.path.join(root, 'models', 'node_modules'))
    os.makedirs(os.path.join(root, 'artifacts'))
    for name in ('models', 'bin', 'lib'):
        os.symlink(os.path.join(REPOSITORY, 'artifacts', name), os.path.join(root, 'artifacts', name))
    shared = os.path.join(REPOSITORY, '..', 'shared')
    if os.path.isdir(shared):
        os.symlink(os.path.realpath(shared), os.path.join(place, 'shared'))
    return root


def first_error(run: subprocess.CompletedProcess[str]) -> str | None:
    if run.returncode == 0:
        return None
    errors = [line for line in run.stdout.splitlines() if 'error ' in line]
    return errors[0].split('error ', 1)[-1].split(' [')[0] if errors else 'the build failed'


def twin_of(root: str, place: str) -> str:
    """Another copy, built as the first; what its projects refer to beside their own files is the first one's, which stays whole."""
    twin = os.path.join(place, 'main')
    shutil.copytree(os.path.dirname(root), place, symlinks=True)
    return twin


def build(root: str, project: str) -> str | None:
    """None, or the first error."""
    return first_error(subprocess.run(
        ['dotnet', 'build', project, '-c', 'Release', '-v', 'q', '--nologo', f'-p:SharedCompilationId={COMPILER}', *PLAIN],
        cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False))


def compiler(name: str) -> str:
    """A program of the SDK's compiler."""
    listed = subprocess.run(['dotnet', '--version'], cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    home = os.path.dirname(os.path.realpath(shutil.which('dotnet') or 'dotnet'))
    return os.path.join(home, 'sdk', listed.stdout.strip(), 'Roslyn', 'bincore', name)


def write_arguments(root: str, project: str) -> None:
    """Beside the project, what `dotnet build` gives to the compiler for it: to plan a build takes longer than to compile."""
    asked = subprocess.run(
        ['dotnet', 'msbuild', project, '-t:Build', '-p:Configuration=Release', '-p:BuildProjectReferences=false',
         '-p:SkipCompilerExecution=true', '-p:ProvideCommandLineArgs=true', '-p:NonExistentFile=none', *PLAIN,
         '-getItem:CscCommandLineArgs'],
        cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    arguments = [item['Identity'] for item in json.loads(asked.stdout)['Items']['CscCommandLineArgs']]
    with open(os.path.join(root, project) + ARGUMENTS, 'w', encoding='utf-8') as file:
        file.write('\n'.join(argument for argument in arguments if argument != '/noconfig'))


def compile_again(project: str) -> str | None:
    """None, or the first error."""
    return first_error(subprocess.run(
        ['dotnet', compiler('csc.dll'), '/noconfig', f'/shared:{COMPILER}', f'@{project}{ARGUMENTS}'],
        cwd=os.path.dirname(project), env=ENVIRONMENT, capture_output=True, text=True, check=False))


def end_compiler() -> None:
    """Ends the one that `build` began."""
    subprocess.run(
        ['dotnet', compiler('VBCSCompiler.dll'), '-shutdown', f'-pipename:{COMPILER}'], env=ENVIRONMENT, capture_output=True, check=False)


class Project(NamedTuple):
    """What one project builds: the assembly beside the tests, and its surface, against which they were compiled."""
    file: str
    built: str
    loaded: str
    surface: str

    @staticmethod
    def of(root: str, file: str) -> Project:
        project = os.path.join(root, project_of(root, file))
        output = os.path.join(os.path.dirname(project), 'obj', 'Release', 'net10.0')
        (reference,) = os.listdir(os.path.join(output, 'ref'))
        return Project(project, os.path.join(output, reference), os.path.join(root, 'tests', 'bin', 'Release', 'net10.0', reference),
                       os.path.join(output, 'refint', reference))


def project_of(root: str, file: str) -> str:
    """From the root."""
    folder = os.path.dirname(file)
    while not (found := [name for name in os.listdir(os.path.join(root, folder)) if name.endswith('.csproj')]):
        folder = os.path.dirname(folder)
    return os.path.join(folder, found[0])


def bytes_of(path: str) -> bytes:
    with open(path, 'rb') as file:
        return file.read()


def test(root: str, tests: str, seconds: float = TEST_SECONDS, stop: bool = True) -> Outcome:
    program = subprocess.Popen(
        ['dotnet', 'vstest', 'tests/bin/Release/net10.0/Picket.Tests.dll', f'--TestCaseFilter:{tests}', '--logger:console;verbosity=minimal',
         # The first test that notices is enough.
         '--', f'xUnit.StopOnFail={"true" if stop else "false"}'],
        cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = program.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
        return Outcome(0, 0, True)
    closing = CLOSING.search(output)
    if closing:
        return Outcome(int(closing[1]), int(closing[2]), False)
    return Outcome(0, 0, False, (output.strip().splitlines() or ['it said nothing'])[-1])


def kill(mutant: Mutant, root: str) -> str | None:
    """None when the tests notice, else why not. Only the broken project is compiled, and put beside the tests."""
    path = os.path.join(root, mutant.file)
    project = Project.of(root, mutant.file)
    whole, loaded, built, surface = bytes_of(path), bytes_of(project.loaded), bytes_of(project.built), bytes_of(project.surface)
    try:
        with open(path, 'wb') as file:
            file.write(whole.replace(mutant.line.encode(), mutant.broken.encode()))
        if error := compile_again(project.file):
            return f'it does not build ({error})'
        if bytes_of(project.surface) != surface:
            return 'it changes what the tests were compiled against'
        if bytes_of(project.built) == built:
            return 'the program is the same'
        shutil.copyfile(project.built, project.loaded)
        outcome = test(root, mutant.tests)
        if outcome.word:
            say(f'{mutant.file.rsplit("/", 1)[-1]}: the run did not come to its end, once more ({outcome.word})')
            outcome = test(root, mutant.tests)
        if outcome.word:
            return f'the run does not come to its end ({outcome.word})'
        # A test that waits for what never comes has noticed as well: unbroken, it ended in time.
        return None if outcome.failed > 0 or outcome.hung else f'{outcome.passed} tests pass all the same'
    finally:
        for kept, to in ((whole, path), (loaded, project.loaded), (built, project.built), (surface, project.surface)):
            with open(to, 'wb') as file:
                file.write(kept)


def kill_in_turn(mutant: Mutant, free: queue.SimpleQueue[str]) -> str | None:
    """`kill` in whichever copy is free."""
    root, begun = free.get(), time.monotonic()
    try:
        reason = kill(mutant, root)
    finally:
        free.put(root)
    say(f'{line_of(mutant, reason)[len("bound: mutant "):]} ({time.monotonic() - begun:.0f} s)')
    return reason


def line_of(mutant: Mutant, reason: str | None) -> str:
    return f'bound: mutant {mutant.file.rsplit("/", 1)[-1]}, {mutant.promise}: {"killed: held" if reason is None else reason + ": MISSED"}'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default='', help='mutants whose promise, file or tests hold this text')
    parser.add_argument('--check', action='store_true', help='only that each line is there once')
    options = parser.parse_args()
    everything = load()
    chosen = [m for m in everything if any(options.only in part for part in (m.promise, m.file, m.tests))]
    if not chosen:
        sys.exit(f"mutants: none holds '{options.only}'")
    faults = {m: fault_of(m, REPOSITORY) for m in chosen}
    if options.check:
        for mutant, fault in faults.items():
            if fault:
                print(f'{mutant.promise}: {fault}')
        return 1 if any(faults.values()) else 0

    place = tempfile.mkdtemp(prefix='picket-mutants-')
    try:
        whole = copy_tree(os.path.join(place, '0'))
        say('building the unbroken copy')
        if error := build(whole, 'tests/Picket.Tests.csproj'):
            sys.exit(f'mutants: the unbroken copy does not build: {error}')
        projects = sorted({project_of(whole, mutant.file) for mutant in chosen if not faults[mutant]})
        for project in projects:
            write_arguments(whole, project)
        roots = [whole] + [twin_of(whole, os.path.join(place, str(i))) for i in range(1, min(COPIES, len(chosen)))]
        for project in (os.path.join(root, project) for root in roots for project in projects):
            # By the same way and in the same place as the broken ones, to be compared with them.
            if error := compile_again(project):
                sys.exit(f'mutants: the unbroken {project} does not build: {error}')
        with concurrent.futures.ThreadPoolExecutor(len(roots)) as workers:
            unbroken = test(roots[0], '|'.join(dict.fromkeys(m.tests for m in chosen)), len(chosen) * TEST_SECONDS, stop=False)
            if unbroken.failed or unbroken.hung or not unbroken.passed:
                sys.exit(f'mutants: the named tests of the unbroken copy do not pass: {unbroken.failed} fail, {unbroken.passed} pass'
                         + (', and they did not end in time' if unbroken.hung else ''))
            say(f'{unbroken.passed} tests pass on the unbroken copy')
            free: queue.SimpleQueue[str] = queue.SimpleQueue()
            for root in roots:
                free.put(root)
            reasons = list(workers.map(lambda mutant: faults[mutant] or kill_in_turn(mutant, free), chosen))
    finally:
        end_compiler()
        shutil.rmtree(place, ignore_errors=True)
    killed = reasons.count(None)
    lines = [line_of(mutant, reason) for mutant, reason in zip(chosen, reasons)]
    least = LEAST if not options.only else len(chosen)
    enough = killed == len(chosen) and killed >= least
    lines.append(f'bound: mutants killed: {killed} of {len(chosen)}, at least {least} and all: {"held" if enough else "MISSED"}')
    os.makedirs(os.path.join(REPOSITORY, 'artifacts'), exist_ok=True)
    with open(os.path.join(REPOSITORY, 'artifacts', 'mutants.txt'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')
    print('\n'.join(lines))
    return 0 if enough else 1


if __name__ == '__main__':
    sys.exit(main())
