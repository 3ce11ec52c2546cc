using OptiCore.Dynamics;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Linear-quadratic control: x' = A x + B u + w with independent normal noise w, and the reward -(x'Q x + u'R u) of the state before the step. Observations are states, actions are controls, both without bounds unless <see cref="ControlLimit"/> sets one. The best policy is
/// linear and known, with its value: what a learner should come to can be computed (<see cref="Regulator"/>, <see cref="OptimalValue"/>). Never terminates; truncated after 200 steps.
/// </summary>
/// <remarks>
/// With the discount g the least expected cost from x is x'X x + g / (1 - g) tr(X W), with W the covariance of w and X the solution of the Riccati equation of (sqrt(g) A, sqrt(g) B, Q, R); the best control is u = -K x with that equation's
/// gain (<see cref="Lqr"/>). Without discount the average cost a step is tr(X W). Episodes begin uniformly in [-1, 1]^n. States and noise are double precision; observations are rounded to float. A step costs n (n + m) operations; nothing is
/// allocated.
/// </remarks>
public sealed class LinearQuadraticControl : IVectorEnvironment<float, float>
{
    private readonly LinearPlant _plant;
    private readonly double[] _a;
    private readonly double[] _b;
    private readonly double[] _q;
    private readonly double[] _r;
    private readonly double[] _noise;
    private readonly double[] _states;
    private readonly double[] _next;
    private readonly double[] _control;
    private readonly int[] _steps;
    private readonly RandomStream[] _streams;
    private readonly EpisodeKeys _keys;
    private readonly int _n;
    private readonly int _m;
    private readonly bool _isNoisy;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="plant">The matrices A and B, in discrete time.</param>
    /// <param name="q">The symmetric matrix Q, n x n.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m.</param>
    /// <param name="noise">The standard deviation of each element of w, n elements at least 0; empty for none.</param>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentException">The plant is in continuous time, a size doesn't fit, a number isn't finite or a deviation is negative.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of environments is smaller than 1.</exception>
    public LinearQuadraticControl(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> noise = default, int count = 1)
    {
        _plant = Require.NotNull(plant);
        if (!plant.IsDiscrete)
            throw new ArgumentException($"The plant is in continuous time; make it discrete by {nameof(LinearPlant.Discretize)}.", nameof(plant));
        Count = Require.Positive(count, nameof(count));
        (_n, _m) = (plant.StateCount, plant.ControlCount);
        Require.Length(q.Length, _n * _n, nameof(q));
        Require.Length(r.Length, _m * _m, nameof(r));
        Require.AllFinite(q, nameof(q));
        Require.AllFinite(r, nameof(r));
        (_a, _b, _q, _r) = (plant.A.ToArray(), plant.B.ToArray(), q.ToArray(), r.ToArray());
        _noise = new double[_n];
        if (!noise.IsEmpty)
        {
            Require.Length(noise.Length, _n, nameof(noise));
            Require.AllFinite(noise, nameof(noise));
            if (noise.ContainsAnyInRange(double.NegativeInfinity, -double.Epsilon))
                throw new ArgumentException("A standard deviation is at least 0.", nameof(noise));
            noise.CopyTo(_noise);
        }

        _isNoisy = _noise.AsSpan().ContainsAnyExcept(0.0);
        _states = new double[checked(count * _n)];
        _next = new double[_n];
        _control = new double[_m];
        _steps = new int[count];
        _streams = new RandomStream[count];
        _keys = new EpisodeKeys(count);
        ObservationSpace = new Box(float.NegativeInfinity, float.PositiveInfinity, _n);
        ActionSpace = new Box(float.NegativeInfinity, float.PositiveInfinity, _m);
    }

    /// <summary>The step after which an episode is truncated. Default: 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 200;

