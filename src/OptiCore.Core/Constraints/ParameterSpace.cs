using System.Collections.Immutable;
using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// Named parameters in order, each with its constraint: <c>new ParameterSpace().Real("mu").Positive("tau").Vector("theta", 8)</c>. Immutable; every method that adds returns a new space.
/// </summary>
/// <remarks>
/// A whole point is the parameters' elements one after the other (matrices row by row), its unconstrained form u their coordinates one after the other. Names of elements are those of Stan, with
/// indices from 1: <c>mu</c>, <c>theta[1]</c>, <c>L[2,1]</c>. See <see cref="Constraint"/> for each map, <see cref="LogDensity"/> for densities on a space.
/// </remarks>
public sealed class ParameterSpace
{
    private readonly ImmutableArray<Entry> _entries;
    private readonly Lazy<string[]> _names;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <summary>Without parameters.</summary>
    public ParameterSpace()
        : this([])
    {
    }

    private ParameterSpace(ImmutableArray<Entry> entries)
    {
        _entries = entries;
        IsUnconstrained = true;
        for (int i = 0; i < entries.Length; i++)
        {
            Entry entry = entries[i];
            _places.Add(entry.Name, i);
            Dimension = entry.FirstCoordinate + entry.Constraint.CoordinateCount;
            ElementCount = entry.FirstElement + entry.Constraint.ElementCount;
            IsUnconstrained &= entry.Constraint is RealConstraint;
        }

        _names = new Lazy<string[]>(MakeNames);
    }

    /// <summary>The number n of unconstrained coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number m of constrained elements.</summary>
    public int ElementCount { get; }

    /// <summary>The number of parameters.</summary>
    public int Count => _entries.Length;

    /// <summary>True when no parameter has a constraint: points and their unconstrained form are the same.</summary>
    public bool IsUnconstrained { get; }

    /// <summary>The names of all elements in order, as in Stan: m names.</summary>
    public IReadOnlyList<string> ElementNames => _names.Value;

