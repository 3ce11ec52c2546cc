using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>How an off-policy agent with continuous actions plays: uniformly until it learns, then as its exploring policy does; and greedily when asked.</summary>
internal sealed class ContinuousExplorer : IPersistent
{
    private readonly Space<float> _actionSpace;
    private readonly Network _network;
    private readonly Func<Variable, Variable, Variable> _best;
    private readonly KeyVariable _draws;
    private readonly Replay<float> _explore;
    private readonly RowProgram _choose;
    private readonly RowProgram _draw;
    private readonly RandomKey _key;
    private readonly int _inputs;
    private readonly long _start;
    private long _explored;

    public ContinuousExplorer(
        AgentSetup<float, float> setup, LearnedNetwork actor, Func<Variable, Variable, Variable> explore, Func<Variable, Variable, Variable> best, KeyVariable draws, long start)
    {
        (_actionSpace, _network, _best, _draws, _inputs, _start) = (setup.ActionSpace, actor.Network, best, draws, setup.ObservationSpace.Length, start);
        _key = setup.Key.Fold("exploration");
        _explore = Compile(setup.Count, actor.Length, explore).Start();
        _explore.Bind(1, actor.Parameters);
        _choose = new RowProgram(rows => Compile(rows, actor.Length, best), actor.Parameters);
        _draw = new RowProgram(rows => Compile(rows, actor.Length, explore), actor.Parameters);
    }

    public void Explore(ReadOnlySpan<float> observations, long transitions, Span<float> actions)
    {
        RandomKey key = _key.Fold(_explored++);
        if (transitions < _start)
        {
            int length = _actionSpace.Length;
            for (int i = 0; i * length < actions.Length; i++)
                _actionSpace.Sample(key.Fold(i), actions.Slice(i * length, length));
            return;
        }

        observations.CopyTo(_explore.Input(0));
        _explore.SetKey(_draws, key);
        _explore.Run();
        _explore.Output(0).CopyTo(actions);
    }

    public void Act(ReadOnlySpan<float> observations, Span<float> actions) => _choose.Run(observations, actions.Length / _actionSpace.Length, actions);

    /// <summary>Actions of the exploring policy for any number of observations.</summary>
    public void SampleActions(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions) => _draw.Run(observations, actions.Length / _actionSpace.Length, actions, _draws, key);

    public NetworkPolicy<float> Policy(ReadOnlySpan<float> parameters) => new(_network, _best, parameters, _inputs, _actionSpace);

    public void Persist(StateArchive archive) => archive.Transfer(ref _explored);

    private Computation<float> Compile(int rows, int parameters, Func<Variable, Variable, Variable> write)
    {
        Variable x = Variable.Input("observations", [rows, _inputs]), p = Variable.Input("parameters", [parameters]);
        return Computation.Compile<float>([x, p], write(p, x));
    }
}
