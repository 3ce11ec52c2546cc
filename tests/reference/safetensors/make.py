import json, os, struct, numpy as np
D = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
def bf16(v): return (np.array(v, dtype=np.float32).view(np.uint32) >> 16).astype("<u2")
def write(path, meta, tensors):
    h, data = {}, b""
    if meta: h["__metadata__"] = meta
    for name, dtype, shape, raw in tensors:
        h[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    t = json.dumps(h, separators=(",", ":"), ensure_ascii=False).encode()
    t += b" " * (-len(t) % 8)
    open(path, "wb").write(struct.pack("<Q", len(t)) + t + data)
def a(v, t): return np.array(v, dtype=t).tobytes()
with np.errstate(over="ignore"):
    write(D + "mixed.safetensors", {"format": "np", "note": "größer"}, [
        ("half", "F16", [2, 3], a([0.5, -2, 65504, 6e-8, np.inf, 0.1], "<f2")),
        ("brain", "BF16", [4], bf16([1, -3.140625, 3.3895313892515355e38, 0]).tobytes()),
        ("integers", "I64", [2], a([1, -2], "<i8")),
        ("single", "F32", [3, 2], a([1.5, -2.25, 0.1, 3e38, 1e-45, -np.inf], "<f4")),
        ("empty", "F32", [0, 3], b""),
        ("scalar", "F64", [], a([42], "<f8")),
        ("double", "F64", [1, 4], a([0.1, np.pi, -1e300, 5e-324], "<f8"))])
write(D + "written.safetensors", {"format": "pt"}, [
    ("moments", "F64", [2], a([1e300, -2], "<f8")),
    ("scale", "F64", [], a([0.1], "<f8")),
    ("layer0.bias", "F32", [3], a([-1, 0, 1e-3], "<f4")),
    ("layer0.weight", "F32", [2, 3], a([1, 2, 3, 4, 5, 6.5], "<f4"))])
