using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Gibbs with gradients, for binary or categorical variables whose log density f is differentiable as a function of relaxed states: one variable to change, and its new value, are drawn from
/// the softmax of half the change of f that the gradient predicts, and the change is accepted with probability min(1, exp(f(x') - f(x)) q(x | x') / q(x' | x)).
/// </summary>
/// <remarks>
/// Grathwohl, Swersky, Hashemi, Duvenaud, Maddison (2021), Oops I took a gradient: scalable sampling for discrete distributions, algorithm 1 (binary) and section 4.2 (categorical, one-hot). Predicted changes are
/// -(2 x_i - 1) df/dx_i for a flip of x_i, and df/dx_ij - df/dx_ik for a change of variable i from value k to value j; changes to the
/// current value are left out. Costs one gradient a change, where plain Gibbs sampling needs a value for each variable. The chain lives on the corners {0, 1}^n: a
/// starting point elsewhere is refused, and random starting points are random corners.
/// </remarks>
[Algorithm("Gibbs with gradients", "Discrete", "Grathwohl, Swersky, Hashemi, Duvenaud, Maddison (2021), Oops I took a gradient: scalable sampling for discrete distributions")]
public sealed record GibbsWithGradients : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>
    /// The number K of values of each variable: K consecutive coordinates are one variable, of which one is 1 and the others are 0. Default: 1, each coordinate is a binary variable of its own.
    /// </summary>
    public int Categories { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number of changes tried for each draw. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>There is nothing to tune.</summary>
    public IAdaptation? Adaptation => null;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The number of coordinates isn't a multiple of <see cref="Categories"/>.</exception>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Dimension % Categories != 0)
            throw new ArgumentException($"The target has {target.Dimension} coordinates, which is not a multiple of {nameof(Categories)}, {Categories}.", nameof(target));
        return new State(this, target);
    }

    private sealed class State(GibbsWithGradients options, IDifferentiableFunction<double> target) : SamplerState
    {
        private readonly int _k = options.Categories;
        private readonly double[] _weights = new double[target.Dimension];
        private readonly double[] _position = new double[target.Dimension];
        private readonly double[] _gradient = new double[target.Dimension];
        private readonly double[] _next = new double[target.Dimension];
        private readonly double[] _nextGradient = new double[target.Dimension];
        private readonly double[] _trialGradient = new double[target.Dimension];
        private double _logDensity = double.NegativeInfinity;
        private double _evaluations;

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations => _evaluations;

        public override void DrawStart(RandomKey key, double radius, Span<double> position)
        {
            RandomStream stream = key.Stream();
            if (_k == 1)
            {
                for (int i = 0; i < position.Length; i++)
                    position[i] = stream.NextInt32(2);
                return;
            }

            position.Clear();
            for (int i = 0; i < position.Length; i += _k)
                position[i + stream.NextInt32(_k)] = 1;
        }

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            Check(position);
            position.CopyTo(_position);
            _evaluations++;
            _logDensity = LogValue.At(target, _position, _gradient);
            return _logDensity > double.NegativeInfinity;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            RandomStream stream = key.Stream();
            _position.CopyTo(_next, 0);
            _gradient.CopyTo(_nextGradient, 0);
            double logDensity = _logDensity, accepted = 0;
            for (int step = 0; step < options.Steps; step++)
            {
                double total = Weigh(_nextGradient, out double peak);
                int chosen = Choose(stream.NextDouble() * total);
                double forward = LogWeight(_nextGradient, chosen) - peak - Math.Log(total);
                int back = Change(chosen);
                _evaluations++;
                double trial = LogValue.At(target, _next, _trialGradient), accept = 0;
                if (trial > double.NegativeInfinity)
                {
                    total = Weigh(_trialGradient, out peak);
                    double backward = LogWeight(_trialGradient, back) - peak - Math.Log(total);
                    accept = Math.Min(1, Math.Exp(trial - logDensity + backward - forward));
                }

                accepted += accept;
                if (stream.NextDouble() < accept)
                {
                    _trialGradient.CopyTo(_nextGradient, 0);
                    logDensity = trial;
                }
                else
                {
                    Change(back);
                }
            }

            // Only now, so that an exception of the density leaves the chain where it was.
            _next.CopyTo(_position, 0);
            _nextGradient.CopyTo(_gradient, 0);
            _logDensity = logDensity;
            return new DrawStatistics(_logDensity, accepted / options.Steps, double.NaN, 0, options.Steps, false, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _evaluations);
        }

        /// <summary>Half the predicted change of f by setting (or flipping) a coordinate of the next point; negative infinity for the current value of a categorical variable.</summary>
        private double LogWeight(double[] gradient, int i)
        {
            if (_k == 1)
                return (0.5 - _next[i]) * gradient[i];
            return _next[i] == 1 ? double.NegativeInfinity : 0.5 * (gradient[i] - gradient[Current(i)]);
        }

        /// <summary>Writes the weights of all changes relative to the largest, and returns their sum and the logarithm of the largest.</summary>
        private double Weigh(double[] gradient, out double peak)
        {
            peak = double.NegativeInfinity;
            for (int i = 0; i < _weights.Length; i++)
            {
                _weights[i] = LogWeight(gradient, i);
                peak = Math.Max(peak, _weights[i]);
            }

            double total = 0;
            for (int i = 0; i < _weights.Length; i++)
            {
                _weights[i] = Math.Exp(_weights[i] - peak);
                total += _weights[i];
            }

            return total;
        }

        /// <summary>The change in whose part of the sum of weights a number lies.</summary>
        private int Choose(double at)
        {
            int last = 0;
            for (int i = 0; i < _weights.Length; i++)
            {
                if (_weights[i] == 0)
                    continue;
                last = i;
                at -= _weights[i];
                if (at < 0)
                    break;
            }

            return last;
        }

        /// <summary>Changes the next point and returns the change that takes it back.</summary>
        private int Change(int i)
        {
            if (_k == 1)
            {
                _next[i] = 1 - _next[i];
                return i;
            }

            int current = Current(i);
            _next[current] = 0;
            _next[i] = 1;
            return current;
        }

        /// <summary>The coordinate that is 1 of the variable that a coordinate belongs to.</summary>
        private int Current(int i)
        {
            int j = i - (i % _k);
            while (_next[j] != 1)
                j++;
            return j;
        }

        private void Check(ReadOnlySpan<double> position)
        {
            Require.Length(position.Length, _position.Length, nameof(position));
            for (int i = 0; i < position.Length; i += _k)
            {
                double sum = 0;
                for (int j = i; j < i + _k; j++)
                {
                    if (position[j] is not (0 or 1))
                        throw new ArgumentException($"position[{j}] is {position[j]} but must be 0 or 1.", nameof(position));
                    sum += position[j];
                }

                if (_k > 1 && sum != 1)
                    throw new ArgumentException($"Of the coordinates {i} to {i + _k - 1} of position, exactly one must be 1.", nameof(position));
            }
        }
    }
}
