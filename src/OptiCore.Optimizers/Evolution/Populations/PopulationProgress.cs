using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What a generation of a population in which members live on means for the run.</summary>
/// <param name="pointTolerance">The largest spread of the points of a converged population.</param>
/// <param name="valueTolerance">The largest spread of its values.</param>
internal sealed class PopulationProgress(double pointTolerance, double valueTolerance) : IPersistent
{
    /// <summary>How many generations without a finite value end a run, as in <see cref="Leader"/>.</summary>
    private const int Patience = 10;

    private double _value = double.NaN, _change = double.NaN;
    private int _lost;

    /// <summary>The best member's value; NaN before there is one.</summary>
    public double Value => _value;

    /// <summary>The value before, minus this value.</summary>
    public double Change => _change;

    /// <summary>Judges a generation after its replacements.</summary>
    /// <param name="population">The population.</param>
    /// <param name="anyFinite">Whether any of the points asked for had a finite value.</param>
    public Advance After(Population population, bool anyFinite)
    {
        double best = population.Values[population.Best];
        if (double.IsInfinity(best))
            return Advance.Stop(StopReason.NonFiniteStart);
        _lost = anyFinite ? 0 : _lost + 1;
        if (_lost >= Patience)
            return Advance.Stop(StopReason.NonFinite);
        _change = _value - best;
        _value = best;
        return population.HasConverged(pointTolerance, valueTolerance) ? Advance.Stop(StopReason.StepTolerance, iterated: true) : Advance.Iteration;
    }

    /// <summary>A sentence; null for none.</summary>
    public string? Describe(StopReason reason)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return reason switch
        {
            StopReason.StepTolerance => string.Create(c, $"All points of the population lie within the tolerance of {pointTolerance:g3} around the best one, and their values within {valueTolerance:g3}."),
            StopReason.NonFiniteStart => "The function is not finite at any point of the first population.",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _value);
        archive.Transfer(ref _change);
        archive.Transfer(ref _lost);
    }
}
