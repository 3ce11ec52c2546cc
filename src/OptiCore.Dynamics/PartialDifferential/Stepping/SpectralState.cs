using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The solution of a <see cref="SpectralEquation"/> under way with steps of one size. It can be saved and loaded after any step and goes on to the same bits. A step allocates nothing.
/// </summary>
public abstract class SpectralState : IPersistent
{
    private readonly double _start;
    private long _steps;

    private protected SpectralState(SpectralEquation equation, double step, double time, ReadOnlySpan<double> state)
    {
        Equation = Require.NotNull(equation);
        StepSize = step;
        _start = Require.Finite(time, nameof(time));
        Require.Length(state.Length, equation.Dimension, nameof(state));
        Require.AllFinite(state, nameof(state));
    }

    /// <summary>The equation.</summary>
    public SpectralEquation Equation { get; }

    /// <summary>The size of a step.</summary>
    public double StepSize { get; }

    /// <summary>The time that is reached.</summary>
    public double Time => _start + (_steps * StepSize);

    /// <summary>The steps that were taken.</summary>
    public long Steps => _steps;

    /// <summary>Takes one step.</summary>
    /// <returns>False when the solution isn't finite any more; it stays where it was.</returns>
    public bool Step()
    {
        if (!TryStep())
            return false;
        _steps++;
        return true;
    }

    /// <summary>Takes steps.</summary>
    /// <param name="count">How many.</param>
    /// <returns>False when the solution isn't finite any more; it stays where it was.</returns>
    public bool Step(long count)
    {
        Require.Positive(count, nameof(count));
        for (long i = 0; i < count; i++)
        {
            if (!Step())
                return false;
        }

        return true;
    }

    /// <summary>Writes the values at the points.</summary>
    /// <param name="state">Receives <see cref="SpectralEquation.Dimension"/> elements.</param>
    public abstract void CopyTo(Span<double> state);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Equation.Dimension, "dimension");
        archive.Expect(StepSize, "step");
        archive.Transfer(ref _steps);
        PersistState(archive);
    }

    private protected abstract bool TryStep();

    private protected abstract void PersistState(StateArchive archive);

    /// <summary>Whether all are finite: a sum of squares is, unless it overflows, and then the solution is as good as lost.</summary>
    private protected static bool IsFinite(ReadOnlySpan<Complex> values)
    {
        double sum = 0;
        foreach (Complex value in values)
            sum += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
        return double.IsFinite(sum);
    }
}
