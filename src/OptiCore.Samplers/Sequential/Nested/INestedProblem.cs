namespace OptiCore.Samplers;

/// <summary>A prior as a transform of the unit cube, and a likelihood: what nested sampling explores.</summary>
public interface INestedProblem
{
    /// <summary>The number n of coordinates.</summary>
    int Dimension { get; }

    /// <summary>Maps a point of the unit cube, where the prior is uniform, to parameters: with independent parameters, coordinate by coordinate their quantile functions.</summary>
    /// <param name="cube">The point u of [0, 1)^n.</param>
    /// <param name="x">Receives the parameters, n elements.</param>
    void Transform(ReadOnlySpan<double> cube, Span<double> x);

    /// <summary>Computes log L(x); NaN counts as negative infinity.</summary>
    /// <param name="x">The parameters.</param>
    double LogLikelihood(ReadOnlySpan<double> x);
}

/// <summary>Writes the parameters of a point of the unit cube.</summary>
/// <param name="cube">The point.</param>
/// <param name="x">Receives the parameters.</param>
public delegate void PriorTransform(ReadOnlySpan<double> cube, Span<double> x);

/// <summary>Makes problems of nested sampling.</summary>
public static class NestedProblem
{
    /// <summary>A problem of two functions.</summary>
    /// <param name="dimension">The number n of coordinates.</param>
    /// <param name="transform">The transform of the unit cube.</param>
    /// <param name="logLikelihood">The log likelihood.</param>
    public static INestedProblem From(int dimension, PriorTransform transform, ValueDelegate logLikelihood) => new ByDelegates(Require.Positive(dimension, nameof(dimension)), Require.NotNull(transform), Require.NotNull(logLikelihood));

    /// <summary>A problem with independent priors.</summary>
    /// <param name="priors">The priors, one a coordinate.</param>
    /// <param name="logLikelihood">The log likelihood.</param>
    public static INestedProblem From(IReadOnlyList<Distributions.IContinuousDistribution> priors, ValueDelegate logLikelihood)
    {
        ArgumentNullException.ThrowIfNull(priors);
        return From(
            priors.Count,
            (cube, x) =>
            {
                for (int i = 0; i < x.Length; i++)
                    x[i] = priors[i].Quantile(cube[i]);
            },
            logLikelihood);
    }

    private sealed class ByDelegates(int dimension, PriorTransform transform, ValueDelegate logLikelihood) : INestedProblem
    {
        public int Dimension => dimension;

        public void Transform(ReadOnlySpan<double> cube, Span<double> x) => transform(cube, x);

        public double LogLikelihood(ReadOnlySpan<double> x) => logLikelihood(x);
    }
}