    /// <summary>The constraint of a parameter.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Constraint this[string name] => _entries[Place(name)].Constraint;

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">Its name, not yet taken.</param>
    /// <param name="constraint">Its constraint.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public ParameterSpace Add(string name, Constraint constraint)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_places.ContainsKey(name))
            throw new ArgumentException($"There is a parameter {name} already.", nameof(name));
        return new ParameterSpace(_entries.Add(new Entry(name, Require.NotNull(constraint), Dimension, ElementCount)));
    }

    /// <summary>Adds a real number.</summary>
    /// <param name="name">Its name.</param>
    public ParameterSpace Real(string name) => Add(name, new RealConstraint());

    /// <summary>Adds a vector of real numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="count">The number of elements.</param>
    public ParameterSpace Vector(string name, int count) => Add(name, new RealConstraint([Require.Positive(count)]));

    /// <summary>Adds a matrix of real numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    public ParameterSpace Matrix(string name, int rows, int columns) => Add(name, new RealConstraint([Require.Positive(rows), Require.Positive(columns)]));

    /// <summary>Adds a positive number.</summary>
    /// <param name="name">Its name.</param>
    public ParameterSpace Positive(string name) => Add(name, new LowerBoundConstraint(0));

    /// <summary>Adds a vector of positive numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="count">The number of elements.</param>
    public ParameterSpace Positive(string name, int count) => Add(name, new LowerBoundConstraint(0, [Require.Positive(count)]));

    /// <summary>Adds a number above a bound.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The bound.</param>
    public ParameterSpace LowerBound(string name, double lower) => Add(name, new LowerBoundConstraint(lower));

    /// <summary>Adds a vector of numbers above a bound.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The bound.</param>
    /// <param name="count">The number of elements.</param>
    public ParameterSpace LowerBound(string name, double lower, int count) => Add(name, new LowerBoundConstraint(lower, [Require.Positive(count)]));

    /// <summary>Adds a number below a bound.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="upper">The bound.</param>
    public ParameterSpace UpperBound(string name, double upper) => Add(name, new UpperBoundConstraint(upper));

    /// <summary>Adds a vector of numbers below a bound.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="upper">The bound.</param>
    /// <param name="count">The number of elements.</param>
    public ParameterSpace UpperBound(string name, double upper, int count) => Add(name, new UpperBoundConstraint(upper, [Require.Positive(count)]));

    /// <summary>Adds a number between two bounds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The lower bound.</param>
    /// <param name="upper">The upper bound.</param>
    public ParameterSpace Interval(string name, double lower, double upper) => Add(name, new IntervalConstraint(lower, upper));

    /// <summary>Adds a vector of numbers between two bounds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The lower bound.</param>
    /// <param name="upper">The upper bound.</param>
    /// <param name="count">The number of elements.</param>
    public ParameterSpace Interval(string name, double lower, double upper, int count) => Add(name, new IntervalConstraint(lower, upper, [Require.Positive(count)]));

    /// <summary>Adds a probability, a number between 0 and 1.</summary>
    /// <param name="name">Its name.</param>
    public ParameterSpace Probability(string name) => Interval(name, 0, 1);

    /// <summary>Adds probabilities that sum to 1.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="count">Their number, at least 2.</param>
    public ParameterSpace Simplex(string name, int count) => Add(name, new SimplexConstraint(count));

    /// <summary>Adds increasing numbers.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="count">Their number.</param>
    public ParameterSpace Ordered(string name, int count) => Add(name, new OrderedConstraint(count));

    /// <summary>Adds increasing positive numbers.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="count">Their number.</param>
    public ParameterSpace PositiveOrdered(string name, int count) => Add(name, new PositiveOrderedConstraint(count));

    /// <summary>Adds a vector of length 1.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="count">The number of elements, at least 2.</param>
    public ParameterSpace UnitVector(string name, int count) => Add(name, new UnitVectorConstraint(count));

    /// <summary>Adds numbers that sum to zero.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="count">Their number, at least 2.</param>
    public ParameterSpace SumToZero(string name, int count) => Add(name, new SumToZeroConstraint(count));

    /// <summary>Adds the Cholesky factor of a correlation matrix.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="order">Its order, at least 2.</param>
    public ParameterSpace CorrelationCholesky(string name, int order) => Add(name, new CorrelationCholeskyConstraint(order));

    /// <summary>Adds the Cholesky factor of a covariance matrix.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="order">Its order.</param>
    public ParameterSpace CovarianceCholesky(string name, int order) => Add(name, new CovarianceCholeskyConstraint(order));

    /// <summary>Adds a correlation matrix.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="order">Its order, at least 2.</param>
    public ParameterSpace Correlation(string name, int order) => Add(name, new CorrelationConstraint(order));

    /// <summary>Adds a covariance matrix.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="order">Its order.</param>
    public ParameterSpace Covariance(string name, int order) => Add(name, new CovarianceConstraint(order));

    /// <summary>The elements of a parameter within a point.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Range Elements(string name)
    {
        Entry entry = _entries[Place(name)];
        return entry.FirstElement..(entry.FirstElement + entry.Constraint.ElementCount);
    }

    /// <summary>Computes the constrained point x(u).</summary>
    /// <param name="u">The coordinates, n elements.</param>
    /// <param name="x">Receives m elements.</param>
    /// <returns>log |det dx/du|, the sum over all parameters.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        Require.Length(u.Length, Dimension, nameof(u));
        Require.Length(x.Length, ElementCount, nameof(x));
        double sum = 0;
        foreach (Entry entry in _entries)
            sum += entry.Constraint.Constrain(entry.Coordinates(u), x.Slice(entry.FirstElement, entry.Constraint.ElementCount));
        return sum;
    }

    /// <summary>Computes the coordinates of a constrained point.</summary>
    /// <param name="x">The point, m elements.</param>
    /// <param name="u">Receives n elements.</param>
    /// <exception cref="ArgumentException">A constraint is violated; the message names the element. Or a length is wrong.</exception>
    public void Unconstrain(ReadOnlySpan<double> x, Span<double> u)
    {
        Require.Length(x.Length, ElementCount, nameof(x));
        Require.Length(u.Length, Dimension, nameof(u));
        foreach (Entry entry in _entries)
            entry.Constraint.Unconstrain(entry.ElementsOf(x), u.Slice(entry.FirstCoordinate, entry.Constraint.CoordinateCount), entry.Name);
    }

    /// <summary>The gradient of f(x(u)) + log |det dx/du| with respect to u, from that of f with respect to x.</summary>
    /// <param name="u">The coordinates, n elements.</param>
    /// <param name="x">The point x(u), m elements.</param>
    /// <param name="gradientX">df/dx, m elements.</param>
    /// <param name="gradientU">Receives n elements.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        Require.Length(u.Length, Dimension, nameof(u));
        Require.Length(x.Length, ElementCount, nameof(x));
        Require.Length(gradientX.Length, ElementCount, nameof(gradientX));
        Require.Length(gradientU.Length, Dimension, nameof(gradientU));
        foreach (Entry entry in _entries)
        {
            entry.Constraint.Pullback(
                entry.Coordinates(u), entry.ElementsOf(x), entry.ElementsOf(gradientX), gradientU.Slice(entry.FirstCoordinate, entry.Constraint.CoordinateCount));
        }
    }

    /// <summary>The parameters as expressions of the coordinates.</summary>
    /// <param name="u">The coordinates, a vector of n.</param>
    /// <param name="logJacobian">log |det dx/du|, a scalar.</param>
    /// <returns>The parameters in order, each of its shape.</returns>
    /// <exception cref="ArgumentException">u isn't a vector of n.</exception>
    public Variable[] Constrain(Variable u, out Variable logJacobian)
    {
        if (u.Rank != 1 || u.Shape[0] != Dimension)
            throw new ArgumentException($"The coordinates have the shape {u.Shape}; a vector of {Dimension} is needed.", nameof(u));
        var x = new Variable[_entries.Length];
        logJacobian = 0;
        for (int i = 0; i < x.Length; i++)
        {
            Entry entry = _entries[i];
            x[i] = entry.Constraint.Constrain(Operations.Slice(u, 0, entry.FirstCoordinate, entry.Constraint.CoordinateCount), out Variable log);
            if (entry.Constraint is not (RealConstraint or SumToZeroConstraint))
                logJacobian += log;
        }

        return x;
    }

    /// <summary>True if there is such a parameter.</summary>
    /// <param name="name">A name.</param>
    public bool Contains(string name) => _places.ContainsKey(Require.NotNull(name));

    /// <summary>The index of a parameter.</summary>
    internal int Place(string name) => _places.TryGetValue(name, out int place)
        ? place
        : throw new ArgumentException($"There is no parameter {name}; there are {string.Join(", ", _places.Keys)}.", nameof(name));

    /// <summary>The elements of a parameter that is one number or more, without a search by name in the caller.</summary>
    internal (int First, int Count) Extent(string name)
    {
        Entry entry = _entries[Place(name)];
        return (entry.FirstElement, entry.Constraint.ElementCount);
    }

    private string[] MakeNames()
    {
        var names = new string[ElementCount];
        foreach (Entry entry in _entries)
        {
            for (int i = 0; i < entry.Constraint.ElementCount; i++)
                names[entry.FirstElement + i] = Constraint.ElementName(entry.Name, entry.Constraint.Shape, i);
        }

        return names;
    }

    private sealed record Entry(string Name, Constraint Constraint, int FirstCoordinate, int FirstElement)
    {
        public ReadOnlySpan<double> Coordinates(ReadOnlySpan<double> u) => u.Slice(FirstCoordinate, Constraint.CoordinateCount);

        public ReadOnlySpan<double> ElementsOf(ReadOnlySpan<double> x) => x.Slice(FirstElement, Constraint.ElementCount);
    }
}
