using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// A program as solvers take it: minimised, fixed variables and free rows taken out, rows and columns scaled so that all have elements near 1: min 1/2 x'Q x + c'x, lower &lt;= A x &lt;= upper, lower &lt;= x &lt;= upper.
/// </summary>
internal sealed class ScaledProgram
{
    private readonly LinearProgram _linear;
    private readonly CsrMatrix<double>? _quadratic;
    private readonly int[] _keptColumns, _keptRows, _placeOfColumn;
    private readonly double[] _fixedValues;
    private readonly double _sign;

    /// <param name="linear">The rows, bounds and linear costs.</param>
    /// <param name="quadratic">The matrix Q of the objective, or null.</param>
    /// <param name="sweeps">The number of sweeps of the equilibration.</param>
    /// <param name="diagonalPreconditioner">Whether rows and columns are divided by the roots of their sums then, after Pock and Chambolle.</param>
    public ScaledProgram(LinearProgram linear, CsrMatrix<double>? quadratic, int sweeps, bool diagonalPreconditioner = false)
    {
        (_linear, _quadratic, _sign) = (linear, quadratic, linear.Maximize ? -1 : 1);
        int n = linear.VariableCount, m = linear.RowCount;
        List<int> columns = [], rows = [];
        _fixedValues = new double[n];
        _placeOfColumn = new int[n];
        for (int j = 0; j < n; j++)
        {
            bool isFixed = linear.VariableBounds.Lower(j) == linear.VariableBounds.Upper(j);
            _placeOfColumn[j] = isFixed ? -1 : columns.Count;
            if (isFixed)
                _fixedValues[j] = linear.VariableBounds.Lower(j);
            else
                columns.Add(j);
        }

        for (int i = 0; i < m; i++)
        {
            if (double.IsFinite(linear.RowBounds.Lower(i)) || double.IsFinite(linear.RowBounds.Upper(i)))
                rows.Add(i);
        }

        (_keptColumns, _keptRows) = ([.. columns], [.. rows]);
        ColumnCount = columns.Count;
        RowCount = rows.Count;
        (Cost, Lower, Upper) = (new double[ColumnCount], new double[ColumnCount + RowCount], new double[ColumnCount + RowCount]);
        (ColumnScale, RowScale) = (new double[ColumnCount], new double[RowCount]);
        ColumnScale.AsSpan().Fill(1);
        RowScale.AsSpan().Fill(1);
        Fill();
        Equilibrate(sweeps, diagonalPreconditioner);
    }

    public int ColumnCount { get; }

    public int RowCount { get; }

    /// <summary>c.</summary>
    public double[] Cost { get; }

    /// <summary>The lower bounds of the variables, then of the rows.</summary>
    public double[] Lower { get; }

    public double[] Upper { get; }

    /// <summary>A.</summary>
    public CsrMatrix<double> Rows { get; private set; } = CsrMatrix<double>.Identity(0);

    /// <summary>A'.</summary>
    public CsrMatrix<double> Columns { get; private set; } = CsrMatrix<double>.Identity(0);

    /// <summary>Q, or null.</summary>
    public CsrMatrix<double>? Quadratic { get; private set; }

    /// <summary>x of the program is this times x of the scaled one.</summary>
    public double[] ColumnScale { get; }

    /// <summary>A row of the scaled program is this times that of the program, columns scaled as well.</summary>
    public double[] RowScale { get; }

    /// <summary>The scaled objective is this times the program's.</summary>
    public double CostScale { get; private set; } = 1;

    public string Description => $"{_linear.RowCount} x {_linear.VariableCount} with {_linear.Rows.Count} elements";

