using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>What an estimator computed for each decision: its estimate is mean(<see cref="Values"/>) + sum(<see cref="Numerators"/>) / sum(<see cref="Denominators"/>), the ratio only where there is one.</summary>
/// <remarks>
/// The standard error is that of the mean of the influences v_i + (a_i - R b_i) / mean(b), with R = sum(a) / sum(b): exact for means, the delta method for ratios.
/// </remarks>
public sealed class EstimatorTerms
{
    private readonly double[] _values, _numerators, _denominators, _weights;

    /// <summary>Terms that are all 0.</summary>
    /// <param name="count">The number n of decisions, at least 1.</param>
    public EstimatorTerms(int count)
    {
        _values = new double[Require.Positive(count, nameof(count))];
        _numerators = new double[count];
        _denominators = new double[count];
        _weights = new double[count];
    }

    /// <summary>The number n of decisions.</summary>
    public int Count => _values.Length;

    /// <summary>The terms v of the mean.</summary>
    public Span<double> Values => _values;

    /// <summary>The terms a above the line of the ratio.</summary>
    public Span<double> Numerators => _numerators;

    /// <summary>The terms b below the line of the ratio.</summary>
    public Span<double> Denominators => _denominators;

    /// <summary>The weight with which the decision's own reward counts, for the effective sample size; read only where <see cref="HasWeights"/>.</summary>
    public Span<double> Weights => _weights;

    /// <summary>Whether there is a ratio.</summary>
    public bool IsRatio { get; set; }

    /// <summary>Whether decisions are weighted at all; the direct method has no weights. Default: true.</summary>
    public bool HasWeights { get; set; } = true;

    /// <summary>What the estimator wants to say about this estimate, such as the setting it chose; may be empty.</summary>
    public string Note { get; set; } = "";

    /// <summary>The estimate; NaN where the ratio's denominators sum to 0.</summary>
    public double Estimate()
    {
        double mean = Reduce.Mean<double>(_values);
        return IsRatio ? mean + Ratio() : mean;
    }

    /// <summary>Writes the centred influence of each decision on the estimate: the standard error is the root of their sum of squares / (n (n - 1)).</summary>
    /// <param name="influences">Receives n numbers.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void Influences(Span<double> influences)
    {
        Require.Length(influences.Length, Count, nameof(influences));
        double mean = Reduce.Mean<double>(_values);
        double ratio = IsRatio ? Ratio() : 0, scale = IsRatio ? Reduce.Mean<double>(_denominators) : 1;
        for (int i = 0; i < influences.Length; i++)
            influences[i] = _values[i] - mean + (IsRatio ? (_numerators[i] - (ratio * _denominators[i])) / scale : 0);
    }

    /// <summary>The standard error of the estimate; NaN for a single decision.</summary>
    public double StandardError()
    {
        if (Count < 2)
            return double.NaN;
        double[] influences = new double[Count];
        Influences(influences);
        return Math.Sqrt(Reduce.SumOfSquares<double>(influences) / (Count - 1.0) / Count);
    }

    private double Ratio() => Reduce.Sum<double>(_numerators) / Reduce.Sum<double>(_denominators);
}
