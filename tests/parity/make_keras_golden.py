#!/usr/bin/python3
"""Small files as Keras writes them, by h5py, and what Keras would make of an input, by PyTorch:
make_keras_golden.py DIRECTORY

whole.h5 describes its network (sequential), functional.h5 too (with a sum and a concatenation);
weights.h5 has weights alone, of the layers of VGG: convolutions, flatten, fully connected. NAME.input
is [rows][columns][channels], NAME.output what comes out, float32, little-endian.
"""
import json
import os
import sys

import h5py
import numpy as np
import torch
from torch.nn import functional

RANDOM = np.random.default_rng(5)


def numbers(*shape):
    return (RANDOM.standard_normal(shape) * 0.4).astype("<f4")


def write(path, layers, config=None, **packed):
    with h5py.File(path, "w") as file:
        root = file
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
            root = file.create_group("model_weights")
        root.attrs["layer_names"] = np.array([name.encode() for name, _ in layers])
        for name, weights in layers:
            group = root.create_group(name)
            group.attrs["weight_names"] = np.array([f"{name}/{kind}:0".encode() for kind, _ in weights])
            for kind, values in weights:
                group.create_dataset(f"{name}/{kind}:0", data=values, **(packed if values.size > 99 else {}))


def layer(kind, name, **config):
    return {"class_name": kind, "name": name, "config": dict(config, name=name)}


def images(values):
    return torch.tensor(values)[None].permute(0, 3, 1, 2)


def convolve(x, kernel, bias, stride=1, groups=1):
    """With TensorFlow's "same": what is odd in the padding comes last."""
    size, span = x.shape[2], kernel.shape[0]
    needed = max((-(-size // stride) - 1) * stride + span - size, 0)
    x = functional.pad(x, (needed // 2, needed - needed // 2) * 2)
    if groups > 1:
        kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, span, span)
    else:
        kernel = kernel.transpose(3, 2, 0, 1)
    return functional.conv2d(x, torch.tensor(kernel.copy()), torch.tensor(bias), stride=stride, groups=groups)


def flat(x):
    return x.permute(0, 2, 3, 1).reshape(1, -1).numpy()


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def save(directory, name, x, y):
    x.astype("<f4").tofile(os.path.join(directory, name + ".input"))
    np.asarray(y, "<f4").tofile(os.path.join(directory, name + ".output"))


def whole(directory):
    x = numbers(11, 11, 2)
    k1, b1, k2, b2 = numbers(4, 4, 2, 5), numbers(5), numbers(3, 3, 5, 2), numbers(10)
    gamma, beta, mean, variance = numbers(5), numbers(5), numbers(5), abs(numbers(5)) + 0.5
    d1, c1, d2, c2 = numbers(90, 7), numbers(7), numbers(7, 3), numbers(3)
    layers = [layer("Conv2D", "a", batch_input_shape=[None, 11, 11, 2], kernel_size=[4, 4], strides=[2, 2],
                    padding="same", activation="linear", use_bias=True),
              layer("BatchNormalization", "b", epsilon=1e-3, momentum=0.99, scale=True, center=True),
              layer("LeakyReLU", "c", alpha=0.3),
              layer("DepthwiseConv2D", "d", kernel_size=[3, 3], strides=[1, 1], padding="same",
                    activation="relu", use_bias=True),
              layer("AveragePooling2D", "e", pool_size=[3, 3], strides=[2, 2], padding="same"),
              layer("Flatten", "f"), layer("Dropout", "g", rate=0.5),
              layer("Dense", "h", units=7, activation="tanh", use_bias=True),
              layer("Dense", "i", units=3, activation="softmax", use_bias=True)]
    write(os.path.join(directory, "whole.h5"),
          [("a", [("kernel", k1), ("bias", b1)]),
           ("b", [("gamma", gamma), ("beta", beta), ("moving_mean", mean), ("moving_variance", variance)]),
           ("c", []), ("d", [("depthwise_kernel", k2), ("bias", b2)]), ("e", []), ("f", []), ("g", []),
           ("h", [("kernel", d1), ("bias", c1)]), ("i", [("kernel", d2), ("bias", c2)])],
          {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}, compression="gzip", shuffle=True)
    y = convolve(images(x), k1, b1, stride=2)
    y = functional.batch_norm(y, torch.tensor(mean), torch.tensor(variance), torch.tensor(gamma),
                              torch.tensor(beta), eps=1e-3)
    y = functional.leaky_relu(y, 0.3)
    y = functional.relu(convolve(y, k2, b2, groups=5))
    y = functional.avg_pool2d(y, 3, 2, 1, ceil_mode=False, count_include_pad=False) if y.shape[2] % 2 else \
        functional.avg_pool2d(y, 3, 2, ceil_mode=True, count_include_pad=False)
    y = np.tanh(flat(y) @ d1 + c1)
    save(directory, "whole", x, softmax(y @ d2 + c2))


def functional_model(directory):
    x = numbers(8, 8, 3)
    k1, b1, k2, b2, d, c = (numbers(3, 3, 3, 4), numbers(4), numbers(3, 3, 4, 4), numbers(4), numbers(8, 1),
                            numbers(1))
    source = lambda *names: [[[name, 0, 0, {}] for name in names]]
    layers = [dict(layer("InputLayer", "in", batch_input_shape=[None, 8, 8, 3]), inbound_nodes=[]),
              dict(layer("Conv2D", "a", kernel_size=[3, 3], padding="same", activation="relu"),
                   inbound_nodes=source("in")),
              dict(layer("Conv2D", "b", kernel_size=[3, 3], padding="same"), inbound_nodes=source("a")),
              dict(layer("Add", "sum"), inbound_nodes=source("a", "b")),
              dict(layer("Concatenate", "join", axis=-1), inbound_nodes=source("sum", "a")),
              dict(layer("GlobalAveragePooling2D", "mean"), inbound_nodes=source("join")),
              dict(layer("Dense", "last", activation="sigmoid"), inbound_nodes=source("mean"))]
    write(os.path.join(directory, "functional.h5"),
          [("a", [("kernel", k1), ("bias", b1)]), ("b", [("kernel", k2), ("bias", b2)]),
           ("last", [("kernel", d), ("bias", c)])],
          {"class_name": "Functional", "config": {"name": "m", "layers": layers}})
    a = functional.relu(convolve(images(x), k1, b1))
    y = torch.cat((a + convolve(a, k2, b2), a), 1).mean((2, 3)).numpy()
    save(directory, "functional", x, 1 / (1 + np.exp(-(y @ d + c))))


def weights(directory):
    x = numbers(6, 6, 2)
    k, b, d, c = numbers(3, 3, 2, 4), numbers(4), numbers(36, 3), numbers(3)
    write(os.path.join(directory, "weights.h5"),
          [("block1_conv1", [("W_1", k), ("b_1", b)]), ("block1_pool", []), ("flatten", []),
           ("predictions", [("W_1", d), ("b_1", c)])])
    y = functional.max_pool2d(functional.relu(convolve(images(x), k, b)), 2)
    save(directory, "weights", x, flat(y) @ d + c)


if __name__ == "__main__":
    for make in (whole, functional_model, weights):
        make(sys.argv[1])
