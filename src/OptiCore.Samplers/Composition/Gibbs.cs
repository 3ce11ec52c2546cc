using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Moves blocks of coordinates in turn, each given the others: by a kernel of its own on the conditional density (Metropolis within Gibbs), or by an exact draw from the
/// conditional distribution.
/// </summary>
/// <remarks>
/// Geman, Geman (1984), Stochastic relaxation, Gibbs distributions, and the Bayesian restoration of images; Gelfand, Smith (1990), Sampling-based approaches to calculating
/// marginal densities; with kernels Tierney (1994), Markov chains for exploring posterior distributions. For models whose conditionals are known, or whose parts ask for different kernels.
/// Slow where blocks are strongly correlated. A visit costs one evaluation more than the block's kernel alone, because the others have moved; an exact draw costs one,
/// which checks that its density isn't zero: such a draw is undone and counts as not accepted.
/// The target is differentiable because a kernel may ask for gradients. For a function of values alone use <see cref="Function.WithFiniteDifferences(IFunction{double}, FiniteDifference)"/>:
/// a kernel that uses values alone never asks for its gradients. During warm-up each block's kernel is tuned by its own adaptation, and a random scan visits every
/// block once in random order.
/// </remarks>
[Algorithm("Gibbs", "Composition", "Geman, Geman (1984), Stochastic relaxation, Gibbs distributions, and the Bayesian restoration of images; Gelfand, Smith (1990), Sampling-based approaches to calculating marginal densities")]
public sealed record Gibbs : ISampler<IDifferentiableFunction<double>>
{
    private readonly GibbsAdaptation _adaptation = new();

    /// <summary>The blocks, at least one. They may overlap; together they must hold every coordinate.</summary>
    public required IReadOnlyList<GibbsBlock> Blocks
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>In which order a transition visits the blocks. Default: systematic.</summary>
    public ScanOrder Scan { get; init => field = Require.Defined(value); } = ScanOrder.Systematic;

    /// <summary>Each block's kernel by its own adaptation.</summary>
    public IAdaptation? Adaptation => _adaptation;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A block has a coordinate that the target lacks, or a coordinate is in no block.</exception>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        bool[] covered = new bool[target.Dimension];
        foreach (GibbsBlock block in Blocks)
        {
            foreach (int i in block.Coordinates)
            {
                if (i >= covered.Length)
                    throw new ArgumentException($"A block has coordinate {i}, but the target has {covered.Length} coordinates.", nameof(target));
                covered[i] = true;
            }
        }

