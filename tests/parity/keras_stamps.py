#!/usr/bin/python3
"""What Keras would make of the stamps of star_empty, stated in NumPy and PyTorch: keras_stamps.py DIRECTORY

DIRECTORY has the network (DL_model.h5) and two folders of stamps. The network: 30 x 30 grey values / 255,
20 kernels of 3 x 3 with the size kept, ReLU, 2 x 2 maxima, flattened by rows, columns, channels, one
sigmoid. Writes "file sigmoid" a line; reads the weights by h5py and nothing of skyclass.
"""
import glob
import os
import sys

import h5py
import numpy as np
import torch
from PIL import Image
from torch.nn import functional


def main(directory):
    with h5py.File(os.path.join(directory, "DL_model.h5")) as file:
        weights = file["model_weights"]
        kernel, bias = (np.array(weights["conv2d_1/conv2d_1"][name]) for name in ("kernel:0", "bias:0"))
        dense, last = (np.array(weights["dense_1/dense_1"][name]) for name in ("kernel:0", "bias:0"))
    for path in sorted(glob.glob(os.path.join(directory, "sample_*", "*.jpg"))):
        grey = np.array(Image.open(path).convert("L"), dtype=np.float32) / 255
        x = functional.conv2d(torch.tensor(grey)[None, None], torch.tensor(kernel.transpose(3, 2, 0, 1)),
                              torch.tensor(bias), padding=1)
        x = functional.max_pool2d(functional.relu(x), 2)[0].numpy()
        z = x.transpose(1, 2, 0).reshape(-1) @ dense[:, 0] + last[0]
        print(f"{os.path.relpath(path, directory)} {1 / (1 + np.exp(-z)):.7f}")


if __name__ == "__main__":
    main(sys.argv[1])
