using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>How the interval around the current coordinate is found.</summary>
public enum SliceExpansion
{
    /// <summary>By steps of the width, until both ends are outside of the slice.</summary>
    SteppingOut,

    /// <summary>By doubling to a random side, until both ends are outside of the slice. Fewer evaluations where the width is far too small, more where it is right.</summary>
    Doubling,
}

/// <summary>
/// Slice sampling, coordinate by coordinate: draws a height y uniformly below the density, finds an interval around the coordinate that reaches beyond the slice {x: p(x) &gt; y},
/// and draws from the interval, which shrinks to the current coordinate with every draw outside of the slice. Never rejects, and needs no step size, only a width of the right order of magnitude.
/// </summary>
/// <remarks>
/// Neal (2003), Slice sampling: stepping out (figure 3), doubling with its acceptance test (figures 4 and 6), shrinkage (figure 5). A transition visits
/// every coordinate once and costs a few values of the density for each; no gradient. Best for a few dozen coordinates at most
/// that are not strongly correlated, and as a kernel of <see cref="Gibbs"/>.
/// </remarks>
[Algorithm("Slice sampling", "Slice", "Neal (2003), Slice sampling")]
public sealed record SliceSampler : ISampler<IFunction<double>>
{
    /// <summary>The width w of the first interval in every coordinate where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double Width { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How the interval is found. Default: stepping out.</summary>
    public SliceExpansion Expansion { get; init => field = Require.Defined(value); } = SliceExpansion.SteppingOut;

    /// <summary>
    /// The size of the largest interval: m widths for stepping out, 2^min(m, 50) widths for doubling (Neal's m and p). Shorter intervals are still exact, and smaller moves. Default: 20.
    /// </summary>
    public int MaxExpansions { get; init => field = Require.Positive(value); } = 20;

    /// <summary>In which order the coordinates are visited. Default: systematic.</summary>
    public ScanOrder Scan { get; init => field = Require.Defined(value); } = ScanOrder.Systematic;

    /// <summary>How the widths are tuned during warm-up; null leaves them as configured. Default: <see cref="SliceWidthAdaptation"/>.</summary>
    public IAdaptation? Adaptation { get; init; } = new SliceWidthAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, target);
    }

    internal sealed class State : SamplerState
    {
        // 2^50 widths are all of the line in double precision.
        private const int MostDoublings = 50;

        private readonly SliceSampler _options;
        private readonly IFunction<double> _target;
        private readonly double[] _position;
        private readonly double[] _trial;
        private readonly int[] _visits;
        private double _logDensity = double.NegativeInfinity;
        private double _evaluations;

        public State(SliceSampler options, IFunction<double> target)
        {
            int n = target.Dimension;
            _options = options;
            _target = target;
            _position = new double[n];
            _trial = new double[n];
            _visits = new int[n];
            Widths = new double[n];
            Widths.AsSpan().Fill(options.Width);
            Expansions = new int[n];
            Contractions = new int[n];
        }

        /// <summary>The widths, one a coordinate.</summary>
        public double[] Widths { get; }

        /// <summary>How often the last transition made each coordinate's interval longer.</summary>
        public int[] Expansions { get; }

        /// <summary>How often the last transition made each coordinate's interval shorter.</summary>
        public int[] Contractions { get; }

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations => _evaluations;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_position);
            _evaluations++;
            _logDensity = LogValue.At(_target, _position);
            return _logDensity > double.NegativeInfinity;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            double before = _evaluations, logDensity = _logDensity;
            _position.CopyTo(_trial, 0);
            Array.Clear(Expansions);
            Array.Clear(Contractions);
            Samplers.Scan.Write(_options.Scan, key.Fold("scan"), _visits);
            RandomStream stream = key.Stream();
            foreach (int i in _visits)
                logDensity = Update(i, logDensity, ref stream);

            // Only now, so that an exception of the density leaves the chain where it was.
            _trial.CopyTo(_position, 0);
            _logDensity = logDensity;
            return new DrawStatistics(_logDensity, 1, double.NaN, 0, (int)(_evaluations - before), false, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(Widths);
            archive.Transfer<int>(Expansions);
            archive.Transfer<int>(Contractions);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _evaluations);
        }

        /// <summary>Moves one coordinate of the trial point and returns its log density.</summary>
        private double Update(int i, double logDensity, ref RandomStream stream)
        {
            double x = _trial[i], w = Widths[i];
            double height = logDensity - stream.NextExponential();
            double left = x - (w * stream.NextDouble()), right = left + w;
            if (_options.Expansion == SliceExpansion.Doubling)
                Double(i, height, ref left, ref right, ref stream);
            else
                StepOut(i, height, ref left, ref right, ref stream);

            double low = left, high = right;
            while (true)
            {
                double candidate = low + (stream.NextDouble() * (high - low));
                double value = At(i, candidate);

                // The height may round to the density itself; with "at least" the current coordinate is always inside.
                if (value >= height && (_options.Expansion == SliceExpansion.SteppingOut || IsReachable(i, x, candidate, height, left, right)))
                {
                    _trial[i] = candidate;
                    return value;
                }

                Contractions[i]++;
                if (candidate < x)
                    low = candidate;
                else
                    high = candidate;
            }
        }

        private void StepOut(int i, double height, ref double left, ref double right, ref RandomStream stream)
        {
            double w = Widths[i];
            int toLeft = stream.NextInt32(_options.MaxExpansions), toRight = _options.MaxExpansions - 1 - toLeft;
            for (; toLeft > 0 && At(i, left) >= height; toLeft--)
            {
                left -= w;
                Expansions[i]++;
            }

            for (; toRight > 0 && At(i, right) >= height; toRight--)
            {
                right += w;
                Expansions[i]++;
            }
        }

        private void Double(int i, double height, ref double left, ref double right, ref RandomStream stream)
        {
            double atLeft = At(i, left), atRight = At(i, right);
            for (int k = Math.Min(_options.MaxExpansions, MostDoublings); k > 0 && (atLeft >= height || atRight >= height); k--)
            {
                double length = right - left;
                Expansions[i]++;
                if (stream.NextDouble() < 0.5)
                {
                    left -= length;
                    atLeft = At(i, left);
                }
                else
                {
                    right += length;
                    atRight = At(i, right);
                }
            }
        }

        /// <summary>True when the doubling procedure could have found the same interval from the candidate: each half that holds only one of the two must have an end outside of the slice.</summary>
        private bool IsReachable(int i, double x, double candidate, double height, double left, double right)
        {
            bool differs = false;
            while (right - left > 1.1 * Widths[i])
            {
                double middle = 0.5 * (left + right);
                differs |= (x < middle) != (candidate < middle);
                if (candidate < middle)
                    right = middle;
                else
                    left = middle;
                if (differs && At(i, left) < height && At(i, right) < height)
                    return false;
            }

            return true;
        }

        /// <summary>The log density with one coordinate replaced.</summary>
        private double At(int i, double value)
        {
            double kept = _trial[i];
            _trial[i] = value;
            _evaluations++;
            double result = LogValue.At(_target, _trial);
            _trial[i] = kept;
            return result;
        }
    }
}
