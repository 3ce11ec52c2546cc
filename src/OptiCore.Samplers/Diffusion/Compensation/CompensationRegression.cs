using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>Fitted ratios and what they were fitted for.</summary>
/// <param name="Steps">The number of steps N of the grid.</param>
/// <param name="Guidance">The guidance scale of the model; any number for unguided models.</param>
/// <param name="Ratios">The ratios rho_0, ..., rho_(N-1).</param>
public sealed record CompensationFit(int Steps, double Guidance, IReadOnlyList<double> Ratios);

/// <summary>
/// Cascaded polynomial regression: predicts the ratios of <see cref="DcSolver"/> for numbers of steps and guidance scales that they weren't fitted for. rho_i is a polynomial in i / N, whose coefficients are polynomials in N,
/// whose coefficients are polynomials in the guidance scale; each stage is a least-squares fit.
/// </summary>
/// <remarks>W. Zhao, H. Wang, J. Zhou, J. Lu (2024), "DC-Solver", section 3.4. Degrees are lowered where there are too few points. The place of a level is taken as its share i / N, so that coefficients mean the same for all N.
/// Like all polynomials these are for use within the range of the fits.</remarks>
public sealed class CompensationRegression
{
    private readonly int _byShare, _bySteps;
    private readonly double[][][] _cascade;

    private CompensationRegression(IReadOnlyList<CompensationFit> fits, int byShare, int bySteps, int byScale)
    {
        var scales = new SortedDictionary<double, List<CompensationFit>>();
        foreach (CompensationFit fit in fits)
        {
            if (!scales.TryGetValue(fit.Guidance, out List<CompensationFit>? list))
                scales.Add(fit.Guidance, list = []);
            list.Add(fit);
            byShare = Math.Min(byShare, fit.Steps - 2);
        }

        foreach (List<CompensationFit> list in scales.Values)
            bySteps = Math.Min(bySteps, list.Count - 1);
        (_byShare, _bySteps) = (byShare, bySteps);
        double[] keys = [.. scales.Keys];

        // [scale][coefficient of the share][coefficient of the number of steps]
        var coefficients = new double[keys.Length][][];
        int s = 0;
        foreach (List<CompensationFit> list in scales.Values)
        {
            var steps = new double[list.Count];
            var byFit = new double[list.Count][];
            for (int f = 0; f < list.Count; f++)
            {
                steps[f] = Steps(list[f].Steps);
                byFit[f] = ShareCoefficients(list[f]);
            }

            coefficients[s++] = Columns(steps, byFit, _byShare + 1, _bySteps);
        }

        // [coefficient of the share][coefficient of the number of steps][coefficient of the scale]
        _cascade = new double[_byShare + 1][][];
        for (int c = 0; c <= _byShare; c++)
        {
            var rows = new double[keys.Length][];
            for (int k = 0; k < rows.Length; k++)
                rows[k] = coefficients[k][c];
            _cascade[c] = Columns(keys, rows, _bySteps + 1, Math.Min(byScale, keys.Length - 1));
        }
    }

    /// <summary>Fits the regression.</summary>
    /// <param name="fits">Ratios fitted for some numbers of steps, at each of some guidance scales; of at least 3 steps each.</param>
    /// <param name="shareDegree">The degree in i / N.</param>
    /// <param name="stepsDegree">The degree in the number of steps.</param>
    /// <param name="guidanceDegree">The degree in the guidance scale.</param>
    /// <exception cref="ArgumentException">There are no fits, or one has too few steps or another number of ratios than steps.</exception>
    public static CompensationRegression Fit(IReadOnlyList<CompensationFit> fits, int shareDegree = 4, int stepsDegree = 2, int guidanceDegree = 2)
    {
        Require.NotNull(fits);
        Require.NonNegative(shareDegree, nameof(shareDegree));
        Require.NonNegative(stepsDegree, nameof(stepsDegree));
        Require.NonNegative(guidanceDegree, nameof(guidanceDegree));
        if (fits.Count == 0)
            throw new ArgumentException("There is no fit; at least one is needed.", nameof(fits));
        foreach (CompensationFit fit in fits)
        {
            if (fit.Steps < 3 || fit.Ratios.Count != fit.Steps)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A fit has {fit.Steps} steps and {fit.Ratios.Count} ratios; expected at least 3 steps and as many ratios."), nameof(fits));
        }

        return new CompensationRegression(fits, shareDegree, stepsDegree, guidanceDegree);
    }

    /// <summary>The ratios for a grid.</summary>
    /// <param name="steps">The number of steps N.</param>
    /// <param name="guidance">The guidance scale.</param>
    /// <returns>rho_0 = 1, rho_1, ..., rho_(N-1).</returns>
    public double[] Predict(int steps, double guidance = 0)
    {
        Require.Positive(steps, nameof(steps));
        Require.Finite(guidance, nameof(guidance));
        Span<double> share = stackalloc double[_byShare + 1], ofSteps = stackalloc double[_bySteps + 1];
        for (int c = 0; c <= _byShare; c++)
        {
            for (int k = 0; k <= _bySteps; k++)
                ofSteps[k] = Polynomial(_cascade[c][k], guidance);
            share[c] = Polynomial(ofSteps, Steps(steps));
        }

        var ratios = new double[steps];
        ratios[0] = 1;
        for (int i = 1; i < steps; i++)
            ratios[i] = Polynomial(share, (double)i / steps);
        return ratios;
    }

    private static double Steps(int steps) => steps / 10.0;

    private static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        double value = 0;
        for (int k = coefficients.Length - 1; k >= 0; k--)
            value = (value * x) + coefficients[k];
        return value;
    }

    private double[] ShareCoefficients(CompensationFit fit)
    {
        var x = new double[fit.Steps - 1];
        var y = new double[fit.Steps - 1];
        for (int i = 1; i < fit.Steps; i++)
            (x[i - 1], y[i - 1]) = ((double)i / fit.Steps, fit.Ratios[i]);
        return LeastSquares(x, y, _byShare);
    }

    /// <summary>A polynomial for each column of a table of rows.</summary>
    private static double[][] Columns(double[] x, double[][] rows, int columns, int degree)
    {
        var result = new double[columns][];
        var y = new double[x.Length];
        for (int c = 0; c < columns; c++)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] = rows[i][c];
            result[c] = LeastSquares(x, y, degree);
        }

        return result;
    }

    /// <summary>The coefficients of the polynomial of a degree that comes closest in the mean square.</summary>
    private static double[] LeastSquares(double[] x, double[] y, int degree)
    {
        int n = degree + 1;
        var design = new double[x.Length * n];
        for (int i = 0; i < x.Length; i++)
        {
            for (int k = 0; k < n; k++)
                design[(i * n) + k] = k == 0 ? 1 : design[(i * n) + k - 1] * x[i];
        }

        double[] gram = new double[n * n], right = new double[n], result = new double[n];
        for (int i = 0; i < x.Length; i++)
        {
            for (int k = 0; k < n; k++)
            {
                right[k] += design[(i * n) + k] * y[i];
                for (int l = 0; l < n; l++)
                    gram[(k * n) + l] += design[(i * n) + k] * design[(i * n) + l];
            }
        }

        if (!LinearSystem.TrySolve<double>(gram, right, result, refine: true))
            throw new ArgumentException("Several fits are for the same number of steps and guidance scale.", nameof(x));
        return result;
    }
}
