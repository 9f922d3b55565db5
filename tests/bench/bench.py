#!/usr/bin/python3
"""make bench: skyclass beside PyTorch and ONNX Runtime, one table.

    bench.py BUILD [CASE...]

Each case is a network, a mode and a batch. All programs stay loaded; in every round each of them
runs one batch, one after the other, so that what else the machine does falls on all alike. The
table gives medians a source, ratios of medians, and the floor (README.md). Without CASE all cases
and the end-to-end runs are done; `bench.py BUILD end` does only those, `bench.py BUILD ds9` what a
user of the menu in DS9 waits for, `bench.py BUILD products` what multiplies in each layer (products.c).
"""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# name -> network, mode, batch, rounds
CASES = {
    "starcnet": ("starcnet", "forward", 64, 5),
    "starcnet-one": ("starcnet", "forward", 1, 15),
    "starcnet-train": ("starcnet", "train", 128, 3),
    "resnet18": ("resnet18", "forward", 8, 5),
    "vgg19_bn": ("vgg19_bn", "forward", 4, 3),
    "resnet50": ("resnet50", "forward", 8, 5),
}
THREADS = len(os.sched_getaffinity(0))
# Seconds between two programs' turns: the threads of PyTorch and ONNX Runtime look for more work for
# a while after a batch, and would slow whoever comes next.
PAUSE = 0.5
MOSAIC = 8000


