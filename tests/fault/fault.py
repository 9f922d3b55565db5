#!/usr/bin/python3
"""What happens when memory or disk fails, or the process is killed, at any moment.

fault.py BUILD SHIM FAULTS KILLS ?VERB ...?: FAULTS faults and KILLS kills over the verbs, by
tests/fault/shim.c. A third of the faults are calls for memory spread evenly over a run, a third
places in the code where memory runs out for good when the run first comes there, a third writes;
and every such place in the libraries of Verb.libraries. Half of the kills are at writes, half at
moments of the clock (chosen by a fixed seed). After a fault a run either ends with status 1 and
one sentence, the old output untouched and nothing left beside it, or with the undisturbed run's
output. After a kill the output is the old or the new one, whole; the same command (with --resume
where the verb has it) then gives the undisturbed run's output.
Ends with "N passed, N failed".
"""
import json
import math
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

BUILD, SHIM = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FAULTS, KILLS, NAMES = int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]
OLD = b"what was there before\n"
TIMEOUT = 120
BASE = tempfile.mkdtemp(prefix="skyclass-fault-",
                        dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
INPUTS = os.path.join(BASE, "inputs")
with open(os.path.join(BUILD, "skyclass"), encoding="utf-8") as script:
    TCLSH = script.readline().split()[-1]
# What differs between any two runs: when they were, how long they took, and sums over that.
VOLATILE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?|CHECKSUM= '\w{16}'|"
                      rb"'training time = [^']*' *")
# How a fault of each kind goes on.
HOW = {"memory": "fail", "site": "stay", "write": "fail"}


class Verb:
    """A command; what it writes, by name, in a directory of its own ("x/": a directory that it
    fills); what goes on after a kill; what may lie beside the outputs, different each time; the
    libraries in which every place that allocates fails."""

    def __init__(self, name, arguments, outputs, resume=(), kill=True, beside=(), libraries=()):
        self.name, self.arguments, self.outputs = name, arguments, outputs
        self.resume, self.kill, self.beside = list(resume), kill, beside
        self.libraries = libraries

    def command(self, extra=()):
        return [os.path.join(BUILD, "skyclass"), self.name, *self.arguments, *extra]


def shim(kind=None, at=0, how=None, count=None, library=None):
    # Beside tclsh there is no other program: a gnuplot would have its own faults.
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", PATH=os.path.join(BASE, "bin"))
    if kind is not None:
        environment.update(LD_PRELOAD=SHIM, FAULT_KIND=kind, FAULT_AT=str(at),
                           FAULT_HOW=how or HOW[kind])
    if count is not None:
        environment["FAULT_COUNT"] = count
    if library is not None:
        environment["FAULT_IN"] = library
    return environment


def run(verb, directory, environment=None, extra=()):
    done = subprocess.run(verb.command(extra), cwd=directory, env=environment or shim(), text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=TIMEOUT)
    return done.returncode, done.stdout + done.stderr


