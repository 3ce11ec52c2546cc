using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Stochastic gradient Hamiltonian Monte Carlo: x += h v, v += h g(x) - h C v + sqrt(2 (C - B) h) z with z ~ N(0, I), g an unbiased estimate of the gradient of the log density from a
/// mini-batch, C the friction, and B = h V / 2 what the gradient noise of variance V already heats. Not Metropolised.
/// </summary>
/// <remarks>
/// Chen, Fox, Guestrin (2014), Stochastic gradient Hamiltonian Monte Carlo, algorithm 2 and equation 13, of unit mass: the friction takes out what the noise of the gradients puts in. With a
/// <see cref="ControlVariate"/> estimator the noise is small near the mode. The target is the mean of m terms, f; the log density that is sampled is their sum m f. The chain is biased by O(h), and by what
/// <see cref="GradientNoise"/> misses of V; h^2 must lie well below the inverse of the largest curvature, which grows with m. The log density of a draw is its estimate. Velocities
/// persist between draws unless they are drawn anew, which costs accuracy: a step isn't symmetric, its velocity belongs to half a step before its position, and a new one doesn't. On N(0, 1) with h = 0.05 and C = 1 the variance is
/// 0.06 % too large with velocities that persist, and 2 % with new ones every 20 steps. A step to where the batch isn't finite is undone, its velocity reversed, and reported as divergent.
/// </remarks>
[Algorithm("SGHMC", "Stochastic gradients", "Chen, Fox, Guestrin (2014), Stochastic gradient Hamiltonian Monte Carlo")]
public sealed record Sghmc : ISampler<IFiniteSumFunction<double>>
{
    /// <summary>The step size h, a time. Default: 0.01.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The friction C, an inverse time. h C must lie below 1. Default: 1.</summary>
    public double Friction { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The variance V of the gradient's estimate, per coordinate. h V / 2 must not exceed the friction. Default: 0.</summary>
    public double GradientNoise { get; init => field = Require.NonNegative(value); }

    /// <summary>True draws a new velocity of N(0, I) for every draw, as algorithm 2 of the paper may; false keeps it, which mixes faster for few steps. Default: false.</summary>
    public bool ResampleVelocity { get; init; }

    /// <summary>The number of steps for each draw. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How gradients are estimated. Default: from batches of 32.</summary>
    public IGradientEstimator Gradients { get; init => field = Require.NotNull(value); } = new MiniBatch();

    /// <summary>There is no acceptance to tune by.</summary>
    public IAdaptation? Adaptation => null;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The friction is smaller than h V / 2, or 1 / h smaller than the friction.</exception>
    public SamplerState Start(IFiniteSumFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Friction < 0.5 * StepSize * GradientNoise || StepSize * Friction >= 1)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{nameof(Friction)} is {Friction} but must lie in [{0.5 * StepSize * GradientNoise}, {1 / StepSize}): from {nameof(StepSize)} * {nameof(GradientNoise)} / 2 to 1 / {nameof(StepSize)}."));
        }

        return new State(this, target.Dimension, Gradients.Start(target));
    }

    private sealed class State(Sghmc options, int dimension, GradientEstimate estimate) : SamplerState
    {
        private readonly double[] _proposal = new double[dimension];
        private readonly double[] _proposalGradient = new double[dimension];
        private readonly double[] _divergentPosition = new double[dimension];
        private readonly double[] _work = new double[dimension];
        private readonly double[] _position = new double[dimension];
        private readonly double[] _velocity = new double[dimension];
        private readonly double[] _workVelocity = new double[dimension];
        private readonly double[] _noise = new double[dimension];
        private double _logDensity = double.NegativeInfinity;
        private bool _hasVelocity;

        // Of a draw that an exception broke off: it goes on from here.
        private int _taken;

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logDensity;

        public override double Evaluations => estimate.Evaluations;

        public override ReadOnlySpan<double> DivergentPosition => _divergentPosition;

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            estimate.Prepare();
            position.CopyTo(_position);
            _logDensity = estimate.Exact(_position, _proposalGradient);
            _taken = 0;
            return _logDensity > double.NegativeInfinity;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            if (_taken == 0)
            {
                _position.CopyTo(_work, 0);
                if (_hasVelocity && !options.ResampleVelocity)
                    _velocity.CopyTo(_workVelocity, 0);
                else
                    RandomFill.Normal(key.Fold("velocity"), _workVelocity);
            }

            double h = options.StepSize, kept = 1 - (h * options.Friction);
            double spread = Math.Sqrt(2 * h * (options.Friction - (0.5 * h * options.GradientNoise)));
            double logDensity = _logDensity;
            bool divergent = false;
            while (_taken < options.Steps && !divergent)
            {
                RandomKey step = key.Fold(_taken);
                for (int i = 0; i < _proposal.Length; i++)
                    _proposal[i] = _work[i] + (h * _workVelocity[i]);
                logDensity = estimate.Estimate(_proposal, step, _proposalGradient);
                divergent = logDensity == double.NegativeInfinity;
                if (!divergent)
                {
                    RandomFill.Normal(step.Fold("noise"), _noise);
                    for (int i = 0; i < _noise.Length; i++)
                        _workVelocity[i] = (kept * _workVelocity[i]) + (h * _proposalGradient[i]) + (spread * _noise[i]);
                    _proposal.CopyTo(_work, 0);
                }

                _taken++;
            }

            int taken = _taken;
            _taken = 0;
            if (divergent)
            {
                _proposal.CopyTo(_divergentPosition, 0);
                for (int i = 0; i < _velocity.Length; i++)
                    _velocity[i] = -_velocity[i];
            }
            else
            {
                _work.CopyTo(_position, 0);
                _workVelocity.CopyTo(_velocity, 0);
                _hasVelocity = true;
                _logDensity = logDensity;
            }

            return new DrawStatistics(_logDensity, divergent ? 0 : 1, h, 0, taken, divergent, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(_work);
            archive.Transfer<double>(_velocity);
            archive.Transfer<double>(_workVelocity);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _hasVelocity);
            archive.Transfer(ref _taken);
            archive.Transfer(estimate);
        }
    }
}