class Worker:
    """A program that answers a line with the seconds one batch took."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def run(self, network, mode, batch, threads):
        print(network, mode, batch, threads, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args[0]} ended early on {network}")
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def has_onnx_runtime(directory):
    if os.path.exists(f"{directory}/node_modules/onnxruntime-node"):
        return True
    if not shutil.which("npm"):
        return False
    with open(f"{directory}/package.json", "w") as package:
        package.write('{"private": true}\n')
    # Without scripts: the package's own one fetches CUDA libraries that are not wanted here.
    return subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--silent", "onnxruntime-node@1.30.0"], cwd=directory).returncode == 0


def peer_commands(directory, networks):
    """name -> command of every peer that this machine has."""
    peers = {}
    if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode:
        return peers
    torch = ["/usr/bin/python3", f"{HERE}/peer_torch.py"]
    peers["PyTorch"] = torch
    if has_onnx_runtime(directory):
        for network in networks:
            if not os.path.exists(f"{directory}/{network}.onnx"):
                subprocess.run([*torch, "export", network, f"{directory}/{network}.onnx"],
                               check=True, stderr=subprocess.DEVNULL)
        peers["ONNX Runtime"] = ["node", f"{HERE}/peer_onnx.js", directory]
    return peers


def measure(case, commands):
    """program -> median seconds a source, all programs by turns; two threads also against one."""
    network, mode, batch, rounds = CASES[case]
    chosen = {name: command for name, command in commands.items()
              if mode == "forward" or name != "ONNX Runtime"}
    workers = {name: Worker(*command) for name, command in chosen.items()}
    times = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            time.sleep(PAUSE)
            times[name].append(worker.run(network, mode, batch, THREADS) / batch)
    for worker in workers.values():
        worker.close()
    return {name: statistics.median(values) for name, values in times.items()}


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def floor(bench, case):
    """Seconds a source that the multiply-adds alone would take (README.md)."""
    network, mode, _, _ = CASES[case]
    rate, _ = map(float, output_of(bench, "machine"))
    count = float(output_of(bench, "count", network)[0]) * (3 if mode == "train" else 1)
    return count / rate / THREADS


def print_networks(build, names):
    bench = f"{build}/bench/bench"
    commands = {"skyclass": [bench]}
    commands.update(peer_commands(f"{build}/bench", {CASES[name][0] for name in names}))
    peers = [name for name in commands if name != "skyclass"]
    head = ["case", "skyclass", *peers, *[f"x {p}" for p in peers], "direct floor"]
    print("milliseconds a source, medians;", THREADS, "threads")
    print("".join(f"{text:>16}" for text in head))
    for name in names:
        medians = measure(name, commands)
        cells = [f"{1e3 * medians[p]:.2f}" if p in medians else "-" for p in ("skyclass", *peers)]
        cells += [f"{medians[p] / medians['skyclass']:.2f}" if p in medians else "-" for p in peers]
        cells.append(f"{1e3 * floor(bench, name):.2f}")
        print("".join(f"{text:>16}" for text in [name, *cells]), flush=True)
    print_threads(bench)


def print_threads(bench):
    if THREADS < 2:
        return
    worker, ratios = Worker(bench), []
    worker.run("starcnet", "forward", 64, 2)
    for _ in range(9):
        one = worker.run("starcnet", "forward", 64, 1)
        ratios.append(one / worker.run("starcnet", "forward", 64, 2))
    worker.close()
    ratios.sort()
    print(f"two threads are {statistics.median(ratios):.2f} times one "
          f"({ratios[1]:.2f} to {ratios[-2]:.2f} from pair to pair)\n")


def run_timed(*command):
    """seconds and peak memory (MB) of a program that must succeed"""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: failed")
    return seconds, usage.ru_maxrss / 1024


def make_images(bench, directory):
    images = [f"{directory}/band{i}.fits" for i in range(5)]
    packed = [f"{image}.fz" for image in images]
    if not all(map(os.path.exists, images + packed)):
        subprocess.run([bench, "mosaics", directory, str(MOSAIC)], check=True)
    return images, packed


def time_end_to_end(worker, command, count):
    """seconds, seconds of the network alone (measured before and after), peak MB"""
    def network():
        return worker.run("starcnet", "forward", 256, THREADS) / 256 * count

    before = network()
    seconds, memory = run_timed(*command)
    return seconds, (before + network()) / 2, memory


def print_end_to_end(build):
    """Cold start to written table against the network's own time for as many sources."""
    bench, directory = f"{build}/bench/bench", f"{build}/bench"
    images, packed = make_images(bench, directory)
    model, sources = f"{directory}/starcnet.fits", f"{directory}/sources.txt"
    subprocess.run([bench, "model", model], check=True)
    worker = Worker(bench)
    print(f"end to end, five {MOSAIC} x {MOSAIC} float mosaics, {THREADS} threads")
    print("".join(f"{text:>16}" for text in
                  ("sources", "images", "seconds", "network", "ratio", "peak MB")))
    for count, files, runs in ((3000, images, 3), (15000, images, 1), (3000, packed, 3)):
        subprocess.run([bench, "sources", sources, str(count), str(MOSAIC)], check=True)
        command = [f"{build}/skyclass", "classify", "--model", model, "--sources", sources,
                   "--out", f"{directory}/table.fits"]
        for file in files:
            command += ["--image", file]
        measured = [time_end_to_end(worker, command, count) for _ in range(runs)]
        seconds, pure, memory = map(statistics.median, zip(*measured))
        ratio = statistics.median(s / p for s, p, _ in measured)
        kind = os.path.splitext(files[0])[1]
        print(f"{count:>16}{kind:>16}{seconds:>16.2f}{pure:>16.2f}{ratio:>16.3f}{memory:>16.0f}",
              flush=True)
    worker.close()
    for name, command in (("model load (skyclass info)", ["info", model]), ("--help", ["--help"])):
        seconds = statistics.median(run_timed(f"{build}/skyclass", *command)[0] for _ in range(5))
        print(f"{name}: {seconds:.3f} s")
    for path in glob.glob(f"{directory}/band*.fits*"):
        os.remove(path)


def main():
    build = sys.argv[1]
    names = sys.argv[2:] or [*CASES, "end", "ds9"]
    unknown = [name for name in names if name not in [*CASES, "end", "ds9", "products"]]
    if unknown:
        sys.exit(f"no case {unknown[0]}; there are {', '.join(CASES)}, end, ds9, products")
    with open("/proc/cpuinfo") as file:
        model = next((l.split(":")[1].strip() for l in file if l.startswith("model name")), "?")
    rate, memory = map(float, output_of(f"{build}/bench/bench", "machine"))
    print(f"{model}: {rate * 1e-9:.1f} G multiply-adds/s a core, memory {memory * 1e-9:.1f} GB/s")
    networks = [name for name in names if name in CASES]
    if networks:
        print_networks(build, networks)
    if "end" in names:
        print_end_to_end(build)
    if "products" in names:
        # A kernel forced on OpenBLAS would be measured instead of the one it chooses.
        chosen = {key: value for key, value in os.environ.items()
                  if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        subprocess.run([f"{build}/bench/products"], check=True, env=chosen)
    if "ds9" in names:
        subprocess.run(["tclsh", f"{HERE}/ds9.tcl", build], check=True)


if __name__ == "__main__":
    main()
