#!/usr/bin/python3
"""What happens when memory or disk fails, or the process is killed, at any moment.

fault.py BUILD SHIM FAULTS KILLS: FAULTS faults and KILLS kills over all verbs, at calls of the
libraries' that are spread evenly over each run (tests/fault/shim.c). After a fault a run either
ends with status 1 and one sentence, the old output untouched and nothing left beside it, or with
the undisturbed run's output. After a kill the output is the old or the new one, whole; the same
command (with --resume where the verb has it) then gives the undisturbed run's output.
Ends with "N passed, N failed".
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

BUILD, SHIM = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FAULTS, KILLS = int(sys.argv[3]), int(sys.argv[4])
OLD = b"what was there before\n"
TIMEOUT = 120
# What differs between any two runs: when they were, and sums over that.
VOLATILE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?|CHECKSUM= '\w{16}'")


class Verb:
    """A command; what it writes, by name, in a directory of its own; what goes on after a kill."""

    def __init__(self, name, arguments, outputs, resume=(), kill=True):
        self.name, self.arguments, self.outputs = name, arguments, outputs
        self.resume, self.kill = list(resume), kill

    def command(self, extra=()):
        return [os.path.join(BUILD, "skyclass"), self.name, *self.arguments, *extra]


def run(verb, directory, kind=None, at=0, how="fail", count=None, extra=()):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    if kind is not None:
        environment.update(LD_PRELOAD=SHIM, FAULT_KIND=kind, FAULT_AT=str(at), FAULT_HOW=how)
    if count is not None:
        environment["FAULT_COUNT"] = count
    done = subprocess.run(verb.command(extra), cwd=directory, env=environment, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=TIMEOUT)
    return done.returncode, done.stdout + done.stderr


def prepare(base, inputs, verb, old=True):
    directory = tempfile.mkdtemp(dir=base)
    for name in os.listdir(inputs):
        os.symlink(os.path.join(inputs, name), os.path.join(directory, name))
    for output in verb.outputs if old else ():
        with open(os.path.join(directory, output), "wb") as file:
            file.write(OLD)
    return directory


def contents(directory, verb):
    found = {}
    for output in verb.outputs:
        path = os.path.join(directory, output)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found[output] = VOLATILE.sub(b"", file.read())
    return found


def strangers(directory, inputs, verb):
    """Files that are neither input nor output."""
    return sorted(set(os.listdir(directory)) - set(os.listdir(inputs)) - set(verb.outputs))


def after_fault(status, text, got, wanted, verb, left):
    """What is wrong, or None."""
    if status == 0:
        return None if got == wanted else "status 0 and another output"
    if status != 1:
        return f"status {status}"
    if "while executing" in text or len(text.strip()) < 15:
        return "no sentence: " + text.strip()[:300]
    # Of several outputs those that were finished before may be new.
    for name, value in got.items():
        if value not in (OLD, wanted.get(name)):
            return f"{name} is neither old nor new"
    return f"left over: {left}" if left else None


def fault(base, inputs, verb, wanted, kind, at):
    directory = prepare(base, inputs, verb)
    try:
        status, text = run(verb, directory, kind, at)
        wrong = after_fault(status, text, contents(directory, verb), wanted, verb,
                            strangers(directory, inputs, verb))
    except subprocess.TimeoutExpired:
        wrong = "hangs"
    shutil.rmtree(directory)
    return wrong and f"{verb.name}: {kind} {at}: {wrong}"


def kill(base, inputs, verb, wanted, at):
    directory = prepare(base, inputs, verb)
    wrong = None
    try:
        status, text = run(verb, directory, "write", at, "kill")
        got = contents(directory, verb)
        if status not in (-signal.SIGKILL, 128 + signal.SIGKILL, 0):
            wrong = f"status {status}: {text[:200]}"
        elif any(value not in (OLD, wanted[name]) for name, value in got.items()):
            wrong = "an output is neither old nor new"
        else:
            status, text = run(verb, directory, extra=verb.resume)
            left = strangers(directory, inputs, verb)
            if status != 0 or contents(directory, verb) != wanted:
                wrong = f"again: status {status}, another output: {text[:200]}"
            elif left:
                wrong = f"again: left over: {left}"
    except subprocess.TimeoutExpired:
        wrong = "hangs"
    shutil.rmtree(directory)
    return wrong and f"{verb.name}: kill at write {at}: {wrong}"


def make_inputs(inputs):
    def skyclass(*arguments):
        subprocess.run([os.path.join(BUILD, "skyclass"), *arguments], cwd=inputs, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    skyclass("simulate", "-o", "m", "--size", "150x150", "--sources", "12", "--seed", "3")
    skyclass("dataset", "-o", "set.fits", "--mock", "1", "--sources-each", "40", "--seed", "5")


def verbs():
    one = ["--jobs", "1"]
    return [
        Verb("classify", ["--images-in", "m", "--sources", "m/MOCK.tab", "--out", "a.fits", "--out",
                          "b.csv", "--out", "c.reg", *one], ["a.fits", "b.csv", "c.reg"]),
        Verb("detect", ["--image", "m/MOCK_f555w.fits", "--out", "d.csv", "--edge", "5", *one],
             ["d.csv"]),
        Verb("dataset", ["-o", "e.fits", "--sources", "m/MOCK.tab", "--images-in", "m"], ["e.fits"]),
        Verb("info", ["m/MOCK.tab"], [], kill=False),
        Verb("info", ["m/MOCK_f555w.fits"], [], kill=False),
        Verb("info", ["starcnet"], [], kill=False),
    ]


def sample(n_calls, n):
    step = max(1.0, n_calls / max(1, n))
    return sorted({int(i * step) + 1 for i in range(n) if int(i * step) < n_calls})


def calls(base, inputs, verb, kind):
    directory, count = prepare(base, inputs, verb), os.path.join(base, "count")
    status, text = run(verb, directory, kind, 0, count=count)
    if status != 0:
        raise SystemExit(f"{verb.name}: {text}")
    wanted = contents(directory, verb)
    shutil.rmtree(directory)
    with open(count, encoding="ascii") as file:
        return int(file.read()), wanted


def jobs(base, inputs):
    every, chosen = verbs(), random.Random(1)
    killed = [verb for verb in every if verb.kill]
    for verb in every:
        for kind in ("memory", "write"):
            n, wanted = calls(base, inputs, verb, kind)
            share = FAULTS // (2 * len(every)) if verb.outputs else FAULTS // (4 * len(every))
            numbers = sample(n, share)
            print(f"{verb.name}: {n} calls of {kind}, {len(numbers)} fail", flush=True)
            for at in numbers:
                yield fault, (base, inputs, verb, wanted, kind, at)
            if kind == "write" and verb.kill and n > 0:
                for _ in range(KILLS // len(killed)):
                    yield kill, (base, inputs, verb, wanted, chosen.randint(1, n))


def main():
    with tempfile.TemporaryDirectory(prefix="skyclass-fault-") as base:
        inputs = os.path.join(base, "inputs")
        os.mkdir(inputs)
        make_inputs(inputs)
        with ThreadPoolExecutor(2) as pool:
            done = [(what.__name__, pool.submit(what, *arguments))
                    for what, arguments in jobs(base, inputs)]
            wrong = [future.result() for _, future in done]
        for line in filter(None, wrong):
            print(line)
        n_kills = sum(name == "kill" for name, _ in done)
        print(f"{len(done) - n_kills} faults, {n_kills} kills")
        n_wrong = sum(line is not None for line in wrong)
        print(f"{len(done) - n_wrong} passed, {n_wrong} failed")
        sys.exit(n_wrong > 0)


main()
