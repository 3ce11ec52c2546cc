namespace OptiCore.Dynamics;

/// <summary>
/// The tensor algebra over R^d truncated at a depth N, in which signatures live. An element is a span of d + d^2 + ... + d^N numbers: level k holds one number for each word
/// of k letters in lexicographic order. The scalar part isn't stored: it is 1 for signatures and 0 for their logarithms.
/// </summary>
/// <remarks>
/// No allocation after the constructor. Not for several threads at once. The products with exponentials are fused in the form of Horner, which never builds the exponential: P. Kidger,
/// T. Lyons (2021), Signatory: differentiable computations of the signature and logsignature transforms, on both CPU and GPU.
/// </remarks>
public sealed class TensorAlgebra
{
    private readonly int[] _offsets;
    private readonly double[] _first;
    private readonly double[] _second;

    /// <summary>Allocates what the operations need.</summary>
    /// <param name="dimension">The number d of letters, at least 1.</param>
    /// <param name="depth">The number N of levels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive.</exception>
    /// <exception cref="OverflowException">There are too many words.</exception>
    public TensorAlgebra(int dimension, int depth)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        Depth = Require.Positive(depth, nameof(depth));
        _offsets = new int[depth + 2];
        int size = 1;
        for (int k = 1; k <= depth; k++)
        {
            size = checked(size * dimension);
            _offsets[k + 1] = checked(_offsets[k] + size);
        }

