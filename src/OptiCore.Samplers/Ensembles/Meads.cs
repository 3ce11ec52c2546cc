using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// MEADS: generalised Hamiltonian Monte Carlo of many chains in K folds, where each fold takes its scales, step size and damping from the present state of another one, so that nothing is left to tune: with scales sigma,
/// eps = min(1, 0.5 / sqrt(lambda(sigma g))) and gamma = max(1 / sqrt(lambda((x - mean) / sigma)), 1 / ((t + 1) eps)), where lambda is the largest eigenvalue of the second moments of scaled gradients and standardised positions.
/// </summary>
/// <remarks>
/// <para>Hoffman, Sountsov (2022), Tuning-free generalized Hamiltonian Monte Carlo, algorithm 3. A transition refreshes the momentum, m = sqrt(1 - alpha) m + sqrt(alpha) N(0, I) with alpha = 1 - exp(-2 eps gamma), makes one
/// leapfrog step in the scaled coordinates, and accepts where |u| &lt; exp(H - H'), else reverses the momentum. The slice's variable u isn't drawn anew but moves by alpha / 2 (Neal 2020, Non-reversibly updating a
/// uniform [0, 1] value for Metropolis accept/reject decisions), so that rejections come in clusters and momentum carries far between them. Every K transitions chains are dealt to the folds anew.</para>
/// <para>In transition t the fold t mod K stands still. Hence the others can be thought of as moving one after the other, each before the one from which it takes its parameters: every one of these moves leaves the target
/// invariant given the rest, and so does the transition, in warm-up and after it. That holds because all three parameters come from the other fold; the paper's algorithm takes the damping from the fold itself. Warm-up only is what it takes to forget the start.</para>
/// <para>Costs one gradient a chain and transition, of which the fraction 1 / K is left out, and O(m n min(m, n)) for the eigenvalues of folds of m chains. Take four folds of at least some dozen chains, whose variances are the scales. With <see cref="CheesHmc"/>
/// transitions are longer, and their number of gradients is the same for all chains; MEADS needs no warm-up for its parameters and suits devices.</para>
/// </remarks>
[Algorithm("MEADS", "Hamiltonian Monte Carlo", "Hoffman, Sountsov (2022), Tuning-free generalized Hamiltonian Monte Carlo")]
public sealed record Meads : IEnsembleSampler<IDifferentiableFunction<double>>
{
    /// <summary>The number K of folds, which divides the number of chains. Default: 4, as in the paper.</summary>
    public int Folds { get; init => field = Require.AtLeast(value, 2); } = 4;

