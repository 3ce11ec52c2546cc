namespace OptiCore.Optimizers;

/// <summary>Bounds as arrays, infinite where there are none.</summary>
internal sealed class PopulationBox
{
    /// <summary>Copies the bounds.</summary>
    /// <param name="bounds">The bounds; null for none.</param>
    /// <param name="dimension">The number n of variables.</param>
    public PopulationBox(Bounds? bounds, int dimension)
    {
        Lower = new double[dimension];
        Upper = new double[dimension];
        if (bounds is null)
        {
            Lower.AsSpan().Fill(double.NegativeInfinity);
            Upper.AsSpan().Fill(double.PositiveInfinity);
        }
        else
        {
            bounds.CopyTo<double>(Lower, Upper);
        }
    }

    /// <summary>The lower bounds.</summary>
    public double[] Lower { get; }

    /// <summary>The upper bounds.</summary>
    public double[] Upper { get; }

    /// <summary>The bounds of a method that searches a box and nothing else.</summary>
    /// <exception cref="ArgumentException">There are none, or one is infinite.</exception>
    public static PopulationBox Finite(Bounds? bounds, int dimension, string method)
    {
        if (bounds is not { AreFinite: true })
            throw new ArgumentException($"{method} searches a box: its Bounds must be given and finite.", nameof(bounds));
        return new PopulationBox(bounds, dimension);
    }
}
