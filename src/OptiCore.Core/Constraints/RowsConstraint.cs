using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// Several parameters of one constraint, one after the other along a new first axis: the rows of a transition matrix, for instance, are simplexes. The log Jacobian is the sum over all.
/// </summary>
public sealed record RowsConstraint : Constraint
{
    /// <summary>Several of one constraint.</summary>
    /// <param name="row">The constraint of each.</param>
    /// <param name="count">Their number, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public RowsConstraint(Constraint row, int count)
        : base(Shape.Create([Require.Positive(count), .. Require.NotNull(row).Shape.Lengths]), checked(count * row.CoordinateCount)) => Row = row;

    /// <summary>The constraint of each.</summary>
    public Constraint Row { get; }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double sum = 0;
        for (int i = 0; i < Shape[0]; i++)
            sum += Row.Constrain(u.Slice(i * Row.CoordinateCount, Row.CoordinateCount), x.Slice(i * Row.ElementCount, Row.ElementCount));
        return sum;
    }

    /// <inheritdoc/>
    /// <remarks>A message names the row.</remarks>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int i = 0; i < Shape[0]; i++)
        {
            ReadOnlySpan<double> row = x.Slice(i * Row.ElementCount, Row.ElementCount);
            Span<double> coordinates = u.Slice(i * Row.CoordinateCount, Row.CoordinateCount);
            try
            {
                Row.Unconstrain(row, coordinates, name);
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"Row {i + 1} of {name}: {error.Message}", name, error);
            }
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        int n = Row.CoordinateCount, m = Row.ElementCount;
        for (int i = 0; i < Shape[0]; i++)
            Row.Pullback(u.Slice(i * n, n), x.Slice(i * m, m), gradientX.Slice(i * m, m), gradientU.Slice(i * n, n));
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        var rows = new Variable[Shape[0]];
        logJacobian = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = Row.Constrain(Operations.Slice(u, 0, i * Row.CoordinateCount, Row.CoordinateCount), out Variable log);
            logJacobian += log;
        }

        return Operations.Stack(0, rows);
    }
}