def run_for(verb, directory, seconds):
    """Killed after so long, unless it ends before."""
    with subprocess.Popen(verb.command(), cwd=directory, env=shim(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.returncode, ""


def prepare(verb):
    directory = tempfile.mkdtemp(dir=BASE)
    for name in os.listdir(INPUTS):
        os.symlink(os.path.join(INPUTS, name), os.path.join(directory, name))
    for output in verb.outputs:
        if not output.endswith("/"):
            with open(os.path.join(directory, output), "wb") as file:
                file.write(OLD)
    return directory


def files(directory):
    """Every file that is not an input."""
    return {os.path.relpath(os.path.join(place, name), directory)
            for place, _, names in os.walk(directory) for name in names
            if not os.path.islink(os.path.join(place, name))}


def contents(directory, verb):
    found = {}
    for name in files(directory) - set(verb.beside):
        with open(os.path.join(directory, name), "rb") as file:
            found[name] = VOLATILE.sub(b"", file.read())
    return found


def half_done(got, wanted):
    """What of the files is neither as before nor as the undisturbed run leaves it."""
    return sorted(name for name, value in got.items()
                  if name not in wanted or value not in (OLD, wanted[name]))


def after_fault(status, text, got, wanted):
    """What is wrong, or None."""
    if status == 0:
        return None if got == wanted else "status 0 and another output"
    if status != 1:
        return f"status {status}"
    if "while executing" in text or len(text.strip()) < 15:
        return "no sentence: " + text.strip()[:300]
    # Of several outputs those that were finished before may be new.
    half = half_done(got, wanted)
    return f"neither old nor new: {half}" if half else None


def fault(verb, wanted, kind, at, library=None):
    directory = prepare(verb)
    try:
        status, text = run(verb, directory, shim(kind, at, library=library))
        wrong = after_fault(status, text, contents(directory, verb), wanted)
    except subprocess.TimeoutExpired:
        wrong = "hangs"
    shutil.rmtree(directory)
    return wrong and f"{verb.name}: {kind} {at} of {library or 'all'}: {wrong}"


def after_kill(verb, directory, wanted, status):
    got = {name: value for name, value in contents(directory, verb).items()
           if name in wanted}  # what lies aside is removed by the next run
    if status not in (-signal.SIGKILL, 128 + signal.SIGKILL, 0):
        return f"status {status}"
    if half_done(got, wanted):
        return f"neither old nor new: {half_done(got, wanted)}"
    status, text = run(verb, directory, extra=verb.resume)
    if status != 0:
        return f"again: status {status}: {text[:200]}"
    got = contents(directory, verb)
    differ = sorted(name for name in {*got, *wanted} if got.get(name) != wanted.get(name))
    return f"again: another output: {differ}" if differ else None


def kill(verb, wanted, at):
    """`at` is the number of a write, or a time in seconds."""
    directory = prepare(verb)
    try:
        if isinstance(at, int):
            status = run(verb, directory, shim("write", at, "kill"))[0]
        else:
            status = run_for(verb, directory, at)[0]
        wrong = after_kill(verb, directory, wanted, status)
    except subprocess.TimeoutExpired:
        wrong = "hangs"
    shutil.rmtree(directory)
    return wrong and f"{verb.name}: kill at {at}: {wrong}"


# StarcNet with one pathway (Perez et al. 2021, figure 4): its tensors by PyTorch's names.
def starcnet_tensors():
    shapes = {"conv1": (128, 5, 3, 3), "fc1": (128, 32768), "fc2": (4, 128)}
    shapes.update({f"conv{i}": (128, 128, 3, 3) for i in (3, 4, 7, 8, 11, 12)})
    shapes.update({f"bn{i}": (128,) for i in (1, 3, 4, 7, 8, 11, 12, 13)})
    for name, shape in shapes.items():
        yield name + ".weight", shape
        yield name + ".bias", shape[:1]


def write_weights(path):
    """All of them 0, as safetensors."""
    header, end = {}, 0
    for name, shape in starcnet_tensors():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(file.tell() + end)


def make_inputs():
    def skyclass(*arguments):
        subprocess.run([os.path.join(BUILD, "skyclass"), *arguments], cwd=INPUTS, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    skyclass("simulate", "-o", "m", "--size", "150x150", "--sources", "12", "--seed", "3")
    skyclass("dataset", "-o", "set.fits", "--mock", "1", "--sources-each", "15", "--seed", "5")
    write_weights(os.path.join(INPUTS, "zero.safetensors"))


def verbs():
    one = ["--jobs", "1"]
    return [
        Verb("classify", ["--images-in", "m", "--sources", "m/MOCK.tab", "--out", "a.fits", "--out",
                          "b.csv", "--out", "c.reg", *one], ["a.fits", "b.csv", "c.reg"]),
        Verb("detect", ["--image", "m/MOCK_f555w.fits", "--out", "d.csv", "--edge", "5", *one],
             ["d.csv"], libraries=["libsep", "libwcs"]),
        Verb("dataset", ["-o", "e.fits", "--sources", "m/MOCK.tab", "--images-in", "m"], ["e.fits"]),
        Verb("train", ["--data", "set.fits", "-o", "t.fits", "--options", "pathways=1", "--epochs",
                       "2", "--copies", "1", "--batch", "8", *one], ["t.fits"],
             resume=["--resume"], beside=["t.csv", "t.checkpoint.fits"]),
        Verb("import", ["zero.safetensors", "--system", "starcnet", "--options", "pathways=1", "-o",
                        "i.fits"], ["i.fits"]),
        Verb("evaluate", ["--data", "set.fits", "-o", "r", *one], ["r/"]),
        Verb("simulate", ["-o", "s", "--size", "100x100", "--sources", "4", "--seed", "3"], ["s/"]),
        Verb("info", ["m/MOCK.tab"], [], kill=False),
        Verb("info", ["m/MOCK_f555w.fits"], [], kill=False),
        Verb("info", ["starcnet"], [], kill=False),
    ]


def sample(n_calls, n):
    step = max(1.0, n_calls / max(1, n))
    return sorted({int(i * step) + 1 for i in range(n) if int(i * step) < n_calls})


def undisturbed(verb, kind, library=None):
    """How many calls a run makes, what it leaves, and how long it takes."""
    directory, count, start = prepare(verb), os.path.join(BASE, "count"), time.monotonic()
    status, text = run(verb, directory, shim(kind, 0, count=count, library=library))
    if status != 0:
        raise SystemExit(f"{verb.name}: {text}")
    seconds, wanted = time.monotonic() - start, contents(directory, verb)
    shutil.rmtree(directory)
    with open(count, encoding="ascii") as file:
        return int(file.read()), wanted, seconds


def moments(chosen, n, n_calls, seconds):
    """Half of them numbers of calls, half times."""
    for i in range(n):
        yield chosen.randint(1, n_calls) if i % 2 == 0 else chosen.uniform(0, seconds)


def faults(verb, kind, share, library=None):
    n, wanted, seconds = undisturbed(verb, kind, library)
    numbers = sample(n, share if share is not None else n)
    print(f"{verb.name}: of {n} calls of {kind}{f' in {library}' if library else ''}, "
          f"{len(numbers)} are made to fail", flush=True)
    return n, wanted, seconds, [(fault, (verb, wanted, kind, at, library)) for at in numbers]


def jobs():
    every = [verb for verb in verbs() if not NAMES or verb.name in NAMES]
    chosen = random.Random(1)
    n_killed = sum(verb.kill for verb in every)
    for verb in every:
        share = math.ceil(FAULTS / (3 * len(every)))
        for library in verb.libraries:
            yield from faults(verb, "site", None, library)[-1]
        for kind in ("memory", "site", "write"):
            n, wanted, seconds, made = faults(verb, kind, share)
            yield from made
            if kind == "write" and verb.kill and n > 0:
                for at in moments(chosen, KILLS // n_killed, n, seconds):
                    yield kill, (verb, wanted, at)


def main():
    os.mkdir(INPUTS)
    os.mkdir(os.path.join(BASE, "bin"))
    tclsh = shutil.which(TCLSH)
    os.symlink(tclsh, os.path.join(BASE, "bin", TCLSH))
    make_inputs()
    with ThreadPoolExecutor(2) as pool:
        done = [(what.__name__, pool.submit(what, *arguments)) for what, arguments in jobs()]
        wrong = [future.result() for _, future in done]
    for line in filter(None, wrong):
        print(line)
    n_kills = sum(name == "kill" for name, _ in done)
    print(f"{len(done) - n_kills} faults, {n_kills} kills")
    n_wrong = sum(line is not None for line in wrong)
    print(f"{len(done) - n_wrong} passed, {n_wrong} failed")
    return n_wrong > 0


try:
    sys.exit(main())
finally:
    shutil.rmtree(BASE)
