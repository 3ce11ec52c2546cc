using System.Globalization;
using System.Text;

namespace OptiCore.Optimizers;

/// <summary>What values a variable takes.</summary>
public enum VariableKind
{
    /// <summary>Any number between two bounds.</summary>
    Continuous,

    /// <summary>Any number between two positive bounds, where ratios matter.</summary>
    Logarithmic,

    /// <summary>Whole numbers between two bounds.</summary>
    Integer,

    /// <summary>One of several choices without an order: the index of the choice.</summary>
    Categorical,
}

/// <summary>A variable of a <see cref="SearchSpace"/>.</summary>
/// <param name="Name">A name for messages.</param>
/// <param name="Kind">What values it takes.</param>
/// <param name="Lower">The smallest value.</param>
/// <param name="Upper">The largest value.</param>
public readonly record struct SearchVariable(string Name, VariableKind Kind, double Lower, double Upper)
{
    /// <summary>The number of values of an integer or of choices of a category; 0 for the others.</summary>
    public int Choices => Kind is VariableKind.Integer or VariableKind.Categorical ? (int)(Upper - Lower) + 1 : 0;
}

/// <summary>
/// A box of continuous, logarithmic, integer and categorical variables, each scaled to [0, 1] for a model: integers to the middles of equal cells, categories to indices.
/// A point of the space is a vector of doubles: numbers as they are, whole numbers for integers, indices of choices for categories.
/// </summary>
/// <remarks>Immutable; equal by content. Built step by step: <c>new SearchSpace().Logarithmic("rate", 1e-5, 1e-1).Integer("layers", 1, 8).Categorical("activation", 3)</c>.</remarks>
public sealed class SearchSpace : IEquatable<SearchSpace>
{
    private readonly SearchVariable[] _variables;

    /// <summary>A space without variables.</summary>
    public SearchSpace()
        : this([])
    {
    }

    private SearchSpace(SearchVariable[] variables) => _variables = variables;

    /// <summary>The variables.</summary>
    public ReadOnlySpan<SearchVariable> Variables => _variables;

    /// <summary>The number of variables.</summary>
    public int Dimension => _variables.Length;

    /// <summary>The bounds of all variables.</summary>
    public Bounds Bounds => new(Array.ConvertAll(_variables, static v => v.Lower), Array.ConvertAll(_variables, static v => v.Upper));

    /// <summary>True when every variable is continuous or logarithmic.</summary>
    public bool IsContinuous => Array.TrueForAll(_variables, static v => v.Choices == 0);

    /// <summary>True when no variable is continuous or logarithmic.</summary>
    public bool IsDiscrete => Array.TrueForAll(_variables, static v => v.Choices > 0);

    /// <summary>Continuous variables between finite bounds.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="dimension">The number of variables; may be left out where the bounds say it.</param>
    /// <exception cref="ArgumentException">A bound is infinite, or the number of variables is open or another than that of the bounds.</exception>
    public static SearchSpace Of(Bounds bounds, int dimension = 0)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        var space = new SearchSpace();
        int count = dimension == 0 ? bounds.Dimension : dimension;
        if (count == 0)
            throw new ArgumentException("The bounds don't say how many variables there are.", nameof(bounds));
        if (bounds.Dimension != 0 && bounds.Dimension != count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The bounds are those of {bounds.Dimension} variables, not {count}."), nameof(dimension));
        for (int i = 0; i < count; i++)
            space = space.Continuous(string.Create(CultureInfo.InvariantCulture, $"x[{i}]"), bounds.Lower(i), bounds.Upper(i));
        return space;
    }

    /// <summary>Adds a variable that takes any number between two bounds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The lower bound.</param>
    /// <param name="upper">The upper bound, larger.</param>
    /// <exception cref="ArgumentException">The bounds aren't finite or not in order.</exception>
    public SearchSpace Continuous(string name, double lower, double upper) => With(new SearchVariable(name, VariableKind.Continuous, lower, upper));

    /// <summary>Adds a variable of which ratios matter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The lower bound, positive.</param>
    /// <param name="upper">The upper bound, larger.</param>
    /// <exception cref="ArgumentException">The bounds aren't positive, finite and in order.</exception>
    public SearchSpace Logarithmic(string name, double lower, double upper) => lower > 0
        ? With(new SearchVariable(name, VariableKind.Logarithmic, lower, upper))
        : throw new ArgumentException($"The logarithmic variable '{name}' needs positive bounds.", nameof(lower));

