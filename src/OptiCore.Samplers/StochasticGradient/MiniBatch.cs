using System.Numerics.Tensors;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// m times the mean over a batch of terms, and of their gradients. Batches are consecutive pieces of a random order of all terms, which is drawn anew when fewer terms are left
/// than a batch needs: within such an epoch no term is seen twice.
/// </summary>
/// <remarks>Robbins, Monro (1951), A stochastic approximation method. Unbiased in each step over the random orders.</remarks>
public sealed record MiniBatch : IGradientEstimator
{
    /// <summary>The number of terms in a batch; all terms where there are fewer. Default: 32.</summary>
    public int Size { get; init => field = Require.Positive(value); } = 32;

    /// <inheritdoc/>
    public GradientEstimate Start(IFiniteSumFunction<double> target) => new State(Require.NotNull(target), Size);

    private sealed class State(IFiniteSumFunction<double> target, int size) : GradientEstimate
    {
        private readonly BatchOrder _order = new(target.TermCount, size);
        private double _evaluations;

        public override double Evaluations => _evaluations;

        public override double Exact(ReadOnlySpan<double> position, Span<double> gradient)
        {
            _evaluations++;
            return SumOfTerms.Exact(target, position, gradient);
        }

        public override double Estimate(ReadOnlySpan<double> position, RandomKey key, Span<double> gradient)
        {
            ReadOnlySpan<int> batch = _order.Next(key);
            double value = SumOfTerms.Estimate(target, position, batch, gradient);
            _evaluations += (double)batch.Length / target.TermCount;
            _order.Use();
            return value;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _evaluations);
            archive.Transfer(_order);
        }
    }
}

/// <summary>Sums of terms from means of terms.</summary>
internal static class SumOfTerms
{
    public static double Exact(IFiniteSumFunction<double> target, ReadOnlySpan<double> position, Span<double> gradient) =>
        Scaled(target.TermCount, target.ValueAndGradient(position, gradient), gradient);

    public static double Estimate(IFiniteSumFunction<double> target, ReadOnlySpan<double> position, ReadOnlySpan<int> batch, Span<double> gradient) =>
        Scaled(target.TermCount, target.ValueAndGradient(position, batch, gradient), gradient);

    private static double Scaled(int count, double mean, Span<double> gradient)
    {
        TensorPrimitives.Multiply(gradient, count, gradient);
        return double.IsFinite(mean) && LogValue.AllFinite(gradient) ? count * mean : double.NegativeInfinity;
    }
}

/// <summary>Batches of indices without replacement.</summary>
internal sealed class BatchOrder(int count, int size) : IPersistent
{
    private readonly int _size = Math.Min(size, count);
    private readonly int[] _order = new int[count];
    private RandomKey _epoch;

    // As if an epoch had just ended.
    private int _used = int.MaxValue;

    /// <summary>The next batch, which stays the next one until it is used.</summary>
    public ReadOnlySpan<int> Next(RandomKey key)
    {
        if (_used > _order.Length - _size)
        {
            _epoch = key.Fold("epoch");
            RandomOrder.Permutation(_epoch, _order);
            return _order.AsSpan(0, _size);
        }

        return _order.AsSpan(_used, _size);
    }

    /// <summary>Goes on behind the last batch.</summary>
    public void Use() => _used = _used > _order.Length - _size ? _size : _used + _size;

    /// <summary>The key of the order says it all.</summary>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _used);
        ulong high = _epoch.High, low = _epoch.Low;
        archive.Transfer(ref high);
        archive.Transfer(ref low);
        _epoch = new RandomKey(high, low);
        if (archive.IsLoading)
            RandomOrder.Permutation(_epoch, _order);
    }
}
