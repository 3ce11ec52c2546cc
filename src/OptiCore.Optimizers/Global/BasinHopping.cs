using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Makes basin hopping of a local method: <c>BasinHopping.Over(new Lbfgs())</c>.</summary>
public static class BasinHopping
{
    /// <summary>Basin hopping over a local method; what that needs of the function, this needs.</summary>
    /// <typeparam name="TFunction">What the local method needs of the function.</typeparam>
    /// <param name="local">The local method.</param>
    public static BasinHopping<TFunction> Over<TFunction>(ISolver<double, TFunction> local) where TFunction : IProblem<double> => new(local);
}

/// <summary>
/// Basin hopping: from a local minimum a random displacement of every coordinate, a local search from there, and Metropolis' rule between the two minima. It sees the function as
/// a staircase of its basins. For smooth functions whose minima form funnels, such as clusters of atoms.
/// </summary>
/// <typeparam name="TFunction">What the local method needs of the function.</typeparam>
/// <remarks>
/// <para>D. J. Wales and J. P. K. Doye (1997), Global optimization by basin-hopping and the lowest energy structures of Lennard-Jones clusters containing up to 110 atoms, J. Phys. Chem. A 101,
/// 5111-5116; the step adapts so that half of the hops are accepted.</para>
/// <para>A hop is an iteration. It allocates the local method's state once. Displacements are clipped to the bounds of a local method that has some
/// (<see cref="IBoundedSolver"/>). Hop k draws from <c>key.Fold(k)</c>.</para>
/// <para>A hop whose local search finds no finite value is rejected; twenty-five in a row end the run. Without funnels prefer <see cref="DualAnnealing"/> or <see cref="Direct"/>.</para>
/// </remarks>
[Algorithm("Basin hopping", "Global", "Wales, Doye (1997), Global optimization by basin-hopping and the lowest energy structures of Lennard-Jones clusters containing up to 110 atoms", Capabilities = "local method")]
public sealed record BasinHopping<TFunction> : ISolver<double, TFunction>, IBoundedSolver where TFunction : IProblem<double>
{
    /// <summary>Basin hopping over a local method.</summary>
    /// <param name="local">The local method.</param>
    public BasinHopping(ISolver<double, TFunction> local) => Local = local;

    /// <summary>The local method.</summary>
    public ISolver<double, TFunction> Local { get; init => field = Require.NotNull(value, nameof(Local)); }

    /// <summary>The bounds of <see cref="Local"/>.</summary>
    public Bounds? Bounds => (Local as IBoundedSolver)?.Bounds;

    /// <summary>The first half width of the displacement of each coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The temperature of Metropolis' rule, in units of the function: about the difference between neighbouring minima. Default: 1.</summary>
    public double Temperature { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The share of accepted hops that the step adapts to. Default: 0.5.</summary>
    public double TargetAcceptance { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The number of hops between adaptations of the step. Default: 50; Wales and Doye adapt it every 50 steps, too.</summary>
    public int AdaptationInterval { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The factor of an adaptation. Default: 0.9.</summary>
    public double AdaptationFactor { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>Converged when so many hops in a row found nothing lower. Default: 100.</summary>
    public int Patience { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The largest number of evaluations of one local search. Default: 100,000.</summary>
    public long LocalEvaluations { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>None: patience decides.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var inner = new InnerRun<TFunction>(Local, shape, LocalEvaluations);
        return new State(this, inner, inner.NewQuery(start, key), start, key);
    }

    private sealed class State : SolverState<double>
    {
        private const int MaxUndefinedHops = 25;

        // A fall smaller than this, relative to max(1, |f|), is the local method's rounding.
        private const double Lower = 1e-10;

        private readonly BasinHopping<TFunction> _options;
        private readonly InnerRun<TFunction> _inner;
        private readonly Box _box;
        private readonly RandomKey _key;
        private readonly double[] _current, _trial, _best;
        private double _value = double.NaN, _bestValue = double.NaN, _step;
        private long _hops;
        private int _accepted, _tried, _unimproved, _undefined;

        public State(BasinHopping<TFunction> options, InnerRun<TFunction> inner, Query<double> query, ReadOnlySpan<double> start, RandomKey key)
            : base(query)
        {
            _options = options;
            _inner = inner;
            _key = key;
            _box = new Box(options.Bounds, start.Length);
            _current = start.ToArray();
            _best = start.ToArray();
            _trial = new double[start.Length];
            _step = options.InitialStep;
            inner.Begin(start, key.Fold(0).Fold("local"), query);
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _bestValue;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.ValueTolerance => string.Create(CultureInfo.InvariantCulture, $"The last {_options.Patience} hops found nothing lower."),
            _ => null,
        };

        public override Advance Tell()
        {
            if (!_inner.Tell(Query))
                return Advance.Continue;
            double found = _inner.BestValue;
            if (double.IsNaN(found))
            {
                if (double.IsNaN(_value))
                    return Advance.Stop(StopReason.NonFiniteStart);
                if (++_undefined == MaxUndefinedHops)
                    return Advance.Stop(StopReason.NonFinite, iterated: true);
            }
            else
            {
                _undefined = 0;
                Judge(found);
            }

            if (_unimproved >= _options.Patience)
                return Advance.Stop(StopReason.ValueTolerance, iterated: true);
            Hop();
            return Advance.Iteration;
        }

        private void Judge(double found)
        {
            bool first = double.IsNaN(_value);
            bool lower = first || found < _bestValue - (Lower * Math.Max(1, Math.Abs(_bestValue)));
            _unimproved = lower ? 0 : _unimproved + 1;
            if (first || found < _bestValue)
            {
                _inner.Best.CopyTo(_best);
                _bestValue = found;
            }

            // The displacement of this hop drew the first numbers of its stream; Metropolis' rule has its own.
            RandomStream stream = _key.Fold(_hops).Fold("acceptance").Stream();
            bool accept = first || found <= _value || stream.NextDouble() < Math.Exp(-(found - _value) / _options.Temperature);
            if (accept)
            {
                _inner.Best.CopyTo(_current);
                _value = found;
            }

            if (first)
                return;
            _accepted += accept ? 1 : 0;
            if (++_tried < _options.AdaptationInterval)
                return;
            _step *= (double)_accepted / _tried > _options.TargetAcceptance ? 1 / _options.AdaptationFactor : _options.AdaptationFactor;
            _accepted = 0;
            _tried = 0;
        }

        private void Hop()
        {
            _hops++;
            RandomKey key = _key.Fold(_hops);
            RandomStream stream = key.Stream();
            for (int i = 0; i < _trial.Length; i++)
                _trial[i] = _box.Clamp(_current[i] + (_step * ((2 * stream.NextDouble()) - 1)), i);
            _inner.Begin(_trial, key.Fold("local"), Query);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_inner);
            archive.Transfer<double>(_current);
            archive.Transfer<double>(_best);
            archive.Transfer(ref _value);
            archive.Transfer(ref _bestValue);
            archive.Transfer(ref _step);
            archive.Transfer(ref _hops);
            archive.Transfer(ref _accepted);
            archive.Transfer(ref _tried);
            archive.Transfer(ref _unimproved);
            archive.Transfer(ref _undefined);
        }
    }
}
