using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Where a module finds its parameters while its expression is written: parts of one flat vector, each with a name, a shape and an initializer. The same code declares, initializes and
/// applies a module, so that they can't disagree.
/// </summary>
/// <remarks>Asking for a tensor again gives the same variable: weights are shared by sharing a scope, and a loop over steps may ask in every step.</remarks>
public sealed class Scope
{
    private readonly Application _application;
    private readonly Reparametrization _reparametrization;
    private readonly string _path;

    internal Scope(Application application, Reparametrization reparametrization, string path = "")
    {
        _application = application;
        _reparametrization = reparametrization;
        _path = path;
    }

    /// <summary>True while learning: dropout drops, batch normalization uses the batch's own moments.</summary>
    public bool IsTraining => _application.IsTraining;

    /// <summary>The sum of all terms that the network's modules want added to the loss; 0 if there is none.</summary>
    public Variable Penalty => _application.Penalty;

    /// <summary>The states of the whole network after the step; those that no module has updated, and all of them in evaluation, stay as they are.</summary>
    /// <exception cref="InvalidOperationException">The network is applied without states.</exception>
    public Variable NextStates => _application.NextStates;

    /// <summary>True while modules are only asked what they need: no numbers will be computed from what they write.</summary>
    internal bool IsLayout => _application.IsLayout;

    /// <summary>The scope of a part, under its own name.</summary>
    /// <param name="name">The part's name, without dots.</param>
    /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
    public Scope Part(string name) => new(_application, _reparametrization, Join(name));

    /// <summary>The same scope, in which every parameter passes through a function before modules get it: a weight may be normalized, or have something added to it.</summary>
    /// <param name="function">Called once for each parameter with the scope and the name by which it was asked for, and the parameter.</param>
    /// <remarks>A function of an enclosing scope is applied first.</remarks>
    public Scope Reparametrized(Func<Scope, string, Variable, Variable> function) => new(_application, new Reparametrization(_reparametrization, Require.NotNull(function)), _path);

    /// <summary>A parameter, which is learned.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What it is at first.</param>
    /// <exception cref="ArgumentException">The module has used the name for another shape, or for a state.</exception>
    public Variable Parameter(string name, Shape shape, Initializer initializer)
    {
        Variable raw = _application.Parameter(Join(name), shape, Require.NotNull(initializer));
        return _reparametrization.Of(this, name, Join(name), raw);
    }

    /// <summary>A number that is carried from step to step but isn't learned by gradients, such as a running mean.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">What it is at first.</param>
    /// <exception cref="ArgumentException">The module has used the name for another shape, or for a parameter.</exception>
    /// <exception cref="InvalidOperationException">The network is applied without states.</exception>
    public Variable State(string name, Shape shape, Initializer initializer) => _application.State(Join(name), shape, Require.NotNull(initializer));

    /// <summary>Says what a state is after this step; without, it stays as it is. A loss may use the next states: derivatives pass.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <param name="value">Its next value.</param>
    /// <exception cref="ArgumentException">There is no such state, or its shape is another.</exception>
    public void Update(string name, Variable value) => _application.Update(Join(name), value);

    /// <summary>Adds a term to <see cref="Penalty"/>, such as the loss that balances a mixture's experts.</summary>
    /// <param name="term">A scalar.</param>
    /// <exception cref="ArgumentException">It isn't a scalar.</exception>
    public void Penalize(Variable term) => _application.Penalty += term.Rank == 0
        ? term
        : throw new ArgumentException($"A penalty is a number, not a tensor of shape {term.Shape}: sum it.", nameof(term));

    /// <summary>The key of a module's random draws, its own by its name.</summary>
    /// <param name="name">The purpose's name within the module.</param>
    /// <exception cref="InvalidOperationException">The network is applied without a key.</exception>
    public KeyVariable Key(string name)
    {
        if (_application.Key is not { } key)
            throw new InvalidOperationException($"'{Join(name)}' draws random numbers: apply the network with a key.");
        RandomKey purpose = default(RandomKey).Fold(Join(name));
        return key.Derive(purpose.High).Derive(purpose.Low);
    }

    /// <summary>The full name of one of the module's tensors.</summary>
    internal string PathOf(string name) => Join(name);

    private string Join(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"The name '{name}' has a dot, which separates parts.", nameof(name));
        return _path.Length == 0 ? name : $"{_path}.{name}";
    }
}

/// <summary>What parameters pass through before modules get them; the root passes them as they are.</summary>
internal sealed class Reparametrization(Reparametrization? outer, Func<Scope, string, Variable, Variable>? function)
{
    private readonly Dictionary<string, Variable> _known = [];

    public Variable Of(Scope scope, string name, string path, Variable raw)
    {
        if (outer is null || function is null)
            return raw;
        if (!_known.TryGetValue(path, out Variable value))
            _known[path] = value = function(scope, name, outer.Of(scope, name, path, raw));
        return value;
    }
}