        _first = new double[Length];
        _second = new double[Length];
    }

    /// <summary>The number d of letters.</summary>
    public int Dimension { get; }

    /// <summary>The number N of levels.</summary>
    public int Depth { get; }

    /// <summary>The number of words, d + d^2 + ... + d^N.</summary>
    public int Length => _offsets[^1];

    /// <summary>Where a level begins.</summary>
    /// <param name="level">The level, 1 to N; N + 1 gives the end.</param>
    public int Offset(int level) => _offsets[level];

    /// <summary>Writes exp(x) = 1 + x + x⊗x / 2 + ..., the signature of a straight line with the increment x.</summary>
    /// <param name="x">The increment, d elements.</param>
    /// <param name="result">Receives all levels.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void Exponential(ReadOnlySpan<double> x, Span<double> result)
    {
        Check(x, result);
        x.CopyTo(result);
        for (int k = 2; k <= Depth; k++)
        {
            ReadOnlySpan<double> below = result[_offsets[k - 1].._offsets[k]];
            Span<double> level = result[_offsets[k].._offsets[k + 1]];
            int at = 0;
            foreach (double b in below)
            {
                foreach (double c in x)
                    level[at++] = b * c / k;
            }
        }
    }

    /// <summary>Replaces a signature S by S⊗exp(x): the path goes on along a straight line.</summary>
    /// <param name="signature">S, all levels; is replaced.</param>
    /// <param name="x">The increment, d elements.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    /// <remarks>Level k is (...((x/k + S1)⊗x/(k-1) + S2)⊗x/(k-2) + ...)⊗x + Sk. Cost: about d/(d - 1) times the length, in multiplications and additions, for each level.</remarks>
    public void MultiplyExponential(Span<double> signature, ReadOnlySpan<double> x)
    {
        Check(x, signature);
        for (int k = Depth; k >= 2; k--)
        {
            Span<double> current = _first, next = _second;
            for (int c = 0; c < x.Length; c++)
                current[c] = (x[c] / k) + signature[c];
            int size = x.Length;
            for (int j = 2; j <= k; j++)
            {
                Span<double> level = signature.Slice(_offsets[j], size * x.Length);
                if (j == k)
                {
                    AddProduct(current[..size], x, 1, level, level);
                    break;
                }

                AddProduct(current[..size], x, 1.0 / (k - j + 1), level, next);
                size *= x.Length;
                Span<double> swap = current;
                current = next;
                next = swap;
            }
        }

        for (int c = 0; c < x.Length; c++)
            signature[c] += x[c];
    }

    /// <summary>Takes the derivative of a function of S⊗exp(x) back to S and x.</summary>
    /// <param name="signature">S, all levels.</param>
    /// <param name="x">The increment, d elements.</param>
    /// <param name="gradient">The gradient by S⊗exp(x); is replaced by that by S.</param>
    /// <param name="increment">The gradient by x is added here, d elements.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    /// <remarks>Cost: about three times that of <see cref="MultiplyExponential"/>.</remarks>
    public void MultiplyExponentialGradient(ReadOnlySpan<double> signature, ReadOnlySpan<double> x, Span<double> gradient, Span<double> increment)
    {
        Check(x, signature);
        Require.Length(gradient.Length, Length, nameof(gradient));
        Require.Length(increment.Length, Dimension, nameof(increment));
        for (int c = 0; c < x.Length; c++)
            increment[c] += gradient[c];

        // Level k sends its gradient to the levels below, which have been read already.
        for (int k = 2; k <= Depth; k++)
        {
            Span<double> partial = _first, adjoint = _second;
            for (int c = 0; c < x.Length; c++)
                partial[c] = (x[c] / k) + signature[c];
            for (int j = 2; j < k; j++)
                AddProduct(partial[_offsets[j - 1].._offsets[j]], x, 1.0 / (k - j + 1), signature[_offsets[j].._offsets[j + 1]], partial[_offsets[j].._offsets[j + 1]]);
            ReadOnlySpan<double> above = gradient[_offsets[k].._offsets[k + 1]];
            for (int j = k; j >= 2; j--)
            {
                double scale = 1.0 / (k - j + 1);
                ReadOnlySpan<double> below = partial[_offsets[j - 1].._offsets[j]];
                Span<double> to = adjoint[_offsets[j - 1].._offsets[j]], sum = gradient[_offsets[j - 1].._offsets[j]];
                int at = 0;
                for (int u = 0; u < below.Length; u++)
                {
                    double product = 0, b = scale * below[u];
                    for (int c = 0; c < x.Length; c++)
                    {
                        double g = above[at++];
                        product += g * x[c];
                        increment[c] += g * b;
                    }

                    to[u] = scale * product;
                    sum[u] += scale * product;
                }

                above = to;
            }

            for (int c = 0; c < x.Length; c++)
                increment[c] += above[c] / k;
        }
    }

    /// <summary>Writes the product of two signatures, S⊗T: the signature of the path of S followed by that of T (Chen's identity).</summary>
    /// <param name="first">S, all levels.</param>
    /// <param name="second">T, all levels.</param>
    /// <param name="result">Receives S⊗T; may be S, but not T.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void Multiply(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> result)
    {
        Require.Length(first.Length, Length, nameof(first));
        Require.Length(second.Length, Length, nameof(second));
        Require.Length(result.Length, Length, nameof(result));
        for (int k = Depth; k >= 1; k--)
        {
            Span<double> level = result[_offsets[k].._offsets[k + 1]];
            first[_offsets[k].._offsets[k + 1]].CopyTo(level);
            AddLevel(first, second, k, 1, level);
            Add(second[_offsets[k].._offsets[k + 1]], 1, level);
        }
    }

    /// <summary>Writes the inverse of a signature, which is that of the path run backward: the number of a word is that of the reversed word, with the sign of its length.</summary>
    /// <param name="signature">The signature, all levels.</param>
    /// <param name="result">Receives the inverse; not the signature itself.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void Invert(ReadOnlySpan<double> signature, Span<double> result)
    {
        Require.Length(signature.Length, Length, nameof(signature));
        Require.Length(result.Length, Length, nameof(result));
        for (int k = 1; k <= Depth; k++)
        {
            int size = _offsets[k + 1] - _offsets[k];
            for (int word = 0; word < size; word++)
            {
                int rest = word, reversed = 0;
                for (int i = 0; i < k; i++)
                {
                    reversed = (reversed * Dimension) + (rest % Dimension);
                    rest /= Dimension;
                }

                result[_offsets[k] + reversed] = (k & 1) == 0 ? signature[_offsets[k] + word] : -signature[_offsets[k] + word];
            }
        }
    }

    /// <summary>Writes log(1 + a) = a - a⊗a / 2 + a⊗a⊗a / 3 - ..., for a signature its logarithm.</summary>
    /// <param name="a">The levels of a signature.</param>
    /// <param name="result">Receives the logarithm; not a itself.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void Logarithm(ReadOnlySpan<double> a, Span<double> result) => Series(a, result, logarithm: true);

    /// <summary>Writes exp(a) - 1 = a + a⊗a / 2 + a⊗a⊗a / 6 + ..., for a logarithm its signature.</summary>
    /// <param name="a">All levels.</param>
    /// <param name="result">Receives the exponential; not a itself.</param>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public void ExponentialOf(ReadOnlySpan<double> a, Span<double> result) => Series(a, result, logarithm: false);

    /// <summary>
    /// Horner's form: log is a⊗R1 with R(k) = 1/k - a⊗R(k+1), exp is a⊗R1 with R(k) = 1 + a⊗R(k+1) / (k+1). R(k) is multiplied by a another k times, so that its levels above N - k don't count.
    /// </summary>
    private void Series(ReadOnlySpan<double> a, Span<double> result, bool logarithm)
    {
        Require.Length(a.Length, Length, nameof(a));
        Require.Length(result.Length, Length, nameof(result));
        Span<double> current = _first, next = _second;
        current.Clear();
        for (int k = Depth - 1; k >= 0; k--)
        {
            // current is R(k + 1), with its scalar part apart.
            double scalar = logarithm ? 1.0 / (k + 1) : 1, sign = k == 0 ? 1 : logarithm ? -1 : 1.0 / (k + 1);
            Span<double> to = k == 0 ? result : next;
            for (int level = 1; level <= Depth - k; level++)
            {
                Span<double> target = to[_offsets[level].._offsets[level + 1]];
                target.Clear();
                AddLevel(a, current, level, sign, target);
                Add(a[_offsets[level].._offsets[level + 1]], sign * scalar, target);
            }

            Span<double> swap = current;
            current = next;
            next = swap;
        }
    }

    /// <summary>Adds scale times the sum over 0 &lt; i &lt; k of first(i)⊗second(k - i).</summary>
    private void AddLevel(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int k, double scale, Span<double> level)
    {
        for (int i = 1; i < k; i++)
        {
            ReadOnlySpan<double> left = first[_offsets[i].._offsets[i + 1]], right = second[_offsets[k - i].._offsets[k - i + 1]];
            for (int u = 0; u < left.Length; u++)
                Add(right, scale * left[u], level.Slice(u * right.Length, right.Length));
        }
    }

    private static void Add(ReadOnlySpan<double> values, double scale, Span<double> to)
    {
        for (int i = 0; i < values.Length; i++)
            to[i] += scale * values[i];
    }

    /// <summary>result = left⊗x scale + plus.</summary>
    private static void AddProduct(ReadOnlySpan<double> left, ReadOnlySpan<double> x, double scale, ReadOnlySpan<double> plus, Span<double> result)
    {
        int at = 0;
        for (int u = 0; u < left.Length; u++)
        {
            double b = scale * left[u];
            for (int c = 0; c < x.Length; c++, at++)
                result[at] = (b * x[c]) + plus[at];
        }
    }

    private void Check(ReadOnlySpan<double> x, ReadOnlySpan<double> tensor)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(tensor.Length, Length, nameof(tensor));
    }
}
