using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>
/// Ridge regression as rewards arrive, in one flat array: A = lambda I + sum w x x', b = sum w r x, the inverse of A, theta = A^-1 b, and ln det(A / lambda).
/// </summary>
/// <remarks>
/// <para>An observation changes the inverse by the formula of Sherman and Morrison, O(d^2). Its rounding errors add up, so that after every 4 max(d, 16) observations the inverse is computed again from
/// the sum A by a Cholesky factorization: a quarter of the cost of the updates between. A and b are plain sums: two models are joined by adding them.</para>
/// <para>Layout: sum w x x' without lambda I (d^2), the inverse (d^2), b (d), theta (d), workspace (d), observations since the last factorization, ln det(A / lambda).</para>
/// </remarks>
internal readonly ref struct RidgeModel
{
    private const int Lanes = 4;
    private readonly int _d;
    private readonly double _lambda;
    private readonly Span<double> _block;

    /// <summary>A view of a model.</summary>
    /// <param name="block">Its numbers, <see cref="Length"/> of them.</param>
    /// <param name="d">The number of features.</param>
    /// <param name="lambda">The regularization, positive.</param>
    public RidgeModel(Span<double> block, int d, double lambda)
    {
        _block = block;
        _d = d;
        _lambda = lambda;
    }

    /// <summary>The numbers of a model of d features.</summary>
    public static int Length(int d) => checked((2 * d * d) + (3 * d) + 2);

    /// <summary>Where theta lies among the numbers of a model.</summary>
    public static ReadOnlySpan<double> CoefficientsOf(ReadOnlySpan<double> block, int d) => block.Slice((2 * d * d) + d, d);

    /// <summary>sum w x x', both triangles.</summary>
    public Span<double> Gram => _block[..(_d * _d)];

    /// <summary>A^-1, both triangles.</summary>
    public Span<double> Inverse => _block.Slice(_d * _d, _d * _d);

    /// <summary>b = sum w r x.</summary>
    public Span<double> Moment => _block.Slice(2 * _d * _d, _d);

    /// <summary>theta = A^-1 b.</summary>
    public Span<double> Coefficients => _block.Slice((2 * _d * _d) + _d, _d);

    /// <summary>ln det(A / lambda).</summary>
    public ref double LogDeterminant => ref _block[^1];

    private Span<double> Work => _block.Slice((2 * _d * _d) + (2 * _d), _d);

    private ref double SinceFactorization => ref _block[^2];

    /// <summary>Forgets all observations.</summary>
    public void Reset()
    {
        _block.Clear();
        for (int i = 0; i < _d; i++)
            Inverse[i * (_d + 1)] = 1 / _lambda;
    }

    /// <summary>x' theta.</summary>
    public double Mean(ReadOnlySpan<double> x) => Dot(x, Coefficients);

    /// <summary>x' A^-1 x.</summary>
    public double Variance(ReadOnlySpan<double> x) => Math.Max(0, Quadratic(Inverse, x));

    /// <summary>An observation with features x, reward r and weight w.</summary>
    public void Add(ReadOnlySpan<double> x, double reward, double weight = 1) => AddTerms(x, weight, weight * reward);

    /// <summary>A += w x x' and b += m x, with what follows from them.</summary>
    public void AddTerms(ReadOnlySpan<double> x, double weight, double moment)
    {
        Span<double> v = Work;
        Multiply(Inverse, x, v);
        double q = 1 + (weight * Dot(x, v));
        double step = (moment - (weight * Mean(x))) / q;
        AddOuter(Gram, weight, x);
        AddScaled(Moment, moment, x);
        AddOuter(Inverse, -weight / q, v);
        AddScaled(Coefficients, step, v);
        LogDeterminant += Math.Log(q);
        if (++SinceFactorization >= 4 * Math.Max(_d, 16))
            Factor();
    }

    /// <summary>Adds the observations of another model of the same shape.</summary>
    public void Absorb(ReadOnlySpan<double> other)
    {
        AddScaled(Gram, 1, other[..(_d * _d)]);
        AddScaled(Moment, 1, other.Slice(2 * _d * _d, _d));
        Factor();
    }

    /// <summary>Computes the inverse, theta and the determinant from the sums.</summary>
    public void Factor()
    {
        SinceFactorization = 0;
        double[] rented = ArrayPool<double>.Shared.Rent(_d * _d);
        Span<double> l = rented.AsSpan(0, _d * _d);
        Gram.CopyTo(l);
        for (int i = 0; i < _d; i++)
            l[i * (_d + 1)] += _lambda;

        // Only a matrix that is singular to working precision fails: then the running inverse is the better one.
        if (Cholesky.TryFactor(l, _d))
        {
            LogDeterminant = Cholesky.LogDeterminant<double>(l, _d, _d) - (_d * Math.Log(_lambda));
            Moment.CopyTo(Coefficients);
            Cholesky.Solve<double>(l, _d, _d, Coefficients);
            Cholesky.Inverse<double>(l, _d, _d, Inverse, _d);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>The scalar product.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector256<double> sum = Vector256<double>.Zero;
        for (; i <= x.Length - Lanes; i += Lanes)
            sum = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, (nuint)i), Vector256.LoadUnsafe(ref b, (nuint)i), sum);
        double total = Vector256.Sum(sum);
        for (; i < x.Length; i++)
            total += x[i] * y[i];
        return total;
    }

    /// <summary>y += a x.</summary>
    public static void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        ref double from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector256<double> factor = Vector256.Create(a);
        for (; i <= y.Length - Lanes; i += Lanes)
            Vector256.FusedMultiplyAdd(factor, Vector256.LoadUnsafe(ref from, (nuint)i), Vector256.LoadUnsafe(ref to, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        for (; i < y.Length; i++)
            y[i] += a * x[i];
    }

    /// <summary>M += a x x', all of it.</summary>
    public static void AddOuter(Span<double> m, double a, ReadOnlySpan<double> x)
    {
        for (int i = 0; i < x.Length; i++)
            AddScaled(m.Slice(i * x.Length, x.Length), a * x[i], x);
    }

    /// <summary>y = S x for a symmetric S.</summary>
    public static void Multiply(ReadOnlySpan<double> s, ReadOnlySpan<double> x, Span<double> y)
    {
        int d = x.Length, j = 0;
        ref double matrix = ref MemoryMarshal.GetReference(s), to = ref MemoryMarshal.GetReference(y);
        for (; j <= d - (2 * Lanes); j += 2 * Lanes)
        {
            (Vector256<double> first, Vector256<double> second) = TwoColumns(ref matrix, x, j);
            first.StoreUnsafe(ref to, (nuint)j);
            second.StoreUnsafe(ref to, (nuint)(j + Lanes));
        }

        for (; j <= d - Lanes; j += Lanes)
            Columns(ref matrix, x, j).StoreUnsafe(ref to, (nuint)j);
        for (; j < d; j++)
            y[j] = Dot(s.Slice(j * d, d), x);
    }

    /// <summary>x' S x for a symmetric S.</summary>
    public static double Quadratic(ReadOnlySpan<double> s, ReadOnlySpan<double> x)
    {
        int d = x.Length, j = 0;
        ref double matrix = ref MemoryMarshal.GetReference(s), from = ref MemoryMarshal.GetReference(x);
        Vector256<double> sum = Vector256<double>.Zero;
        for (; j <= d - (2 * Lanes); j += 2 * Lanes)
        {
            (Vector256<double> first, Vector256<double> second) = TwoColumns(ref matrix, x, j);
            sum = Vector256.FusedMultiplyAdd(first, Vector256.LoadUnsafe(ref from, (nuint)j), sum);
            sum = Vector256.FusedMultiplyAdd(second, Vector256.LoadUnsafe(ref from, (nuint)(j + Lanes)), sum);
        }

        for (; j <= d - Lanes; j += Lanes)
            sum = Vector256.FusedMultiplyAdd(Columns(ref matrix, x, j), Vector256.LoadUnsafe(ref from, (nuint)j), sum);
        double total = Vector256.Sum(sum);
        for (; j < d; j++)
            total += x[j] * Dot(s.Slice(j * d, d), x);
        return total;
    }

    /// <summary>Eight elements of S x as sums over rows, two chains each: without horizontal sums.</summary>
    private static (Vector256<double> First, Vector256<double> Second) TwoColumns(ref double matrix, ReadOnlySpan<double> x, int j)
    {
        int d = x.Length, i = 0;
        nuint at = (nuint)j;
        Vector256<double> a = Vector256<double>.Zero, b = a, c = a, e = a;
        for (; i <= d - 2; i += 2, at += (nuint)(2 * d))
        {
            Vector256<double> even = Vector256.Create(x[i]), odd = Vector256.Create(x[i + 1]);
            a = Vector256.FusedMultiplyAdd(even, Vector256.LoadUnsafe(ref matrix, at), a);
            b = Vector256.FusedMultiplyAdd(even, Vector256.LoadUnsafe(ref matrix, at + Lanes), b);
            c = Vector256.FusedMultiplyAdd(odd, Vector256.LoadUnsafe(ref matrix, at + (nuint)d), c);
            e = Vector256.FusedMultiplyAdd(odd, Vector256.LoadUnsafe(ref matrix, at + (nuint)d + Lanes), e);
        }

        if (i < d)
        {
            Vector256<double> last = Vector256.Create(x[i]);
            a = Vector256.FusedMultiplyAdd(last, Vector256.LoadUnsafe(ref matrix, at), a);
            b = Vector256.FusedMultiplyAdd(last, Vector256.LoadUnsafe(ref matrix, at + Lanes), b);
        }

        return (a + c, b + e);
    }

    private static Vector256<double> Columns(ref double matrix, ReadOnlySpan<double> x, int j)
    {
        int d = x.Length, i = 0;
        nuint at = (nuint)j;
        Vector256<double> a = Vector256<double>.Zero, b = a;
        for (; i <= d - 2; i += 2, at += (nuint)(2 * d))
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), Vector256.LoadUnsafe(ref matrix, at), a);
            b = Vector256.FusedMultiplyAdd(Vector256.Create(x[i + 1]), Vector256.LoadUnsafe(ref matrix, at + (nuint)d), b);
        }

        if (i < d)
            a = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), Vector256.LoadUnsafe(ref matrix, at), a);
        return a + b;
    }
}
