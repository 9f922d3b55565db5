#!/usr/bin/python3
"""Every system's network against torchvision's, with random weights.

    compare_systems.py PARITY_PROGRAM WORK_DIRECTORY [SYSTEM ...]

torchvision's networks, and for members one written from the paper's table, in float64; the parity
program gets the same weights under the same names, and the same inputs. Prints a line a check and
"N passed, N failed".
"""
import os
import shutil
import subprocess
import sys

import numpy
import torch
import torchvision
from torch import nn

N_SOURCES = 3
TOLERANCE = 1e-4  # of a score


def with_first_convolution(model, n_inputs):
    """Another number of inputs in a torchvision network."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            parent = model.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2],
                    nn.Conv2d(n_inputs, module.out_channels, module.kernel_size, module.stride,
                              module.padding, bias=module.bias is not None))
            return model
    raise ValueError("no convolution")


def members(n_bands):
    """Paper 004's table; names as Keras gives them."""
    layers = nn.Sequential()
    before = n_bands
    for block, (width, n) in enumerate([(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)], 1):
        for i in range(1, n + 1):
            layers.add_module(f"block{block}_conv{i}", nn.Conv2d(before, width, 3, padding=1))
            layers.add_module(f"block{block}_leaky{i}", nn.LeakyReLU(0.3))
            before = width
        layers.add_module(f"block{block}_pool", nn.MaxPool2d(2))
    layers.add_module("flatten", nn.Flatten())
    for number, (n_in, n_out) in enumerate([(2048, 4096), (4096, 4096)], 1):
        layers.add_module(f"fc{number}", nn.Linear(n_in, n_out))
        layers.add_module(f"fc{number}_leaky", nn.LeakyReLU(0.3))
    layers.add_module("predictions", nn.Linear(4096, 2))
    return layers


def vision(name, n_inputs, n_classes):
    return with_first_convolution(getattr(torchvision.models, name)(num_classes=n_classes),
                                  n_inputs)


# The network and its input's side and channels.
SYSTEMS = {
    "phangs-resnet18": (lambda: vision("resnet18", 6, 4), 299, 6),
    "phangs-vgg19bn": (lambda: vision("vgg19_bn", 6, 4), 299, 6),
    "m31-resnet18": (lambda: vision("resnet18", 3, 2), 224, 3),
    "m31-resnet50": (lambda: vision("resnet50", 3, 2), 224, 3),
    "m31-resnet101": (lambda: vision("resnet101", 3, 2), 224, 3),
    "m31-vgg16": (lambda: vision("vgg16", 3, 2), 224, 3),
    "openglob-vgg16": (lambda: vision("vgg16", 3, 2), 244, 3),
    "members-acs": (lambda: members(7), 64, 7),
    "members-all": (lambda: members(12), 64, 12),
    "members-mixed": (lambda: members(5), 64, 5),
}


def draw(model, generator):
    """Weights that keep the numbers' size on their way through, statistics of a trained norm."""
    with torch.no_grad():
        for name, values in model.state_dict().items():
            if "num_batches_tracked" in name:
                continue
            drawn = torch.randn(values.shape, generator=generator)
            if values.dim() > 1:
                drawn *= (2 / values[0].numel()) ** 0.5
            elif name.endswith("running_var"):
                drawn = drawn.abs() + 0.5
            elif name.endswith("weight"):
                drawn = 0.7 + 0.1 * drawn
            else:
                drawn *= 0.1
            values.copy_(drawn)


def write(directory, model, sources):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(os.path.join(directory, "parameters"))
    numpy.save(os.path.join(directory, "input.npy"),
               numpy.ascontiguousarray(sources.permute(0, 2, 3, 1).numpy(), dtype="<f4"))
    numpy.save(os.path.join(directory, "labels.npy"), numpy.zeros(len(sources), "<i8"))
    for name, values in model.state_dict().items():
        if "num_batches_tracked" not in name:
            numpy.save(os.path.join(directory, "parameters", name + ".npy"),
                       values.numpy().astype("<f4"))


def compare(program, directory, system):
    make, size, channels = SYSTEMS[system]
    generator = torch.Generator().manual_seed(7)
    model = make().eval()
    draw(model, generator)
    sources = torch.randn(N_SOURCES, channels, size, size, generator=generator)
    write(directory, model, sources)
    subprocess.run([program, system, "forward", directory], stdout=subprocess.DEVNULL, check=True)
    ours = torch.from_numpy(numpy.load(os.path.join(directory, "logits.npy"))).double()
    with torch.no_grad():
        theirs = model.double()(sources.double())
    shutil.rmtree(directory)
    scores = [torch.softmax(logits, 1) for logits in (ours, theirs)]
    worst = (scores[0] - scores[1]).abs().max().item()
    relative = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    ok = worst < TOLERANCE and relative < TOLERANCE
    print(f"{'pass' if ok else 'fail'} {system}: scores differ by {worst:.1e}, logits by "
          f"{relative:.1e} of the largest, which is {theirs.abs().max():.2g} "
          f"(limit {TOLERANCE:.0e})", flush=True)
    return ok


def main():
    program, directory = sys.argv[1:3]
    outcomes = [compare(program, directory, system) for system in sys.argv[3:] or SYSTEMS]
    print(f"{sum(outcomes)} passed, {len(outcomes) - sum(outcomes)} failed")
    return not all(outcomes)


if __name__ == "__main__":
    sys.exit(main())
