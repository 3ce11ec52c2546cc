using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// What a step must be lower than: the value that takes the place of phi(0) in the condition of sufficient decrease, chosen from the values of a run's
/// iterates. <see cref="CurrentValue"/> makes a search monotone, <see cref="LargestOfLast"/> and <see cref="AverageOfValues"/> let values rise now and then, which
/// spectral gradient methods live on.
/// </summary>
public interface IReferenceValue
{
    /// <summary>Allocates what one run needs.</summary>
    ReferenceValueState Start();
}

/// <summary>The reference of one run.</summary>
public abstract class ReferenceValueState : IPersistent
{
    /// <summary>The reference for a search that begins now.</summary>
    /// <param name="value">The value of the iterate, phi(0).</param>
    /// <returns>At least <paramref name="value"/>.</returns>
    public abstract double At(double value);

    /// <summary>Takes the value of an accepted step.</summary>
    /// <param name="value">The value.</param>
    public abstract void Accept(double value);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>The iterate's own value: every step lowers the function.</summary>
public sealed record CurrentValue : IReferenceValue
{
    /// <inheritdoc/>
    public ReferenceValueState Start() => new State();

    private sealed class State : ReferenceValueState
    {
        public override double At(double value) => value;

        public override void Accept(double value)
        {
        }

        public override void Persist(StateArchive archive)
        {
        }
    }
}

/// <summary>The largest of the last values: L. Grippo, F. Lampariello, S. Lucidi (1986), A nonmonotone line search technique for Newton's method, SIAM J. Numer. Anal. 23, 707-716.</summary>
public sealed record LargestOfLast : IReferenceValue
{
    /// <summary>M: the number of values. Default: 10.</summary>
    public int Count { get; init => field = Require.Positive(value); } = 10;

    /// <inheritdoc/>
    public ReferenceValueState Start() => new State(Count);

    private sealed class State(int capacity) : ReferenceValueState
    {
        private readonly double[] _values = new double[capacity];
        private int _count, _next;

        public override double At(double value)
        {
            if (_count == 0)
                Accept(value);
            double largest = value;
            foreach (double v in _values.AsSpan(0, _count))
                largest = Math.Max(largest, v);
            return largest;
        }

        public override void Accept(double value)
        {
            _values[_next] = value;
            _next = (_next + 1) % _values.Length;
            _count = Math.Min(_count + 1, _values.Length);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_values);
            archive.Transfer(ref _count);
            archive.Transfer(ref _next);
        }
    }
}

/// <summary>
/// A weighted average of all values, C = (eta Q C + f) / (eta Q + 1) with Q = eta Q + 1: H. Zhang, W. W. Hager (2004), A nonmonotone line search technique and its
/// application to unconstrained optimization, SIAM J. Optim. 14, 1043-1056.
/// </summary>
public sealed record AverageOfValues : IReferenceValue
{
    /// <summary>eta: 0 is the monotone search, 1 the plain average. Default: 0.85, as in the paper.</summary>
    public double Weight { get; init => field = Require.InClosed(value, 0, 1); } = 0.85;

    /// <inheritdoc/>
    public ReferenceValueState Start() => new State(Weight);

    private sealed class State(double weight) : ReferenceValueState
    {
        private double _average, _mass;

        public override double At(double value)
        {
            if (_mass == 0)
                (_average, _mass) = (value, 1);
            return Math.Max(value, _average);
        }

        public override void Accept(double value)
        {
            double before = weight * _mass;
            _mass = before + 1;
            _average = ((before * _average) + value) / _mass;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _average);
            archive.Transfer(ref _mass);
        }
    }
}
