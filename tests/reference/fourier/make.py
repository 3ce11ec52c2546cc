"""Values of SciPy and NumPy for the conventions of Fourier-related transforms: python3 make.py > conventions.json"""
import json

import numpy as np
import scipy
import scipy.fft
import scipy.signal

rng = np.random.default_rng(20)
cases = []
for kind in (1, 2, 3, 4):
    for name in ("dct", "dst"):
        for n in (1, 2, 3, 4, 5, 8, 9, 15, 16, 33, 64, 101):
            if name == "dct" and kind == 1 and n == 1:
                continue
            x = np.round(rng.normal(size=n), 4)
            f, g = getattr(scipy.fft, name), getattr(scipy.fft, "i" + name)
            cases.append({
                "id": f"{name}{kind}-{n}", "x": x.tolist(), "forward": f(x, kind).tolist(), "inverse": g(x, kind).tolist(),
                "forward_ortho": f(x, kind, norm="ortho").tolist(), "inverse_ortho": g(x, kind, norm="ortho").tolist()})
for m, n in ((1, 1), (4, 1), (7, 3), (7, 4), (8, 3), (8, 4), (3, 7), (4, 7), (3, 8), (4, 8), (5, 5), (6, 6), (40, 17)):
    u, v = np.round(rng.normal(size=m), 3), np.round(rng.normal(size=n), 3)
    cases.append({"id": f"modes-{m}-{n}", "u": u.tolist(), "v": v.tolist(), **{
        f"numpy_{f.__name__}_{mode}": f(u, v, mode).tolist() for f in (np.convolve, np.correlate) for mode in ("full", "same", "valid")}, **{
        f"scipy_{f.__name__}_same": f(u, v, "same", method="direct").tolist() for f in (scipy.signal.convolve, scipy.signal.correlate)}})
for (a, b), (c, d) in (((5, 6), (2, 4)), ((4, 4), (3, 2)), ((2, 3), (4, 5)), ((7, 3), (2, 2))):
    u, v = np.round(rng.normal(size=(a, b)), 3), np.round(rng.normal(size=(c, d)), 3)
    cases.append({"id": f"conv2d-{a}x{b}-{c}x{d}", "u": u.tolist(), "v": v.tolist(), **{mode: scipy.signal.convolve2d(u, v, mode).tolist() for mode in ("full", "same", "valid")}})
print("{\"source\": " + json.dumps(f"scipy {scipy.__version__}, numpy {np.__version__}") + ", \"cases\": [\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]}")
