#!/usr/bin/python3
"""Holds src/ against the house's arrows: arrows.py [ROOT]

Which room may include which stands in ARROWS, as src/README.md draws them. Beside that: no two
modules include each other, directly or round a corner; no header of nn/ speaks of the sky and none
of sky/ of networks; every path that src/README.md names is there. With --turned it turns every arrow
round, one after the other, in a copy of the tree and asks whether that is found. Prints a line for
every fault and ends with the counts.
"""
import collections
import os
import re
import shutil
import sys
import tempfile

# A module is the pair NAME.c and NAME.h, with NAME_internal.h. Everything may include base.
ARROWS = {
    "base": [],
    "sky": [],
    "nn": [],
    "eval": [],
    "mock": ["sky"],
    "classifier": ["nn", "sky"],  # of sky the cutout rule, which is part of a recipe
    "result": ["sky", "classifier"],
    "systems": ["classifier", "nn"],
    "dataset": ["sky", "mock", "classifier"],
    "work": ["dataset", "result", "systems", "classifier", "eval", "mock", "sky", "nn"],
    "bind": ["work", "dataset", "result", "systems", "classifier", "eval", "mock", "sky", "nn"],
}

# Words that tell of the other side.
FOREIGN_WORDS = {
    "nn": r"\b(sky|fits|stars?|galax\w+|magnitudes?|wcs|ra|dec|hubble|ds9|starcnet|sources? list)\b",
    "sky": r"\b(networks?|layers?|neural|gradients?|logits?|softmax|tensors?)\b",
}


def files_of(root):
    found = []
    for folder, _, names in os.walk(os.path.join(root, "src")):
        found += [os.path.relpath(os.path.join(folder, name), os.path.join(root, "src"))
                  for name in names if name.endswith((".c", ".h"))]
    return sorted(found)


def includes_of(root, file):
    with open(os.path.join(root, "src", file), encoding="utf-8") as source:
        return re.findall(r'^#include "([^"]+)"', source.read(), re.MULTILINE)


def module_of(file):
    return re.sub(r"(_internal)?\.[ch]$", "", file)


def room_of(file):
    return file.split("/")[0]


def wrong_arrows(root, files):
    for file in files:
        for included in includes_of(root, file):
            room, other = room_of(file), room_of(included)
            if "/" not in included or other in (room, "base") or other in ARROWS.get(room, []):
                continue
            yield f"{file} includes {included}: no arrow goes from {room} to {other}"


def circles(root, files):
    """Every circle of modules once, as 'a -> b -> a'."""
    arrows = collections.defaultdict(set)
    known = {module_of(file) for file in files}
    for file in files:
        arrows[module_of(file)] |= {module_of(i) for i in includes_of(root, file)} & known
    done, found = set(), []

    def visit(module, way):
        if module in way:
            found.append(way[way.index(module):] + [module])
            return
        if module in done:
            return
        for other in sorted(arrows[module] - {module}):
            visit(other, way + [module])
        done.add(module)

    for module in sorted(arrows.copy()):
        visit(module, [])
    return ["circle: " + " -> ".join(circle) for circle in found]


def foreign_words(root, files):
    for file in files:
        words = FOREIGN_WORDS.get(room_of(file))
        if not words or not file.endswith(".h"):
            continue
        with open(os.path.join(root, "src", file), encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                for word in re.findall(words, line, re.IGNORECASE):
                    yield f"{file}:{number}: a header of {room_of(file)} says \"{word}\""


def missing_paths(root):
    """What looks like a path in src/README.md, between backticks, and is no end of any path here."""
    known = set()
    for top in ("src", "tcl", "plugin", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            known |= {"/" + os.path.relpath(os.path.join(folder, name), root) for name in names}
            known.add("/" + os.path.relpath(folder, root))
    page = "src/README.md"
    if not os.path.exists(os.path.join(root, page)):
        return
    with open(os.path.join(root, page), encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            for word in re.findall(r"`([a-z./][\w./-]*(?:/|\w\.)[\w./-]*)`", line):
                if not any(path.endswith("/" + word.rstrip("/")) for path in known):
                    yield f"{page}:{number}: there is no {word}"
            room = re.match(r"\| `(\w+)` \|", line)
            if room and "/src/" + room[1] not in known:
                yield f"{page}:{number}: there is no room {room[1]}"


def faults_of(root):
    files = files_of(root)
    return ([*wrong_arrows(root, files)], circles(root, files), [*foreign_words(root, files)],
            [*missing_paths(root)])


def a_header_in(root, room):
    return next(file for file in files_of(root) if room_of(file) == room and file.endswith(".h"))


def turned(root):
    """The arrows whose turning round is not found."""
    missed = []
    for room, others in ARROWS.items():
        for other in others:
            with tempfile.TemporaryDirectory() as copy:
                shutil.copytree(os.path.join(root, "src"), os.path.join(copy, "src"))
                header = os.path.join(copy, "src", a_header_in(copy, other))
                with open(header, "a", encoding="utf-8") as source:
                    source.write(f'#include "{a_header_in(copy, room)}"\n')
                if not any(f"from {other} to {room}" in fault for fault in faults_of(copy)[0]):
                    missed.append(f"{room} -> {other} may be turned round unseen")
    return missed


def main():
    arguments = [word for word in sys.argv[1:] if word != "--turned"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..", "..")
    checks = [turned(root)] if "--turned" in sys.argv else faults_of(root)
    for fault in sum(checks, []):
        print(fault)
    failed = sum(1 for check in checks if check)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
