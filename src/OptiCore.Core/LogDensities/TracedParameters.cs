using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>The parameters of a model that is being traced: <c>p["tau"]</c> is the constrained parameter, of its shape.</summary>
public sealed class TracedParameters
{
    private readonly ParameterSpace _space;
    private readonly Variable[] _values;
    private readonly List<(string Name, Variable Value)> _reports = [];

    internal TracedParameters(ParameterSpace space, Variable u)
    {
        _space = space;
        _values = space.Constrain(u, out Variable logJacobian);
        LogJacobian = logJacobian;
    }

    /// <summary>The log Jacobian of all constraints, which the density adds by itself.</summary>
    public Variable LogJacobian { get; }

    /// <summary>What was reported, in order.</summary>
    internal IReadOnlyList<(string Name, Variable Value)> Reports => _reports;

    /// <summary>The parameters in order.</summary>
    internal ReadOnlySpan<Variable> Values => _values;

    /// <summary>A parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Variable this[string name] => _values[_space.Place(name)];

    /// <summary>Reports a quantity that follows from the parameters along with them: its elements are named and kept for every draw. It costs nothing in the gradient.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The quantity, of any shape.</param>
    /// <returns>The quantity itself.</returns>
    /// <exception cref="ArgumentException">The name is empty, or taken by a parameter or another quantity.</exception>
    public Variable Report(string name, Variable value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        bool isTaken = false;
        for (int i = 0; i < _reports.Count; i++)
            isTaken |= _reports[i].Name == name;
        if (isTaken || _space.Contains(name))
            throw new ArgumentException($"{name} is reported already.", nameof(name));
        _reports.Add((name, value));
        return value;
    }
}
