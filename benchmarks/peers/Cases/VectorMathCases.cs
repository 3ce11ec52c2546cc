using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>Element-wise functions and reductions, against NumPy and SciPy with results written in place, and against TensorPrimitives where it has them.</summary>
internal static class VectorMathCases
{
    private delegate void Unary<T>(ReadOnlySpan<T> x, Span<T> destination);

    private delegate void Binary<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination);

    /// <summary>A function, the statement that does it in Python, where its arguments lie, and what TensorPrimitives has of it.</summary>
    private sealed record Function(string Name, string Python, Func<double, double> Argument, Unary<float> Single, Unary<double> Double, Unary<float>? TensorSingle = null, Unary<double>? TensorDouble = null);

    private sealed record Function2(string Name, string Python, Binary<float> Single, Binary<double> Double, Binary<float>? TensorSingle = null, Binary<double>? TensorDouble = null);

    private static readonly int[] Lengths = [4096, 1 << 20], ReductionLengths = [10, 4096, 4_000_000];

    private static readonly Function[] Functions =
    [
        new("exp", "np.exp(x, out=z)", static v => v, VectorMath.Exp, VectorMath.Exp, TensorPrimitives.Exp, TensorPrimitives.Exp),
        new("exp2", "np.exp2(x, out=z)", static v => v, VectorMath.Exp2, VectorMath.Exp2, TensorPrimitives.Exp2, TensorPrimitives.Exp2),
        new("expm1", "np.expm1(x, out=z)", static v => v, VectorMath.Expm1, VectorMath.Expm1, TensorPrimitives.ExpM1, TensorPrimitives.ExpM1),
        new("log", "np.log(x, out=z)", Positive, VectorMath.Log, VectorMath.Log, TensorPrimitives.Log, TensorPrimitives.Log),
        new("log2", "np.log2(x, out=z)", Positive, VectorMath.Log2, VectorMath.Log2, TensorPrimitives.Log2, TensorPrimitives.Log2),
        new("log10", "np.log10(x, out=z)", Positive, VectorMath.Log10, VectorMath.Log10, TensorPrimitives.Log10, TensorPrimitives.Log10),
        new("log1p", "np.log1p(x, out=z)", Positive, VectorMath.Log1p, VectorMath.Log1p, TensorPrimitives.LogP1, TensorPrimitives.LogP1),
        new("tanh", "np.tanh(x, out=z)", static v => v, VectorMath.Tanh, VectorMath.Tanh, TensorPrimitives.Tanh, TensorPrimitives.Tanh),
        new("sinh", "np.sinh(x, out=z)", static v => v, VectorMath.Sinh, VectorMath.Sinh, TensorPrimitives.Sinh, TensorPrimitives.Sinh),
        new("cosh", "np.cosh(x, out=z)", static v => v, VectorMath.Cosh, VectorMath.Cosh, TensorPrimitives.Cosh, TensorPrimitives.Cosh),
        new("asinh", "np.arcsinh(x, out=z)", static v => v, VectorMath.Asinh, VectorMath.Asinh, TensorPrimitives.Asinh, TensorPrimitives.Asinh),
        new("acosh", "np.arccosh(x, out=z)", static v => 1 + Math.Abs(v), VectorMath.Acosh, VectorMath.Acosh, TensorPrimitives.Acosh, TensorPrimitives.Acosh),
        new("atanh", "np.arctanh(x, out=z)", Math.Tanh, VectorMath.Atanh, VectorMath.Atanh, TensorPrimitives.Atanh, TensorPrimitives.Atanh),
        new("sin", "np.sin(x, out=z)", static v => 10 * v, VectorMath.Sin, VectorMath.Sin, TensorPrimitives.Sin, TensorPrimitives.Sin),
        new("cos", "np.cos(x, out=z)", static v => 10 * v, VectorMath.Cos, VectorMath.Cos, TensorPrimitives.Cos, TensorPrimitives.Cos),
        new("tan", "np.tan(x, out=z)", static v => 10 * v, VectorMath.Tan, VectorMath.Tan, TensorPrimitives.Tan, TensorPrimitives.Tan),
        new("asin", "np.arcsin(x, out=z)", Math.Tanh, VectorMath.Asin, VectorMath.Asin, TensorPrimitives.Asin, TensorPrimitives.Asin),
        new("acos", "np.arccos(x, out=z)", Math.Tanh, VectorMath.Acos, VectorMath.Acos, TensorPrimitives.Acos, TensorPrimitives.Acos),
        new("atan", "np.arctan(x, out=z)", static v => v, VectorMath.Atan, VectorMath.Atan, TensorPrimitives.Atan, TensorPrimitives.Atan),
        new("cbrt", "np.cbrt(x, out=z)", static v => v, VectorMath.Cbrt, VectorMath.Cbrt, TensorPrimitives.Cbrt, TensorPrimitives.Cbrt),
        new("erf", "sp.erf(x, out=z)", static v => v, VectorMath.Erf, VectorMath.Erf),
        new("erfc", "sp.erfc(x, out=z)", static v => v, VectorMath.Erfc, VectorMath.Erfc),
        new("erfinv", "sp.erfinv(x, out=z)", Math.Tanh, VectorMath.ErfInv, VectorMath.ErfInv),
        new("normal-cdf", "sp.ndtr(x, out=z)", static v => v, VectorMath.NormalCdf, VectorMath.NormalCdf),
        new("lgamma", "sp.gammaln(x, out=z)", Positive, VectorMath.LogGamma, VectorMath.LogGamma),
        new("digamma", "sp.digamma(x, out=z)", Positive, VectorMath.Digamma, VectorMath.Digamma),
        new("sigmoid", "sp.expit(x, out=z)", static v => v, VectorMath.Sigmoid, VectorMath.Sigmoid, TensorPrimitives.Sigmoid, TensorPrimitives.Sigmoid),
        new("softplus", "np.logaddexp(x, 0, out=z)", static v => v, VectorMath.Softplus, VectorMath.Softplus),
        new("log-sigmoid", "sp.log_expit(x, out=z)", static v => v, VectorMath.LogSigmoid, VectorMath.LogSigmoid),
        new("gelu", "sp.ndtr(x, out=z)\nnp.multiply(x, z, out=z)", static v => v, VectorMath.Gelu, VectorMath.Gelu),
        new("silu", "sp.expit(x, out=z)\nnp.multiply(x, z, out=z)", static v => v, VectorMath.Silu, VectorMath.Silu),
        new("softmax", "np.subtract(x, x.max(), out=z)\nnp.exp(z, out=z)\nnp.divide(z, z.sum(), out=z)", static v => v, VectorMath.Softmax, VectorMath.Softmax, TensorPrimitives.SoftMax, TensorPrimitives.SoftMax),
        new("cumulative-sum", "np.cumsum(x, out=z)", static v => v, Reduce.CumulativeSum, Reduce.CumulativeSum),
    ];

    private static readonly Function2[] Functions2 =
    [
        new("pow", "np.power(x, y, out=z)", VectorMath.Pow, VectorMath.Pow, TensorPrimitives.Pow, TensorPrimitives.Pow),
        new("atan2", "np.arctan2(x, y, out=z)", VectorMath.Atan2, VectorMath.Atan2, TensorPrimitives.Atan2, TensorPrimitives.Atan2),
        new("hypot", "np.hypot(x, y, out=z)", VectorMath.Hypot, VectorMath.Hypot, TensorPrimitives.Hypot, TensorPrimitives.Hypot),
    ];

    public static IEnumerable<PeerCase> All =>
    [
        .. Functions.SelectMany(static f => Lengths.SelectMany(n => (IEnumerable<PeerCase>)
        [
            .. Rows("double", f.Name, n, Arguments(n, f.Argument), [], f.Python, (x, _, z) => f.Double(x, z), f.TensorDouble is { } d ? (x, _, z) => d(x, z) : null),
            .. Rows("float", f.Name, n, Single(Arguments(n, f.Argument)), [], f.Python, (x, _, z) => f.Single(x, z), f.TensorSingle is { } s ? (x, _, z) => s(x, z) : null),
        ])),
        .. Functions2.SelectMany(static f => Lengths.SelectMany(n => (IEnumerable<PeerCase>)
        [
            .. Rows("double", f.Name, n, Arguments(n, Positive), Arguments(n + 1, static v => v)[1..], f.Python, (x, y, z) => f.Double(x, y, z), f.TensorDouble is { } d ? (x, y, z) => d(x, y, z) : null),
            .. Rows("float", f.Name, n, Single(Arguments(n, Positive)), Single(Arguments(n + 1, static v => v)[1..]), f.Python, (x, y, z) => f.Single(x, y, z), f.TensorSingle is { } s ? (x, y, z) => s(x, y, z) : null),
        ])),
        .. ReductionLengths.SelectMany(Reductions),
        .. Roofline(1 << 22),
    ];

    private static double Positive(double normal) => 3 * Math.Abs(normal);

    private static IEnumerable<PeerCase> Rows<T>(string type, string name, int n, T[] x, T[] y, string python, Action<T[], T[], T[]> ours, Action<T[], T[], T[]>? tensors) where T : unmanaged
    {
        yield return new PeerCase($"{name} {type} n={n}", python.Contains("sp.", StringComparison.Ordinal) ? "SciPy" : "NumPy", () =>
        {
            T[] z = new T[n];
            return new Contest(
                () => ours(x, y, z),
                new Python("import scipy.special as sp\nz = np.empty_like(x)", python, y.Length == 0 ? [PeerArray.Of<T>("x", x)] : [PeerArray.Of<T>("x", x), PeerArray.Of<T>("y", y)]));
        });
        if (tensors is not null)
        {
            yield return new PeerCase($"{name} {type} n={n}", "Tensors", () =>
            {
                T[] z = new T[n];
                return new Contest(() => ours(x, y, z), new Native(() => tensors(x, y, z)));
            });
        }
    }

    private static IEnumerable<PeerCase> Reductions(int n)
    {
        double[] x = Arguments(n, static v => v), y = Arguments(n + 1, static v => v)[1..];
        double sink = 0;
        yield return Row("sum", () => sink += Reduce.Sum<double>(x), () => sink += TensorPrimitives.Sum<double>(x));
        yield return Row("dot", () => sink += Reduce.Dot<double>(x, y), () => sink += TensorPrimitives.Dot<double>(x, y));
        yield return Row("norm", () => sink += Reduce.Norm<double>(x), () => sink += TensorPrimitives.Norm<double>(x));
        yield return Row("max", () => sink += Reduce.Max<double>(x), () => sink += TensorPrimitives.Max<double>(x));
        yield return Row("argmax", () => sink += Reduce.ArgMax<double>(x), () => sink += TensorPrimitives.IndexOfMax<double>(x));

        PeerCase Row(string name, Action ours, Action theirs) => new($"{name} double n={n}", "Tensors", () => new Contest(ours, new Native(theirs)));
    }

    /// <summary>What memory allows: kernels that stream, against a copy in the same process. A copy reads and writes as much as a function does; a product of two spans reads once more.</summary>
    private static IEnumerable<PeerCase> Roofline(int n)
    {
        double[] x = Arguments(n, static v => v), z = new double[n], w = new double[n];
        yield return new PeerCase($"roofline exp double n={n}", "copy", () => new Contest(() => VectorMath.Exp<double>(x, z), new Native(() => x.AsSpan().CopyTo(w))));
        yield return new PeerCase($"roofline dot double n={n}", "copy", () => new Contest(() => Reduce.Dot<double>(x, z), new Native(() => x.AsSpan().CopyTo(w))));
        yield return new PeerCase($"roofline sum double n={n}", "copy", () => new Contest(() => Reduce.Sum<double>(x), new Native(() => x.AsSpan().CopyTo(w))));
    }

    private static double[] Arguments(int n, Func<double, double> map)
    {
        double[] x = new double[n];
        RandomFill.Normal(RandomKey.FromSeed(1), x);
        for (int i = 0; i < n; i++)
            x[i] = map(x[i]);
        return x;
    }

    private static float[] Single(double[] x) => [.. x.Select(static v => (float)v)];
}
