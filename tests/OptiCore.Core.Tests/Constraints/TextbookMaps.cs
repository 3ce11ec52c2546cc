using OptiCore.Differentiation;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Constraints;

/// <summary>The maps as textbooks write them, in dual numbers: Jacobians come from nothing else.</summary>
internal static class TextbookMaps
{
    public static DualResidualDelegate Of(Constraint constraint) => constraint switch
    {
        RealConstraint => static (u, x) => u.CopyTo(x),
        LowerBoundConstraint c => (u, x) => Each(u, x, v => c.Lower + Exp(v)),
        UpperBoundConstraint c => (u, x) => Each(u, x, v => c.Upper - Exp(v)),
        IntervalConstraint c => (u, x) => Each(u, x, v => c.Lower + ((c.Upper - c.Lower) / (1.0 + Exp(-v)))),
        SimplexConstraint => StickBreaking,
        OrderedConstraint => static (u, x) => Cumulate(u[0], u, x),
        PositiveOrderedConstraint => static (u, x) => Cumulate(Exp(u[0]), u, x),
        UnitVectorConstraint => Direction,
        CorrelationCholeskyConstraint c => (u, x) => CorrelationFactor(c.Shape[0], u, x),
        CorrelationConstraint c => (u, x) => Squared(c.Shape[0], u, x, CorrelationFactor),
        CovarianceCholeskyConstraint c => (u, x) => CovarianceFactor(c.Shape[0], u, x),
        CovarianceConstraint c => (u, x) => Squared(c.Shape[0], u, x, CovarianceFactor),
        SumToZeroConstraint => Helmert,
        RowsConstraint c => (u, x) => Rows(c, u, x),
        _ => throw new ArgumentException($"No textbook map of {constraint}."),
    };

    private delegate void Factor(int n, ReadOnlySpan<Dual4> u, Span<Dual4> l);

    private static void Each(ReadOnlySpan<Dual4> u, Span<Dual4> x, Func<Dual4, Dual4> map)
    {
        for (int i = 0; i < u.Length; i++)
            x[i] = map(u[i]);
    }

    private static void StickBreaking(ReadOnlySpan<Dual4> u, Span<Dual4> x)
    {
        Dual4 stick = 1;
        for (int k = 0; k < u.Length; k++)
        {
            Dual4 z = 1.0 / (1.0 + Exp(-(u[k] + Math.Log(1.0 / (x.Length - 1 - k)))));
            x[k] = stick * z;
            stick -= x[k];
        }

        x[^1] = stick;
    }

    private static void Cumulate(Dual4 first, ReadOnlySpan<Dual4> u, Span<Dual4> x)
    {
        x[0] = first;
        for (int k = 1; k < u.Length; k++)
            x[k] = x[k - 1] + Exp(u[k]);
    }

    private static void Direction(ReadOnlySpan<Dual4> u, Span<Dual4> x)
    {
        Dual4 squares = 0;
        foreach (Dual4 v in u)
            squares += v * v;
        for (int i = 0; i < u.Length; i++)
            x[i] = u[i] / Sqrt(squares);
    }

    private static void CorrelationFactor(int n, ReadOnlySpan<Dual4> u, Span<Dual4> l)
    {
        l.Clear();
        int next = 0;
        for (int i = 0; i < n; i++)
        {
            Dual4 rest = 1;
            for (int j = 0; j < i; j++)
            {
                l[(i * n) + j] = Tanh(u[next++]) * Sqrt(rest);
                rest -= l[(i * n) + j] * l[(i * n) + j];
            }

            l[(i * n) + i] = Sqrt(rest);
        }
    }

    private static void CovarianceFactor(int n, ReadOnlySpan<Dual4> u, Span<Dual4> l)
    {
        l.Clear();
        int next = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                l[(i * n) + j] = u[next++];
            l[(i * n) + i] = Exp(u[next++]);
        }
    }

    private static void Squared(int n, ReadOnlySpan<Dual4> u, Span<Dual4> x, Factor factor)
    {
        var l = new Dual4[n * n];
        factor(n, u, l);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Dual4 sum = 0;
                for (int k = 0; k < n; k++)
                    sum += l[(i * n) + k] * l[(j * n) + k];
                x[(i * n) + j] = sum;
            }
        }
    }

    private static void Rows(RowsConstraint rows, ReadOnlySpan<Dual4> u, Span<Dual4> x)
    {
        int n = rows.Row.CoordinateCount, m = rows.Row.ElementCount;
        for (int i = 0; i < rows.Shape[0]; i++)
            Of(rows.Row)(u.Slice(i * n, n), x.Slice(i * m, m));
    }

    private static void Helmert(ReadOnlySpan<Dual4> u, Span<Dual4> x)
    {
        x.Clear();
        for (int j = 1; j <= u.Length; j++)
        {
            double length = Math.Sqrt(j * (j + 1.0));
            for (int i = 0; i < j; i++)
                x[i] += u[j - 1] / length;
            x[j] -= u[j - 1] * (j / length);
        }
    }
}
