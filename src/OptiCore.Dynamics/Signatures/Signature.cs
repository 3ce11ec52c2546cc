using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The signature of a piecewise linear path in R^d, truncated at a depth N: for each word i1...ik the iterated integral ∫ dX_i1 ... dX_ik over t1 &lt; ... &lt; tk. Points come one after the
/// other; the signature of what has come is there at any time.
/// <code>
/// var signature = new Signature(dimension: 2, depth: 4);
/// signature.Compute([0, 0, 1, 0.5, 2, 3]);          // three points
/// ReadOnlySpan&lt;double&gt; words = signature.Value;        // 1, 2, 11, 12, 21, 22, 111, ...
/// </code>
/// </summary>
/// <remarks>
/// <para>It doesn't depend on how fast the path runs nor on where it starts; linear functions of it approximate continuous functions of paths. No allocation after the constructor; not for several threads at
/// once. Cost of a point: see <see cref="TensorAlgebra.MultiplyExponential"/>.</para>
/// <para>K.-T. Chen (1957), Integration of paths, geometric invariants and a generalized Baker-Hausdorff formula; P. Kidger, T. Lyons (2021), Signatory: differentiable computations of the signature and
/// logsignature transforms, on both CPU and GPU.</para>
/// </remarks>
[Algorithm("Path signature", "Signatures", "P. Kidger, T. Lyons (2021), Signatory: differentiable computations of the signature and logsignature transforms, on both CPU and GPU", Capabilities = "any depth, stream, gradient by reversibility")]
public sealed class Signature : IPersistent
{
    private readonly double[] _value;
    private readonly double[] _last;
    private readonly double[] _increment;
    private readonly double[] _back;
    private readonly double[] _gradient;
    private readonly double[] _step;
    private int _points;

    /// <summary>Allocates what a dimension and a depth need.</summary>
    /// <param name="dimension">The dimension d of the path, at least 1.</param>
    /// <param name="depth">The number N of levels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive.</exception>
    /// <exception cref="OverflowException">There are too many words.</exception>
    public Signature(int dimension, int depth)
    {
        Algebra = new TensorAlgebra(dimension, depth);
        _value = new double[Algebra.Length];
        _back = new double[Algebra.Length];
        _gradient = new double[Algebra.Length];
        _last = new double[dimension];
        _increment = new double[dimension];
        _step = new double[dimension];
    }

    /// <summary>The algebra the signature lives in.</summary>
    public TensorAlgebra Algebra { get; }

    /// <summary>The number of words, d + d^2 + ... + d^N.</summary>
    public int Length => _value.Length;

    /// <summary>The number of points that have come.</summary>
    public int Points => _points;

    /// <summary>The signature of what has come, level by level, without the leading 1.</summary>
    public ReadOnlySpan<double> Value => _value;

    /// <summary>Forgets the points.</summary>
    public void Clear()
    {
        _points = 0;
        _value.AsSpan().Clear();
    }

    /// <summary>The path goes on to a point along a straight line; the first point is where it starts.</summary>
    /// <param name="point">The point, d finite elements.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public void Append(ReadOnlySpan<double> point)
    {
        Require.Length(point.Length, _last.Length, nameof(point));
        Require.AllFinite(point, nameof(point));
        Go(point);
    }

    /// <summary>Computes the signature of a whole path in place of what has come.</summary>
    /// <param name="path">The points, each of d finite elements, one after the other; at least one.</param>
    /// <exception cref="ArgumentException">The length isn't a positive multiple of d, or a number isn't finite.</exception>
    public void Compute(ReadOnlySpan<double> path)
    {
        CheckPath(path);
        Clear();
        for (int at = 0; at < path.Length; at += _last.Length)
            Go(path.Slice(at, _last.Length));
    }

    /// <summary>Computes the gradient by the points of a function of a path's signature, and the signature itself.</summary>
    /// <param name="path">The points, each of d finite elements, one after the other; at least one.</param>
    /// <param name="upstream">The function's gradient by the signature, one number for each word.</param>
    /// <param name="gradient">Receives the gradient by the points.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a number isn't finite.</exception>
    /// <remarks>
    /// In O(1) memory: the signature of the path up to a point follows from that of the whole by going back along the pieces, S⊗exp(-x). Cost: about five times that of the signature.
    /// Going back adds rounding: about that many times the rounding of the signature itself.
    /// </remarks>
    public void Gradient(ReadOnlySpan<double> path, ReadOnlySpan<double> upstream, Span<double> gradient)
    {
        Require.Length(upstream.Length, Length, nameof(upstream));
        Require.Length(gradient.Length, path.Length, nameof(gradient));
        Compute(path);
        gradient.Clear();
        _value.CopyTo(_back, 0);
        upstream.CopyTo(_gradient);
        int d = _last.Length;
        for (int at = path.Length - d; at >= d; at -= d)
        {
            for (int c = 0; c < d; c++)
            {
                _increment[c] = path[at + c] - path[at - d + c];
                _step[c] = -_increment[c];
            }

            Algebra.MultiplyExponential(_back, _step);
            _step.AsSpan().Clear();
            Algebra.MultiplyExponentialGradient(_back, _increment, _gradient, _step);
            for (int c = 0; c < d; c++)
            {
                gradient[at + c] += _step[c];
                gradient[at - d + c] -= _step[c];
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Algebra.Dimension, "dimension");
        archive.Expect(Algebra.Depth, "depth");
        archive.Transfer(ref _points);
        archive.Transfer<double>(_last);
        archive.Transfer<double>(_value);
    }

    private void Go(ReadOnlySpan<double> point)
    {
        if (_points++ > 0)
        {
            for (int c = 0; c < point.Length; c++)
                _increment[c] = point[c] - _last[c];
            Algebra.MultiplyExponential(_value, _increment);
        }

        point.CopyTo(_last);
    }

    private void CheckPath(ReadOnlySpan<double> path)
    {
        if (path.IsEmpty || path.Length % _last.Length != 0)
            throw new ArgumentException(FormattableString.Invariant($"path has {path.Length} elements, expected a positive multiple of the dimension {_last.Length}."), nameof(path));
        Require.AllFinite(path, nameof(path));
    }
}
