using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// The learner of n-step tree backup and Q(sigma): keeps the last n transitions of each environment and moves the oldest pair towards its return,
/// G = r + gamma ((sigma rho + (1 - sigma) pi(a' | s')) (G' - Q(s', a')) + sum_b pi(b | s') Q(s', b)) from the last transition backwards.
/// </summary>
internal sealed class NStepState : TabularAgentState
{
    private readonly TabularAgent _options;
    private readonly int _steps;
    private readonly Schedule _sigma;
    private readonly bool _onPolicy;
    private readonly int[] _pairs;
    private readonly double[] _rewards;
    private readonly double[] _sigmas;
    private readonly double[] _behaviour;
    private readonly int[] _first;
    private readonly int[] _lengths;
    private long _observed;

    public NStepState(TabularAgent options, AgentSetup<int, int> setup, int steps, Schedule sigma, bool onPolicy)
        : base(setup, options.Exploration, options.InitialValue)
    {
        _options = options;
        _steps = steps;
        _sigma = sigma;
        _onPolicy = onPolicy;
        _pairs = new int[checked(setup.Count * steps)];
        _rewards = new double[_pairs.Length];
        _sigmas = new double[_pairs.Length];
        _behaviour = new double[_pairs.Length];
        _first = new int[setup.Count];
        _lengths = new int[setup.Count];
    }

    /// <summary>The exploration of the policy that is learnt about.</summary>
    private double TargetEpsilon => _onPolicy ? Epsilon : 0;

    public override AgentAdvance Observe(in Transition<int, int> transition)
    {
        bool finite = true;
        double sigma = Tabular.Epsilon(_sigma, _observed);
        for (int i = 0; i < transition.Actions.Length; i++)
        {
            int slot = Slot(i, _lengths[i]++);
            _pairs[slot] = Pair(transition.Observations[i], transition.Actions[i]);
            _rewards[slot] = transition.Rewards[i];
            _sigmas[slot] = sigma;
            _behaviour[slot] = BehaviourProbabilities[i];
            int next = transition.Terminated[i] ? -1 : StateOf(transition.NextObservations[i]);
            bool ended = transition.Terminated[i] || transition.Truncated[i];
            if (_lengths[i] == _steps)
                finite &= LearnOldest(i, next);
            while (ended && _lengths[i] > 0)
                finite &= LearnOldest(i, next);
        }

        _observed += transition.Actions.Length;
        return Advance(finite);
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer<int>(_pairs);
        archive.Transfer<double>(_rewards);
        archive.Transfer<double>(_sigmas);
        archive.Transfer<double>(_behaviour);
        archive.Transfer<int>(_first);
        archive.Transfer<int>(_lengths);
        archive.Transfer(ref _observed);
    }

    private int Slot(int environment, int position) => (environment * _steps) + ((_first[environment] + position) % _steps);

    private bool LearnOldest(int environment, int next)
    {
        double epsilon = TargetEpsilon, discount = _options.Discount;
        double target = _rewards[Slot(environment, _lengths[environment] - 1)];
        if (next >= 0)
            target += discount * Tabular.Expected(Row(next), epsilon);
        for (int k = _lengths[environment] - 2; k >= 0; k--)
        {
            int after = Slot(environment, k + 1);
            (int state, int action) = Math.DivRem(_pairs[after], ActionCount);
            double probability = Tabular.Probability(Row(state), action, epsilon);
            double weight = (_sigmas[after] * probability / _behaviour[after]) + ((1 - _sigmas[after]) * probability);
            target = _rewards[Slot(environment, k)] + (discount * ((weight * (target - Values[_pairs[after]])) + Tabular.Expected(Row(state), epsilon)));
        }

        int pair = _pairs[_first[environment] + (environment * _steps)];
        _first[environment] = (_first[environment] + 1) % _steps;
        _lengths[environment]--;
        Values[pair] += _options.Rate(++Counts[pair]) * (target - Values[pair]);
        return double.IsFinite(Values[pair]);
    }
}
