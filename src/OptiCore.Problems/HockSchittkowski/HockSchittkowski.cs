using System.Globalization;
using static OptiCore.Elementary;

namespace OptiCore.Problems;

/// <summary>
/// Test problems of nonlinear programming from W. Hock, K. Schittkowski (1981), Test examples for nonlinear programming codes, Lecture Notes in Economics and Mathematical Systems 187: objectives and constraints by their
/// formulas, derivatives by forward mode.
/// </summary>
/// <remarks>
/// Equalities are c(x) = 0, inequalities c(x) >= 0, in the collection's order. The minima are the published ones, in closed form where there is one. Problems with several known minima: 2 has one at 4.9412293, 15 one at 360.37977,
/// and a method may end in either. 26 and 28 are flat around their minima; 13, where no constraint qualification holds, isn't among them.
/// </remarks>
public static partial class HockSchittkowski
{
    private const string Source = "Hock, Schittkowski (1981), Test examples for nonlinear programming codes";
    private const double None = double.PositiveInfinity;

    private static readonly Definition[] Definitions =
    [
        new(1, [-2, 1], Rosenbrock, 0) { Lower = [-None, -1.5], Upper = [None, None] },
        new(2, [-2, 1.5], Rosenbrock, 0.0504261879) { Lower = [-None, 1.5], Upper = [None, None], Other = 4.9412293 },
        new(3, [10, 1], x => x[1] + (1e-5 * Sq(x[1] - x[0])), 0) { Lower = [-None, 0], Upper = [None, None] },
        new(5, [0, 0], x => Sin(x[0] + x[1]) + Sq(x[0] - x[1]) - (1.5 * x[0]) + (2.5 * x[1]) + 1, -1.9132229549810367) { Lower = [-1.5, -3], Upper = [4, 3] },
        new(6, [-1.2, 1], x => Sq(1 - x[0]), 0) { Equalities = 1, Constraints = (x, c) => c[0] = 10 * (x[1] - Sq(x[0])) },
        new(7, [2, 2], x => Log(1 + Sq(x[0])) - x[1], -Math.Sqrt(3)) { Equalities = 1, Constraints = (x, c) => c[0] = Sq(1 + Sq(x[0])) + Sq(x[1]) - 4 },
        new(9, [0, 0], x => Sin(Math.PI * x[0] / 12) * Cos(Math.PI * x[1] / 16), -0.5) { Equalities = 1, Constraints = (x, c) => c[0] = (4 * x[0]) - (3 * x[1]) },
        new(10, [-10, 10], x => x[0] - x[1], -1) { Inequalities = 1, Constraints = (x, c) => c[0] = 1 - (3 * Sq(x[0])) + (2 * x[0] * x[1]) - Sq(x[1]) },
        new(12, [0, 0], x => (0.5 * Sq(x[0])) + Sq(x[1]) - (x[0] * x[1]) - (7 * x[0]) - (7 * x[1]), -30) { Inequalities = 1, Constraints = (x, c) => c[0] = 25 - (4 * Sq(x[0])) - Sq(x[1]) },
        new(15, [-2, 1], Rosenbrock, 306.5)
        {
            Inequalities = 2, Constraints = Problem15, Lower = [-None, -None], Upper = [0.5, None], Other = 360.37977,
        },
        new(21, [-1, -1], x => (0.01 * Sq(x[0])) + Sq(x[1]) - 100, -99.96) { Inequalities = 1, Constraints = (x, c) => c[0] = (10 * x[0]) - x[1] - 10, Lower = [2, -50], Upper = [50, 50] },
        new(22, [2, 2], x => Sq(x[0] - 2) + Sq(x[1] - 1), 1) { Inequalities = 2, Constraints = Problem22 },
        new(24, [1, 0.5], x => (Sq(x[0] - 3) - 9) * Cube(x[1]) / (27 * Math.Sqrt(3)), -1) { Inequalities = 3, Constraints = Problem24, Lower = [0, 0], Upper = [None, None] },
        new(26, [-2.6, 2, 2], x => Sq(x[0] - x[1]) + Sq(Sq(x[1] - x[2])), 0) { Equalities = 1, Constraints = (x, c) => c[0] = ((1 + Sq(x[1])) * x[0]) + Sq(Sq(x[2])) - 3 },
        new(28, [-4, 1, 1], x => Sq(x[0] + x[1]) + Sq(x[1] + x[2]), 0) { Equalities = 1, Constraints = (x, c) => c[0] = x[0] + (2 * x[1]) + (3 * x[2]) - 1 },
        new(30, [1, 1, 1], x => Sq(x[0]) + Sq(x[1]) + Sq(x[2]), 1) { Inequalities = 1, Constraints = (x, c) => c[0] = Sq(x[0]) + Sq(x[1]) - 1, Lower = [1, -10, -10], Upper = [10, 10, 10] },
        new(34, [0, 1.05, 2.9], x => -x[0], -Math.Log(Math.Log(10))) { Inequalities = 2, Constraints = Exponentials, Lower = [0, 0, 0], Upper = [100, 100, 10] },
        new(35, [0.5, 0.5, 0.5], Problem35Objective, 1.0 / 9) { Inequalities = 1, Constraints = (x, c) => c[0] = 3 - x[0] - x[1] - (2 * x[2]), Lower = [0, 0, 0], Upper = [None, None, None] },
        new(37, [10, 10, 10], x => -(x[0] * x[1] * x[2]), -3456) { Inequalities = 2, Constraints = Problem37, Lower = [0, 0, 0], Upper = [42, 42, 42] },
        new(39, [2, 2, 2, 2], x => -x[0], -1) { Equalities = 2, Constraints = Problem39 },
        new(40, [0.8, 0.8, 0.8, 0.8], x => -(x[0] * x[1] * x[2] * x[3]), -0.25) { Equalities = 3, Constraints = Problem40 },
        new(42, [1, 1, 1, 1], x => Sq(x[0] - 1) + Sq(x[1] - 2) + Sq(x[2] - 3) + Sq(x[3] - 4), 28 - (10 * Math.Sqrt(2))) { Equalities = 2, Constraints = Problem42 },
        new(43, [0, 0, 0, 0], RosenSuzuki, -44) { Inequalities = 3, Constraints = Problem43 },
        new(48, [3, 5, -3, 2, -2], x => Sq(x[0] - 1) + Sq(x[1] - x[2]) + Sq(x[3] - x[4]), 0) { Equalities = 2, Constraints = Problem48 },
        new(51, [2.5, 0.5, 2, -1, 0.5], Problem51Objective, 0) { Equalities = 3, Constraints = (x, c) => Problem51(x, c, 4) },
        new(53, [2, 2, 2, 2, 2], Problem51Objective, 176.0 / 43) { Equalities = 3, Constraints = (x, c) => Problem51(x, c, 0), Lower = [-10, -10, -10, -10, -10], Upper = [10, 10, 10, 10, 10] },
        new(61, [0, 0, 0], x => (4 * Sq(x[0])) + (2 * Sq(x[1])) + (2 * Sq(x[2])) - (33 * x[0]) + (16 * x[1]) - (24 * x[2]), -143.6461422) { Equalities = 2, Constraints = Problem61 },
        new(64, [1, 1, 1], x => (5 * x[0]) + (50000 / x[0]) + (20 * x[1]) + (72000 / x[1]) + (10 * x[2]) + (144000 / x[2]), 6299.842428)
        {
            Inequalities = 1, Constraints = (x, c) => c[0] = 1 - (4 / x[0]) - (32 / x[1]) - (120 / x[2]), Lower = [1e-5, 1e-5, 1e-5], Upper = [None, None, None],
        },
        new(66, [0, 1.05, 2.9], x => (0.2 * x[2]) - (0.8 * x[0]), 0.5181632741) { Inequalities = 2, Constraints = Exponentials, Lower = [0, 0, 0], Upper = [100, 100, 10] },
        new(71, [1, 5, 5, 1], x => (x[0] * x[3] * (x[0] + x[1] + x[2])) + x[2], 17.0140173) { Inequalities = 1, Equalities = 1, Constraints = Problem71, Lower = [1, 1, 1, 1], Upper = [5, 5, 5, 5] },
        new(76, [0.5, 0.5, 0.5, 0.5], Problem76Objective, -4.681818182) { Inequalities = 3, Constraints = Problem76, Lower = [0, 0, 0, 0], Upper = [None, None, None, None] },
        new(77, [2, 2, 2, 2, 2], x => Sq(x[0] - 1) + Sq(x[0] - x[1]) + Sq(x[2] - 1) + Sq(Sq(x[3] - 1)) + Sq(Cube(x[4] - 1)), 0.24150513) { Equalities = 2, Constraints = Problem77 },
        new(78, [-2, 1.5, 2, -1, -1], Product, -2.91970041) { Equalities = 3, Constraints = Problem78 },
        new(79, [2, 2, 2, 2, 2], x => Sq(x[0] - 1) + Sq(x[0] - x[1]) + Sq(x[1] - x[2]) + Sq(Sq(x[2] - x[3])) + Sq(Sq(x[3] - x[4])), 0.0787768209) { Equalities = 3, Constraints = Problem79 },
        new(80, [-2, 2, 2, -1, -1], x => Exp(Product(x)), 0.0539498478) { Equalities = 3, Constraints = Problem78, Lower = [-2.3, -2.3, -3.2, -3.2, -3.2], Upper = [2.3, 2.3, 3.2, 3.2, 3.2] },
        new(100, [1, 2, 0, 4, 0, 1, 1], Problem100Objective, 680.6300573) { Inequalities = 4, Constraints = Problem100 },
        new(113, [2, 3, 5, 5, 1, 2, 7, 3, 6, 10], WongObjective, 24.3062091) { Inequalities = 8, Constraints = Wong },
    ];

