#!/usr/bin/python3
"""StarcNet here against StarcNet in PyTorch.

    compare.py PARITY_PROGRAM WORK_DIRECTORY

PyTorch's own definition, written from Perez et al. 2021 (section 3.2), in float64, with random
weights; the parity program gets the same weights and sources. Prints one line a check and
"N passed, N failed"; exit status 1 when any failed.
"""
import os
import subprocess
import sys

import numpy
import torch
from torch import nn

N_SOURCES = 64
N_TRAIN = 4  # sources of the training comparison: float64 PyTorch is slow
SCORE_TOLERANCE = 5e-5
GRADIENT_TOLERANCE = 1e-4
CROSSING_TOLERANCE = 1e-5
LOSS_TOLERANCE = 1e-3
LEARNING_RATE = 1e-5  # parity.c's


class Pathway(nn.Module):
    """Seven convolutions and a fully connected layer on a 32x32 view of the cutout.

    Of some ten million activations a few lie so near 0 that float32's rounding decides their sign,
    and each one that differs moves a gradient by 1e-3. With `follow`, they take the side that they
    take in skyclass (and max-pools the winner): gradients of one and the same smooth function."""

    def __init__(self, n_bands):
        super().__init__()
        channels = n_bands
        for number in (1, 3, 4, 7, 8, 11, 12):
            setattr(self, f"conv{number}", nn.Conv2d(channels, 128, 3, padding=1))
            setattr(self, f"bn{number}", nn.GroupNorm(8, 128))
            channels = 128
        self.fc1 = nn.Linear(128 * 16 * 16, 128)
        self.bn13 = nn.GroupNorm(8, 128)
        self.follow = None  # number of activation -> skyclass's values of it
        self.crossings = []  # values of activations whose sign differs there

    def activation(self, x, number):
        if self.follow is None:
            return nn.functional.leaky_relu(x, 0.01)
        positive = self.follow[number] > 0
        self.crossings.append(x.detach()[positive != (x > 0)])
        return torch.where(positive, x, 0.01 * x)

    def module(self, x, number):
        x = getattr(self, f"conv{number}")(x)
        return self.activation(getattr(self, f"bn{number}")(x), number)

    def pool(self, x):
        if self.follow is None:
            return nn.functional.max_pool2d(x, 2)
        y, winners = nn.functional.max_pool2d(self.follow[7], 2, return_indices=True)
        return x.flatten(2).gather(2, winners.flatten(2)).view_as(y)

    def forward(self, x):
        for number in (1, 3, 4, 7):
            x = self.module(x, number)
        x = self.pool(x)
        for number in (8, 11, 12):
            x = self.module(x, number)
        x = self.fc1(x.flatten(1))
        return self.activation(self.bn13(x)[:, :, None, None], 13).flatten(1)


def enlarge(x, first, size):
    """Nearest neighbour: source = floor(destination * size / 32)."""
    index = first + torch.arange(32) * size // 32
    return x[:, :, index][:, :, :, index]


class StarcNet(nn.Module):
    def __init__(self, n_bands=5, n_classes=4):
        super().__init__()
        self.pathways = nn.ModuleList(Pathway(n_bands) for _ in range(3))
        self.fc2 = nn.Linear(3 * 128, n_classes)

    def forward(self, x):
        views = (x, enlarge(x, 6, 20), enlarge(x, 11, 11))
        return self.fc2(torch.cat([p(v) for p, v in zip(self.pathways, views)], 1))

    def published_parameters(self):
        """Name in the published state dict -> parameter."""
        for prefix, pathway in zip(("", "a", "aa"), self.pathways):
            for name, parameter in pathway.named_parameters():
                yield prefix + name, parameter
        for name, parameter in self.fc2.named_parameters():
            yield "fc2." + name, parameter


def varied_weights(model, generator):
    """Random weights, drawn so that the scores of random sources cover all classes."""
    with torch.no_grad():
        for name, parameter in model.published_parameters():
            values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            if parameter.dim() > 1:
                values *= (2 / parameter[0].numel()) ** 0.5
            elif "bn" in name and name.endswith("weight"):
                values = 1 + 0.2 * values
            else:
                values *= 0.1
            if name == "fc2.weight":
                values *= 3
            parameter.copy_(values.float())  # exactly what the other side gets


def random_sources(n, generator):
    """Blobs of differing place, width and colour on noise: nothing a network sees as alike."""
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    sources = 0.3 * torch.randn(n, 5, 32, 32, generator=generator)
    for i in range(n):
        for _ in range(1 + i % 4):
            x0, y0 = 10 + 12 * torch.rand(2, generator=generator)
            width = 1 + 3 * torch.rand(1, generator=generator)
            colour = 4 * torch.rand(5, generator=generator)
            blob = torch.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * width**2))
            sources[i] += colour[:, None, None] * blob
    return sources


