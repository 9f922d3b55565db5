#!/usr/bin/python3
"""Makes tests/unit/golden: small networks and optimisers computed by PyTorch in float64.

    make_golden.py [DIRECTORY]

For each network: network.txt (tests/network_text.h), and as .npy, float32, channels-last:
  input [n][h][w][c], labels [n], parameters (all, one behind the other, PyTorch's layouts),
  logits [n][classes] (running statistics), layer [n][h][w][c] (output of the layer named "probe"),
  gradients (of the mean cross-entropy in training mode; all trainable parameters), loss [1],
  statistics (running means and variances after that one pass),
  grad_input and grad_layer (of the logit of class labels[i], running statistics), and
  guided_input (the same with guided backpropagation).
For each optimiser: values after 1 .. 5 steps on given gradients.
"""
import os
import sys

import numpy
import torch

from layers import GuidedLayers, Layers

N = 6


def starcnet_like():
    """Two pathways, one enlarged; group norm, leaky ReLU, max-pool, concatenation."""
    net = Layers()
    net.add("input", "input", height=12, width=12, channels=3)
    ends = []
    for prefix, crop in (("", 0), ("a", 7)):
        last = "input"
        if crop:
            last = net.add("crop_enlarge", prefix + "crop", last, crop_start=3, crop_size=crop,
                           height=12, width=12)
        for number in (1, 2):
            net.add("convolution", f"{prefix}conv{number}", last, kernel=3, stride=1, padding=1,
                    channels=8, bias=1)
            net.add("group_norm", f"{prefix}bn{number}", groups=4, epsilon=1e-5)
            last = net.add("leaky_relu", f"{prefix}leaky{number}", slope=0.01)
        net.add("max_pool", prefix + "pool", kernel=2, stride=2, padding=0)
        net.add("convolution", prefix + "conv3" if prefix else "probe", kernel=3, stride=1,
                padding=1, channels=8, bias=1)
        net.add("group_norm", prefix + "bn3", groups=2, epsilon=1e-5)
        net.add("leaky_relu", prefix + "leaky3", slope=0.01)
        net.add("flatten", prefix + "flatten")
        net.add("linear", prefix + "fc1", channels=8, bias=1)
        net.add("group_norm", prefix + "bn4", groups=2, epsilon=1e-5)
        net.add("leaky_relu", prefix + "leaky4", slope=0.01)
        ends.append(net.add("dropout", prefix + "dropout", rate=0))
    net.add("concatenate", "join", *ends)
    net.add("linear", "fc2", channels=4, bias=1)
    return net


def residual_block(net, name, channels, stride):
    start = net.layers[-1][1]
    shortcut = start
    if stride != 1:
        net.add("convolution", f"{name}.short", start, kernel=1, stride=stride, padding=0,
                channels=channels)
        shortcut = net.add("batch_norm", f"{name}.shortbn", epsilon=1e-5, momentum=0.1)
    net.add("convolution", f"{name}.conv1", start, kernel=3, stride=stride, padding=1,
            channels=channels)
    net.add("batch_norm", f"{name}.bn1", epsilon=1e-5, momentum=0.1)
    net.add("relu", f"{name}.relu1")
    net.add("convolution", f"{name}.conv2", kernel=3, stride=1, padding=1, channels=channels)
    last = net.add("batch_norm", f"{name}.bn2", epsilon=1e-5, momentum=0.1)
    net.add("add", f"{name}.add", last, shortcut)
    net.add("relu", "probe" if name == "block2" else f"{name}.relu2")


def resnet_like():
    """Batch norm, large kernel, strides, overlapping pool, additions, adaptive pooling."""
    net = Layers()
    net.add("input", "input", height=21, width=19, channels=4)
    net.add("convolution", "conv", kernel=7, stride=2, padding=3, channels=6)
    net.add("batch_norm", "bn", epsilon=1e-5, momentum=0.1)
    net.add("relu", "relu")
    net.add("max_pool", "pool", kernel=3, stride=2, padding=1)
    residual_block(net, "block1", 6, 1)
    residual_block(net, "block2", 8, 2)
    net.add("adaptive_average", "mean", height=1, width=1)
    net.add("flatten", "flatten")
    net.add("linear", "fc", channels=3, bias=1)
    return net


