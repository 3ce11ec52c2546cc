using System.Globalization;

namespace OptiCore.Problems;

/// <summary>
/// The 35 test problems of J. J. Moré, B. S. Garbow, K. E. Hillstrom (1981), Testing unconstrained optimization software, ACM TOMS 7, 17-41:
/// least-squares problems with Jacobians written by hand, which <see cref="LeastSquaresProblem.SumOfSquares"/> shows as functions.
/// </summary>
/// <remarks>
/// The paper also starts from 10 and 100 times the standard start. Several minima may be listed; a correct method may end in any of them.
/// 4 and 10 are badly scaled; 13 and 22 have a singular Jacobian at the solution; of 33 and 34 only the value is determined.
/// Problem 11 has the difference that the authors meant, not the product that the paper prints.
/// </remarks>
public static partial class MoreGarbowHillstrom
{
    private const string Source = "Moré, Garbow, Hillstrom (1981), Testing unconstrained optimization software";

    private static readonly Definition[] Definitions =
    [
        new(1, "Rosenbrock", 2, 2, Rosenbrock, [-1.2, 1], Always(0, 1, 1)),
        new(2, "Freudenstein and Roth", 2, 2, FreudensteinRoth, [0.5, -2], (_, _) => [new(0, [5, 4]), new(48.9842537, [11.41278, -0.8968052], IsGlobal: false)]),
        new(3, "Powell badly scaled", 2, 2, PowellBadlyScaled, [0, 1], Always(0, 1.0982e-5, 9.1061)),
        new(4, "Brown badly scaled", 2, 3, BrownBadlyScaled, [1, 1], Always(0, 1e6, 2e-6)),
        new(5, "Beale", 2, 3, Beale, [1, 1], Always(0, 3, 0.5)),
        new(6, "Jennrich and Sampson", 2, 10, JennrichSampson, [0.3, 0.4], (_, m) => m == 10 ? [new(124.362182, [0.2578252, 0.2578252])] : []) { FreeCount = true },
        new(7, "Helical valley", 3, 3, HelicalValley, [-1, 0, 0], Always(0, 1, 0, 0)),
        new(8, "Bard", 3, 15, Bard, [1, 1, 1], (_, _) => [new(8.21487731e-3, [0.08241056, 1.133036, 2.343695]), new(17.4286, IsGlobal: false)]),
        new(9, "Gaussian", 3, 15, Gaussian, [0.4, 1, 0], Always(1.12793277e-8, 0.3989561, 1.000019, 0)),
        new(10, "Meyer", 3, 16, Meyer, [0.02, 4000, 250], Always(87.9458552, 0.005609637, 6181.346, 345.2236)),
        new(11, "Gulf research and development", 3, 99, Gulf, [5, 2.5, 0.15], Always(0, 50, 25, 1.5)) { FreeCount = true },
        new(12, "Box three-dimensional", 3, 10, Box, [0, 10, 20], (_, _) => [new(0, [1, 10, 1]), new(0, [10, 1, -1]), new(0)]) { FreeCount = true },
        new(13, "Powell singular", 4, 4, PowellSingular, [3, -1, 0, 1], Always(0, 0, 0, 0, 0)),
        new(14, "Wood", 4, 6, Wood, [-3, -1, -3, -1], Always(0, 1, 1, 1, 1)),
        new(15, "Kowalik and Osborne", 4, 11, KowalikOsborne, [0.25, 0.39, 0.415, 0.39],
            (_, _) => [new(3.07505604e-4, [0.1928069, 0.1912823, 0.1230565, 0.1360623]), new(1.02734e-3, IsGlobal: false)]),
        new(16, "Brown and Dennis", 4, 20, BrownDennis, [25, 5, -5, -1], (_, m) => m == 20 ? [new(85822.2016, [-11.59444, 13.20363, -0.4034394, 0.2367787])] : []) { FreeCount = true },
        new(17, "Osborne 1", 5, 33, Osborne1, [0.5, 1.5, -1, 0.01, 0.02], Always(5.4648947e-5, 0.3754101, 1.935847, -1.464687, 0.01286753, 0.0221227)),
        new(18, "Biggs EXP6", 6, 13, BiggsExp6, [1, 2, 1, 1, 1, 1],
            (_, m) => m == 13
                ? [new(0, [1, 10, 1, 5, 4, 3]), new(0, [4, 10, 3, 5, 1, 1]), new(5.65565e-3, [1.71141599, 17.6831982, 1.16314366, 5.18656159, 1.71141599, 1.16314366], IsGlobal: false)]
                : [new(0, [1, 10, 1, 5, 4, 3]), new(0, [4, 10, 3, 5, 1, 1])]) { FreeCount = true },
        new(19, "Osborne 2", 11, 65, Osborne2, [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
            Always(0.0401377363, 1.309977, 0.4315538, 0.6336617, 0.5994305, 0.7541832, 0.9042886, 1.365812, 4.823699, 2.398685, 4.568875, 5.675341)),
        new(20, "Watson", 6, 31, Watson, n => new double[n],
            (n, _) => n switch { 6 => [new(2.28767005e-3)], 9 => [new(1.39976014e-6)], 12 => [new(4.7223811e-10)], _ => [] }, n => n is >= 2 and <= 31, _ => 31),
        new(21, "Extended Rosenbrock", 10, 10, ExtendedRosenbrock, n => Repeat(n, -1.2, 1), AllEqual(0, 1), n => n % 2 == 0, n => n),
        new(22, "Extended Powell singular", 12, 12, PowellSingular, n => Repeat(n, 3, -1, 0, 1), AllEqual(0, 0), n => n % 4 == 0, n => n),
        new(23, "Penalty I", 4, 5, PenaltyOne, n => Fill(n, j => j), (n, _) => n switch { 4 => [new(2.2499775e-5)], 10 => [new(7.08765147e-5)], _ => [] }, null, n => n + 1),
        new(24, "Penalty II", 4, 8, PenaltyTwo, n => Repeat(n, 0.5), (n, _) => n switch { 4 => [new(9.37629301e-6)], 10 => [new(2.93660537e-4)], _ => [] }, null, n => 2 * n),
        new(25, "Variably dimensioned", 10, 12, VariablyDimensioned, n => Fill(n, j => 1 - ((double)j / n)), AllEqual(0, 1), null, n => n + 2),
        new(26, "Trigonometric", 10, 10, Trigonometric, n => Repeat(n, 1.0 / n),
            (n, _) => n == 10 ? [new(0, new double[n]), new(2.79505612e-5, IsGlobal: false)] : [new(0, new double[n])], null, n => n),
        new(27, "Brown almost-linear", 10, 10, BrownAlmostLinear, n => Repeat(n, 0.5), (n, _) => [new(0, Repeat(n, 1)), new(1, IsGlobal: false)], n => n >= 2, n => n),
        new(28, "Discrete boundary value", 10, 10, DiscreteBoundaryValue, BoundaryStart, (_, _) => [new(0)], null, n => n),
        new(29, "Discrete integral equation", 10, 10, DiscreteIntegralEquation, BoundaryStart, (_, _) => [new(0)], null, n => n),
        new(30, "Broyden tridiagonal", 10, 10, BroydenTridiagonal, n => Repeat(n, -1), (_, _) => [new(0)], null, n => n),
        new(31, "Broyden banded", 10, 10, BroydenBanded, n => Repeat(n, -1), (_, _) => [new(0)], null, n => n),
        new(32, "Linear, full rank", 10, 20, LinearFullRank, n => Repeat(n, 1), (n, m) => [new(m - n, Repeat(n, -1))], null, n => 2 * n) { FreeCount = true },
        new(33, "Linear, rank 1", 10, 20, LinearRankOne, n => Repeat(n, 1), (_, m) => [new(m * (m - 1.0) / (2 * ((2.0 * m) + 1)))], null, n => 2 * n) { FreeCount = true },
        new(34, "Linear, rank 1 with zero columns and rows", 10, 20, LinearRankOneWithZeros, n => Repeat(n, 1),
            (_, m) => [new((((double)m * m) + (3.0 * m) - 6) / (2 * ((2.0 * m) - 3)))], n => n >= 3, n => 2 * n) { FreeCount = true },
        new(35, "Chebyquad", 8, 8, Chebyquad, n => Fill(n, j => j / (n + 1.0)),
            (n, m) => m != n ? [] : n switch { <= 7 or 9 => [new(0)], 8 => [new(3.51687373e-3)], 10 => [new(6.5039548e-3)], _ => [] }, null, n => n) { FreeCount = true },
    ];

    /// <summary>All 35 problems in the paper's order, with its usual dimensions.</summary>
    public static IReadOnlyList<LeastSquaresProblem> All { get; } = CreateAll();

    /// <summary>One problem, where the paper leaves them free with other dimensions.</summary>
    /// <param name="number">The number in the paper, from 1 to 35.</param>
    /// <param name="dimension">The number n of variables; 0 for the usual one.</param>
    /// <param name="residualCount">The number m of residuals; 0 for the one that belongs to n.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such problem, or it doesn't come in this dimension.</exception>
    public static LeastSquaresProblem Problem(int number, int dimension = 0, int residualCount = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Definitions.Length);
        return Definitions[number - 1].Create(dimension, residualCount);
    }