def write_case(directory, model, sources, labels):
    for name in ("parameters", "gradients", "activations"):
        os.makedirs(os.path.join(directory, name), exist_ok=True)
    numpy.save(os.path.join(directory, "input.npy"),
               numpy.ascontiguousarray(sources.permute(0, 2, 3, 1).numpy(), dtype="<f4"))
    numpy.save(os.path.join(directory, "labels.npy"), labels.numpy().astype("<i8"))
    for name, parameter in model.published_parameters():
        numpy.save(os.path.join(directory, "parameters", name + ".npy"),
                   parameter.detach().numpy().astype("<f4"))


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def note(self, ok, words):
        print(("pass " if ok else "fail ") + words)
        self.passed += ok
        self.failed += not ok


def run(program, verb, directory, tally):
    done = subprocess.run([program, "starcnet", verb, directory], stdout=subprocess.PIPE, text=True,
                          check=True)
    for line in done.stdout.splitlines():
        word, rest = line.split(" ", 1)
        tally.note(word == "pass", rest)


def compare_scores(model, sources, directory, tally):
    with torch.no_grad():
        scores = torch.softmax(model(sources.double()), 1).numpy()
    logits = torch.from_numpy(numpy.load(os.path.join(directory, "logits.npy"))).double()
    worst = abs(torch.softmax(logits, 1).numpy() - scores).max()
    classes = numpy.bincount(scores.argmax(1), minlength=4)
    tally.note(worst < SCORE_TOLERANCE,
               f"scores of {len(scores)} sources, classes {classes.tolist()}: "
               f"largest difference {worst:.1e} (limit {SCORE_TOLERANCE:.0e})")
    tally.note(bool((classes > 0).all()), "every class wins somewhere")


def compare_gradients(model, sources, labels, directory, tally):
    for prefix, pathway in zip(("", "a", "aa"), model.pathways):
        pathway.follow = {}
        for number in (1, 3, 4, 7, 8, 11, 12, 13):
            values = numpy.load(os.path.join(directory, "activations", f"{prefix}leaky{number}.npy"))
            pathway.follow[number] = torch.from_numpy(values).double().permute(0, 3, 1, 2)
    nn.functional.cross_entropy(model(sources.double()), labels).backward()
    crossings = torch.cat([values for p in model.pathways for values in p.crossings])
    n_activations = sum(v.numel() for p in model.pathways for v in p.follow.values())
    largest = crossings.abs().max().item() if len(crossings) else 0
    tally.note(largest < CROSSING_TOLERANCE,
               f"{len(crossings)} of {n_activations} activations have another sign; "
               f"the largest is {largest:.1e} (limit {CROSSING_TOLERANCE:.0e})")
    worst, where = 0, ""
    for name, parameter in model.published_parameters():
        theirs = parameter.grad.numpy()
        ours = numpy.load(os.path.join(directory, "gradients", name + ".npy"))
        difference = numpy.linalg.norm(ours - theirs) / numpy.linalg.norm(theirs)
        tally.note(difference < GRADIENT_TOLERANCE, f"gradient of {name}: {difference:.1e}")
        if difference > worst:
            worst, where = difference, name
    print(f"     largest relative difference {worst:.1e} ({where}), "
          f"limit {GRADIENT_TOLERANCE:.0e}")
    for pathway in model.pathways:
        pathway.follow = None


def compare_training(model, sources, labels, directory, tally):
    ours = numpy.load(os.path.join(directory, "losses.npy"))
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    theirs = []
    for _ in ours:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(sources.double()), labels)
        loss.backward()
        optimiser.step()
        theirs.append(loss.item())
    print("     ours  ", " ".join(f"{loss:.4f}" for loss in ours))
    print("     theirs", " ".join(f"{loss:.4f}" for loss in theirs))
    worst = abs(ours / numpy.array(theirs) - 1).max()
    tally.note(worst < LOSS_TOLERANCE,
               f"losses of {len(ours)} Adam steps, {theirs[0]:.4f} to {theirs[-1]:.4f}: "
               f"largest relative difference {worst:.1e} (limit {LOSS_TOLERANCE:.0e})")


def main():
    program, directory = sys.argv[1:]
    torch.set_default_dtype(torch.float32)
    generator = torch.Generator().manual_seed(20211)
    model = StarcNet().double()
    varied_weights(model, generator)
    tally = Tally()

    sources = random_sources(N_SOURCES, generator)
    labels = torch.randint(4, (N_SOURCES,), generator=generator)
    forward = os.path.join(directory, "forward")
    write_case(forward, model, sources, labels)
    run(program, "forward", forward, tally)
    compare_scores(model, sources, forward, tally)

    sources, labels = sources[:N_TRAIN], labels[:N_TRAIN]
    train = os.path.join(directory, "train")
    write_case(train, model, sources, labels)
    run(program, "train", train, tally)
    compare_gradients(model, sources, labels, train, tally)
    compare_training(model, sources, labels, train, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
