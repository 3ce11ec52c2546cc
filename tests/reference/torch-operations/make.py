"""Writes operations.json: results and gradients of tensor operations by PyTorch in double precision.

Each case has random arguments, a function, and random weights: the gradients are those of the sum of all results times their weights.
"""
import json
import os

import torch
import torch.nn.functional as F

torch.manual_seed(20230413)
torch.set_default_dtype(torch.float64)
cases = []


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [float(v) for v in tensor.detach().contiguous().reshape(-1)]}


def case(name, function, *shapes, shift=0.0):
    inputs = [(torch.randn(shape) + shift).requires_grad_() for shape in shapes]
    outputs = function(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    weights = [torch.randn(o.shape) for o in outputs]
    total = sum((o * w).sum() for o, w in zip(outputs, weights))
    gradients = torch.autograd.grad(total, inputs, allow_unused=True)
    cases.append({
        "id": name,
        "inputs": [flat(x) for x in inputs],
        "outputs": [flat(o) for o in outputs],
        "weights": [flat(w) for w in weights],
        "gradients": [flat(torch.zeros_like(x) if g is None else g) for g, x in zip(gradients, inputs)],
    })


def conv2(x, w, **options):
    return F.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), **options).permute(0, 2, 3, 1)


def conv1(x, w, **options):
    return F.conv1d(x.permute(0, 2, 1), w.permute(2, 1, 0), **options).permute(0, 2, 1)


def transposed2(x, w, **options):
    # The kernel lies [rows, columns, results / groups, channels].
    return F.conv_transpose2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), **options).permute(0, 2, 3, 1)


def channels_first(function):
    return lambda x: function(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def symmetric(a):
    return 0.5 * (a + a.transpose(-1, -2))


def definite(a):
    return a @ a.transpose(-1, -2) + 0.5 * torch.eye(a.shape[-1])


def eigen(a):
    values, vectors = torch.linalg.eigh(symmetric(a))
    largest = vectors.abs().argmax(-2, keepdim=True)
    return values, vectors * vectors.gather(-2, largest).sign()


def pairs(y):
    return torch.view_as_real(y)


indices = torch.tensor([[2, 0, 1], [1, 1, 3]])
case("convolve2d", lambda x, w: conv2(x, w), (2, 5, 6, 3), (3, 2, 3, 4))
case("convolve2d stride padding dilation", lambda x, w: conv2(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2)), (2, 6, 7, 2), (3, 2, 2, 3))
case("convolve2d groups", lambda x, w: conv2(x, w, padding=1, groups=2), (2, 4, 5, 4), (3, 3, 2, 6))
case("convolve2d depthwise", lambda x, w: conv2(x, w, stride=2, padding=1, groups=4), (1, 5, 6, 4), (3, 3, 1, 4))
case("convolve2d pointwise", lambda x, w: conv2(x, w), (2, 3, 4, 5), (1, 1, 5, 3))
case("convolve1d", lambda x, w: conv1(x, w, stride=2, padding=2, dilation=2), (2, 9, 3), (4, 3, 5))
case("transposed2d", lambda x, w: transposed2(x, w, stride=2, padding=1, output_padding=1), (2, 3, 4, 3), (3, 3, 2, 3))
case("max pool", channels_first(lambda x: F.max_pool2d(x, (3, 2), stride=(2, 2), padding=(1, 0))), (2, 6, 6, 3))
case("average pool", channels_first(lambda x: F.avg_pool2d(x, (3, 2), stride=2, padding=1)), (2, 5, 6, 3))
case("average pool without padding", channels_first(lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)), (2, 5, 6, 3))
case("gather", lambda x: x.gather(1, indices), (2, 4))
case("scatter add", lambda x: torch.zeros(2, 5).scatter_add(1, indices, x), (2, 3))
case("take", lambda x: x[indices], (4, 3))
case("segment sum", lambda x: torch.zeros(4, 2).index_add(0, torch.tensor([3, 0, 3, 1, 0]), x), (5, 2))
case("sort", lambda x: torch.sort(x, dim=0, descending=True, stable=True)[0], (5, 3))
case("top k", lambda x: torch.topk(x, 3, dim=-1)[0], (2, 7))
case("cumulative sum", lambda x: torch.cumsum(x, 1), (3, 4, 2))
case("cholesky", lambda a: torch.linalg.cholesky(definite(a)), (2, 4, 4))
case("triangular solve", lambda a, b: torch.linalg.solve_triangular(torch.tril(a), b, upper=False), (2, 4, 4), (2, 4, 3), shift=0.7)
case("triangular solve transposed unit", lambda a, b: torch.linalg.solve_triangular(torch.triu(a, 1).transpose(-1, -2), b, upper=False, unitriangular=True), (4, 4), (4, 2))
case("solve", lambda a, b: torch.linalg.solve(a, b), (2, 4, 4), (2, 4, 3))
case("solve definite", lambda a, b: torch.linalg.solve(definite(a), b), (4, 4), (4, 2))
case("inverse", lambda a: torch.linalg.inv(a), (2, 3, 3))
case("log determinant", lambda a: torch.linalg.slogdet(a)[1], (3, 4, 4))
case("log determinant definite", lambda a: torch.logdet(definite(a)), (4, 4))
case("determinant", lambda a: torch.linalg.det(a), (3, 3, 3))
case("symmetric eigen", eigen, (2, 5, 5))
case("fft", lambda x: pairs(torch.fft.fft(torch.view_as_complex(x))), (2, 6, 2))
case("inverse fft", lambda x: pairs(torch.fft.ifft(torch.view_as_complex(x))), (7, 2))
case("real fft", lambda x: pairs(torch.fft.rfft(x)), (2, 8))
case("real fft odd", lambda x: pairs(torch.fft.rfft(x)), (9,))
case("inverse real fft", lambda x: torch.fft.irfft(torch.view_as_complex(x), 8), (5, 2))
case("inverse real fft odd", lambda x: torch.fft.irfft(torch.view_as_complex(x), 9), (5, 2))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "operations.json"), "w") as file:
    json.dump({"torch": torch.__version__, "cases": cases}, file, indent=None, separators=(",", ":"))
    file.write("\n")