    private static LeastSquaresProblem[] CreateAll()
    {
        var all = new LeastSquaresProblem[Definitions.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = Definitions[i].Create(0, 0);
        return all;
    }

    private static double[] Repeat(int n, params ReadOnlySpan<double> pattern)
    {
        var values = new double[n];
        for (int i = 0; i < n; i++)
            values[i] = pattern[i % pattern.Length];
        return values;
    }

    private static double[] Fill(int n, Func<int, double> ofPosition)
    {
        var values = new double[n];
        for (int i = 0; i < n; i++)
            values[i] = ofPosition(i + 1);
        return values;
    }

    private static double[] BoundaryStart(int n) => Fill(n, j => j / (n + 1.0) * ((j / (n + 1.0)) - 1));

    private static Func<int, int, KnownMinimum[]> Always(double value, params double[] point) => (_, _) => [new(value, point)];

    private static Func<int, int, KnownMinimum[]> AllEqual(double value, double component) => (n, _) => [new(value, Repeat(n, component))];

    /// <summary>A row of the table: a problem for every dimension that it comes in.</summary>
    private sealed class Definition(
        int number, string name, int n, int m, ResidualFormula formula, Func<int, double[]> start, Func<int, int, KnownMinimum[]> minima, Func<int, bool>? allows, Func<int, int> count)
    {
        public Definition(int number, string name, int n, int m, ResidualFormula formula, double[] start, Func<int, int, KnownMinimum[]> minima)
            : this(number, name, n, m, formula, _ => start, minima, k => k == n, _ => m)
        {
        }

        /// <summary>Whether any number of residuals that is at least n makes sense.</summary>
        public bool FreeCount { get; init; }

        public LeastSquaresProblem Create(int dimension, int residualCount)
        {
            if (dimension == 0)
                dimension = n;
            if (dimension < 1 || (allows is not null && !allows(dimension)))
                throw new ArgumentOutOfRangeException(nameof(dimension), dimension, string.Create(CultureInfo.InvariantCulture, $"Problem {number}, {name}, doesn't come in dimension {dimension}."));
            int rows = residualCount == 0 ? dimension == n ? m : count(dimension) : residualCount;
            if (rows != (dimension == n ? m : count(dimension)) && (!FreeCount || rows < dimension || (number == 11 && rows > 100)))
                throw new ArgumentOutOfRangeException(nameof(residualCount), residualCount, string.Create(CultureInfo.InvariantCulture, $"Problem {number}, {name}, doesn't come with {residualCount} residuals in dimension {dimension}."));
            return new LeastSquaresProblem(name, Source, new ResidualModel(dimension, rows, formula), start(dimension), minima(dimension, rows));
        }
    }
}
