using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// A linear program: minimise (or maximise) c'x + c0 subject to lower &lt;= A x &lt;= upper for each row and lower &lt;= x &lt;= upper for each variable. Equal sides are an equality, infinite ones
/// none. Immutable.
/// </summary>
public sealed class LinearProgram
{
    private readonly double[] _cost;

    /// <summary>Makes a program; keeps the matrix without a copy.</summary>
    /// <param name="cost">The costs c, n elements.</param>
    /// <param name="rows">The matrix A, m x n. m may be 0.</param>
    /// <param name="rowBounds">The intervals of the rows, or one for all.</param>
    /// <param name="variableBounds">The intervals of the variables, or one for all; <c>Bounds.All(0, double.PositiveInfinity)</c> for x >= 0.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, or a number isn't finite.</exception>
    public LinearProgram(ReadOnlySpan<double> cost, CsrMatrix<double> rows, Bounds rowBounds, Bounds variableBounds)
    {
        Rows = Require.NotNull(rows);
        RowBounds = Require.NotNull(rowBounds);
        VariableBounds = Require.NotNull(variableBounds);
        if (cost.IsEmpty)
            throw new ArgumentException("A program has at least one variable.", nameof(cost));
        Require.AllFinite(cost, nameof(cost));
        Require.Length(rows.Columns, cost.Length, nameof(rows));
        Require.AllFinite<double>(rows.Values, nameof(rows));
        if (rowBounds.Dimension != 0)
            Require.Length(rowBounds.Dimension, rows.Rows, nameof(rowBounds));
        if (variableBounds.Dimension != 0)
            Require.Length(variableBounds.Dimension, cost.Length, nameof(variableBounds));
        _cost = cost.ToArray();
    }

    /// <summary>The number n of variables.</summary>
    public int VariableCount => _cost.Length;

    /// <summary>The number m of rows.</summary>
    public int RowCount => Rows.Rows;

    /// <summary>The costs c.</summary>
    public ReadOnlySpan<double> Cost => _cost;

    /// <summary>The constant c0 of the objective. Default: 0.</summary>
    public double Offset { get; init => field = Require.Finite(value); }

    /// <summary>Whether the objective is maximised. Default: minimised.</summary>
    public bool Maximize { get; init; }

    /// <summary>The matrix A.</summary>
    public CsrMatrix<double> Rows { get; }

    /// <summary>The intervals of the rows.</summary>
    public Bounds RowBounds { get; }

    /// <summary>The intervals of the variables.</summary>
    public Bounds VariableBounds { get; }

    /// <summary>The program's name, where it has one.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The names of the rows; empty where they have none.</summary>
    public IReadOnlyList<string> RowNames { get; init; } = [];

    /// <summary>The names of the variables; empty where they have none.</summary>
    public IReadOnlyList<string> VariableNames { get; init; } = [];

    /// <summary>The numbers of the variables that have to be integers, ascending. Continuous solvers ignore this (they solve the relaxation).</summary>
    public IReadOnlyList<int> IntegerVariables { get; init; } = [];

    /// <summary>A program from dense matrices in the form that textbooks use: minimise c'x subject to G x &lt;= h, E x = b and bounds.</summary>
    /// <param name="cost">The costs c, n elements.</param>
    /// <param name="inequalities">The matrix G, row-major; empty for none.</param>
    /// <param name="inequalityRight">The right sides h.</param>
    /// <param name="equalities">The matrix E, row-major; empty for none.</param>
    /// <param name="equalityRight">The right sides b.</param>
    /// <param name="variableBounds">The bounds; null for x >= 0.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, or a number isn't finite.</exception>
    public static LinearProgram FromDense(
        ReadOnlySpan<double> cost, ReadOnlySpan<double> inequalities, ReadOnlySpan<double> inequalityRight, ReadOnlySpan<double> equalities, ReadOnlySpan<double> equalityRight, Bounds? variableBounds = null)
    {
        int n = cost.Length, inequalityCount = inequalityRight.Length, m = inequalityCount + equalityRight.Length;
        Require.Length(inequalities.Length, inequalityCount * n, nameof(inequalities));
        Require.Length(equalities.Length, equalityRight.Length * n, nameof(equalities));
        double[] all = new double[m * n], lower = new double[m], upper = new double[m];
        inequalities.CopyTo(all);
        equalities.CopyTo(all.AsSpan(inequalityCount * n));
        for (int i = 0; i < m; i++)
        {
            upper[i] = i < inequalityCount ? inequalityRight[i] : equalityRight[i - inequalityCount];
            lower[i] = i < inequalityCount ? double.NegativeInfinity : upper[i];
        }

        return new LinearProgram(
            cost, CsrMatrix<double>.FromDense(all, m, n), m == 0 ? Bounds.All(0, 0) : new Bounds(lower, upper), variableBounds ?? Bounds.All(0, double.PositiveInfinity));
    }

    /// <summary>Reads a program in MPS format; see <see cref="MpsReader"/>.</summary>
    /// <param name="reader">The text.</param>
    /// <exception cref="FormatException">The text isn't in the format, or has quadratic terms; the message names the line.</exception>
    public static LinearProgram ReadMps(TextReader reader) => MpsReader.ReadLinear(reader);

    /// <summary>The value c'x + c0.</summary>
    /// <param name="x">The point, n elements.</param>
    public double Value(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, VariableCount, nameof(x));
        double sum = Offset;
        for (int j = 0; j < x.Length; j++)
            sum += _cost[j] * x[j];
        return sum;
    }

    /// <summary>The largest violation of a row's or variable's interval at a point.</summary>
    /// <param name="x">The point, n elements.</param>
    public double Violation(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, VariableCount, nameof(x));
        var rows = new double[RowCount];
        Rows.Apply(x, rows);
        double largest = 0;
        for (int i = 0; i < rows.Length; i++)
            largest = Math.Max(largest, Math.Max(RowBounds.Lower(i) - rows[i], rows[i] - RowBounds.Upper(i)));
        for (int j = 0; j < x.Length; j++)
            largest = Math.Max(largest, Math.Max(VariableBounds.Lower(j) - x[j], x[j] - VariableBounds.Upper(j)));
        return largest;
    }

    /// <summary>The name and the sizes.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Name.Length > 0 ? Name + ": " : string.Empty)}{RowCount} rows, {VariableCount} variables, {Rows.Count} elements");
}