    /// <summary>What 1 / sqrt(lambda) of the scaled gradients is multiplied by. Default: 0.5, as in the paper.</summary>
    public double StepSizeMultiplier { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>How slowly the damping of the first transitions falls: the numerator of gamma's lower bound. Default: 1, as in the paper.</summary>
    public double DampingSlowdown { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>An energy error beyond this is a divergence. Default: 1,000.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The chains can't be dealt to the folds evenly, at least two to each.</exception>
    public EnsembleState Start(IDifferentiableFunction<double> target, int chains, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(target);
        Check(chains);
        return new State(this, target, chains);
    }

    /// <summary>Throws unless the chains can be dealt to the folds.</summary>
    internal void Check(int chains)
    {
        if (chains % Folds != 0 || chains < 2 * Folds)
            throw new ArgumentOutOfRangeException(nameof(chains), chains, string.Create(CultureInfo.InvariantCulture, $"There are {chains} chains but they are dealt to {Folds} folds evenly, at least 2 to each and better 16."));
    }

    private sealed class State : EnsembleState
    {
        private readonly Meads _options;
        private readonly IDifferentiableFunction<double> _target;
        private readonly int _n;
        private readonly int _size;
        private readonly PhasePoint[] _points;
        private readonly PhasePoint[] _proposals;
        private readonly double[][] _divergentPositions;
        private readonly double[] _energies;
        private readonly double[] _slices;
        private readonly double[] _evaluations;
        private readonly int[] _order;
        private readonly int[] _foldOf;
        private readonly double[][] _scales;
        private readonly double[] _stepSizes;
        private readonly double[] _refreshments;
        private readonly double[] _means;
        private readonly double[] _scaled;
        private readonly double[] _squares;
        private readonly ChainSum _sum = new();
        private readonly double[] _products;
        private readonly Action<int> _move;
        private long _transitions;

        // Of the current transition.
        private readonly double[] _noise;
        private readonly double[] _accept;
        private readonly double[] _startEnergies;
        private readonly double[] _newEnergies;
        private readonly double[] _newSlices;
        private readonly bool[] _divergent;
        private RandomKey _key;

        public State(Meads options, IDifferentiableFunction<double> target, int chains)
        {
            _options = options;
            _target = target;
            _n = target.Dimension;
            _size = chains / options.Folds;
            _points = new PhasePoint[chains];
            _proposals = new PhasePoint[chains];
            _divergentPositions = new double[chains][];
            for (int c = 0; c < chains; c++)
            {
                _points[c] = new PhasePoint(_n);
                _proposals[c] = new PhasePoint(_n);
                _divergentPositions[c] = new double[_n];
            }

            _energies = new double[chains];
            _slices = new double[chains];
            _evaluations = new double[chains];
            _order = new int[chains];
            _foldOf = new int[chains];
            _scales = new double[options.Folds][];
            for (int k = 0; k < _scales.Length; k++)
                _scales[k] = new double[_n];
            _stepSizes = new double[options.Folds];
            _refreshments = new double[options.Folds];
            _means = new double[_n];
            _scaled = new double[_size * _n];
            _squares = new double[_size];
            int smaller = Math.Min(_size, _n);
            _products = new double[smaller * smaller];
            _noise = new double[chains * _n];
            _accept = new double[chains];
            _startEnergies = new double[chains];
            _newEnergies = new double[chains];
            _newSlices = new double[chains];
            _divergent = new bool[chains];
            _move = Move;
            _stepSizes.AsSpan().Fill(double.NaN);
        }

        /// <summary>Of the first fold.</summary>
        public override double StepSize => _stepSizes[0];

        public override ReadOnlySpan<double> Position(int chain) => _points[chain].Position;

        public override double Evaluations(int chain) => _evaluations[chain];

        public override ReadOnlySpan<double> DivergentPosition(int chain) => _divergentPositions[chain];

        public override bool MoveTo(int chain, ReadOnlySpan<double> position)
        {
            position.CopyTo(_points[chain].Position);
            return Evaluate(chain, _points[chain]);
        }

        public override void Draw(RandomKey key, IWorkers workers, Span<DrawStatistics> statistics)
        {
            _key = key;
            if (_transitions % _options.Folds == 0)
                Deal(key.Fold("folds"));
            for (int k = 0; k < _options.Folds; k++)
                Measure(k);
            workers.ForEach(_points.Length, _move);

            // Nothing of the chains has changed up to here, so that a density that throws leaves them where they were.
            int still = (int)(_transitions % _options.Folds);
            for (int c = 0; c < _points.Length; c++)
            {
                int fold = _foldOf[c], source = Source(fold);
                if (fold == still)
                {
                    statistics[c] = new DrawStatistics(_points[c].LogDensity, 1, _stepSizes[source], 0, 0, false, _energies[c]);
                    if (_transitions == 0)
                        Commit(c);
                    continue;
                }

                if (_divergent[c])
                    _proposals[c].Position.CopyTo(_divergentPositions[c]);
                double ratio = _accept[c];
                if (Math.Abs(_newSlices[c]) < ratio)
                {
                    _slices[c] = _newSlices[c] / ratio;
                    _energies[c] = _newEnergies[c];
                    (_points[c], _proposals[c]) = (_proposals[c], _points[c]);
                }
                else
                {
                    Commit(c);
                    Span<double> momentum = _points[c].Momentum;
                    for (int i = 0; i < _n; i++)
                        momentum[i] = -momentum[i];
                }

                statistics[c] = new DrawStatistics(_points[c].LogDensity, Math.Min(1, ratio), _stepSizes[source], 0, 1, _divergent[c], _energies[c]);
            }

            _transitions++;
        }

        public override void Persist(StateArchive archive)
        {
            for (int c = 0; c < _points.Length; c++)
            {
                archive.Transfer(_points[c]);
                archive.Transfer<double>(_divergentPositions[c]);
            }

            archive.Transfer<double>(_energies);
            archive.Transfer<double>(_slices);
            archive.Transfer<double>(_evaluations);
            archive.Transfer<int>(_order);
            archive.Transfer<int>(_foldOf);
            archive.Transfer<double>(_stepSizes);
            archive.Transfer(ref _transitions);
        }

        /// <summary>The fold from which a fold takes its parameters.</summary>
        private int Source(int fold) => fold == 0 ? _options.Folds - 1 : fold - 1;

        private bool Evaluate(int chain, PhasePoint point)
        {
            _evaluations[chain]++;
            point.LogDensity = LogValue.At(_target, point.Position, point.Gradient);
            return point.LogDensity > double.NegativeInfinity;
        }

        private void Deal(RandomKey key)
        {
            RandomOrder.Permutation(key, _order);
            for (int j = 0; j < _order.Length; j++)
                _foldOf[_order[j]] = j / _size;
        }

        /// <summary>The parameters that a fold gives to the next one.</summary>
        private void Measure(int fold)
        {
            ReadOnlySpan<int> chains = _order.AsSpan(fold * _size, _size);
            Span<double> scales = _scales[fold];
            for (int i = 0; i < _n; i++)
            {
                for (int j = 0; j < _size; j++)
                    _sum.Add(j, _points[chains[j]].Position[i]);
                _means[i] = _sum.Take() / _size;
                for (int j = 0; j < _size; j++)
                {
                    double difference = _points[chains[j]].Position[i] - _means[i];
                    _sum.Add(j, difference * difference);
                }

                // Chains that begin at one place have no scale yet.
                double squares = _sum.Take();
                scales[i] = squares > 0 ? Math.Sqrt(squares / _size) : 1;
            }

            for (int j = 0; j < _size; j++)
            {
                for (int i = 0; i < _n; i++)
                    _scaled[(j * _n) + i] = _points[chains[j]].Gradient[i] * scales[i];
            }

            Real step = MeadsRule.StepSize<Real>(LargestEigenvalue(), _options.StepSizeMultiplier);
            for (int j = 0; j < _size; j++)
            {
                for (int i = 0; i < _n; i++)
                    _scaled[(j * _n) + i] = (_points[chains[j]].Position[i] - _means[i]) / scales[i];
            }

            _stepSizes[fold] = step;
            _refreshments[fold] = MeadsRule.Refreshment<Real>(LargestEigenvalue(), step, _options.DampingSlowdown, _transitions);
        }

        /// <summary>Of the points in the rows of the matrix of scaled ones.</summary>
        private Real LargestEigenvalue()
        {
            for (int j = 0; j < _size; j++)
                _squares[j] = Reduce.SumOfSquares<double>(_scaled.AsSpan(j * _n, _n));
            for (int j = 0; j < _size; j++)
                _sum.Add(j, _squares[j]);
            double squares = _sum.Take();
            for (int j = 0; j < _size; j++)
                _sum.Add(j, _squares[j] * _squares[j]);
            double quartics = _sum.Take();
            bool points = _size < _n;
            int smaller = points ? _size : _n;
            Blas.Gemm<double>(!points, points, smaller, smaller, points ? _n : _size, 1, _scaled, _n, _scaled, _n, 0, _products, smaller);
            for (int i = 0; i < _products.Length; i++)
                _sum.Add(i, _products[i] * _products[i]);
            return MeadsRule.LargestEigenvalue<Real>(_sum.Take(), quartics, squares, _size);
        }

        /// <summary>Refreshes the momentum of a chain and makes its step.</summary>
        private void Move(int c)
        {
            RandomKey key = _key.Fold(c);
            PhasePoint from = _points[c], to = _proposals[c];
            to.CopyFrom(from);
            Span<double> momentum = to.Momentum, noise = _noise.AsSpan(c * _n, _n);
            double slice = _slices[c];
            if (_transitions == 0)
            {
                RandomFill.Normal(key.Fold("start"), momentum);
                slice = (2 * key.Stream().NextDouble()) - 1;
            }

            int fold = _foldOf[c], source = Source(fold);
            _newSlices[c] = slice;
            if (fold == (int)(_transitions % _options.Folds))
            {
                momentum.CopyTo(noise);
                _startEnergies[c] = (0.5 * Reduce.SumOfSquares<double>(momentum)) - to.LogDensity;
                return;
            }

            RandomFill.Normal(key.Fold("momentum"), noise);
            double alpha = _refreshments[source], kept = Math.Sqrt(1 - alpha), added = Math.Sqrt(alpha);
            for (int i = 0; i < _n; i++)
                noise[i] = momentum[i] = (kept * momentum[i]) + (added * noise[i]);
            _newSlices[c] = MeadsRule.Shift<Real>(slice, alpha);
            double start = (0.5 * Reduce.SumOfSquares<double>(momentum)) - to.LogDensity;
            double energy = Step(c, to, _scales[source], _stepSizes[source]);
            _startEnergies[c] = start;
            _newEnergies[c] = energy;
            _divergent[c] = !(energy - start <= _options.MaxEnergyError);
            _accept[c] = _divergent[c] ? 0 : Real.Exp(start - energy);
        }

        /// <summary>One leapfrog step in scaled coordinates; the energy at its end, infinite where the density is zero.</summary>
        private double Step(int c, PhasePoint to, ReadOnlySpan<double> scales, double stepSize)
        {
            Span<double> momentum = to.Momentum, position = to.Position, gradient = to.Gradient;
            double half = 0.5 * stepSize;
            for (int i = 0; i < _n; i++)
            {
                momentum[i] = (gradient[i] * scales[i] * half) + momentum[i];
                position[i] = (momentum[i] * scales[i] * stepSize) + position[i];
            }

            if (!Evaluate(c, to))
                return double.PositiveInfinity;
            for (int i = 0; i < _n; i++)
                momentum[i] = (gradient[i] * scales[i] * half) + momentum[i];
            double energy = (0.5 * Reduce.SumOfSquares<double>(momentum)) - to.LogDensity;
            return double.IsNaN(energy) ? double.PositiveInfinity : energy;
        }

        /// <summary>A chain stays, with the momentum and the slice of this transition.</summary>
        private void Commit(int c)
        {
            _noise.AsSpan(c * _n, _n).CopyTo(_points[c].Momentum);
            _slices[c] = _newSlices[c];
            _energies[c] = _startEnergies[c];
        }
    }
}
