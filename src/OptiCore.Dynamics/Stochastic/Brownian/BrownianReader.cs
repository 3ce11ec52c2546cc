using OptiCore.Randomness;

namespace OptiCore.Dynamics;

/// <summary>
/// Reads a <see cref="BrownianPath"/>. It keeps the branch of the tree that was read last, which changes the cost and never the numbers: times that move
/// forward cost about one halving each, an increment that begins where the last one ended doesn't draw that time again, any other time one for every level of the tree.
/// </summary>
/// <remarks>No allocation after the constructor. Not for several threads at once.</remarks>
public sealed class BrownianReader
{
    private readonly BrownianPath _path;
    private readonly int _m;
    private readonly int _depth;
    private readonly double _length;

    // The interval of level 0, then for each level the two halves of one interval of the level before: W and H of the left, W and H of the right.
    private readonly double[] _root;
    private readonly double[] _halves;
    private readonly long[] _parents;
    private readonly double[] _draws;
    private readonly double[] _split;
    private readonly double[] _other;
    private long _drawnLeaf = -1;

    // What the last increment's end splits its last interval into: the next increment mostly begins there.
    private readonly double[] _end;
    private long _endLeaf = -1;
    private double _endTime;

    internal BrownianReader(BrownianPath path)
    {
        _path = path;
        _m = path.Dimension;
        _depth = path.Depth;
        _length = path.End - path.Start;
        _root = new double[2 * _m];
        _halves = new double[checked(4 * _m * (_depth + 1))];
        _parents = new long[_depth + 1];
        _parents.AsSpan().Fill(-1);
        _draws = new double[2 * _m];
        _split = new double[4 * _m];
        _other = new double[4 * _m];
        _end = new double[4 * _m];
        RandomFill.Normal(path.Key, _root, 0);
        double w = Math.Sqrt(_length), h = Math.Sqrt(_length / 12);
        for (int i = 0; i < _m; i++)
        {
            _root[i] *= w;
            _root[_m + i] *= h;
        }
    }

    /// <summary>The path.</summary>
    public BrownianPath Path => _path;

    /// <summary>Writes the increment W(s,t) and, if asked for, the space-time Lévy area H(s,t).</summary>
    /// <param name="s">The earlier time, within the path's interval.</param>
    /// <param name="t">The later time; if it equals <paramref name="s"/> everything is 0.</param>
    /// <param name="w">Receives W(s,t), m elements.</param>
    /// <param name="h">Receives H(s,t), m elements, or is empty.</param>
    /// <exception cref="ArgumentException">A length differs, the times lie outside or are in the wrong order.</exception>
    public void Increment(double s, double t, Span<double> w, Span<double> h = default)
    {
        Require.Length(w.Length, _m, nameof(w));
        if (!h.IsEmpty)
            Require.Length(h.Length, _m, nameof(h));
        if (!(s >= _path.Start && s <= _path.End))
            throw new ArgumentOutOfRangeException(nameof(s), s, FormattableString.Invariant($"s is {s} but the path lies between {_path.Start} and {_path.End}."));
        if (!(t >= s && t <= _path.End))
            throw new ArgumentOutOfRangeException(nameof(t), t, FormattableString.Invariant($"t is {t} but must lie between s = {s} and the path's end {_path.End}."));
        if (s == t)
        {
            w.Clear();
            h.Clear();
            return;
        }

        Span<double> area = h.IsEmpty ? _other.AsSpan(3 * _m, _m) : h;
        long first = Leaf(s), last = Leaf(t);
        if (first == last)
            Within(first, s, t, w, area);
        else
            Across(first, last, s, t, w, area);
    }

    private long Leaf(double time)
    {
        long count = 1L << _depth;
        long leaf = Math.Clamp((long)((time - _path.Start) / _length * count), 0, count - 1);

        // The quotient may round over an edge; the edges themselves are what counts.
        if (time < Edge(leaf, _depth))
            leaf--;
        else if (leaf + 1 < count && time >= Edge(leaf + 1, _depth))
            leaf++;
        return Math.Clamp(leaf, 0, count - 1);
    }

    private double Edge(long index, int level) => _path.Start + (_length * Math.ScaleB(index, -level));

    /// <summary>Both times in one last interval: the difference of two beginnings of it.</summary>
    private void Within(long leaf, double s, double t, Span<double> w, Span<double> h)
    {
        Split(leaf, s, _other);
        double a = Math.Max(s - Edge(leaf, _depth), 0);
        Split(leaf, t, _split);
        double c = Math.Max(t - Edge(leaf, _depth), 0), b = c - a;
        for (int i = 0; i < _m; i++)
        {
            double wa = _other[i], ha = _other[_m + i], wc = _split[i], hc = _split[_m + i];
            double wb = wc - wa;
            h[i] = b > 0 ? ((c * hc) - (a * ha) - (0.5 * b * wa) + (0.5 * a * wb)) / b : 0;
            w[i] = wb;
        }
    }

