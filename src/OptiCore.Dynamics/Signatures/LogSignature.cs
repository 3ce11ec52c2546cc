using System.Globalization;
using System.Text;

namespace OptiCore.Dynamics;

/// <summary>
/// The logarithm of a signature in the Lyndon basis: log S = sum over Lyndon words w of λ_w [w], with [w] the standard bracketing. It says the same as the signature with the fewest numbers.
/// <code>
/// var log = new LogSignature(dimension: 2, depth: 4);
/// double[] coordinates = new double[log.Length];      // 8 in place of the signature's 30
/// log.Compute(points, coordinates);
/// </code>
/// </summary>
/// <remarks>
/// <para>Level 1 is the increment, level 2 the Lévy areas. The projection is one sparse substitution, from a table that is made once. Cost beside the signature: that of the logarithm, about N products. No allocation after
/// the constructor; not for several threads at once.</para>
/// <para>J. Reizenstein, B. Graham (2020), The iisignature library: efficient calculation of iterated-integral signatures and log signatures.</para>
/// </remarks>
[Algorithm("Log-signature", "Signatures", "J. Reizenstein, B. Graham (2020), The iisignature library: efficient calculation of iterated-integral signatures and log signatures", Capabilities = "Lyndon basis, any depth")]
public sealed class LogSignature
{
    private readonly Signature _signature;
    private readonly double[] _tensor;

    /// <summary>Makes the basis and its table.</summary>
    /// <param name="dimension">The dimension d of the path, at least 1.</param>
    /// <param name="depth">The number N of levels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive.</exception>
    /// <exception cref="OverflowException">There are too many words.</exception>
    public LogSignature(int dimension, int depth)
    {
        _signature = new Signature(dimension, depth);
        _tensor = new double[_signature.Length];
        Basis = new LyndonBasis(dimension, depth);
    }

    /// <summary>The algebra that signature and logarithm live in.</summary>
    public TensorAlgebra Algebra => _signature.Algebra;

    /// <summary>The number of Lyndon words: for each length n the sum over divisors m of n of μ(m) d^(n/m), over n (Witt's formula).</summary>
    public int Length => Basis.Words.Length;

    internal LyndonBasis Basis { get; }

    /// <summary>The letters of a Lyndon word, from 0.</summary>
    /// <param name="index">The number of the word, from 0; words are sorted by length, then alphabetically.</param>
    public ReadOnlySpan<int> Word(int index) => Basis.Words[index];

    /// <summary>A Lyndon word's bracketing with letters from 1, such as "[1,[1,2]]".</summary>
    /// <param name="index">The number of the word, from 0.</param>
    public string Bracket(int index)
    {
        var text = new StringBuilder();
        Write(index);
        return text.ToString();

        void Write(int word)
        {
            if (Basis.Left[word] < 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{Basis.Words[word][0] + 1}");
                return;
            }

            text.Append('[');
            Write(Basis.Left[word]);
            text.Append(',');
            Write(Basis.Right[word]);
            text.Append(']');
        }
    }

    /// <summary>Computes the log-signature of a piecewise linear path.</summary>
    /// <param name="path">The points, each of d finite elements, one after the other; at least one.</param>
    /// <param name="coordinates">Receives one number for each Lyndon word.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a number isn't finite.</exception>
    public void Compute(ReadOnlySpan<double> path, Span<double> coordinates)
    {
        Require.Length(coordinates.Length, Length, nameof(coordinates));
        _signature.Compute(path);
        FromSignature(_signature.Value, coordinates);
    }

    /// <summary>Computes the log-signature of a signature.</summary>
    /// <param name="signature">The signature, all levels.</param>
    /// <param name="coordinates">Receives one number for each Lyndon word.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void FromSignature(ReadOnlySpan<double> signature, Span<double> coordinates)
    {
        Algebra.Logarithm(signature, _tensor);
        Project(_tensor, coordinates);
    }

    /// <summary>Computes the signature of a log-signature.</summary>
    /// <param name="coordinates">One number for each Lyndon word.</param>
    /// <param name="signature">Receives all levels.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void ToSignature(ReadOnlySpan<double> coordinates, Span<double> signature)
    {
        Expand(coordinates, _tensor);
        Algebra.ExponentialOf(_tensor, signature);
    }

    /// <summary>The coordinates of a Lie element in the Lyndon basis.</summary>
    /// <param name="tensor">The Lie element, all levels.</param>
    /// <param name="coordinates">Receives one number for each Lyndon word.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Project(ReadOnlySpan<double> tensor, Span<double> coordinates)
    {
        Require.Length(tensor.Length, Algebra.Length, nameof(tensor));
        Require.Length(coordinates.Length, Length, nameof(coordinates));
        for (int w = 0; w < coordinates.Length; w++)
        {
            double value = tensor[Algebra.Offset(Basis.Words[w].Length) + Basis.Codes[w]];
            (int[] others, double[] values) = Basis.Corrections[w];
            for (int i = 0; i < others.Length; i++)
                value -= values[i] * coordinates[others[i]];
            coordinates[w] = value;
        }
    }

    /// <summary>The Lie element of coordinates: sum of λ_w [w].</summary>
    /// <param name="coordinates">One number for each Lyndon word.</param>
    /// <param name="tensor">Receives all levels.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Expand(ReadOnlySpan<double> coordinates, Span<double> tensor)
    {
        Require.Length(tensor.Length, Algebra.Length, nameof(tensor));
        Require.Length(coordinates.Length, Length, nameof(coordinates));
        tensor.Clear();
        for (int w = 0; w < coordinates.Length; w++)
        {
            Span<double> level = tensor[Algebra.Offset(Basis.Words[w].Length)..];
            (int[] codes, double[] values) = Basis.Brackets[w];
            for (int i = 0; i < codes.Length; i++)
                level[codes[i]] += values[i] * coordinates[w];
        }
    }
}
