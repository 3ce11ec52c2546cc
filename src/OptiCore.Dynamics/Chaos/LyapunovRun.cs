using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>How long exponents are averaged, and in how many pieces.</summary>
public sealed record LyapunovAverage
{
    /// <summary>The intervals that are left out at the start, while the state falls to the attractor and the directions into place. Default: 100.</summary>
    public int Transient { get; init => field = Require.NonNegative(value); } = 100;

    /// <summary>The intervals that are averaged. Default: 1000.</summary>
    public int Intervals { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The batches whose means give the standard error, at least 2. Default: 20.</summary>
    public int Batches { get; init => field = Require.AtLeast(value, 2); } = 20;
}

/// <summary>The computation of Lyapunov exponents under way. It can be saved and loaded after any step and goes on to the same bits.</summary>
public sealed class LyapunovRun : IPersistent
{
    private readonly TangentMotion _motion;
    private readonly LyapunovAverage _average;
    private readonly double _interval;
    private readonly double[] _growth;
    private readonly double[] _sums;
    private readonly double[] _exponents;
    private int _done;
    private bool _failed;
    private string _message = "";

    internal LyapunovRun(TangentMotion motion, LyapunovAverage average, double interval)
    {
        if (average.Intervals < average.Batches)
            throw new ArgumentException(FormattableString.Invariant($"{nameof(LyapunovAverage.Intervals)} is {average.Intervals} but must be at least the {average.Batches} batches."), nameof(average));
        _motion = motion;
        _average = average;
        _interval = interval;
        _growth = new double[motion.Count];
        _sums = new double[motion.Count * average.Batches];
        _exponents = new double[motion.Count];
    }

    /// <summary>The number of exponents.</summary>
    public int Count => _motion.Count;

    /// <summary>The state of the system; the span is valid until the next step.</summary>
    public ReadOnlySpan<double> State => _motion.State;

    /// <summary>The time that was averaged so far, without the transient.</summary>
    public double Time => Averaged * _interval;

    /// <summary>The exponents as they are now, NaN before the end of the transient. The span is valid until the next step.</summary>
    public ReadOnlySpan<double> Exponents
    {
        get
        {
            for (int i = 0; i < Count; i++)
            {
                double sum = 0;
                for (int b = 0; b < _average.Batches; b++)
                    sum += _sums[(b * Count) + i];
                _exponents[i] = sum / Time;
            }

            return _exponents;
        }
    }

    private int Averaged => Math.Max(0, _done - _average.Transient);

    /// <summary>Goes on by one interval. Allocates nothing.</summary>
    /// <returns>False when all intervals are done or the system can't be followed.</returns>
    public bool Step()
    {
        if (_failed || Averaged == _average.Intervals)
            return false;
        if (_motion.Advance(_growth) is { } message)
        {
            _failed = true;
            _message = message;
            return false;
        }

        if (_done >= _average.Transient)
        {
            int batch = (int)((long)Averaged * _average.Batches / _average.Intervals);
            for (int i = 0; i < Count; i++)
                _sums[(batch * Count) + i] += _growth[i];
        }

        _done++;
        return true;
    }

    /// <summary>Goes on to the end and says what came out.</summary>
    /// <param name="cancellationToken">Ends the run between two intervals; what was reached is kept.</param>
    public LyapunovResult Finish(CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && Step())
        {
        }

        RunStatus status = _failed ? RunStatus.Failed : Averaged == _average.Intervals ? RunStatus.Completed : RunStatus.Stopped;
        return new LyapunovResult
        {
            Status = status,
            Message = status switch
            {
                RunStatus.Failed => _message,
                RunStatus.Completed => FormattableString.Invariant($"{Averaged} intervals of {_interval} were averaged."),
                _ => FormattableString.Invariant($"The caller cancelled after {Averaged} of {_average.Intervals} intervals."),
            },
            Time = Time,
            Exponents = Exponents.ToArray(),
            StandardErrors = StandardErrors(),
        };
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_sums);
        archive.Transfer(ref _done);
        archive.Transfer(ref _failed);
        archive.Transfer(ref _message);
        _motion.Persist(archive);
    }

    /// <summary>The standard error of the mean of the batches that are complete: correlations within a batch don't matter, those between are small.</summary>
    private double[] StandardErrors()
    {
        double[] errors = new double[Count];
        int complete = (int)((long)Averaged * _average.Batches / _average.Intervals);
        for (int i = 0; i < Count; i++)
        {
            double sum = 0, squares = 0;
            for (int b = 0; b < complete; b++)
            {
                // Batches differ by one interval where their number doesn't divide.
                long first = (((long)b * _average.Intervals) + _average.Batches - 1) / _average.Batches;
                long behind = ((((long)b + 1) * _average.Intervals) + _average.Batches - 1) / _average.Batches;
                double mean = _sums[(b * Count) + i] / ((behind - first) * _interval);
                sum += mean;
                squares += mean * mean;
            }

            double variance = complete < 2 ? double.NaN : Math.Max(0, squares - (sum * sum / complete)) / (complete - 1);
            errors[i] = Math.Sqrt(variance / complete);
        }

        return errors;
    }
}
