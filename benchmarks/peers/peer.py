"""The Python side of the comparison: executes set-ups and times statements on request, one JSON line in, one out."""
import gc
import json
import sys
import time

import numpy as np

space = {"np": np}
code = None
for line in sys.stdin:
    request = json.loads(line)
    if "setup" in request:
        space = {"np": np}
        for name, entry in request["arrays"].items():
            space[name] = np.fromfile(entry["file"], dtype=entry["type"]).reshape(entry["shape"])
        exec(request["setup"], space)
        code = compile("for _ in range(repeat):\n" + "\n".join("    " + s for s in request["statement"].splitlines()), "case", "exec")
        gc.collect()
        gc.disable()
        answer = 0.0
    else:
        space["repeat"] = request["repeat"]
        started = time.perf_counter()
        exec(code, space)
        answer = time.perf_counter() - started
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