        int missing = Array.IndexOf(covered, false);
        if (missing >= 0)
            throw new ArgumentException($"Coordinate {missing} of the target is in no block: it would never move.", nameof(target));
        return new State(this, target);
    }

    /// <summary>Names the blocks, by which a checkpoint is recognised.</summary>
    public override string ToString() => $"{nameof(Gibbs)} {{ {nameof(Blocks)} = [{string.Join(", ", Blocks)}], {nameof(Scan)} = {Scan} }}";

    private static GibbsBlock[] Checked(IReadOnlyList<GibbsBlock> blocks)
    {
        GibbsBlock[] copy = [.. Require.NotNull(blocks, nameof(Blocks))];
        Require.Positive(copy.Length, nameof(Blocks));
        foreach (GibbsBlock block in copy)
            Require.NotNull(block, nameof(Blocks));
        return copy;
    }

    internal sealed class State : SamplerState
    {
        private readonly IDifferentiableFunction<double> _target;
        private readonly ScanOrder _scan;
        private readonly Part[] _parts;
        private readonly int[] _visits;
        private readonly double[] _divergentPosition;
        private readonly double[] _position;

        // A transition that an exception broke off goes on from here: the blocks before it have moved already.
        private readonly double[] _next;
        private int _visited;
        private double _nextLogDensity;
        private double _accepted;
        private int _steps;
        private bool _divergent;

        private double _logDensity = double.NegativeInfinity;
        private double _evaluations;
        private bool _isTuning;

        public State(Gibbs options, IDifferentiableFunction<double> target)
        {
            int n = target.Dimension;
            _target = target;
            _scan = options.Scan;
            _parts = new Part[options.Blocks.Count];
            for (int b = 0; b < _parts.Length; b++)
                _parts[b] = new Part(options.Blocks[b], target);
            _visits = new int[_parts.Length];
            _position = new double[n];
            _next = new double[n];
            _divergentPosition = new double[n];
        }

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations
        {
            get
            {
                double sum = _evaluations;
                foreach (Part part in _parts)
                    sum += part.Kernel?.Evaluations ?? 0;
                return sum;
            }
        }

        public override ReadOnlySpan<double> DivergentPosition => _divergentPosition;

        /// <summary>The randomness of the blocks' adaptations in the next transition.</summary>
        public RandomKey TuningKey { get; set; }

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_position);
            _visited = 0;
            _evaluations++;
            _logDensity = LogValue.At(_target, _position);
            if (_logDensity == double.NegativeInfinity)
                return false;

            // A kernel may need more than the value.
            foreach (Part part in _parts)
            {
                if (part.Kernel is not null && !part.MoveTo(_position))
                    return false;
            }

            return true;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            if (_visited == 0)
            {
                _position.CopyTo(_next, 0);
                _nextLogDensity = _logDensity;
                _accepted = 0;
                _steps = 0;
                _divergent = false;
            }

            Samplers.Scan.Write(_isTuning && _scan == ScanOrder.Random ? ScanOrder.Shuffled : _scan, key.Fold("scan"), _visits);
            while (_visited < _visits.Length)
            {
                Visit(_visits[_visited], key.Fold(_visited));
                _visited++;
            }

            _visited = 0;
            _next.CopyTo(_position, 0);
            _logDensity = _nextLogDensity;
            return new DrawStatistics(_logDensity, _accepted / _parts.Length, double.NaN, 0, _steps, _divergent, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(_next);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(ref _visited);
            archive.Transfer(ref _nextLogDensity);
            archive.Transfer(ref _accepted);
            archive.Transfer(ref _steps);
            archive.Transfer(ref _divergent);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _evaluations);
            archive.Transfer(ref _isTuning);
            foreach (Part part in _parts)
            {
                if (part.Kernel is not null)
                    archive.Transfer(part.Kernel);
                if (part.Tuning is not null)
                    archive.Transfer(part.Tuning);
                part.PersistStatistics(archive);
            }
        }

        public void StartTuning(int warmUp)
        {
            _isTuning = true;
            foreach (Part part in _parts)
                part.Tuning = part.Kernel is null ? null : part.Adaptation?.Start(part.Kernel, warmUp);
        }

        public void Tune(int iteration)
        {
            foreach (Part part in _parts)
                part.Tuning?.AfterDraw(iteration, part.Statistics);
        }

        public void FinishTuning()
        {
            _isTuning = false;
            foreach (Part part in _parts)
                part.Tuning?.Finish();
        }

        private void Visit(int b, RandomKey key)
        {
            Part part = _parts[b];
            if (part.Kernel is null)
            {
                DrawConditional(part, key);
                return;
            }

            if (!part.MoveTo(_next))
                return;
            if (_isTuning)
                part.Tuning?.BeforeDraw(TuningKey.Fold(b));
            for (int i = 0; i < part.Draws; i++)
                part.Statistics = part.Kernel.Draw(key.Fold(i));
            part.Put(part.Kernel.Position, _next);
            _nextLogDensity = part.Kernel.LogDensity;
            _accepted += part.Statistics.AcceptStatistic;
            _steps += part.Statistics.LeapfrogSteps;
            if (part.Statistics.Divergent)
            {
                _divergent = true;
                _next.CopyTo(_divergentPosition, 0);
                part.Put(part.Kernel.DivergentPosition, _divergentPosition);
            }
        }

        private void DrawConditional(Part part, RandomKey key)
        {
            part.Take(_next);
            part.Conditional!(_next, key, part.Drawn);
            part.Put(part.Drawn, _next);
            _steps++;
            double logDensity = double.NegativeInfinity;
            try
            {
                _evaluations++;
                logDensity = LogValue.At(_target, _next);
            }
            finally
            {
                if (logDensity == double.NegativeInfinity)
                    part.Put(part.Kept, _next);
            }

            if (logDensity == double.NegativeInfinity)
                return;
            _nextLogDensity = logDensity;
            _accepted++;
        }
    }

    /// <summary>A block of one chain.</summary>
    private sealed class Part
    {
        private readonly int[] _coordinates;
        private readonly ConditionalDensity _density;

        public Part(GibbsBlock block, IDifferentiableFunction<double> target)
        {
            _coordinates = [.. block.Coordinates];
            _density = new ConditionalDensity(target, _coordinates);
            Kept = new double[_coordinates.Length];
            Drawn = new double[_coordinates.Length];
            if (block is KernelBlock kernel)
            {
                Kernel = kernel.Kernel.Start(_density);
                Adaptation = kernel.Kernel.Adaptation;
                Draws = kernel.Draws;
            }
            else
            {
                Conditional = ((ConditionalBlock)block).Conditional;
            }
        }

        public SamplerState? Kernel { get; }

        public IAdaptation? Adaptation { get; }

        public int Draws { get; }

        public ConditionalDraw? Conditional { get; }

        public AdaptationState? Tuning { get; set; }

        /// <summary>What happened in the kernel's last draw.</summary>
        public DrawStatistics Statistics { get; set; }

        /// <summary>The coordinates before the last draw from the conditional.</summary>
        public double[] Kept { get; }

        /// <summary>The last draw from the conditional.</summary>
        public double[] Drawn { get; }

        /// <summary>Of a transition that an exception broke off, what its blocks' adaptations haven't seen yet. Field by field, because the structure has padding.</summary>
        public void PersistStatistics(StateArchive archive)
        {
            (double logDensity, double accept, double stepSize, int depth, int steps, bool divergent, double energy) = Statistics;
            archive.Transfer(ref logDensity);
            archive.Transfer(ref accept);
            archive.Transfer(ref stepSize);
            archive.Transfer(ref depth);
            archive.Transfer(ref steps);
            archive.Transfer(ref divergent);
            archive.Transfer(ref energy);
            Statistics = new DrawStatistics(logDensity, accept, stepSize, depth, steps, divergent, energy);
        }

        /// <summary>Moves the kernel to where the chain is; false when it can't be there.</summary>
        public bool MoveTo(ReadOnlySpan<double> point)
        {
            _density.Fix(point);
            Take(point);
            return Kernel!.MoveTo(Kept);
        }

        public void Take(ReadOnlySpan<double> point)
        {
            for (int i = 0; i < _coordinates.Length; i++)
                Kept[i] = point[_coordinates[i]];
        }

        public void Put(ReadOnlySpan<double> values, Span<double> point)
        {
            for (int i = 0; i < _coordinates.Length; i++)
                point[_coordinates[i]] = values[i];
        }
    }

    /// <summary>Tunes each block by its kernel's adaptation.</summary>
    private sealed record GibbsAdaptation : IAdaptation
    {
        public AdaptationState Start(SamplerState kernel, int warmUp)
        {
            if (kernel is not State gibbs)
                throw new ArgumentException($"The adaptation of {nameof(Gibbs)} tunes its blocks, which {kernel.GetType().DeclaringType?.Name ?? kernel.GetType().Name} doesn't have.", nameof(kernel));
            gibbs.StartTuning(warmUp);
            return new Tuning(gibbs);
        }

        /// <summary>The blocks' adaptations are part of the chain: they act in the middle of its transitions, where each block's kernel stands at the current point.</summary>
        private sealed class Tuning(State gibbs) : AdaptationState
        {
            public override void BeforeDraw(RandomKey key) => gibbs.TuningKey = key;

            public override void AfterDraw(int iteration, in DrawStatistics statistics) => gibbs.Tune(iteration);

            public override void Finish() => gibbs.FinishTuning();

            public override void Persist(StateArchive archive)
            {
            }
        }
    }
}