    /// <summary>What is left of the first interval, the whole intervals between in the order of time, and the beginning of the last.</summary>
    private void Across(long first, long last, double s, double t, Span<double> w, Span<double> h)
    {
        int common = _depth;
        while (first >> (_depth - common) != last >> (_depth - common))
            common--;
        if (_endLeaf != first || _endTime != s)
            Split(first, s, _end);
        double length = Edge(first + 1, _depth) - s;
        _end.AsSpan(2 * _m, _m).CopyTo(w);
        _end.AsSpan(3 * _m, _m).CopyTo(h);
        for (int level = _depth; level > common + 1; level--)
        {
            long node = first >> (_depth - level);
            if ((node & 1) == 0)
                Append(ref length, w, h, Math.ScaleB(_length, -level), Half(level, node + 1));
        }

        for (int level = common + 2; level <= _depth; level++)
        {
            long node = last >> (_depth - level);
            if ((node & 1) == 1)
                Append(ref length, w, h, Math.ScaleB(_length, -level), Half(level, node - 1));
        }

        Split(last, t, _end);
        (_endLeaf, _endTime) = (last, t);
        double rest = t - Edge(last, _depth);
        if (rest > 0)
            Append(ref length, w, h, rest, _end.AsSpan(0, 2 * _m));
    }

    /// <summary>Chen's relation: (a + b) H = a H1 + b H2 + (b W1 - a W2) / 2.</summary>
    private void Append(ref double a, Span<double> w, Span<double> h, double b, ReadOnlySpan<double> next)
    {
        double total = a + b;
        for (int i = 0; i < w.Length; i++)
        {
            double w2 = next[i];
            h[i] = ((a * h[i]) + (b * next[_m + i]) + (0.5 * ((b * w[i]) - (a * w2)))) / total;
            w[i] += w2;
        }

        a = total;
    }

    /// <summary>W and H of an interval; its parent and the parent's parents are halved where they aren't the ones in store.</summary>
    private ReadOnlySpan<double> Half(int level, long node)
    {
        if (level == 0)
            return _root;
        int from = level;
        while (from > 0 && _parents[from] != node >> (level - from + 1))
            from--;
        for (int l = from + 1; l <= level; l++)
            Halve(l, node >> (level - l + 1));
        return _halves.AsSpan((4 * _m * level) + ((node & 1) == 0 ? 0 : 2 * _m), 2 * _m);
    }

    /// <summary>Draws both halves of an interval of the level before given its W and H.</summary>
    private void Halve(int level, long parent)
    {
        ReadOnlySpan<double> whole = level == 1 ? _root : _halves.AsSpan((4 * _m * (level - 1)) + ((parent & 1) == 0 ? 0 : 2 * _m), 2 * _m);
        Span<double> halves = _halves.AsSpan(4 * _m * level, 4 * _m);
        _drawnLeaf = -1;
        Draw(level - 1, parent);
        double length = Math.ScaleB(_length, 1 - level);
        double zScale = Math.Sqrt(length / 16), nScale = Math.Sqrt(length / 12);
        for (int i = 0; i < _m; i++)
        {
            double w = whole[i], h = whole[_m + i], z = zScale * _draws[i], n = nScale * _draws[_m + i];
            double shift = (1.5 * h) + z, mean = (0.25 * h) - (0.5 * z);
            halves[i] = (0.5 * w) + shift;
            halves[_m + i] = mean + (0.5 * n);
            halves[(2 * _m) + i] = (0.5 * w) - shift;
            halves[(3 * _m) + i] = mean - (0.5 * n);
        }

        _parents[level] = parent;
    }

    /// <summary>
    /// Writes W and H before and after a time within a last interval of length a + b, given the interval's: with d^2 = a^3 + b^3 and normal X, Y,
    /// W1 = a/h W + 6ab/h^2 H + sqrt(ab) d/h^2 X and H1 = a^2/h^2 H - a^2 sqrt(ab)/(2hd) X + b sqrt(ab)/(sqrt(12) d) Y; after it alike with a and b exchanged and -Y.
    /// </summary>
    private void Split(long leaf, double time, Span<double> parts)
    {
        ReadOnlySpan<double> whole = Half(_depth, leaf);
        double left = Edge(leaf, _depth), length = Math.ScaleB(_length, -_depth);
        double a = Math.Clamp(time - left, 0, length), b = length - a;
        if (_drawnLeaf != leaf)
        {
            Draw(_depth, leaf);
            _drawnLeaf = leaf;
        }

        double root = Math.Sqrt(a * b), d = Math.Sqrt((a * a * a) + (b * b * b));
        double wx = root * d / (length * length);
        double h1x = a * a * root / (2 * length * d), h2x = b * b * root / (2 * length * d);
        double h1y = b * root / (Math.Sqrt(12) * d), h2y = a * root / (Math.Sqrt(12) * d);
        double alpha = a / length, beta = b / length;
        for (int i = 0; i < _m; i++)
        {
            double w = whole[i], h = whole[_m + i], x = _draws[i], y = _draws[_m + i];
            double arch = (6 * alpha * beta * h) + (wx * x);
            parts[i] = (alpha * w) + arch;
            parts[_m + i] = (alpha * alpha * h) - (h1x * x) + (h1y * y);
            parts[(2 * _m) + i] = (beta * w) - arch;
            parts[(3 * _m) + i] = (beta * beta * h) - (h2x * x) - (h2y * y);
        }
    }

    /// <summary>The 2m normal numbers of an interval, numbered as in a heap from 1; number 0 is the root's own.</summary>
    private void Draw(int level, long node) => RandomFill.Normal(_path.Key, _draws, ((1UL << level) + (ulong)node) * (ulong)(2 * _m));
}
