"""Models of the NIST sets with their Jacobians for SciPy: every function takes parameters and predictors and returns values and a matrix of derivatives."""
import json

import numpy as np
from scipy.optimize import least_squares

np.seterr(all="ignore")


def saturation(b, x):
    e = np.exp(-b[1] * x)
    return b[0] * (1 - e), np.stack([1 - e, b[0] * x * e], 1)


def misra1c(b, x):
    q = 1 + 2 * b[1] * x
    root = np.sqrt(q)
    return b[0] * (1 - 1 / root), np.stack([1 - 1 / root, b[0] * x / (q * root)], 1)


def misra1d(b, x):
    q = 1 + b[1] * x
    return b[0] * b[1] * x / q, np.stack([b[1] * x / q, b[0] * x / (q * q)], 1)


def chwirut(b, x):
    q = b[1] + b[2] * x
    value = np.exp(-b[0] * x) / q
    return value, np.stack([-x * value, -value / q, -x * value / q], 1)


def power(b, x):
    p = x ** b[1]
    return b[0] * p, np.stack([p, b[0] * p * np.log(x)], 1)


def three_exponentials(b, x):
    e = np.exp(-np.outer(x, b[1::2]))
    jacobian = np.empty((len(x), 6))
    jacobian[:, 0::2] = e
    jacobian[:, 1::2] = -x[:, None] * e * b[0::2]
    return e @ b[0::2], jacobian


def two_peaks(b, x):
    decay = np.exp(-b[1] * x)
    value, columns = b[0] * decay, [decay, -b[0] * x * decay]
    for k in (2, 5):
        z = (x - b[k + 1]) / b[k + 2]
        e = np.exp(-z * z)
        value = value + b[k] * e
        columns += [e, 2 * b[k] * e * z / b[k + 2], 2 * b[k] * e * z * z / b[k + 2]]
    return value, np.stack(columns, 1)


def nelson(b, x):
    e = np.exp(-b[2] * x[:, 1])
    return b[0] - b[1] * x[:, 0] * e, np.stack([np.ones(len(e)), -x[:, 0] * e, b[1] * x[:, 0] * x[:, 1] * e], 1)


def cubic_rational(b, x):
    p = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
    q = 1 + x * (b[4] + x * (b[5] + x * b[6]))
    r = -p * x / (q * q)
    return p / q, np.stack([1 / q, x / q, x * x / q, x * x * x / q, r, r * x, r * x * x], 1)


def roszman(b, x):
    d = x - b[3]
    q = np.pi * (d * d + b[2] * b[2])
    return b[0] - b[1] * x - np.arctan(b[2] / d) / np.pi, np.stack([np.ones(len(x)), -x, -d / q, -b[2] / q], 1)


def kowalik_osborne(b, x):
    p, q = x * x + x * b[1], x * x + x * b[2] + b[3]
    return b[0] * p / q, np.stack([p / q, b[0] * x / q, -b[0] * p * x / (q * q), -b[0] * p / (q * q)], 1)


def two_exponentials(b, x):
    e3, e4 = np.exp(-x * b[3]), np.exp(-x * b[4])
    return b[0] + b[1] * e3 + b[2] * e4, np.stack([np.ones(len(x)), e3, e4, -b[1] * x * e3, -b[2] * x * e4], 1)


def peak(b, x):
    z = (x - b[2]) / b[1]
    e = np.exp(-0.5 * z * z)
    value = b[0] / b[1] * e
    return value, np.stack([e / b[1], value * (z * z - 1) / b[1], value * z / b[1]], 1)


def bennett(b, x):
    total = b[1] + x
    p = total ** (-1 / b[2])
    return b[0] * p, np.stack([p, -b[0] * p / (b[2] * total), b[0] * p * np.log(total) / (b[2] * b[2])], 1)


def logistic(b, x):
    e = np.exp(b[1] - b[2] * x)
    q = 1 + e
    return b[0] / q, np.stack([1 / q, -b[0] * e / (q * q), b[0] * x * e / (q * q)], 1)


MODELS = dict(
    Misra1a=saturation, BoxBOD=saturation, Misra1c=misra1c, Misra1d=misra1d, Chwirut2=chwirut, DanWood=power, Lanczos1=three_exponentials, Lanczos3=three_exponentials,
    Gauss1=two_peaks, Gauss3=two_peaks, Nelson=nelson, Hahn1=cubic_rational, Roszman1=roszman, MGH09=kowalik_osborne, MGH17=two_exponentials, Eckerle4=peak,
    Bennett5=bennett, Rat42=logistic)


def load(text):
    """A set as SciPy's arguments: residuals, Jacobian and both starting points."""
    entry = json.loads(text)
    data = np.array(entry["data"], dtype=float)
    y = np.log(data[:, 0]) if entry["response"] == "ln(y)" else data[:, 0]
    x = data[:, 1] if data.shape[1] == 2 else data[:, 1:]
    model = MODELS[entry["name"]]
    return lambda b: model(b, x)[0] - y, lambda b: model(b, x)[1], np.array(entry["start_1"]), np.array(entry["start_2"])


def fit(problem):
    """Both fits of a set by MINPACK, with the tolerances of the other side."""
    residuals, jacobian, *starts = problem
    for start in starts:
        least_squares(residuals, start, jacobian, method="lm", x_scale="jac", ftol=1e-15, xtol=1e-12, gtol=1e-15)
