using System.Collections.Immutable;

namespace OptiCore.Problems;

/// <summary>A chaotic flow with its parameters, a state on or near its attractor, and its timescale; see <see cref="ChaoticFlows"/>.</summary>
/// <remarks>
/// The Jacobian is exact, by forward-mode differentiation of the formula, four columns at a time. Nothing is allocated by an evaluation, and a flow may be used by any number of
/// threads. No flow depends on the time: a forced one has its phase as the last variable.
/// </remarks>
public sealed class ChaoticFlow : IDynamicalSystem
{
    private readonly VectorFormula _formula;
    private readonly double[] _start;

    internal ChaoticFlow(string name, VectorFormula formula, double[] start, double period, string reference)
    {
        Name = name;
        _formula = formula;
        _start = start;
        Period = period;
        Reference = reference;
        ParameterNames = [.. formula.Names];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Dimension => _start.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Start => _start;

    /// <summary>The timescale of the motion: the period of the strongest frequency at the default parameters.</summary>
    public double Period { get; }

    /// <summary>Authors, year and title of the work that the system comes from.</summary>
    public string Reference { get; }

    /// <summary>The parameters' names.</summary>
    public ImmutableArray<string> ParameterNames { get; }

    /// <summary>The value of a parameter.</summary>
    /// <param name="parameter">Its name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public double Parameter(string parameter) => _formula.Value(parameter);

    /// <summary>The same flow with another value of one parameter. Start and period stay.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="value">Its value, finite.</param>
    /// <exception cref="ArgumentException">There is no such parameter, or the value isn't finite.</exception>
    public ChaoticFlow With(string parameter, double value) => new(Name, _formula.With(parameter, value), _start, Period, Reference);

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _formula.Write(y, dy);

    /// <inheritdoc/>
    public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _formula.Jacobian(y, jacobian);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
