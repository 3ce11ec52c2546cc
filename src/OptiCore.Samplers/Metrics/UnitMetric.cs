using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>M = I, fixed. For targets that are standardised already, and as a baseline. Costs O(n).</summary>
public sealed record UnitMetric : IMetric
{
    /// <inheritdoc/>
    public MetricState Start(int dimension) => new State(Require.Positive(dimension, nameof(dimension)));

    private sealed class State(int dimension) : MetricState
    {
        private readonly double[] _ones = Ones(dimension);

        public override ReadOnlySpan<double> Inverse => _ones;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity) => momentum.CopyTo(velocity);

        public override void DrawMomentum(RandomKey key, Span<double> momentum) => RandomFill.Normal(key, momentum);

        public override void Scale(ReadOnlySpan<double> z, Span<double> x) => z.CopyTo(x);

        public override void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled) => gradient.CopyTo(scaled);

        public override MetricEstimator? StartEstimator() => null;

        public override void SetInverse(ReadOnlySpan<double> inverse) => throw new NotSupportedException("The unit metric is fixed.");

        public override void Persist(StateArchive archive)
        {
        }
    }

    internal static double[] Ones(int count)
    {
        double[] ones = new double[count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
