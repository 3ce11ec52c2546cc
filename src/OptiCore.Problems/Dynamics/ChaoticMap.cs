using System.Collections.Immutable;

namespace OptiCore.Problems;

/// <summary>A chaotic map with its parameters and a state on or near its attractor; see <see cref="ChaoticMaps"/>. As <see cref="ChaoticFlow"/> otherwise.</summary>
public sealed class ChaoticMap : IDynamicalMap
{
    private readonly VectorFormula _formula;
    private readonly double[] _start;

    internal ChaoticMap(string name, VectorFormula formula, double[] start, string reference)
    {
        Name = name;
        _formula = formula;
        _start = start;
        Reference = reference;
        ParameterNames = [.. formula.Names];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Dimension => _start.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Start => _start;

    /// <summary>Authors, year and title of the work that the map comes from.</summary>
    public string Reference { get; }

    /// <summary>The parameters' names.</summary>
    public ImmutableArray<string> ParameterNames { get; }

    /// <summary>The value of a parameter.</summary>
    /// <param name="parameter">Its name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public double Parameter(string parameter) => _formula.Value(parameter);

    /// <summary>The same map with another value of one parameter. The start stays.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="value">Its value, finite.</param>
    /// <exception cref="ArgumentException">There is no such parameter, or the value isn't finite.</exception>
    public ChaoticMap With(string parameter, double value) => new(Name, _formula.With(parameter, value), _start, Reference);

    /// <inheritdoc/>
    public void Next(ReadOnlySpan<double> x, Span<double> next) => _formula.Write(x, next);

    /// <inheritdoc/>
    public void Jacobian(ReadOnlySpan<double> x, Span<double> jacobian) => _formula.Jacobian(x, jacobian);

    /// <summary>Writes successive states, each behind the other, after leaving out a number of them.</summary>
    /// <param name="states">Receives as many states as it holds, n elements each.</param>
    /// <param name="skip">How many states after the start are left out.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of n, or the number to skip is negative.</exception>
    public void Fill(Span<double> states, int skip = 1000)
    {
        int n = Dimension;
        if (states.Length % n != 0)
            throw new ArgumentException(FormattableString.Invariant($"states has {states.Length} elements but must have a multiple of {n}."), nameof(states));
        Require.NonNegative(skip, nameof(skip));
        Span<double> x = stackalloc double[n], next = stackalloc double[n];
        Start.CopyTo(x);
        for (int i = -skip; i < states.Length / n; i++)
        {
            Next(x, next);
            next.CopyTo(x);
            if (i >= 0)
                x.CopyTo(states[(i * n)..]);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
