using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>Lyapunov exponents, the largest first: rates per unit of time of a flow, per iteration of a map, natural logarithms.</summary>
public sealed record LyapunovResult
{
    /// <summary>The outcome in one word.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The outcome in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The time, or the number of iterations, that was averaged.</summary>
    public required double Time { get; init; }

    /// <summary>The exponents, in the order in which the directions were made orthogonal: falling, but for statistical errors.</summary>
    public required double[] Exponents { get; init; }

    /// <summary>The standard error of each exponent, from the spread of the batches' means; NaN with fewer than two batches.</summary>
    public required double[] StandardErrors { get; init; }

    /// <summary>The largest exponent. Positive for chaos; the time over which errors grow e-fold is its inverse.</summary>
    public double Largest => Exponents[0];

    /// <summary>The sum of the exponents: with all of them the mean divergence of the flow.</summary>
    public double Sum
    {
        get
        {
            double sum = 0;
            foreach (double exponent in Exponents)
                sum += exponent;
            return sum;
        }
    }

    /// <summary>The entropy by Pesin's identity: the sum of the positive exponents.</summary>
    public double PesinEntropy
    {
        get
        {
            double sum = 0;
            foreach (double exponent in Exponents)
                sum += Math.Max(0, exponent);
            return sum;
        }
    }

    /// <summary>The dimension of <see cref="OptiCore.Dynamics.KaplanYorke"/>.</summary>
    public double KaplanYorkeDimension => KaplanYorke.Dimension(Exponents);

    /// <summary>This result if all intervals were averaged.</summary>
    /// <exception cref="SolverException">They weren't; the message says why.</exception>
    public LyapunovResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    /// <summary>Status and exponents in one line.</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Status}:");
        for (int i = 0; i < Exponents.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $" {Exponents[i]:g5} +- {StandardErrors[i]:g2}");
        return text.ToString();
    }
}