    /// <summary>What a solver found, in the program's own terms.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="x">The scaled point (or ray).</param>
    /// <param name="y">The scaled multipliers of the rows.</param>
    /// <param name="iterations">The iterations.</param>
    /// <param name="elapsed">The time.</param>
    /// <param name="message">The sentence.</param>
    public ProgramResult Result(Solving.StopReason reason, ReadOnlySpan<double> x, ReadOnlySpan<double> y, long iterations, TimeSpan elapsed, string message)
    {
        int n = _linear.VariableCount, m = _linear.RowCount;
        bool ray = reason == Solving.StopReason.Unbounded, certificate = reason == Solving.StopReason.Infeasible;
        double[] point = new double[n], rowMultipliers = new double[m], boundMultipliers = new double[n], gradient = new double[n];
        for (int j = 0; j < n; j++)
        {
            int k = _placeOfColumn[j];
            point[j] = k >= 0 ? ColumnScale[k] * x[k] : ray ? 0 : _fixedValues[j];
            if (!ray && !certificate)
                point[j] = Math.Clamp(point[j], _linear.VariableBounds.Lower(j), _linear.VariableBounds.Upper(j));
        }

        for (int k = 0; k < RowCount; k++)
            rowMultipliers[_keptRows[k]] = RowScale[k] * y[k] / CostScale;

        // z = -(Q x + c + A'y), of which what a bound can't carry is the dual residual.
        double dualResidual = 0, dualValue = 0, quadraticTerm = 0;
        _linear.Rows.ApplyAdjoint(rowMultipliers, gradient);
        if (!certificate)
        {
            if (_quadratic is not null)
            {
                var product = new double[n];
                _quadratic.Apply(point, product);
                for (int j = 0; j < n; j++)
                {
                    gradient[j] += _sign * product[j];
                    quadraticTerm += _sign * point[j] * product[j];
                }
            }

            for (int j = 0; j < n; j++)
                gradient[j] += _sign * _linear.Cost[j];
        }

        for (int j = 0; j < n; j++)
        {
            double z = -gradient[j], side = z > 0 ? _linear.VariableBounds.Upper(j) : _linear.VariableBounds.Lower(j);
            if (double.IsFinite(side))
            {
                boundMultipliers[j] = z;
                dualValue -= z * side;
            }
            else
            {
                dualResidual = Math.Max(dualResidual, Math.Abs(z));
            }
        }

        for (int i = 0; i < m; i++)
        {
            double side = rowMultipliers[i] > 0 ? _linear.RowBounds.Upper(i) : _linear.RowBounds.Lower(i);
            if (double.IsFinite(side))
                dualValue -= rowMultipliers[i] * side;
            else
                dualResidual = Math.Max(dualResidual, Math.Abs(rowMultipliers[i]));
        }

        double value = _linear.Value(point);
        if (_quadratic is not null)
            value += _sign * 0.5 * quadraticTerm;
        return new ProgramResult
        {
            Status = Solving.StopReasons.Status(reason),
            Reason = reason,
            Message = message,
            Point = point,
            Value = value,
            DualValue = certificate || ray ? double.NaN : (_sign * (dualValue - (0.5 * quadraticTerm))) + _linear.Offset,
            RowMultipliers = rowMultipliers,
            BoundMultipliers = boundMultipliers,
            PrimalResidual = ray ? double.NaN : _linear.Violation(point),
            DualResidual = dualResidual,
            Iterations = iterations,
            Elapsed = elapsed,
        };
    }

    private void Fill()
    {
        int n = _linear.VariableCount;
        var shift = new double[_linear.RowCount];
        _linear.Rows.Apply(_fixedValues, shift);
        var quadraticShift = new double[n];
        _quadratic?.Apply(_fixedValues, quadraticShift);
        for (int k = 0; k < ColumnCount; k++)
        {
            int j = _keptColumns[k];
            Cost[k] = _sign * (_linear.Cost[j] + quadraticShift[j]);
            (Lower[k], Upper[k]) = (_linear.VariableBounds.Lower(j), _linear.VariableBounds.Upper(j));
        }

        List<int> rowIndices = [], columnIndices = [];
        List<double> values = [];
        for (int k = 0; k < RowCount; k++)
        {
            int i = _keptRows[k];
            Lower[ColumnCount + k] = _linear.RowBounds.Lower(i) - shift[i];
            Upper[ColumnCount + k] = _linear.RowBounds.Upper(i) - shift[i];
            for (int p = _linear.Rows.RowStarts[i]; p < _linear.Rows.RowStarts[i + 1]; p++)
            {
                int j = _placeOfColumn[_linear.Rows.ColumnIndices[p]];
                if (j < 0 || _linear.Rows.Values[p] == 0)
                    continue;
                rowIndices.Add(k);
                columnIndices.Add(j);
                values.Add(_linear.Rows.Values[p]);
            }
        }

        Rows = CsrMatrix<double>.FromTriplets(RowCount, ColumnCount, [.. rowIndices], [.. columnIndices], [.. values]);
        if (_quadratic is null)
            return;
        rowIndices.Clear();
        columnIndices.Clear();
        values.Clear();
        for (int i = 0; i < n; i++)
        {
            for (int p = _quadratic.RowStarts[i]; p < _quadratic.RowStarts[i + 1]; p++)
            {
                int a = _placeOfColumn[i], b = _placeOfColumn[_quadratic.ColumnIndices[p]];
                if (a < 0 || b < 0)
                    continue;
                rowIndices.Add(a);
                columnIndices.Add(b);
                values.Add(_sign * _quadratic.Values[p]);
            }
        }

        Quadratic = CsrMatrix<double>.FromTriplets(ColumnCount, ColumnCount, [.. rowIndices], [.. columnIndices], [.. values]);
    }

