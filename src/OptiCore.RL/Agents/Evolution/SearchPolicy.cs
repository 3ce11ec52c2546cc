using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// A deterministic policy without exploration of its own, for searches in its parameters: every environment can be played with parameters of its own, all at once. Where observations are normalised, their means and the
/// inverses of their deviations are the first parameters of the network, which the search leaves alone.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
internal sealed class SearchPolicy<TAction> where TAction : unmanaged
{
    // The deviation, squared, below which an element says nothing: H. Mania, A. Guy, B. Recht (2018), section 3.
    private const double LeastVariance = 1e-8;

    private readonly Module? _torso;
    private readonly Linear _head;
    private readonly Space<TAction> _actionSpace;
    private readonly ActionDistribution? _law;
    private readonly ActionTensors<TAction> _encoding;
    private readonly Variable _center, _half, _low, _high;
    private readonly int _inputs;
    private readonly bool _normalizes;
    private readonly Network _network;
    private readonly Replay<float> _lanes;
    private readonly RowProgram _choose;
    private float[] _tensor;

    public SearchPolicy(Module? torso, Initializer head, bool hasBias, bool normalizes, AgentSetup<float, TAction> setup)
    {
        (_torso, _actionSpace, _inputs, _normalizes) = (torso, setup.ActionSpace, setup.ObservationSpace.Length, normalizes);
        _encoding = new ActionTensors<TAction>(_actionSpace);
        int length = _actionSpace.Length;
        if ((object)_actionSpace is Box box)
        {
            double[] center = new double[length], half = new double[length], low = new double[length], high = new double[length];
            for (int i = 0; i < length; i++)
            {
                (low[i], high[i]) = (box.Low[i], box.High[i]);
                bool isBounded = double.IsFinite(high[i] - low[i]);
                (center[i], half[i]) = isBounded ? ((low[i] + high[i]) / 2, (high[i] - low[i]) / 2) : (0, 1);
            }

            (_center, _half) = (Variable.Constant<double>(center, [length]), Variable.Constant<double>(half, [length]));
            (_low, _high) = (Variable.Constant<double>(low, [length]), Variable.Constant<double>(high, [length]));
        }
        else
        {
            _law = ActionDistribution.For(_actionSpace);
        }

        _head = new Linear(_law?.LawLength ?? length) { Weights = head, HasBias = hasBias };
        Variable x = Variable.Input("observations", [1, _inputs]);
        _network = new Network(scope => Write(scope, x));
        Answer = new Block<float>(_network.ParameterCount);
        _network.Initialize(setup.Key.Fold("parameters"), Answer.Span);
        Fixed = normalizes ? 2 * _inputs : 0;
        Variable p = Variable.Input("parameters", [setup.Count, Length]), seen = Variable.Input("observations", [setup.Count, _inputs]);
        Variable actions = Derivative.Batch((own, row) => Reshape(Choose(own, Reshape(row, [1, _inputs])), [length]), p, seen);
        _lanes = Computation.Compile<float>([p, seen], actions).Start();
        _choose = new RowProgram(
            rows =>
            {
                Variable all = Variable.Input("observations", [rows, _inputs]), shared = Variable.Input("parameters", [Length]);
                return Computation.Compile<float>([all, shared], Choose(shared, all));
            },
            Answer);
        _tensor = new float[setup.Count * length];
    }

    /// <summary>The number of parameters, those of the normalisation included.</summary>
    public int Length => _network.ParameterCount;

    /// <summary>The number of parameters of the normalisation, which come first.</summary>
    public int Fixed { get; }

    /// <summary>The parameters of <see cref="Act"/>.</summary>
    public Block<float> Answer { get; }

    /// <summary>Gives an environment the normalisation of <see cref="Answer"/> and other parameters.</summary>
    public void Assign(int lane, ReadOnlySpan<double> candidate)
    {
        Span<float> own = _lanes.Input(0).Slice(lane * Length, Length);
        Answer.Span[..Fixed].CopyTo(own);
        Round(candidate, own[Fixed..]);
    }

    /// <summary>Gives an environment the parameters of <see cref="Answer"/>.</summary>
    public void Assign(int lane) => Answer.Span.CopyTo(_lanes.Input(0)[(lane * Length)..]);

    /// <summary>Writes the searched part of <see cref="Answer"/>.</summary>
    public void SetAnswer(ReadOnlySpan<double> candidate) => Round(candidate, Answer.Span[Fixed..]);

    /// <summary>Normalises by these moments from now on.</summary>
    public void Normalize(RunningMoments moments)
    {
        for (int j = 0; j < _inputs; j++)
        {
            Answer.Span[j] = (float)moments.Means[j];
            Answer.Span[_inputs + j] = moments.Variances[j] < LeastVariance ? 0 : (float)(1 / Math.Sqrt(moments.Variances[j]));
        }
    }

    /// <summary>Every environment's action, by its own parameters.</summary>
    public void Explore(ReadOnlySpan<float> observations, Span<TAction> actions)
    {
        observations.CopyTo(_lanes.Input(1));
        _lanes.Run();
        _encoding.Decode(_lanes.Output(0), actions);
    }

    /// <summary>Actions by the parameters of <see cref="Answer"/>.</summary>
    public void Act(ReadOnlySpan<float> observations, Span<TAction> actions)
    {
        int rows = actions.Length / _encoding.Length;
        Require.Length(observations.Length, rows * _inputs, nameof(observations));
        if (_tensor.Length < actions.Length)
            _tensor = new float[actions.Length];
        Span<float> tensor = _tensor.AsSpan(0, actions.Length);
        _choose.Run(observations, rows, tensor);
        _encoding.Decode(tensor, actions);
    }

    /// <summary>A policy with a copy of parameters.</summary>
    public NetworkPolicy<TAction> Policy(ReadOnlySpan<float> parameters) => new(_network, Choose, parameters, _inputs, _actionSpace);

    private static void Round(ReadOnlySpan<double> candidate, Span<float> parameters)
    {
        for (int i = 0; i < candidate.Length; i++)
            parameters[i] = (float)candidate[i];
    }

    private Variable Choose(Variable parameters, Variable observations)
    {
        Variable y = Write(_network.ScopeOf(parameters), observations);
        return _law is not null ? _law.Mode(y) : Clamp(_center + (_half * y), _low, _high);
    }

    private Variable Write(Scope scope, Variable x)
    {
        if (_normalizes)
        {
            Scope part = scope.Part("observations");
            Variable mean = part.Parameter("mean", [_inputs], Initializer.Zeros), scale = part.Parameter("scale", [_inputs], Initializer.Value(1));
            x = (x - mean) * scale;
        }

        return _head.Apply(scope.Part("actions"), _torso?.Apply(scope.Part("torso"), x) ?? x);
    }
}