    /// <summary>
    /// The largest absolute value of a control; what is beyond is taken for it. Agents that need bounded actions need one; the regulator doesn't know of it, so that it is best only where its controls stay inside. Default: infinity.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit isn't positive.</exception>
    public double ControlLimit
    {
        get;
        init
        {
            field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(ControlLimit), value, "ControlLimit must be positive.");
            ActionSpace = new Box((float)-value, (float)value, _m);
        }
    } = double.PositiveInfinity;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<float> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<float> ActionSpace { get; private init; }

    /// <summary>
    /// A mass on a rail, pushed by a force: position and velocity in steps of 0.1 s, Q = diag(1, 0.1), R = 0.1, noise of deviation 0.02 on the velocity.
    /// </summary>
    /// <param name="count">The number of environments.</param>
    public static LinearQuadraticControl DoubleIntegrator(int count = 1) =>
        new(LinearPlant.Discrete([1, 0.1, 0, 1], [0.005, 0.1], step: 0.1), [1, 0, 0, 0.1], [0.1], [0, 0.02], count);

    /// <summary>The best control for ever.</summary>
    /// <param name="discount">The discount g of (0, 1]. Default: 1.</param>
    /// <returns>The design of the problem scaled by sqrt(g): its gain and its cost matrix X are the problem's; where there is none, its status says why.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The discount is outside (0, 1].</exception>
    public RegulatorDesign Regulator(double discount = 1)
    {
        double root = Math.Sqrt(Require.InOpenClosed(discount, 0, 1, nameof(discount)));
        double[] a = [.. _a], b = [.. _b];
        for (int i = 0; i < a.Length; i++)
            a[i] *= root;
        for (int i = 0; i < b.Length; i++)
            b[i] *= root;
        return Lqr.Design(LinearPlant.Discrete(a, b, step: _plant.Step), _q, _r);
    }

    /// <summary>The largest expected discounted return from a state, -(x'X x + g / (1 - g) tr(X W)), for ever.</summary>
    /// <param name="state">The state x, n elements.</param>
    /// <param name="discount">The discount g of (0, 1); 1 only without noise, where the return is finite.</param>
    /// <exception cref="ArgumentException">The state has another length, or there is noise and no discount.</exception>
    /// <exception cref="InvalidOperationException">There is no best control.</exception>
    public double OptimalValue(ReadOnlySpan<double> state, double discount)
    {
        Require.Length(state.Length, _n, nameof(state));
        if (discount == 1 && _isNoisy)
            throw new ArgumentException("With noise and without discount every return is infinite; see AverageCost.", nameof(discount));
        RegulatorDesign design = Solved(discount);
        double cost = Quadratic(design.CostMatrix, state);
        return -(cost + (_isNoisy ? discount / (1 - discount) * NoiseCost(design) : 0));
    }

    /// <summary>The least average cost of a step without discount, tr(X W).</summary>
    /// <exception cref="InvalidOperationException">There is no best control.</exception>
    public double AverageCost() => NoiseCost(Solved(1));

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">Receives the state, n elements.</param>
    public void GetState(int index, Span<double> state) => _states.AsSpan(index * _n, _n).CopyTo(state);

    /// <summary>Replaces the state of one environment. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The state, n elements.</param>
    /// <exception cref="ArgumentException">The state has another length.</exception>
    public void SetState(int index, ReadOnlySpan<double> state)
    {
        Require.Length(state.Length, _n, nameof(state));
        state.CopyTo(_states.AsSpan(index * _n, _n));
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<float> observations)
    {
        Require.Length(observations.Length, Count * _n, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _keys.Current(i), observations.Slice(i * _n, _n));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<float> observation)
    {
        Require.Length(observation.Length, _n, nameof(observation));
        _keys.EnsureStarted();
        Begin(index, _keys.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, in StepOutput<float> output)
    {
        Require.Length(actions.Length, Count * _m, nameof(actions));
        output.Check(Count, _n);
        _keys.EnsureStarted();
        Require.AllFinite(actions, nameof(actions));
        output.Terminated.Clear();
        for (int i = 0; i < Count; i++)
        {
            Span<double> state = _states.AsSpan(i * _n, _n);
            for (int j = 0; j < _m; j++)
                _control[j] = Math.Clamp(actions[(i * _m) + j], -ControlLimit, ControlLimit);
            output.Rewards[i] = -(Quadratic(_q, state) + Quadratic(_r, _control));
            Advance(state, ref _streams[i]);
            Span<float> observation = output.Observations.Slice(i * _n, _n);
            Observe(state, observation);
            output.Truncated[i] = ++_steps[i] >= MaxEpisodeSteps;
            if (output.Truncated[i])
            {
                observation.CopyTo(output.FinalObservations[(i * _n)..]);
                Begin(i, _keys.Next(i), observation);
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Transfer(_keys);
        archive.Transfer<double>(_states);
        archive.Transfer<int>(_steps);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    private void Advance(Span<double> state, ref RandomStream stream)
    {
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int j = 0; j < _n; j++)
                sum += _a[(i * _n) + j] * state[j];
            for (int j = 0; j < _m; j++)
                sum += _b[(i * _m) + j] * _control[j];
            _next[i] = _noise[i] == 0 ? sum : sum + (_noise[i] * stream.NextNormal());
        }

        _next.CopyTo(state);
    }

    private void Begin(int index, RandomKey key, Span<float> observation)
    {
        RandomStream stream = key.Stream();
        Span<double> state = _states.AsSpan(index * _n, _n);
        for (int j = 0; j < _n; j++)
            state[j] = Draw.Uniform(ref stream, -1, 1);
        _streams[index] = stream;
        _steps[index] = 0;
        Observe(state, observation);
    }

    private RegulatorDesign Solved(double discount)
    {
        RegulatorDesign design = Regulator(discount);
        return design.IsSolved ? design : throw new InvalidOperationException(design.Message);
    }

    private double NoiseCost(RegulatorDesign design)
    {
        double sum = 0;
        for (int i = 0; i < _n; i++)
            sum += design.CostMatrix[(i * _n) + i] * _noise[i] * _noise[i];
        return sum;
    }

    private static void Observe(ReadOnlySpan<double> state, Span<float> observation)
    {
        for (int j = 0; j < state.Length; j++)
            observation[j] = (float)state[j];
    }

    private static double Quadratic(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double row = 0;
            for (int j = 0; j < x.Length; j++)
                row += matrix[(i * x.Length) + j] * x[j];
            sum += x[i] * row;
        }

        return sum;
    }
}
