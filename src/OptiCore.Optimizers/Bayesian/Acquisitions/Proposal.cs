namespace OptiCore.Optimizers;

/// <summary>What an acquisition needs to choose the next point.</summary>
/// <param name="space">The search space.</param>
/// <param name="process">The process, conditioned on the observations.</param>
/// <param name="maximizer">Finds the point of largest promise.</param>
internal sealed class Proposal(SearchSpace space, GaussianProcess process, AcquisitionMaximizer maximizer)
{
    public SearchSpace Space => space;

    public GaussianProcess Process => process;

    public AcquisitionMaximizer Maximizer => maximizer;

    /// <summary>The value to improve on.</summary>
    public double Best { get; set; }

    /// <summary>The observed point that is thought to be best.</summary>
    public double[] Incumbent { get; } = new double[space.Dimension];

    /// <summary>The inputs of points of this batch that were chosen before, one after the other.</summary>
    public List<double> Pending { get; } = [];
}
