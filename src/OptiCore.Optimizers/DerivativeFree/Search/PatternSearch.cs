using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The directions that a pattern search polls.</summary>
public enum PollDirections
{
    /// <summary>The axes, both ways: generalized pattern search (Torczon). For smooth functions and weak couplings.</summary>
    Axes = 0,

    /// <summary>Orthogonal bases that turn from poll to poll and are dense in the limit: OrthoMADS. Also for functions with kinks and jumps.</summary>
    Orthogonal = 1,
}

/// <summary>
/// Pattern search: compares the values at points of a mesh around the best one. A better point is taken and the mesh gets coarser, else it gets finer. Only the order of values
/// counts, so it stands noise, kinks and points without a value; it needs many values.
/// </summary>
/// <remarks>
/// <para>V. Torczon (1997), On the convergence of pattern search algorithms, SIAM J. Optim. 7, 1-25; C. Audet and J. E. Dennis (2006), Mesh adaptive direct search algorithms for constrained
/// optimization, SIAM J. Optim. 17, 188-217; M. A. Abramson, C. Audet, J. E. Dennis, S. Le Digabel (2009), OrthoMADS: a deterministic MADS instance with orthogonal directions, SIAM J. Optim.
/// 20, 948-966. On mesh level l the poll has radius 2^-l and the mesh width min(1, 4^-l), in units of the first steps; the base is a Householder matrix of a Halton direction.
/// </para>
/// <para>An opportunistic poll asks for one point at a time, those nearest to the last successful direction first, and ends at the first better one, after which a point further on
/// is tried. A complete poll asks for all 2 n points as one batch and takes the best. Beside the function a poll costs O(n^2).</para>
/// <para>This package's own: within <see cref="Bounds"/> a poll point outside is moved to the bound; one that doesn't move at all is left out.</para>
/// </remarks>
[Algorithm("Pattern search (GPS, OrthoMADS)", "Derivative-free", "Audet, Dennis (2006), Mesh adaptive direct search algorithms for constrained optimization", Capabilities = "values, bounds, batches")]
public sealed record PatternSearch : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>What is polled. Default: <see cref="PollDirections.Orthogonal"/>.</summary>
    public PollDirections Directions { get; init => field = Require.Defined(value); } = PollDirections.Orthogonal;

    /// <summary>Whether a poll ends at the first better point; else its points are one batch. Default: on.</summary>
    public bool Opportunistic { get; init; } = true;

    /// <summary>The first step along each axis, relative to max(1, |start|), and at most a quarter of the width of finite bounds. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>Converged when a poll fails with a radius, relative to the first step, of at most this. Default: 1e-7.</summary>
    public double PollTolerance { get; init => field = Require.InOpen(value, 0, 1); } = 1e-7;

    /// <summary>None: the poll's radius decides.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var box = new Box(Bounds, start.Length);
        return new State(this, box, new Query<double>(shape, Oracle.Value, Opportunistic ? 1 : Math.Max(1, 2 * box.Free.Length)), start);
    }

    private enum Phase
    {
        First = 0,
        Poll = 1,
        Further = 2,
    }

    private sealed class State : SolverState<double>
    {
        // The coarsest mesh: polls of 2^10 first steps.
        private const int Coarsest = -10;

        private readonly PatternSearch _options;
        private readonly Box _box;
        private readonly int _n;
        private readonly int[] _primes, _order;
        private readonly double[] _scale, _best, _directions, _success, _halton, _scores, _trial;
        private Phase _phase;
        private double _value = double.NaN;
        private int _level, _finestLevel, _largestIndex, _next, _asked, _finite;
        private bool _hasSuccess;

        public State(PatternSearch options, Box box, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _box = box;
            _n = box.Free.Length;
            _best = start.ToArray();
            _scale = new double[_n];
            _directions = new double[2 * _n * _n];
            _success = new double[_n];
            _halton = new double[_n];
            _scores = new double[2 * _n];
            _order = new int[2 * _n];
            _trial = new double[start.Length];
            _primes = Primes(Math.Max(1, _n));
            _largestIndex = _primes[^1];
            for (int j = 0; j < _n; j++)
                _scale[j] = Math.Min(options.InitialStep * Math.Max(1, Math.Abs(start[box.Free[j]])), box.Width(box.Free[j]) / 4);
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _value;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance when _n == 0 => "The bounds leave no variable free.",
            StopReason.StepTolerance => string.Create(CultureInfo.InvariantCulture, $"No point of a poll within {_options.PollTolerance:g3} of the first step is better."),
            _ => null,
        };

        public override Advance Tell()
        {
            switch (_phase)
            {
                case Phase.First:
                    _value = Query.Value();
                    return _n == 0 ? Advance.Stop(StopReason.StepTolerance, iterated: true) : BeginPoll(Advance.Continue);

                case Phase.Further:
                    if (Query.IsFinite() && Query.Value() < _value)
                        Take(0);
                    return Succeed();

                default:
                    return TakePoll();
            }
        }

        private Advance BeginPoll(Advance done)
        {
            double mesh = _options.Directions == PollDirections.Axes ? SetAxes() : SetBasis();
            for (int i = 0; i < 2 * _n * _n; i++)
                _directions[i] *= mesh;
            Sort();
            _next = 0;
            _finite = 0;
            _asked = 0;
            _phase = Phase.Poll;
            return AskNext(done);
        }

        /// <summary>Asks for the next point, or for all of them.</summary>
        private Advance AskNext(Advance done)
        {
            int count = 0;
            while (_next < 2 * _n && (count == 0 || !_options.Opportunistic))
            {
                if (Step(Direction(_order[_next++]), 1, _trial))
                    _trial.CopyTo(Query.Point(count++));
            }

            if (count == 0)
                return Fail();
            Query.Count = count;
            _asked += count;
            return done;
        }

        private Advance TakePoll()
        {
            int best = -1;
            for (int i = 0; i < Query.Count; i++)
            {
                if (!Query.IsFinite(i))
                    continue;
                _finite++;
                if (Query.Value(i) < (best < 0 ? _value : Query.Value(best)))
                    best = i;
            }

            if (best < 0)
                return AskNext(Advance.Continue);
            for (int j = 0; j < _n; j++)
                _success[j] = (Query.Point(best)[_box.Free[j]] - _best[_box.Free[j]]) / _scale[j];
            _hasSuccess = true;
            Take(best);
            if (!_options.Opportunistic || !Step(_success, 1, _trial))
                return Succeed();
            _trial.CopyTo(Query.Point());
            Query.Count = 1;
            _phase = Phase.Further;
            return Advance.Continue;
        }

        private Advance Succeed()
        {
            _level = Math.Max(_level - 1, Coarsest);
            return BeginPoll(Advance.Iteration);
        }

        private Advance Fail()
        {
            if (Math.ScaleB(1, -_level) <= _options.PollTolerance)
                return Advance.Stop(_asked > 0 && _finite == 0 ? StopReason.NonFinite : StopReason.StepTolerance, iterated: true);
            _level++;
            return BeginPoll(Advance.Iteration);
        }

        private void Take(int i)
        {
            Query.Point(i).CopyTo(_best);
            _value = Query.Value(i);
        }

        /// <summary>best + length direction, within bounds; false when that is the best point itself.</summary>
        private bool Step(ReadOnlySpan<double> direction, double length, Span<double> x)
        {
            bool moves = false;
            _best.CopyTo(x);
            for (int j = 0; j < _n; j++)
            {
                int i = _box.Free[j];
                x[i] = _box.Clamp(_best[i] + (length * _scale[j] * direction[j]), i);
                moves |= x[i] != _best[i];
            }

            return moves;
        }

        private double SetAxes()
        {
            _directions.AsSpan().Clear();
            for (int j = 0; j < _n; j++)
            {
                Direction(2 * j)[j] = 1;
                Direction((2 * j) + 1)[j] = -1;
            }

            return Math.ScaleB(1, -_level);
        }

        /// <summary>The columns of |q|^2 I - 2 q q^T and their negatives for the Halton direction q of this poll. Returns the mesh width.</summary>
        private double SetBasis()
        {
            // Definition 4.1 of the OrthoMADS paper: the finest mesh so far goes with the level, any other poll with an index not met yet.
            int index;
            if (_level >= _finestLevel)
            {
                _finestLevel = _level;
                index = _level + _primes[^1];
            }
            else
            {
                index = _largestIndex + 1;
            }

            _largestIndex = Math.Max(_largestIndex, index);
            double norm = 0;
            for (int j = 0; j < _n; j++)
            {
                _halton[j] = (2 * RadicalInverse(index, _primes[j])) - 1;
                norm += _halton[j] * _halton[j];
            }

            norm = Math.Sqrt(norm);
            double limit = Math.ScaleB(1, Math.Abs(_level)), low = 0, high = Math.Sqrt(limit) + 1;
            for (int k = 0; k < 60; k++)
            {
                double middle = (low + high) / 2;
                if (RoundedSquare(middle / norm) <= limit)
                    low = middle;
                else
                    high = middle;
            }

            double square = RoundedSquare(low / norm);
            int largest = 0;
            for (int j = 0; j < _n; j++)
                largest = Math.Abs(_halton[j]) > Math.Abs(_halton[largest]) ? j : largest;
            for (int j = 0; j < _n; j++)
                _halton[j] = square > 0 ? Math.Round(low / norm * _halton[j]) : j == largest ? 1 : 0;
            square = Math.Max(square, 1);
            for (int k = 0; k < _n; k++)
            {
                for (int j = 0; j < _n; j++)
                {
                    double h = (j == k ? square : 0) - (2 * _halton[k] * _halton[j]);
                    Direction(2 * k)[j] = h;
                    Direction((2 * k) + 1)[j] = -h;
                }
            }

            return _level > 0 ? Math.ScaleB(1, -2 * _level) : 1;
        }

        private double RoundedSquare(double factor)
        {
            double sum = 0;
            foreach (double v in _halton)
            {
                double rounded = Math.Round(factor * v);
                sum += rounded * rounded;
            }

            return sum;
        }

        /// <summary>Directions nearest to the last successful one first; stable, so that without one the order is the natural one.</summary>
        private void Sort()
        {
            for (int k = 0; k < 2 * _n; k++)
            {
                double score = 0;
                for (int j = 0; j < _n && _hasSuccess; j++)
                    score += Direction(k)[j] * _success[j];
                int place = k;
                for (; place > 0 && score > _scores[place - 1]; place--)
                    (_scores[place], _order[place]) = (_scores[place - 1], _order[place - 1]);
                (_scores[place], _order[place]) = (score, k);
            }
        }

        private Span<double> Direction(int k) => _directions.AsSpan(k * _n, _n);

        /// <summary>The digits of an index in a base, mirrored at the point: an element of Halton's sequence.</summary>
        private static double RadicalInverse(int index, int numberBase)
        {
            double value = 0, digit = 1.0 / numberBase;
            for (int rest = index; rest > 0; rest /= numberBase, digit /= numberBase)
                value += digit * (rest % numberBase);
            return value;
        }

        private static int[] Primes(int count)
        {
            var primes = new int[count];
            int found = 0;
            for (int candidate = 2; found < count; candidate++)
            {
                bool prime = true;
                for (int k = 0; k < found && prime && primes[k] * primes[k] <= candidate; k++)
                    prime = candidate % primes[k] != 0;
                if (prime)
                    primes[found++] = candidate;
            }

            return primes;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_best);
            archive.Transfer<double>(_directions);
            archive.Transfer<double>(_success);
            archive.Transfer<int>(_order);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _value);
            archive.Transfer(ref _level);
            archive.Transfer(ref _finestLevel);
            archive.Transfer(ref _largestIndex);
            archive.Transfer(ref _next);
            archive.Transfer(ref _asked);
            archive.Transfer(ref _finite);
            archive.Transfer(ref _hasSuccess);
        }
    }
}
