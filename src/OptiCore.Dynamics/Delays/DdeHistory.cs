using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The steps behind, each as a polynomial: with both ends y0, y1, their derivatives f0, f1 and the quartic part q,
/// y(θ) = y0 + θ^2 (3 - 2θ) (y1 - y0) + h θ (1 - θ)^2 f0 - h θ^2 (1 - θ) f1 + h θ^2 (1 - θ)^2 q. A ring: steps that are too old to be asked for make room.
/// </summary>
internal sealed class DdeHistory(int n)
{
    private const int Parts = 5;
    private double[] _starts = new double[16];
    private double[] _ends = new double[16];
    private double[] _data = new double[16 * Parts * n];
    private int _first;
    private int _count;

    public int Count => _count;

    /// <summary>Where the oldest step begins.</summary>
    public double Start => _starts[_first];

    /// <summary>Where the newest step ends.</summary>
    public double End => _ends[At(_count - 1)];

    public void Clear() => _first = _count = 0;

    /// <summary>Forgets the steps that end before a time.</summary>
    public void Forget(double time)
    {
        while (_count > 1 && _ends[_first] < time)
        {
            _first = (_first + 1) % _starts.Length;
            _count--;
        }
    }

    public void Add(double start, double end, ReadOnlySpan<double> y0, ReadOnlySpan<double> y1, ReadOnlySpan<double> f0, ReadOnlySpan<double> f1, ReadOnlySpan<double> q)
    {
        if (_count == _starts.Length)
            Grow();
        int at = At(_count++);
        _starts[at] = start;
        _ends[at] = end;
        Span<double> data = _data.AsSpan(at * Parts * n, Parts * n);
        y0.CopyTo(data);
        y1.CopyTo(data[n..]);
        f0.CopyTo(data[(2 * n)..]);
        f1.CopyTo(data[(3 * n)..]);
        q.CopyTo(data[(4 * n)..]);
    }

    /// <summary>Writes the state at a time within the steps; the newest step's polynomial goes on behind its end.</summary>
    public void Evaluate(double time, Span<double> destination)
    {
        int low = 0, high = _count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ends[At(middle)] < time)
                low = middle + 1;
            else
                high = middle;
        }

        int at = At(low);
        ReadOnlySpan<double> data = _data.AsSpan(at * Parts * n, Parts * n);
        Polynomial(time, _starts[at], _ends[at], data[..n], data.Slice(n, n), data.Slice(2 * n, n), data.Slice(3 * n, n), data.Slice(4 * n, n), destination);
    }

    public static void Polynomial(
        double time,
        double start,
        double end,
        ReadOnlySpan<double> y0,
        ReadOnlySpan<double> y1,
        ReadOnlySpan<double> f0,
        ReadOnlySpan<double> f1,
        ReadOnlySpan<double> q,
        Span<double> destination)
    {
        double h = end - start, theta = (time - start) / h, rest = 1 - theta;
        double difference = theta * theta * (3 - (2 * theta)), left = h * theta * rest * rest, right = -h * theta * theta * rest, quartic = h * theta * theta * rest * rest;
        for (int i = 0; i < destination.Length; i++)
            destination[i] = y0[i] + (difference * (y1[i] - y0[i])) + (left * f0[i]) + (right * f1[i]) + (quartic * q[i]);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _starts);
        archive.Transfer(ref _ends);
        archive.Transfer(ref _data);
        archive.Transfer(ref _first);
        archive.Transfer(ref _count);
        int capacity = _starts.Length;
        if (archive.IsLoading && (capacity == 0 || _ends.Length != capacity || _data.Length != capacity * Parts * n || _first < 0 || _first >= capacity || _count < 0 || _count > capacity))
            throw new CheckpointException("The saved state is damaged: its store of steps has impossible sizes.");
    }

    private int At(int index) => (_first + index) % _starts.Length;

    private void Grow()
    {
        int capacity = _starts.Length, width = Parts * n;
        double[] starts = new double[2 * capacity], ends = new double[2 * capacity], data = new double[2 * capacity * width];
        for (int i = 0; i < _count; i++)
        {
            int at = At(i);
            starts[i] = _starts[at];
            ends[i] = _ends[at];
            _data.AsSpan(at * width, width).CopyTo(data.AsSpan(i * width));
        }

        (_starts, _ends, _data, _first) = (starts, ends, data, 0);
    }
}
