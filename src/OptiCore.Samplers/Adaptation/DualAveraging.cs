using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Finds the step size at which the acceptance statistic meets a target on average:
/// log eps[m + 1] = mu - sqrt(m) / gamma * Hbar[m], where Hbar averages (target - accept) with weight 1 / (m + t0), and the result is
/// an average of log eps with weights m^-kappa.
/// </summary>
/// <remarks>Nesterov (2009), Primal-dual subgradient methods for convex problems, in the form of Hoffman, Gelman (2014), section 3.2.1, whose constants are the defaults.</remarks>
public sealed record DualAveraging
{
    /// <summary>gamma: how strongly iterates are pulled to mu. Default: 0.05.</summary>
    public double Gamma { get; init => field = Require.Positive(value); } = 0.05;

    /// <summary>t0: damps the first iterations. Default: 10.</summary>
    public double Offset { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>kappa of (0.5, 1]: how fast early iterates are forgotten. Default: 0.75.</summary>
    public double Kappa
    {
        get;
        init => field = value is > 0.5 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Kappa), value, $"{nameof(Kappa)} is {value} but must lie in (0.5, 1].");
    } = 0.75;

    internal DualAveragingState Start() => new(this);
}

/// <summary>The averages of one chain.</summary>
internal sealed class DualAveragingState(DualAveraging options) : IPersistent
{
    private double _mu;
    private double _errorAverage;
    private double _logStepAverage;
    private long _count;

    /// <summary>Begins anew, around ten times the given step size (Hoffman and Gelman: long steps are cheap to try).</summary>
    public void Restart(double stepSize)
    {
        _mu = Math.Log(10 * stepSize);
        _errorAverage = 0;
        _logStepAverage = 0;
        _count = 0;
    }

    /// <summary>Absorbs an acceptance statistic and returns the step size to try next.</summary>
    public double Update(double accept, double target)
    {
        _count++;
        double error = target - (double.IsNaN(accept) ? 0 : Math.Min(1, accept));
        double weight = 1 / (_count + options.Offset);
        _errorAverage = ((1 - weight) * _errorAverage) + (weight * error);
        double logStep = _mu - (_errorAverage * Math.Sqrt(_count) / options.Gamma);
        double forget = Math.Pow(_count, -options.Kappa);
        _logStepAverage = ((1 - forget) * _logStepAverage) + (forget * logStep);
        return Math.Exp(logStep);
    }

    /// <summary>The averaged step size, or null before the first update.</summary>
    public double? Average => _count == 0 ? null : Math.Exp(_logStepAverage);

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _mu);
        archive.Transfer(ref _errorAverage);
        archive.Transfer(ref _logStepAverage);
        archive.Transfer(ref _count);
    }
}
