using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// A convex quadratic program: minimise 1/2 x'Q x + c'x + c0 subject to intervals of rows and variables, with a symmetric positive semidefinite Q (negative semidefinite where it is maximised). Immutable.
/// </summary>
public sealed class QuadraticProgram
{
    /// <summary>Makes a program; keeps the matrix without a copy.</summary>
    /// <param name="quadratic">The matrix Q, n x n, both triangles.</param>
    /// <param name="linear">The linear part of the objective, rows and bounds.</param>
    /// <exception cref="ArgumentException">The matrix has another size, isn't symmetric, or holds a number that isn't finite.</exception>
    public QuadraticProgram(CsrMatrix<double> quadratic, LinearProgram linear)
    {
        Quadratic = Require.NotNull(quadratic);
        Linear = Require.NotNull(linear);
        Require.Length(quadratic.Rows, linear.VariableCount, nameof(quadratic));
        Require.Length(quadratic.Columns, linear.VariableCount, nameof(quadratic));
        Require.AllFinite<double>(quadratic.Values, nameof(quadratic));
        ReadOnlySpan<int> starts = quadratic.RowStarts, columns = quadratic.ColumnIndices;
        for (int i = 0; i < quadratic.Rows; i++)
        {
            for (int p = starts[i]; p < starts[i + 1]; p++)
            {
                if (quadratic[columns[p], i] != quadratic.Values[p])
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Q isn't symmetric: its elements ({i}, {columns[p]}) and ({columns[p]}, {i}) are {quadratic.Values[p]:r} and {quadratic[columns[p], i]:r}."), nameof(quadratic));
            }
        }
    }

    /// <summary>The matrix Q.</summary>
    public CsrMatrix<double> Quadratic { get; }

    /// <summary>The linear part of the objective, rows and bounds.</summary>
    public LinearProgram Linear { get; }

    /// <summary>Reads a program in the QPS format, MPS with a section of quadratic terms; see <see cref="MpsReader"/>.</summary>
    /// <param name="reader">The text.</param>
    /// <exception cref="FormatException">The text isn't in the format; the message names the line.</exception>
    public static QuadraticProgram ReadQps(TextReader reader) => MpsReader.ReadQuadratic(reader);

    /// <summary>The value 1/2 x'Q x + c'x + c0.</summary>
    /// <param name="x">The point, n elements.</param>
    public double Value(ReadOnlySpan<double> x)
    {
        double linear = Linear.Value(x), sum = 0;
        var product = new double[x.Length];
        Quadratic.Apply(x, product);
        for (int j = 0; j < x.Length; j++)
            sum += x[j] * product[j];
        return linear + (0.5 * sum);
    }
}
