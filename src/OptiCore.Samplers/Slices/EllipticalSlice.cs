using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Elliptical slice sampling, for a Gaussian prior N(m, C) and a likelihood: draws a height y below the likelihood and a second point from the prior, and moves on the
/// ellipse through both, x(t) = m + (x - m) cos t + v sin t, to a random angle t where the likelihood exceeds y; the bracket of angles shrinks to the current point until there is one.
/// </summary>
/// <remarks>
/// Murray, Adams, MacKay (2010), Elliptical slice sampling, figure 2. Nothing to tune, never rejects, and moves through strong prior
/// correlations, as of Gaussian processes, in one step. Costs one draw of the prior and a few likelihoods a draw; slow where the likelihood says much more than
/// the prior.
/// </remarks>
[Algorithm("Elliptical slice sampling", "Slice", "Murray, Adams, MacKay (2010), Elliptical slice sampling")]
public sealed record EllipticalSlice : ISampler<IGaussianPriorDensity>
{
    /// <summary>There is nothing to tune.</summary>
    public IAdaptation? Adaptation => null;

    /// <inheritdoc/>
    public SamplerState Start(IGaussianPriorDensity target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new State(target);
    }

    private sealed class State(IGaussianPriorDensity target) : SamplerState
    {
        private readonly double[] _other = new double[target.Dimension];
        private double[] _position = new double[target.Dimension];
        private double[] _proposal = new double[target.Dimension];
        private double _logLikelihood = double.NegativeInfinity;
        private double _logPrior;
        private double _evaluations;

        public override ReadOnlySpan<double> Position => _position;

        public override double LogDensity => _logLikelihood + _logPrior;

        public override double Evaluations => _evaluations;

        /// <summary>A draw of the prior: a box would miss nearly all of a prior with strong correlations.</summary>
        public override void DrawStart(RandomKey key, double radius, Span<double> position)
        {
            target.DrawDeviation(key, position);
            for (int i = 0; i < position.Length; i++)
                position[i] += target.PriorMean[i];
        }

        public override bool MoveTo(ReadOnlySpan<double> position)
        {
            position.CopyTo(_position);
            _logLikelihood = LogLikelihood(_position);
            _logPrior = target.LogPrior(_position);
            return double.IsFinite(_logLikelihood + _logPrior);
        }

        public override DrawStatistics Draw(RandomKey key)
        {
            double before = _evaluations;
            RandomStream stream = key.Stream();
            target.DrawDeviation(key.Fold("prior"), _other);
            double height = _logLikelihood - stream.NextExponential();
            double angle = Math.Tau * stream.NextDouble();
            double low = angle - Math.Tau, high = angle;
            double logLikelihood, logPrior;
            while (true)
            {
                MoveOnEllipse(angle);
                logLikelihood = LogLikelihood(_proposal);

                // The height may round to the likelihood itself; with "at least" the current point, at angle 0, is always inside.
                if (logLikelihood >= height)
                {
                    logPrior = target.LogPrior(_proposal);
                    if (double.IsFinite(logPrior))
                        break;
                }

                if (angle < 0)
                    low = angle;
                else
                    high = angle;
                angle = low + (stream.NextDouble() * (high - low));
            }

            (_position, _proposal) = (_proposal, _position);
            _logLikelihood = logLikelihood;
            _logPrior = logPrior;
            return new DrawStatistics(LogDensity, 1, double.NaN, 0, (int)(_evaluations - before), false, double.NaN);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_position);
            archive.Transfer(ref _logLikelihood);
            archive.Transfer(ref _logPrior);
            archive.Transfer(ref _evaluations);
        }

        private void MoveOnEllipse(double angle)
        {
            (double sine, double cosine) = Math.SinCos(angle);
            ReadOnlySpan<double> mean = target.PriorMean;
            for (int i = 0; i < _proposal.Length; i++)
                _proposal[i] = mean[i] + ((_position[i] - mean[i]) * cosine) + (_other[i] * sine);
        }

        private double LogLikelihood(ReadOnlySpan<double> position)
        {
            _evaluations++;
            double value = target.LogLikelihood(position);
            return double.IsFinite(value) ? value : double.NegativeInfinity;
        }
    }
}