    /// <summary>The numbers of the problems that are here, ascending.</summary>
    public static IReadOnlyList<int> Numbers { get; } = Array.ConvertAll(Definitions, static d => d.Number);

    /// <summary>One problem.</summary>
    /// <param name="number">Its number in the collection.</param>
    /// <exception cref="ArgumentOutOfRangeException">The problem isn't among <see cref="Numbers"/>.</exception>
    public static ConstrainedProblem Problem(int number)
    {
        foreach (Definition definition in Definitions)
        {
            if (definition.Number == number)
                return definition.Make();
        }

        throw new ArgumentOutOfRangeException(nameof(number), number, $"Problem {number} isn't among {string.Join(", ", Numbers)}.");
    }

    private sealed record Definition(int Number, double[] Start, DualDelegate Objective, double Minimum)
    {
        public int Inequalities { get; init; }

        /// <summary>The last constraints are the equalities.</summary>
        public int Equalities { get; init; }

        public DualResidualDelegate? Constraints { get; init; }

        public double[]? Lower { get; init; }

        public double[]? Upper { get; init; }

        public double Other { get; init; } = double.NaN;

        public ConstrainedProblem Make()
        {
            int n = Start.Length, m = Inequalities + Equalities;
            IDifferentiableFunction<double> objective = Function.From(n, Objective);
            double[] lower = new double[m], upper = new double[m];
            upper.AsSpan(0, Inequalities).Fill(None);
            Bounds? bounds = Lower is null ? null : new Bounds(Lower, Upper);
            double[] start = [.. Start];
            for (int i = 0; bounds is not null && i < n; i++)
                start[i] = Math.Clamp(start[i], bounds.Lower(i), bounds.Upper(i));
            return new ConstrainedProblem(
                string.Create(CultureInfo.InvariantCulture, $"HS {Number}"),
                Source,
                Constraints is null ? objective.WithoutConstraints() : objective.SubjectTo(Function.FromResiduals(n, m, Constraints), new Bounds(lower, upper)),
                bounds,
                start,
                double.IsNaN(Other) ? [new KnownMinimum(Minimum)] : [new KnownMinimum(Minimum), new KnownMinimum(Other, IsGlobal: false)]);
        }
    }
}
