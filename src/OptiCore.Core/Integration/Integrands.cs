namespace OptiCore.Integration;

/// <summary>What the adaptive engine integrates: values at many abscissae.</summary>
internal interface IIntegrand
{
    /// <summary>The evaluations of the user's function for one abscissa.</summary>
    int Cost { get; }

    void Evaluate(ReadOnlySpan<double> x, Span<double> y);
}

internal struct PointwiseIntegrand<TFunction>(TFunction f) : IIntegrand where TFunction : struct, IScalarFunction
{
    public readonly int Cost => 1;

    public void Evaluate(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = f.Evaluate(x[i]);
    }
}

internal readonly struct WholeBatchIntegrand(BatchIntegrand f) : IIntegrand
{
    public int Cost => 1;

    public void Evaluate(ReadOnlySpan<double> x, Span<double> y) => f(x, y);
}

/// <summary>The half line from an end, by x = end + direction (1 - t) / t with t in (0, 1].</summary>
internal struct HalfLineIntegrand<TIntegrand>(TIntegrand f, double end, int direction) : IIntegrand where TIntegrand : struct, IIntegrand
{
    public readonly int Cost => f.Cost;

    public void Evaluate(ReadOnlySpan<double> t, Span<double> y)
    {
        Span<double> x = stackalloc double[t.Length];
        for (int i = 0; i < t.Length; i++)
            x[i] = end + (direction * ((1 - t[i]) / t[i]));
        f.Evaluate(x, y);
        for (int i = 0; i < t.Length; i++)
            y[i] = y[i] / t[i] / t[i];
    }
}

/// <summary>The whole line, folded: f(x) + f(-x) on the half line from 0.</summary>
internal struct WholeLineIntegrand<TIntegrand>(TIntegrand f) : IIntegrand where TIntegrand : struct, IIntegrand
{
    public readonly int Cost => 2 * f.Cost;

    public void Evaluate(ReadOnlySpan<double> t, Span<double> y)
    {
        Span<double> x = stackalloc double[t.Length], mirrored = stackalloc double[t.Length];
        for (int i = 0; i < t.Length; i++)
            x[i] = (1 - t[i]) / t[i];
        f.Evaluate(x, y);
        for (int i = 0; i < t.Length; i++)
            x[i] = -x[i];
        f.Evaluate(x, mirrored);
        for (int i = 0; i < t.Length; i++)
            y[i] = (y[i] + mirrored[i]) / t[i] / t[i];
    }
}