    /// <summary>Ruiz: rows and columns of [Q A'; A 0] are divided by the roots of their largest elements, some times; factors within 1e-4 and 1e4. Then the costs by their largest.</summary>
    private void Equilibrate(int sweeps, bool diagonalPreconditioner)
    {
        double[] columnNorm = new double[ColumnCount], rowNorm = new double[RowCount];
        for (int sweep = 0; sweep < sweeps + (diagonalPreconditioner ? 1 : 0); sweep++)
        {
            bool sums = sweep == sweeps;
            columnNorm.AsSpan().Clear();
            rowNorm.AsSpan().Clear();
            Norms(Rows, rowNorm, columnNorm, sums);
            if (Quadratic is not null)
                Norms(Quadratic, null, columnNorm, sums);
            Factors(columnNorm, ColumnScale);
            Factors(rowNorm, RowScale);
            Multiply(Rows, rowNorm, columnNorm);
            if (Quadratic is not null)
                Multiply(Quadratic, columnNorm, columnNorm);
        }

        for (int k = 0; k < ColumnCount; k++)
        {
            Cost[k] *= ColumnScale[k];
            Lower[k] /= ColumnScale[k];
            Upper[k] /= ColumnScale[k];
        }

        for (int k = 0; k < RowCount; k++)
        {
            Lower[ColumnCount + k] *= RowScale[k];
            Upper[ColumnCount + k] *= RowScale[k];
        }

        double largest = 0;
        foreach (double c in Cost)
            largest = Math.Max(largest, Math.Abs(c));
        if (largest > 0)
        {
            CostScale = Math.Clamp(1 / largest, 1e-4, 1e4);
            for (int k = 0; k < ColumnCount; k++)
                Cost[k] *= CostScale;
            for (int p = 0; Quadratic is not null && p < Quadratic.Count; p++)
                Quadratic.Values[p] *= CostScale;
        }

        Columns = Rows.Transpose();
    }

    /// <summary>The largest elements, or the sums of all, of rows (where wanted) and columns.</summary>
    private static void Norms(CsrMatrix<double> a, double[]? rows, double[] columns, bool sums)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int p = a.RowStarts[i]; p < a.RowStarts[i + 1]; p++)
            {
                double value = Math.Abs(a.Values[p]);
                ref double column = ref columns[a.ColumnIndices[p]];
                column = sums ? column + value : Math.Max(column, value);
                if (rows is not null)
                    rows[i] = sums ? rows[i] + value : Math.Max(rows[i], value);
            }
        }
    }

    /// <summary>The norms become the factors of this sweep, which are multiplied into the scales.</summary>
    private static void Factors(double[] norms, double[] scale)
    {
        for (int k = 0; k < norms.Length; k++)
        {
            double total = norms[k] == 0 ? scale[k] : Math.Clamp(scale[k] / Math.Sqrt(norms[k]), 1e-4, 1e4);
            norms[k] = total / scale[k];
            scale[k] = total;
        }
    }

    private static void Multiply(CsrMatrix<double> a, double[] rows, double[] columns)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            for (int p = a.RowStarts[i]; p < a.RowStarts[i + 1]; p++)
                a.Values[p] *= rows[i] * columns[a.ColumnIndices[p]];
        }
    }
}
