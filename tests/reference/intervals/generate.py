"""Elementary functions at doubles, each as the pair of neighbouring doubles around the real value (equal where the value is a double): mpmath at 60 digits and more."""
import json, math, random
from mpmath import mp, mpf

mp.prec = 400
random.seed(1788)

def neighbours(value):
    nearest = float(value)
    if math.isinf(nearest):
        return (1.7976931348623157e308, math.inf) if nearest > 0 else (-math.inf, -1.7976931348623157e308)
    if mpf(nearest) == value:
        return nearest, nearest
    return (nearest, math.nextafter(nearest, math.inf)) if mpf(nearest) < value else (math.nextafter(nearest, -math.inf), nearest)

def uniform(low, high):
    return lambda: random.uniform(low, high)

def wide(low, high, signed=True):
    return lambda: random.choice([-1, 1] if signed else [1]) * random.uniform(1, 2) * 2.0 ** random.randint(low, high)

functions = {
    "exp": (mp.exp, [uniform(-5, 5), uniform(-745, 710), wide(-60, 0)]),
    "expm1": (mp.expm1, [uniform(-3, 3), wide(-80, -1), uniform(-40, 700)]),
    "exp2": (lambda x: mpf(2) ** x, [uniform(-10, 10), uniform(-1070, 1023)]),
    "exp10": (lambda x: mpf(10) ** x, [uniform(-10, 10), uniform(-320, 308)]),
    "log": (mp.log, [uniform(0.1, 9), wide(-1000, 1000, False), lambda: 1 + random.uniform(-1, 1) * 2.0 ** random.randint(-50, -3)]),
    "log2": (lambda x: mp.log(x) / mp.log(2), [uniform(0.1, 9), wide(-1000, 1000, False), lambda: 1 + random.uniform(-1, 1) * 2.0 ** random.randint(-50, -3)]),
    "log10": (mp.log10, [uniform(0.1, 9), wide(-1000, 1000, False), lambda: 1 + random.uniform(-1, 1) * 2.0 ** random.randint(-50, -3)]),
    "log1p": (mp.log1p, [uniform(-0.9, 3), wide(-80, -2), wide(3, 900, False)]),
    "sin": (mp.sin, [uniform(-7, 7), wide(-60, 0), wide(3, 1000)]),
    "cos": (mp.cos, [uniform(-7, 7), wide(-60, 0), wide(3, 1000)]),
    "tan": (mp.tan, [uniform(-7, 7), wide(-60, 0), wide(3, 1000)]),
    "asin": (mp.asin, [uniform(-1, 1), wide(-60, -2)]),
    "acos": (mp.acos, [uniform(-1, 1), wide(-60, -2), lambda: 1 - 2.0 ** random.uniform(-50, -5)]),
    "atan": (mp.atan, [uniform(-5, 5), wide(-60, 200)]),
    "sinh": (mp.sinh, [uniform(-4, 4), wide(-60, 0), uniform(-710, 710)]),
    "cosh": (mp.cosh, [uniform(-4, 4), uniform(-710, 710)]),
    "tanh": (mp.tanh, [uniform(-4, 4), wide(-60, 4)]),
    "asinh": (mp.asinh, [uniform(-4, 4), wide(-60, 400)]),
    "acosh": (mp.acosh, [uniform(1, 5), wide(2, 400, False), lambda: 1 + 2.0 ** random.uniform(-50, -1)]),
    "atanh": (mp.atanh, [uniform(-1, 1), wide(-60, -2)]),
    "sqrt": (mp.sqrt, [uniform(0, 9), wide(-1000, 1000, False)]),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [uniform(-9, 9), wide(-1000, 1000)]),
    "root7": (lambda x: mp.sign(x) * mp.root(abs(x), 7), [uniform(-9, 9), wide(-1000, 1000)]),
    "cube": (lambda x: x ** 3, [uniform(-9, 9), wide(-300, 300)]),
    "power100": (lambda x: x ** 100, [uniform(-3, 3), wide(-8, 8)]),
    "power-3": (lambda x: x ** -3, [uniform(-9, 9), wide(-300, 300)]),
    "power2.5": (lambda x: x ** mpf(2.5), [uniform(0, 9), wide(-300, 300, False)]),
    "sinpi": (lambda x: mp.sinpi(x), [uniform(-3, 3), wide(-60, 30)]),
    "cospi": (lambda x: mp.cospi(x), [uniform(-3, 3), wide(-60, 30)]),
}
rows = []
for name, (function, draws) in functions.items():
    for draw in draws:
        for _ in range(12):
            x = draw()
            if mpf(x) == 0:
                continue
            low, high = neighbours(function(mpf(x)))
            rows.append([name, repr(x), repr(low), repr(high)])
with open("functions.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
