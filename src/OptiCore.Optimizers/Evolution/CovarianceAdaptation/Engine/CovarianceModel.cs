using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>A covariance matrix C that can be sampled and learnt: all of it, or its diagonal.</summary>
internal abstract class CovarianceModel : IPersistent
{
    /// <summary>The largest standard deviation along a principal axis, sqrt of C's largest eigenvalue.</summary>
    public abstract double LongestAxis { get; }

    /// <summary>The condition number of C.</summary>
    public abstract double Condition { get; }

    /// <summary>The variance of a coordinate, C[i, i].</summary>
    public abstract double Variance(int i);

    /// <summary>y = C^(1/2) z for several rows: normal numbers become steps.</summary>
    public abstract void Sample(ReadOnlySpan<double> z, Span<double> y, int rows);

    /// <summary>w = C^(-1/2) y, with the symmetric root.</summary>
    public abstract void Whiten(ReadOnlySpan<double> y, Span<double> w);

    /// <summary>Principal axis number <paramref name="axis"/>, as long as its standard deviation.</summary>
    public abstract void Axis(int axis, Span<double> direction);

    /// <summary>C = decay C + c1 p p' + sum_i weights[i] y_i y_i'.</summary>
    public abstract void Update(double decay, double c1, ReadOnlySpan<double> p, ReadOnlySpan<double> weights, ReadOnlySpan<double> y);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
