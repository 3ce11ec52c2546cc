using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Lowers the rate when a metric has stopped improving: after more than <see cref="Patience"/> reports without a new best, the rate is multiplied by <see cref="Factor"/>.
/// </summary>
/// <remarks>
/// It follows what happens, so it isn't a <see cref="Schedule"/>; it drives the factor of a rule's rates:
/// <code>
/// Plateau plateau = new ReduceOnPlateau { Patience = 5 }.Start();
/// state.RateScale = plateau.Report(validationLoss);      // once an epoch
/// </code>
/// </remarks>
public sealed record ReduceOnPlateau
{
    /// <summary>The factor of a reduction. Default: 0.1.</summary>
    public double Factor { get; init => field = Require.InOpen(value, 0, 1); } = 0.1;

    /// <summary>The number of reports without improvement that are tolerated. Default: 10.</summary>
    public int Patience { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>What counts as an improvement. Default: 1e-4.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value); } = 1e-4;

    /// <summary>False: the threshold is relative to the best metric. True: it is a difference. Default: false.</summary>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>True when the metric is to rise. Default: false.</summary>
    public bool Maximize { get; init; }

    /// <summary>The number of reports after a reduction that aren't looked at. Default: 0.</summary>
    public int Cooldown { get; init => field = Require.NonNegative(value); }

    /// <summary>The smallest rate. Default: 0.</summary>
    public double MinRate { get; init => field = Require.NonNegative(value); }

    /// <summary>The rate isn't changed by less than this. Default: 1e-8.</summary>
    public double MinChange { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>Starts to watch.</summary>
    /// <param name="rate">The first rate. Default: 1, for use as <see cref="RuleState{T}.RateScale"/>; <see cref="MinRate"/> is then relative to the schedule as well.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not finite.</exception>
    public Plateau Start(double rate = 1) => new(this, Require.NonNegative(rate, nameof(rate)));
}

/// <summary>What <see cref="ReduceOnPlateau"/> remembers.</summary>
public sealed class Plateau : IPersistent
{
    private readonly ReduceOnPlateau _rule;
    private double _rate;
    private double _best;
    private int _bad;
    private int _cooldown;

    internal Plateau(ReduceOnPlateau rule, double rate)
    {
        _rule = rule;
        _rate = rate;
        _best = rule.Maximize ? double.NegativeInfinity : double.PositiveInfinity;
    }

    /// <summary>The rate in force.</summary>
    public double Rate => _rate;

    /// <summary>The best metric so far; infinite before there is one.</summary>
    public double Best => _best;

    /// <summary>Tells the metric of one more epoch.</summary>
    /// <param name="metric">The metric. NaN is no improvement.</param>
    /// <returns>The rate from now on.</returns>
    public double Report(double metric)
    {
        if (IsBetter(metric))
        {
            _best = metric;
            _bad = 0;
        }
        else
        {
            _bad++;
        }

        if (_cooldown > 0)
        {
            _cooldown--;
            _bad = 0;
        }

        if (_bad > _rule.Patience)
        {
            double lower = Math.Max(_rate * _rule.Factor, _rule.MinRate);
            if (_rate - lower > _rule.MinChange)
                _rate = lower;
            _cooldown = _rule.Cooldown;
            _bad = 0;
        }

        return _rate;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _rate);
        archive.Transfer(ref _best);
        archive.Transfer(ref _bad);
        archive.Transfer(ref _cooldown);
    }

    private bool IsBetter(double metric)
    {
        double threshold = _rule.Threshold;
        if (_rule.Maximize)
            return _rule.AbsoluteThreshold ? metric > _best + threshold : metric > _best * (1 + threshold);
        return _rule.AbsoluteThreshold ? metric < _best - threshold : metric < _best * (1 - threshold);
    }
}