    /// <summary>Adds a variable that takes whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">The smallest.</param>
    /// <param name="upper">The largest.</param>
    /// <exception cref="ArgumentException">The bounds aren't in order.</exception>
    public SearchSpace Integer(string name, int lower, int upper) => With(new SearchVariable(name, VariableKind.Integer, lower, upper));

    /// <summary>Adds a choice without an order.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="choices">The number of choices, at least 2; its values are 0 to choices - 1.</param>
    /// <exception cref="ArgumentException">There are fewer than two choices.</exception>
    public SearchSpace Categorical(string name, int choices) => With(new SearchVariable(name, VariableKind.Categorical, 0, choices - 1));

    /// <summary>A point in the middle of the space, as a start.</summary>
    public double[] Middle()
    {
        var x = new double[Dimension];
        var unit = new double[Dimension];
        Array.Fill(unit, 0.5);
        FromUnit(unit, x);
        return x;
    }

    /// <summary>Maps a point of the unit cube to the nearest point of the space.</summary>
    /// <param name="unit">The point, elements from 0 to 1.</param>
    /// <param name="x">Receives the point of the space.</param>
    public void FromUnit(ReadOnlySpan<double> unit, Span<double> x)
    {
        Require.Length(unit.Length, Dimension, nameof(unit));
        Require.Length(x.Length, Dimension, nameof(x));
        for (int i = 0; i < _variables.Length; i++)
        {
            SearchVariable v = _variables[i];
            x[i] = v.Kind switch
            {
                VariableKind.Continuous => Math.Clamp(v.Lower + (unit[i] * (v.Upper - v.Lower)), v.Lower, v.Upper),
                VariableKind.Logarithmic => Math.Clamp(v.Lower * Math.Pow(v.Upper / v.Lower, unit[i]), v.Lower, v.Upper),
                _ => v.Lower + Math.Clamp(Math.Floor(unit[i] * v.Choices), 0, v.Choices - 1),
            };
        }
    }

    /// <summary>Maps a point of the space to the inputs of a model: numbers to [0, 1], categories to their index.</summary>
    /// <param name="x">The point of the space.</param>
    /// <param name="inputs">Receives the inputs.</param>
    public void ToInputs(ReadOnlySpan<double> x, Span<double> inputs)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(inputs.Length, Dimension, nameof(inputs));
        for (int i = 0; i < _variables.Length; i++)
        {
            SearchVariable v = _variables[i];
            inputs[i] = v.Kind switch
            {
                VariableKind.Continuous => (x[i] - v.Lower) / (v.Upper - v.Lower),
                VariableKind.Logarithmic => Math.Log(x[i] / v.Lower) / Math.Log(v.Upper / v.Lower),
                VariableKind.Integer => (x[i] - v.Lower + 0.5) / v.Choices,
                _ => x[i],
            };
        }
    }

    /// <summary>Refuses a point whose integers or categories aren't whole numbers within bounds, or that leaves the bounds otherwise.</summary>
    /// <param name="start">The point.</param>
    /// <exception cref="ArgumentException">The point doesn't fit; the message names the variable.</exception>
    public void RequireInside(ReadOnlySpan<double> start)
    {
        Bounds.RequireInside(start);
        for (int i = 0; i < _variables.Length; i++)
        {
            if (_variables[i].Choices > 0 && start[i] != Math.Floor(start[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"start[{i}] = {start[i]:r}, but '{_variables[i].Name}' takes whole numbers."), nameof(start));
        }
    }

    /// <summary>Which variables are categories.</summary>
    internal bool[] Categories() => Array.ConvertAll(_variables, static v => v.Kind == VariableKind.Categorical);

    /// <summary>Compares all variables.</summary>
    /// <param name="other">Another space.</param>
    public bool Equals(SearchSpace? other) => other is not null && _variables.AsSpan().SequenceEqual(other._variables);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SearchSpace);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (SearchVariable v in _variables)
            hash.Add(v);
        return hash.ToHashCode();
    }

    /// <summary>Every variable with its range.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (SearchVariable v in _variables)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? string.Empty : ", ")}{v.Name}: {v.Kind} [{v.Lower:r}, {v.Upper:r}]");
        return text.ToString();
    }

    private SearchSpace With(SearchVariable variable)
    {
        ArgumentException.ThrowIfNullOrEmpty(variable.Name);
        if (!double.IsFinite(variable.Lower) || !double.IsFinite(variable.Upper) || !(variable.Lower < variable.Upper))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The variable '{variable.Name}' needs two finite bounds in order, not [{variable.Lower:r}, {variable.Upper:r}]."), nameof(variable));
        return new SearchSpace([.. _variables, variable]);
    }
}
