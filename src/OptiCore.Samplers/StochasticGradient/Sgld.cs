using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Stochastic gradient Langevin dynamics: x += h_t / 2 g(x) + sqrt(h_t) z with z ~ N(0, I), g an unbiased estimate of the gradient of the log density from a mini-batch, and step sizes
/// h_t = a (1 + t / b)^-kappa. Not Metropolised.
/// </summary>
/// <remarks>
/// Welling, Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics; with a <see cref="ControlVariate"/> estimator it is the SGLD-CV of Baker, Fearnhead, Fox, Nemeth (2019), Control
/// variates for stochastic gradient MCMC. The target is the mean of m terms, f; the log density that is sampled is their sum m f. With a
/// fixed step size (kappa = 0, the default; Vollmer, Zygalakis, Teh 2016) the chain is biased by O(h): on N(0, 1) with gradient noise of variance V its variance is (1 + h V / 4) / (1 - h / 4). With kappa of
/// (0.5, 1], as Welling and Teh ask for, the bias vanishes as t grows, and draws should be weighted by their step sizes, which their statistics hold. h must lie below 4 divided by the largest
/// curvature of the log density, which grows with m: a step size of c / m is a start. The log density of a draw is its estimate.
/// A step to where the batch isn't finite is undone and reported as divergent.
/// </remarks>
[Algorithm("SGLD", "Stochastic gradients", "Welling, Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics; Baker, Fearnhead, Fox, Nemeth (2019), Control variates for stochastic gradient MCMC")]
public sealed record Sgld : ISampler<IFiniteSumFunction<double>>
{
    /// <summary>The first step size a. Default: 1e-3.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>kappa of [0, 1]: how fast step sizes fall; 0 keeps them. Default: 0.</summary>
    public double Decay { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>b: the number of steps in which the decay sets in. Default: 1,000.</summary>
    public double DecayOffset { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The number of steps for each draw. Default: 1.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How gradients are estimated. Default: from batches of 32.</summary>
    public IGradientEstimator Gradients { get; init => field = Require.NotNull(value); } = new MiniBatch();

    /// <summary>There is no acceptance to tune by.</summary>
    public IAdaptation? Adaptation => null;

    /// <inheritdoc/>
    public SamplerState Start(IFiniteSumFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(this, target.Dimension, Gradients.Start(target));
    }

    private sealed class State(Sgld options, int dimension, GradientEstimate estimate) : SamplerState
    {
        private readonly double[] _proposal = new double[dimension];
        private readonly double[] _proposalGradient = new double[dimension];
        private readonly double[] _divergentPosition = new double[dimension];
        private readonly double[] _work = new double[dimension];
        private readonly double[] _workGradient = new double[dimension];
        private readonly double[] _position = new double[dimension];
        private readonly double[] _gradient = new double[dimension];
        private double _logDensity = double.NegativeInfinity;
        private long _steps;

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
            _logDensity = estimate.Exact(_position, _gradient);
            _taken = 0;
            return _logDensity > double.NegativeInfinity;
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            if (_taken == 0)
            {
                _position.CopyTo(_work, 0);
                _gradient.CopyTo(_workGradient, 0);
            }

            double stepSize = options.StepSize, logDensity = _logDensity;
            bool divergent = false;
            while (_taken < options.Steps && !divergent)
            {
                stepSize = options.StepSize * Math.Pow(1 + ((_steps + _taken) / options.DecayOffset), -options.Decay);
                RandomKey step = key.Fold(_taken);
                RandomFill.Normal(step.Fold("noise"), _proposal);
                double spread = Math.Sqrt(stepSize);

                for (int i = 0; i < _proposal.Length; i++)
                    _proposal[i] = _work[i] + (0.5 * stepSize * _workGradient[i]) + (spread * _proposal[i]);
                logDensity = estimate.Estimate(_proposal, step, _proposalGradient);
                divergent = logDensity == double.NegativeInfinity;
                if (!divergent)
                {
                    _proposal.CopyTo(_work, 0);
                    _proposalGradient.CopyTo(_workGradient, 0);
                }

                _taken++;
            }

            int taken = _taken;
            _steps += taken;
            _taken = 0;
            if (divergent)
            {
                _proposal.CopyTo(_divergentPosition, 0);
            }
            else
            {
                _work.CopyTo(_position, 0);
                _workGradient.CopyTo(_gradient, 0);
                _logDensity = logDensity;
            }

            return new DrawStatistics(_logDensity, divergent ? 0 : 1, stepSize, 0, taken, divergent, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_work);
            archive.Transfer<double>(_workGradient);
            archive.Transfer<double>(_divergentPosition);
            archive.Transfer(ref _logDensity);
            archive.Transfer(ref _steps);
            archive.Transfer(ref _taken);
            archive.Transfer(estimate);
        }
    }
}