def members_like():
    """Convolutions with bias and activation alone, two kinds of averages, two hidden layers."""
    net = Layers()
    net.add("input", "input", height=16, width=16, channels=5)
    for number, channels in ((1, 6), (2, 8)):
        net.add("convolution", f"conv{number}", kernel=3, stride=1, padding=1, channels=channels,
                bias=1)
        net.add("leaky_relu", f"leaky{number}", slope=0.3)
        net.add("max_pool", f"pool{number}", kernel=2, stride=2, padding=0)
    net.add("convolution", "conv3", kernel=3, stride=1, padding=1, channels=8, bias=1)
    net.add("leaky_relu", "probe", slope=0.3)
    net.add("average_pool", "average", kernel=3, stride=2, padding=1)
    wide = net.add("adaptive_average", "adaptive", "probe", height=3, width=2)
    net.add("flatten", "flatten1", "average")
    net.add("flatten", "flatten2", wide)
    net.add("concatenate", "join", "flatten1", "flatten2")
    net.add("linear", "fc1", channels=12, bias=1)
    net.add("relu", "relu1")
    net.add("dropout", "dropout", rate=0)
    net.add("linear", "fc2", channels=10)
    net.add("leaky_relu", "leaky4", slope=0.3)
    net.add("linear", "fc3", channels=2, bias=1)
    return net


def draw_parameters(net, generator):
    for name, parameter in net.parameters.items():
        values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        if parameter.dim() > 1:
            values *= (2 / parameter[0].numel()) ** 0.5
        elif name.endswith("running_var"):
            values = values.abs() + 0.5
        elif name.endswith("weight"):
            values = 1 + 0.2 * values
        else:
            values *= 0.2
        parameter.copy_(values.float())


def channels_last(tensor):
    return tensor.permute(0, 2, 3, 1)


def joined(tensors):
    return torch.cat([t.flatten() for t in tensors])


def class_gradients(run, x, labels, wanted):
    """Gradients of sum_i logits[i][labels[i]]."""
    values = run(x)
    logits = list(values.values())[-1].flatten(1)
    targets = [values[name] for name in wanted]
    return torch.autograd.grad(logits.gather(1, labels[:, None]).sum(), targets)


def make_network(net, directory, generator):
    os.makedirs(directory, exist_ok=True)
    draw_parameters(net, generator)
    channels, height, width = net.shapes["input"]
    classes = net.shapes[net.layers[-1][1]][0]
    x = torch.randn(N, channels, height, width, generator=generator).double().requires_grad_()
    labels = torch.randint(classes, (N,), generator=generator)
    for parameter in net.trainable().values():
        parameter.requires_grad_()

    arrays = {"input": channels_last(x), "labels": labels,
              "parameters": joined(net.parameters.values())}
    values = net.run(x)
    arrays["logits"] = list(values.values())[-1].flatten(1)
    arrays["layer"] = channels_last(values["probe"])
    grad_input, grad_layer = class_gradients(net.run, x, labels, ("input", "probe"))
    arrays["grad_input"], arrays["grad_layer"] = map(channels_last, (grad_input, grad_layer))
    (guided,) = class_gradients(GuidedLayers(net).run, x, labels, ("input",))
    arrays["guided_input"] = channels_last(guided)

    logits = list(net.run(x, training=True).values())[-1].flatten(1)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    trainable = net.trainable()
    arrays["gradients"] = joined(torch.autograd.grad(loss, list(trainable.values())))
    arrays["loss"] = loss.reshape(1)
    running = [p for n, p in net.parameters.items() if n not in trainable]
    arrays["statistics"] = joined(running) if running else torch.zeros(0)

    with open(os.path.join(directory, "network.txt"), "w") as file:
        file.write(net.text())
    write(directory, arrays)


def make_optimisers(directory, generator):
    os.makedirs(directory, exist_ok=True)
    n, steps = 40, 5
    start = torch.randn(n, generator=generator)
    gradients = torch.randn(steps, n, generator=generator)
    arrays = {"start": start, "gradients": gradients}
    optimisers = {
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.05),
        "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.5, weight_decay=0.05),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    }
    for name, make in optimisers.items():
        values = start.double().clone().requires_grad_()
        optimiser = make([values])
        after = []
        for step in range(steps):
            values.grad = gradients[step].double().clone()
            optimiser.step()
            after.append(values.detach().clone())
        arrays[name] = torch.stack(after)
    write(directory, arrays)


def write(directory, arrays):
    for name, array in arrays.items():
        values = numpy.ascontiguousarray(array.detach().numpy())
        numpy.save(os.path.join(directory, name + ".npy"),
                   values.astype("<i8" if values.dtype == numpy.int64 else "<f4"))


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else "tests/unit/golden"
    generator = torch.Generator().manual_seed(7)
    for make in (starcnet_like, resnet_like, members_like):
        make_network(make(), os.path.join(directory, make.__name__), generator)
    make_optimisers(os.path.join(directory, "optimisers"), generator)


if __name__ == "__main__":
    main()
