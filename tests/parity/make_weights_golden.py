#!/usr/bin/python3
"""Writes tests/parity/weights/*: one tiny network's weights in every format skyclass reads, and
files it must refuse. Debian's python3-torch 1.13; run from the repository's top.

The network is what tests/unit/test_weights.c builds: conv 3x3 2->4 with batch norm, linear 4->3.
"""
import collections
import io
import json
import os
import pickle
import struct
import zipfile

import torch

OUT = "tests/parity/weights"


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 4, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        return self.fc(x.mean((2, 3)))


def path(name):
    return os.path.join(OUT, name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


def tiny():
    """Values that float16 and bfloat16 hold exactly: k/8 for k in -31 .. 31."""
    model = Tiny().eval()
    state = model.state_dict()
    k = 0
    for name, tensor in state.items():
        flat = tensor.view(-1)
        for i in range(flat.numel()):
            k = (k + 7) % 63
            flat[i] = (k - 31) / 8 if tensor.dtype == torch.float32 else 5
        if name.endswith("running_var"):
            tensor.abs_().add_(1)
    return model


def save_bytes(obj, **arguments):
    stream = io.BytesIO()
    torch.save(obj, stream, **arguments)
    return stream.getvalue()


def rezip(data, change):
    """The archive with change(name, content) -> (name, content) applied to each entry."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            changed = change(entry.filename, old.read(entry))
            if changed is not None:
                new.writestr(zipfile.ZipInfo(changed[0]), changed[1])
    return stream.getvalue()


def big_endian(state):
    """The archive a big-endian machine writes, with the entry "byteorder" of PyTorch 2.1."""

    def swap(name, content):
        if "/data/" in name:
            return name, b"".join(content[i:i + 4][::-1] for i in range(0, len(content), 4))
        return name, content

    data = rezip(save_bytes(floats(state)), swap)
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(archive.namelist()[0].split("/")[0] + "/byteorder", "big")
    return stream.getvalue()


def floats(state):
    return collections.OrderedDict((k, v) for k, v in state.items() if v.is_floating_point())


def safetensors(state, dtype="F32", convert=torch.Tensor.float):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in floats(state).items():
        data = convert(tensor).contiguous().view(torch.uint8 if dtype == "U8" else
                                                 convert(tensor).dtype)
        data = data.view(torch.int16).numpy().tobytes() if dtype in ("F16", "BF16") else \
            data.numpy().tobytes()
        header[name] = {"dtype": dtype, "shape": list(tensor.shape),
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def shared_views(state):
    """Every tensor a view into one storage; the convolution's with its axes reversed."""
    tensors = floats(state)
    pool = torch.zeros(1 + sum(t.numel() for t in tensors.values()))
    views, at = collections.OrderedDict(), 1
    for name, tensor in tensors.items():
        part = pool[at:at + tensor.numel()]
        at += tensor.numel()
        if tensor.dim() == 4:
            part = part.view(*reversed(tensor.shape)).permute(3, 2, 1, 0)
        else:
            part = part.view(tensor.shape)
        part.copy_(tensor)
        views[name] = part
    return views


class Evil:
    def __reduce__(self):
        return os.system, ("touch PWNED",)


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx_float_data(state):
    """Initialisers in float_data (packed) instead of raw_data, as other exporters write them."""
    graph = b""
    for name, tensor in floats(state).items():
        dims = b"".join(varint(1 << 3) + varint(d) for d in tensor.shape)
        graph += field(5, dims + varint(2 << 3) + varint(1) + field(8, name.encode()) +
                       field(4, tensor.contiguous().numpy().tobytes()))
    return varint(1 << 3) + varint(7) + field(7, graph)


def main():
    os.makedirs(OUT, exist_ok=True)
    model = tiny()
    state = model.state_dict()

    write("plain.pth", save_bytes(state))
    write("legacy.pth", save_bytes(state, _use_new_zipfile_serialization=False))
    write("protocol4.pth", save_bytes(state, pickle_protocol=4))
    write("half.pth", save_bytes({k: v.half() for k, v in floats(state).items()}))
    write("bfloat16.pth", save_bytes({k: v.bfloat16() for k, v in floats(state).items()}))
    write("double.pth", save_bytes({k: v.double() for k, v in floats(state).items()}))
    write("big_endian.pth", big_endian(state))
    write("module.pth", save_bytes({"module." + k: v for k, v in state.items()}))
    write("parameters.pth", save_bytes(collections.OrderedDict(
        (k, torch.nn.Parameter(v)) for k, v in floats(state).items())))
    write("views.pth", save_bytes(shared_views(state)))
    write("views_legacy.pth", save_bytes(shared_views(state), _use_new_zipfile_serialization=False))
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.ones(2, 2, 5, 5)).sum().backward()
    optimiser.step()
    optimiser_state = optimiser.state_dict()
    model.load_state_dict(tiny().state_dict())
    checkpoint = {"epoch": 3, "best": 0.5, "flags": [True, None, (1, -2, 2 ** 40)],
                  "optimizer": optimiser_state, "loss": torch.ones(2)}
    write("checkpoint.pth", save_bytes({**checkpoint, "state_dict": state}))
    write("checkpoint_legacy.pth", save_bytes({**checkpoint, "model_state_dict": state},
                                              _use_new_zipfile_serialization=False))
    write("plain.safetensors", safetensors(state))
    write("half.safetensors", safetensors(state, "F16", torch.Tensor.half))
    write("bfloat16.safetensors", safetensors(state, "BF16", torch.Tensor.bfloat16))
    stream = io.BytesIO()
    torch.onnx.export(model, torch.zeros(1, 2, 5, 5), stream, training=torch.onnx.TrainingMode.PRESERVE,
                      do_constant_folding=False, opset_version=13)
    write("plain.onnx", stream.getvalue())
    write("float_data.onnx", onnx_float_data(state))

    plain = save_bytes(state)
    write("evil.pth", save_bytes({"state_dict": Evil()}))
    write("evil_legacy.pth", save_bytes(Evil(), _use_new_zipfile_serialization=False))
    write("evil_protocol4.pth", save_bytes({"w": Evil()}, pickle_protocol=4))
    write("evil_plain.pkl", pickle.dumps(Evil(), protocol=2))
    write("truncated.pth", plain[:len(plain) // 2])
    write("truncated_legacy.pth",
          save_bytes(state, _use_new_zipfile_serialization=False)[:-40])
    write("no_storage.pth", rezip(plain, lambda n, c: None if n.endswith("/data/2") else (n, c)))
    write("short_storage.pth",
          rezip(plain, lambda n, c: (n, c[:8] if n.endswith("/data/0") else c)))
    write("no_pickle.zip", rezip(plain, lambda n, c: None if n.endswith(".pkl") else (n, c)))
    write("whole_module.pth", save_bytes(torch.nn.Linear(2, 2)))
    write("tensor_only.pth", save_bytes(torch.ones(3)))
    write("truncated.safetensors", safetensors(state)[:-40])
    write("misfit.pth", save_bytes({"conv.weight": torch.ones(4, 2, 5, 5), "conv.bias": torch.ones(4),
                                    "head.weight": torch.ones(1)}))


main()
