namespace OptiCore.Bandits;

/// <summary>
/// The wheel: contexts uniform on the unit disc, five arms. Arm 0 pays 1.2 everywhere, the others 1; outside the radius delta the arm of the context's quadrant pays 50 instead. Normal noise of
/// deviation 0.01.
/// </summary>
/// <remarks>C. Riquelme, G. Tucker, J. Snoek (2018), "Deep Bayesian bandits showdown", ICLR, section 5.4: the larger delta, the more it takes to find what pays. Nonlinear in the context.</remarks>
public sealed class WheelBandit : IContextualBandit
{
    private const double Noise = 0.01;

    /// <summary>Creates the bandit.</summary>
    /// <param name="delta">The radius inside which nothing but arm 0 pays more than 1, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public WheelBandit(double delta) => Delta = Require.InOpen(delta, 0, 1, nameof(delta));

    /// <summary>The radius inside which nothing but arm 0 pays more than 1.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    public int Arms => 5;

    /// <inheritdoc/>
    public int Features => 2;

    /// <inheritdoc/>
    public bool HasActionFeatures => false;

    /// <inheritdoc/>
    public void Context(RandomKey key, Span<double> context)
    {
        RandomStream stream = key.Stream();
        double radius = Math.Sqrt(stream.NextDouble());
        (double sin, double cos) = Math.SinCos(2 * Math.PI * stream.NextDouble());
        context[0] = radius * cos;
        context[1] = radius * sin;
    }

    /// <inheritdoc/>
    public double Mean(in ContextualRound round, int arm)
    {
        if (arm == 0)
            return 1.2;
        double x = round.Context[0], y = round.Context[1];
        int quadrant = x > 0 ? y > 0 ? 1 : 2 : y > 0 ? 3 : 4;
        return (x * x) + (y * y) > Delta * Delta && arm == quadrant ? 50 : 1;
    }

    /// <inheritdoc/>
    public double Reward(in ContextualRound round, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        return Mean(round, arm) + (Noise * stream.NextNormal());
    }
}
