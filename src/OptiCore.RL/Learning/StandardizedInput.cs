using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Layers that see the first elements of their input, the observation, centred and scaled by fixed moments: (o - mean) / (deviation + <see cref="Epsilon"/>). The moments are parameters that no gradient reaches: they are saved, loaded and
/// copied with the others, so that a policy contains its normalisation.
/// </summary>
internal sealed record StandardizedInput : Module
{
    /// <summary>What is added to deviations: that of S. Fujimoto, S. Gu (2021).</summary>
    private const double Epsilon = 1e-3;

    private readonly Initializer _means;
    private readonly Initializer _deviations;
    private readonly int _length;

    public StandardizedInput(Module inner, RunningMoments moments)
    {
        (Inner, _length) = (inner, moments.Length);
        double[] deviations = new double[_length];
        for (int i = 0; i < _length; i++)
            deviations[i] = Math.Sqrt(moments.Variances[i]) + Epsilon;
        (_means, _deviations) = (new Numbers(moments.Means.ToArray()), new Numbers(deviations));
    }

    public Module Inner { get; }

    /// <summary>The moments of the observations of a data set.</summary>
    public static RunningMoments MomentsOf<TAction>(ReplayBuffer<float, TAction> data) where TAction : unmanaged
    {
        var moments = new RunningMoments(data.ObservationLength);
        moments.Update(data.Observations);
        return moments;
    }

    public override Variable Apply(Scope scope, Variable x)
    {
        Scope part = scope.Part("standardization");
        Variable mean = StopGradient(part.Parameter("mean", [_length], _means)), deviation = StopGradient(part.Parameter("deviation", [_length], _deviations));
        int rest = x.Shape[-1] - _length;
        Variable seen = (Slice(x, -1, 0, _length) - mean) / deviation;
        return Inner.Apply(scope, rest == 0 ? seen : Concatenate(-1, seen, Slice(x, -1, _length, rest)));
    }

    private sealed record Numbers(double[] Values) : Initializer
    {
        public override void Fill(RandomKey key, Shape shape, Span<double> values) => Values.CopyTo(values);
    }
}
