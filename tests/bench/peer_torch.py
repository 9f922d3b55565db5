#!/usr/bin/python3
"""PyTorch's side of the benchmark: "NETWORK MODE BATCH THREADS" in, seconds a batch out.

    peer_torch.py                        serve
    peer_torch.py export NETWORK FILE    write the network as ONNX, batch size free
"""
import sys
import time

import torch

from networks import NETWORKS


def export(name, path):
    build, shape = NETWORKS[name]
    torch.onnx.export(build().eval(), torch.randn(2, *shape), path, opset_version=13,
                      input_names=["input"], output_names=["logits"],
                      dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})


def run(network, optimiser, values, labels, mode):
    start = time.perf_counter()
    if mode == "train":
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(values), labels).backward()
        optimiser.step()
    else:
        with torch.no_grad():
            network(values)
    return time.perf_counter() - start


def serve():
    key = None
    for line in sys.stdin:
        name, mode, batch, threads = line.split()
        torch.set_num_threads(int(threads))
        if key != line:
            build, shape = NETWORKS[name]
            network = build().train(mode == "train")
            optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
            values = torch.randn(int(batch), *shape)
            labels = torch.randint(0, 2, (int(batch),))
            run(network, optimiser, values, labels, mode)
            key = line
        print(f"{run(network, optimiser, values, labels, mode):.6f}", flush=True)


if sys.argv[1:2] == ["export"]:
    export(*sys.argv[2:4])
else:
    serve()
