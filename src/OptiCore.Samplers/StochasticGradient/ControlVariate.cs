using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The batch's difference from a fixed centre c, plus the exact value there: m mean_S (grad f_i(x) - grad f_i(c)) + m grad f(c). With the mode as the centre, the variance is proportional to
/// |x - c|^2, not to the spread of the terms' gradients: for large data sets smaller by orders of magnitude, as the posterior contracts around the mode.
/// </summary>
/// <remarks>
/// Baker, Fearnhead, Fox, Nemeth (2019), Control variates for stochastic gradient MCMC. Costs two evaluations of a batch, and all terms once at the centre when
/// the chain is placed. Batches as of <see cref="MiniBatch"/>. The centre need not be exact; an optimizer or a run of stochastic gradient descent finds it.
/// </remarks>
public sealed record ControlVariate : IGradientEstimator
{
    /// <summary>The centre c, n finite elements; best the mode.</summary>
    public required IReadOnlyList<double> Center
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The number of terms in a batch; all terms where there are fewer. Default: 32.</summary>
    public int Size { get; init => field = Require.Positive(value); } = 32;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The centre has another number of elements than the target.</exception>
    public GradientEstimate Start(IFiniteSumFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Require.Length(Center.Count, target.Dimension, nameof(Center));
        return new State(target, [.. Center], Size);
    }

    /// <summary>Names the elements of the centre, by which a checkpoint is recognised.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(ControlVariate)} {{ {nameof(Center)} = [{string.Join(", ", Center)}], {nameof(Size)} = {Size} }}");

    private static double[] Checked(IReadOnlyList<double> center)
    {
        double[] copy = [.. Require.NotNull(center, nameof(Center))];
        Require.AllFinite<double>(copy, nameof(Center));
        return copy;
    }

    private sealed class State(IFiniteSumFunction<double> target, double[] center, int size) : GradientEstimate
    {
        private readonly BatchOrder _order = new(target.TermCount, size);
        private readonly double[] _atCenter = new double[center.Length];
        private readonly double[] _batchAtCenter = new double[center.Length];
        private double _valueAtCenter;
        private double _evaluations;
        private bool _isPrepared;

        public override double Evaluations => _evaluations;

        public override void Prepare()
        {
            if (_isPrepared)
                return;
            _evaluations++;
            _valueAtCenter = SumOfTerms.Exact(target, center, _atCenter);
            if (!double.IsFinite(_valueAtCenter))
                throw new InvalidOperationException($"The log density or its gradient is not finite at {nameof(Center)}.");
            _isPrepared = true;
        }

        public override double Exact(ReadOnlySpan<double> position, Span<double> gradient)
        {
            _evaluations++;
            return SumOfTerms.Exact(target, position, gradient);
        }

        public override double Estimate(ReadOnlySpan<double> position, RandomKey key, Span<double> gradient)
        {
            ReadOnlySpan<int> batch = _order.Next(key);
            double value = SumOfTerms.Estimate(target, position, batch, gradient) - SumOfTerms.Estimate(target, center, batch, _batchAtCenter) + _valueAtCenter;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += _atCenter[i] - _batchAtCenter[i];
            _evaluations += 2.0 * batch.Length / target.TermCount;
            _order.Use();
            return double.IsNaN(value) ? double.NegativeInfinity : value;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _isPrepared);
            archive.Transfer(ref _valueAtCenter);
            archive.Transfer<double>(_atCenter);
            archive.Transfer(ref _evaluations);
            archive.Transfer(_order);
        }
    }
}
