using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>One step of an environment, as an agent saw it.</summary>
internal readonly record struct Seen(int State, int Action, double Reward, int Next, bool Terminated, bool Truncated);

/// <summary>Drives a tabular agent by hand, one environment, so that a test sees every transition.</summary>
internal sealed class Drive
{
    private readonly TabularEnvironment _environment;
    private readonly StepBuffers<int> _buffers;
    private readonly int[] _action = new int[1];
    private long _steps;

    public Drive(TabularAgent agent, TabularModel model, ulong seed, int limit = int.MaxValue)
        : this(setup => agent.Start(setup), model, seed, limit)
    {
    }

    public Drive(Func<AgentSetup<int, int>, AgentState<int, int>> start, TabularModel model, ulong seed, int limit = int.MaxValue)
    {
        _environment = new TabularEnvironment(model) { MaxEpisodeSteps = limit };
        _buffers = _environment.CreateBuffers();
        _environment.Reset(RandomKey.FromSeed(seed), _buffers);
        State = (TabularAgentState)start(new AgentSetup<int, int>(_environment.ObservationSpace, _environment.ActionSpace, 1, RandomKey.FromSeed(seed).Fold("agent")));
    }

    public TabularAgentState State { get; }

    public Seen Step()
    {
        int[] observation = [.. _buffers.Observations];
        State.Explore(observation, _steps++, _action);
        _environment.Step(_action, _buffers);
        bool ended = _buffers.Terminated[0] || _buffers.Truncated[0];
        int next = ended ? _buffers.FinalObservations[0] : _buffers.Observations[0];
        Assert.Equal(AgentAdvance.Continue, State.Observe(new Transition<int, int>
        {
            Observations = observation,
            Actions = _action,
            Rewards = _buffers.Rewards,
            Terminated = _buffers.Terminated,
            Truncated = _buffers.Truncated,
            NextObservations = [next],
        }));
        return new Seen(observation[0], _action[0], _buffers.Rewards[0], next, _buffers.Terminated[0], _buffers.Truncated[0]);
    }

    public List<Seen> Episode()
    {
        var episode = new List<Seen>();
        do
        {
            episode.Add(Step());
        }
        while (!(episode[^1].Terminated || episode[^1].Truncated));
        return episode;
    }
}
