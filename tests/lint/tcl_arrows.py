#!/usr/bin/python3
"""Holds tcl/ against the house's arrows: tcl_arrows.py [ROOT]

A room names only the rooms that ARROWS gives it. The modules of tcl/ds9 call only those that
tcl/worker/worker.tcl loads before them; what they have to say upwards is an event. A private proc is
one whose name begins with a capital: no other namespace names it, and one that no other file names
is private. With --turned it writes what is forbidden into a copy, one thing after the other, and
asks whether that is found. Prints a line for every fault and ends with the counts.
"""
import os
import re
import shutil
import sys
import tempfile

ARROWS = {
    "lib": [],
    "cli": ["lib"],
    "ds9": ["lib"],
    "worker": ["ds9", "lib"],
}

# What shows that a line speaks of a room: its namespaces, or a path into its folder. Everything else
# in ::skyclass is the library's, which all may name.
NAMED = {
    "cli": r"::skyclass::(?:cli|verb_\w*)\b|\bverb_\w*::|\[file join [^\]]*\scli[\s/\]]",
    "ds9": r"::skyclass::ds9\b|\[file join [^\]]*\sds9[\s/\]]",
    "worker": r"::skyclass::worker\b|\[file join [^\]]*\sworker[\s/\]]",
}


def code_of(root, path):
    """The lines of a file, numbered, without whole-line comments."""
    with open(os.path.join(root, "tcl", path), encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            if not re.match(r"\s*#", line):
                yield number, line


def files_of(root):
    return sorted(os.path.relpath(os.path.join(folder, name), os.path.join(root, "tcl"))
                  for folder, _, names in os.walk(os.path.join(root, "tcl"))
                  for name in names if name.endswith(".tcl") and os.path.basename(folder) in ARROWS)


def text_of(root, path):
    return "".join(line for _, line in code_of(root, path))


def wrong_rooms(root):
    for path in files_of(root):
        room = path.split("/")[0]
        for number, line in code_of(root, path):
            for other, pattern in NAMED.items():
                if other not in (room, *ARROWS[room]) and re.search(pattern, line):
                    yield f"{path}:{number}: no arrow goes from {room} to {other}"


def order_of(root):
    return re.findall(r"\bds9/(\w+)", text_of(root, "worker/worker.tcl"))


def exports_of(root, module):
    text = text_of(root, f"ds9/{module}.tcl").replace("\\\n", " ")
    return re.findall(r"\w+", "".join(re.findall(r"namespace export (.*)", text)))


def wrong_order(root):
    order = order_of(root)
    modules = {path[4:-4] for path in files_of(root) if path.startswith("ds9/")}
    for module in sorted(modules ^ set(order)):
        yield f"worker/worker.tcl: ds9/{module} is loaded and not there, or there and not loaded"
    for place, module in enumerate(order):
        for other in order[place:]:
            calls = rf"(?<![\w$:.-]){other} (?:{'|'.join(exports_of(root, other))})\b|::ds9::{other}\b"
            for number, line in code_of(root, f"ds9/{module}.tcl"):
                if module != other and re.search(calls, line):
                    yield (f"ds9/{module}.tcl:{number}: {module} calls {other}, which is loaded after it;"
                           " an event goes upwards (events.tcl)")


def procs_of(root, path):
    return re.findall(r"^proc ([\w:]+)::(\w+) ", text_of(root, path), re.MULTILINE)


def wrong_names(root):
    """Private procs that others name; public ones of tcl/ds9 that are not exported, or not there."""
    texts = {path: text_of(root, path) for path in files_of(root)}
    for path in texts:
        for namespace, name in procs_of(root, path):
            if not name[0].isupper():
                continue
            tail = namespace.split("::")[-1]
            for other, text in texts.items():
                if namespace not in {space for space, _ in procs_of(root, other)} and re.search(
                        rf"\b{tail}(?:::| ){name}\b", text):
                    yield f"{other}: {namespace}::{name} is private to {path}"
        if path.startswith("ds9/"):
            public = {name for _, name in procs_of(root, path) if not name[0].isupper()}
            for name in sorted(public ^ set(exports_of(root, path[4:-4]))):
                yield f"{path}: {name} is a public proc or exported, and not both"


# Called by a name that is put together, or from outside: a verb's two, the worker's verbs, its start.
ENTRIES = r"::verb_\w+::(?:run|help)$|::verb::do_|::(?:worker|cli)::main$|^::skyclass::\w+$"


def wrong_capitals(root):
    """Procs with a public name that no other file names."""
    texts = {path: text_of(root, path) for path in files_of(root)}
    for path, text in texts.items():
        exported = set(re.findall(r"\w+", "".join(re.findall(
            r"namespace export (.*)", text.replace("\\\n", " ")))))
        for namespace, name in procs_of(root, path):
            if (name[0].isupper() or name in exported
                    or re.search(ENTRIES, f"{namespace}::{name}")):
                continue
            named = re.compile(rf"\b{namespace.split('::')[-1]}(?:::| ){name}\b")
            if not any(named.search(other) for place, other in texts.items() if place != path):
                yield f"{path}: {name} is private; the name of a private proc begins with a capital"


CHECKS = [wrong_rooms, wrong_order, wrong_names, wrong_capitals]


def forbidden(root):
    """(check, file, line): what each check has to find."""
    for room, others in ARROWS.items():
        for other in NAMED:
            if other not in (room, *others):
                name = "verb_info" if other == "cli" else other
                yield wrong_rooms, f"{room}/{a_file(root, room)}", f"::skyclass::{name}::x"
    order = order_of(root)
    for lower, upper in zip(order, order[1:]):
        yield wrong_order, f"ds9/{lower}.tcl", f"    {upper} {exports_of(root, upper)[0]} x"
    yield wrong_names, "ds9/window.tcl", "    jobs Start"
    yield wrong_names, "ds9/window.tcl", "proc ::skyclass::ds9::window::forgotten {} {}"
    yield wrong_capitals, "cli/info.tcl", "proc ::skyclass::verb_info::forgotten {} {}"


def a_file(root, room):
    return next(path for path in files_of(root) if path.startswith(room + "/")).split("/")[1]


def turned(root):
    for check, path, line in forbidden(root):
        with tempfile.TemporaryDirectory() as copy:
            shutil.copytree(os.path.join(root, "tcl"), os.path.join(copy, "tcl"))
            with open(os.path.join(copy, "tcl", path), "a", encoding="utf-8") as source:
                source.write(line + "\n")
            if not any(path in fault for fault in check(copy)):
                yield f"{path} may say \"{line.strip()}\" unseen"


def main():
    arguments = [word for word in sys.argv[1:] if word != "--turned"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..", "..")
    checks = [turned] if "--turned" in sys.argv else CHECKS
    faults = [list(check(root)) for check in checks]
    for fault in sum(faults, []):
        print(fault)
    failed = sum(1 for found in faults if found)
    print(f"{len(faults) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
