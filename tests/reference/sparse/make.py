"""Computes krylov.json with scipy.sparse.linalg: solutions and iteration counts of the model problems that the tests build themselves."""
import json
import numpy as np
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as sl

def poisson(k):
    t = sp.diags([-1, 2, -1], [-1, 0, 1], shape=(k, k))
    return (sp.kron(sp.eye(k), t) + sp.kron(t, sp.eye(k))).tocsr()

def convection(k, c):
    n = k * k
    return (poisson(k) + c * sp.kron(sp.eye(k), sp.diags([-1, 1], [-1, 1], shape=(k, k)))).tocsr()

def right(n):
    return np.array([((7 * i) % 11 - 5) / 5 for i in range(n)])

def count(solver, a, b, **kw):
    seen = []
    x, info = solver(a, b, callback=lambda _: seen.append(1), **kw)
    assert info == 0
    return x, len(seen)

cases = []
for k in (4, 12, 20):
    a, b = poisson(k), right(k * k)
    shifted = a - 1.3 * sp.eye(k * k)
    entry = {"id": f"poisson_{k}", "kind": "poisson", "k": k, "x": sl.spsolve(a.tocsc(), b).tolist(),
             "cg": count(sl.cg, a, b, tol=1e-10, atol=0)[1],
             "minres_shift": 1.3, "minres_x": sl.spsolve(shifted.tocsc(), b).tolist(),
             "log_determinant": float(np.linalg.slogdet(a.toarray())[1]),
             "smallest": sorted(np.linalg.eigvalsh(a.toarray()))[:5], "largest": sorted(np.linalg.eigvalsh(a.toarray()))[-5:]}
    entry["smallest"] = [float(v) for v in entry["smallest"]]
    entry["largest"] = [float(v) for v in entry["largest"]]
    cases.append(entry)
    for c in (0.3, 0.9):
        a = convection(k, c)
        inner = []
        x, info = sl.gmres(a, b, tol=1e-10, atol=0, restart=20, callback=lambda r: inner.append(r), callback_type="pr_norm", maxiter=1000)
        assert info == 0
        cases.append({"id": f"convection_{k}_{c}", "kind": "convection", "k": k, "c": c, "x": sl.spsolve(a.tocsc(), b).tolist(),
                      "gmres": len(inner), "bicgstab": count(sl.bicgstab, a, b, tol=1e-10, atol=0)[1]})

def tall(m, n):
    rows, columns, values = [], [], []
    for i in range(m):
        for s in (1, 3, 7):
            rows.append(i); columns.append((i * s + s) % n); values.append(((i * 5 + s * 3) % 13 - 6) / 4 + (0.1 if s == 1 else 0))
    return sp.coo_matrix((values, (rows, columns)), shape=(m, n)).tocsr()

for m, n, damp in ((40, 12, 0.0), (40, 12, 0.5), (90, 31, 0.0), (90, 31, 2.0)):
    a, b = tall(m, n), right(m)
    dense = np.vstack([a.toarray(), damp * np.eye(n)])
    x = np.linalg.lstsq(dense, np.concatenate([b, np.zeros(n)]), rcond=None)[0]
    q = sl.lsqr(a, b, damp=damp, atol=1e-8, btol=1e-8)
    r = sl.lsmr(a, b, damp=damp, atol=1e-8, btol=1e-8)
    cases.append({"id": f"tall_{m}_{n}_{damp}", "kind": "tall", "m": m, "n": n, "damp": damp, "x": x.tolist(),
                  "residual": float(np.linalg.norm(b - a @ x)), "lsqr": int(q[2]), "lsmr": int(r[2]), "lsqr_condition": float(q[6]), "lsqr_norm": float(q[5])})

json.dump({"source": f"scipy {scipy.__version__}, numpy {np.__version__}", "cases": cases}, open("krylov.json", "w"), indent=0)
