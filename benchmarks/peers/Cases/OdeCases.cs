using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptiCore.Dynamics;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Whole integrations at equal error: ours runs with the loosest tolerance (in steps of a factor 1.26) from which on its error at the end isn't above the peer's. Jacobians by formula on
/// both sides; the peer in Python calls functions of Python, CVODE the same arithmetic as ours.
/// </summary>
internal static unsafe class OdeCases
{
    private static readonly Problem Robertson = new(
        "Robertson", 1e11, [1, 0, 0], [2.083340149701255e-08, 8.333360770334713e-14, 0.999999979166505], 1e-6,
        "def f(t, y):\n    a = 0.04 * y[0]; b = 1e4 * y[1] * y[2]; c = 3e7 * y[1] * y[1]\n    return [b - a, a - b - c, c]\n"
        + "def J(t, y):\n    return [[-0.04, 1e4 * y[2], 1e4 * y[1]], [0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]], [0, 6e7 * y[1], 0]]\n",
        static (y, d) =>
        {
            double a = 0.04 * y[0], b = 1e4 * y[1] * y[2], c = 3e7 * y[1] * y[1];
            (d[0], d[1], d[2]) = (b - a, a - b - c, c);
        },
        static (y, j) =>
        {
            (j[0], j[1], j[2]) = (-0.04, 1e4 * y[2], 1e4 * y[1]);
            (j[3], j[4], j[5]) = (0.04, (-1e4 * y[2]) - (6e7 * y[1]), -1e4 * y[1]);
            (j[6], j[7], j[8]) = (0, 6e7 * y[1], 0);
        });

    private static readonly Problem VanDerPol = new(
        "van der Pol 1000", 2000, [2, 0], [1.706167732170483, -0.0008928097010247975], 1e-3,
        "def f(t, y):\n    return [y[1], 1000 * (1 - y[0] * y[0]) * y[1] - y[0]]\n"
        + "def J(t, y):\n    return [[0, 1], [-2000 * y[0] * y[1] - 1, 1000 * (1 - y[0] * y[0])]]\n",
        static (y, d) =>
        {
            double x = y[0], v = y[1];
            (d[0], d[1]) = (v, (1000 * (1 - (x * x)) * v) - x);
        },
        static (y, j) => (j[0], j[1], j[2], j[3]) = (0, 1, (-2000 * y[0] * y[1]) - 1, 1000 * (1 - (y[0] * y[0]))));

    private static readonly Problem Hires = new(
        "HIRES", 321.8122, [1, 0, 0, 0, 0, 0, 0, 0.0057],
        [0.0007371312573325668, 0.0001442485726316185, 5.888729740967575e-05, 0.001175651343283149, 0.002386356198831331, 0.006238968252742796, 0.002849998395185769, 0.002850001604814231], 1e-6,
        "def f(t, y):\n    r = 280 * y[5] * y[7]\n    return [-1.71*y[0] + 0.43*y[1] + 8.32*y[2] + 0.0007, 1.71*y[0] - 8.75*y[1], -10.03*y[2] + 0.43*y[3] + 0.035*y[4], 8.32*y[1] + 1.71*y[2] - 1.12*y[3], "
        + "-1.745*y[4] + 0.43*y[5] + 0.43*y[6], -r + 0.69*y[3] + 1.71*y[4] - 0.43*y[5] + 0.69*y[6], r - 1.81*y[6], -r + 1.81*y[6]]\n"
        + "def J(t, y):\n    a = 280 * y[7]; b = 280 * y[5]\n    return [[-1.71, .43, 8.32, 0, 0, 0, 0, 0], [1.71, -8.75, 0, 0, 0, 0, 0, 0], [0, 0, -10.03, .43, .035, 0, 0, 0], [0, 8.32, 1.71, -1.12, 0, 0, 0, 0], "
        + "[0, 0, 0, 0, -1.745, .43, .43, 0], [0, 0, 0, .69, 1.71, -a - .43, .69, -b], [0, 0, 0, 0, 0, a, -1.81, b], [0, 0, 0, 0, 0, -a, 1.81, -b]]\n",
        static (y, d) =>
        {
            double r = 280 * y[5] * y[7];
            d[0] = (-1.71 * y[0]) + (0.43 * y[1]) + (8.32 * y[2]) + 0.0007;
            d[1] = (1.71 * y[0]) - (8.75 * y[1]);
            d[2] = (-10.03 * y[2]) + (0.43 * y[3]) + (0.035 * y[4]);
            d[3] = (8.32 * y[1]) + (1.71 * y[2]) - (1.12 * y[3]);
            d[4] = (-1.745 * y[4]) + (0.43 * y[5]) + (0.43 * y[6]);
            d[5] = -r + (0.69 * y[3]) + (1.71 * y[4]) - (0.43 * y[5]) + (0.69 * y[6]);
            d[6] = r - (1.81 * y[6]);
            d[7] = -r + (1.81 * y[6]);
        },
        static (y, j) =>
        {
            double a = 280 * y[7], b = 280 * y[5];
            (j[0], j[1], j[2]) = (-1.71, 0.43, 8.32);
            (j[8], j[9]) = (1.71, -8.75);
            (j[18], j[19], j[20]) = (-10.03, 0.43, 0.035);
            (j[25], j[26], j[27]) = (8.32, 1.71, -1.12);
            (j[36], j[37], j[38]) = (-1.745, 0.43, 0.43);
            (j[43], j[44], j[45], j[46], j[47]) = (0.69, 1.71, -a - 0.43, 0.69, -b);
            (j[53], j[54], j[55]) = (a, -1.81, b);
            (j[61], j[62], j[63]) = (-a, 1.81, -b);
        });

    private static readonly Problem Lorenz = new(
        "Lorenz", 10, [1, 1, 1], null, 1e-3,
        "def f(t, y):\n    return [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]]\nJ = None\n",
        static (y, d) => (d[0], d[1], d[2]) = (10 * (y[1] - y[0]), (y[0] * (28 - y[2])) - y[1], (y[0] * y[1]) - (8.0 / 3 * y[2])),
        null,
        "d[0] = 10 * (y[1] - y[0]); d[1] = y[0] * (28 - y[2]) - y[1]; d[2] = y[0] * y[1] - 8.0 / 3 * y[2];");

    private static readonly Problem TwoBody = new(
        "two-body", 20, [0.5, 0, 0, 1.7320508075688772], null, 1e-3,
        "def f(t, y):\n    r3 = (y[0] * y[0] + y[1] * y[1]) ** 1.5\n    return [y[2], y[3], -y[0] / r3, -y[1] / r3]\nJ = None\n",
        static (y, d) =>
        {
            double r2 = (y[0] * y[0]) + (y[1] * y[1]), r3 = r2 * Math.Sqrt(r2);
            (d[0], d[1], d[2], d[3]) = (y[2], y[3], -y[0] / r3, -y[1] / r3);
        },
        null,
        "double r2 = y[0] * y[0] + y[1] * y[1], r3 = r2 * sqrt(r2); d[0] = y[2]; d[1] = y[3]; d[2] = -y[0] / r3; d[3] = -y[1] / r3;");

    // The problem that CVODE's callbacks compute.
    private static Problem _current = Lorenz;

    private delegate void Right(double* y, double* dy);

    public static IEnumerable<PeerCase> All
    {
        get
        {
            foreach (Problem problem in new[] { Robertson, Hires, VanDerPol })
            {
                yield return Against(problem, "Radau", new Radau(), 1e-6);
                yield return Against(problem, "BDF", new Bdf(), 1e-6);
                yield return AgainstCvode(problem, "BDF", new Bdf(), 1e-6);
            }

            foreach (Problem problem in new[] { Lorenz, TwoBody })
            {
                yield return Against(problem, "RK45", new ExplicitRungeKutta { Controller = StepController.Integral }, 1e-9);
                yield return Against(problem, "DOP853", new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, Controller = StepController.Integral }, 1e-9);
                yield return AgainstCvode(problem, "Adams", new Adams(), 1e-9);
                yield return AgainstLsoda(problem, "switching", new AutoSwitch(), 1e-9);
                yield return AgainstLsoda(problem, "Verner 9", new ExplicitRungeKutta { Tableau = Verner9.Tableau, Controller = StepController.Integral }, 1e-9);
            }
        }
    }

    private static PeerCase Against(Problem problem, string method, OdeMethod ours, double relative) => new($"ode {problem.Name} {method}", "SciPy", () =>
    {
        // SciPy's error, told by its own result.
        string call = string.Create(
            CultureInfo.InvariantCulture, $"solve_ivp(f, (0, {problem.End}), y0, method='{method}', rtol={relative}, atol={relative * problem.AbsolutePart}{(problem.Jacobian is null ? "" : ", jac=J")})");
        string file = Path.GetTempFileName();
        string setup = $"from scipy.integrate import solve_ivp\n{problem.Python}y0 = {Numbers(problem.Start)}\nnp.array({call}.y[:, -1]).tofile('{file}')\n";
        var theirs = new Python(setup, call, []);
        double[] reached = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(file)).ToArray();
        File.Delete(file);
        return new(AtError(problem, ours, problem.Error(reached)), theirs);
    });

    private static PeerCase AgainstCvode(Problem problem, string method, OdeMethod ours, double relative) => new($"ode {problem.Name} {method}", "CVODE", () =>
    {
        double[] y = new double[problem.Start.Length];
        Action theirs = () =>
        {
            _current = problem;
            problem.Start.CopyTo(y, 0);
            Cvode.Solve(problem.Jacobian is not null, &Function, &JacobianOf, 0, problem.End, relative, relative * problem.AbsolutePart, y);
        };
        theirs();
        return new(AtError(problem, ours, problem.Error(y)), new Native(theirs));
    });

    /// <summary>LSODA of R's package deSolve with a right-hand side in C, as its vignette on compiled code has it.</summary>
    private static PeerCase AgainstLsoda(Problem problem, string method, OdeMethod ours, double relative) => new($"ode {problem.Name} {method}", "LSODA (R)", () =>
    {
        string code = $"#include <R.h>\n#include <math.h>\nvoid derivs(int *neq, double *t, double *y, double *d, double *out, int *ip) {{ {problem.C} }}\n";
        string call = string.Create(
            CultureInfo.InvariantCulture,
            $"r <- lsoda(y0, c(0, {problem.End}), 'derivs', NULL, rtol = {relative}, atol = {relative * problem.AbsolutePart}, dllname = 'peer', maxsteps = 1e6)");
        string file = Path.GetTempFileName();
        var theirs = new R(code, $"library(deSolve)\ny0 <- c({string.Join(", ", problem.Start.Select(v => v.ToString("r", CultureInfo.InvariantCulture)))})\n{call}\nwriteBin(as.numeric(r[2, -1]), '{file}')", call);
        double[] reached = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(file)).ToArray();
        File.Delete(file);
        return new(AtError(problem, ours, problem.Error(reached)), theirs);
    });

    /// <summary>The integration with the loosest tolerance from which on the error isn't larger.</summary>
    private static Action AtError(Problem problem, OdeMethod method, double error)
    {
        double best = 1e-12;
        for (double tolerance = 1e-12; tolerance < 1e-2; tolerance *= 1.2589254117941673)
        {
            if (problem.Error(Solve(problem, With(tolerance))) > error)
                break;
            best = tolerance;
        }

        OdeMethod chosen = With(best);
        return () => Solve(problem, chosen);

        OdeMethod With(double tolerance) => method with { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * problem.AbsolutePart, MaxSteps = 10_000_000 };
    }

    private static double[] Solve(Problem problem, OdeMethod method)
    {
        OdeState state = method.Start(problem, 0, problem.Start, problem.End);
        while (state.Step())
        {
        }

        return state.State.ToArray();
    }

    private static string Numbers(double[] values) => "[" + string.Join(", ", values.Select(v => v.ToString("r", CultureInfo.InvariantCulture))) + "]";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Function(double t, nint y, nint dy, void* data)
    {
        _current.Right(Cvode.Data(y), Cvode.Data(dy));
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JacobianOf(double t, nint y, nint f, nint matrix, void* data, nint a, nint b, nint c)
    {
        int n = _current.Dimension;
        double* values = stackalloc double[n * n];
        new Span<double>(values, n * n).Clear();
        _current.Jacobian!(Cvode.Data(y), values);
        double* columns = Cvode.MatrixData(matrix);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                columns[(j * n) + i] = values[(i * n) + j];
        }

        return 0;
    }

    /// <summary>A problem with its reference at the end, and whatever both sides need of it.</summary>
    private sealed class Problem(string name, double end, double[] start, double[]? reference, double absolutePart, string python, Right right, Right? jacobian, string c = "") : IOdeJacobian
    {
        private readonly Lazy<double[]> _reference = new(() => reference ?? Precise(start, end, right));

        public string Name => name;

        public double End => end;

        public double[] Start => start;

        public double AbsolutePart => absolutePart;

        public string Python => python;

        /// <summary>The right-hand side in C, from y to d.</summary>
        public string C => c;

        public Right Right => right;

        public Right? Jacobian => jacobian;

        public int Dimension => start.Length;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            fixed (double* from = y, to = dy)
                right(from, to);
        }

        void IOdeJacobian.Jacobian(double t, ReadOnlySpan<double> y, Span<double> values)
        {
            values.Clear();
            fixed (double* from = y, to = values)
                jacobian!(from, to);
        }

        public double Error(ReadOnlySpan<double> y)
        {
            double worst = 0, largest = 0;
            for (int i = 0; i < y.Length; i++)
            {
                worst = Math.Max(worst, Math.Abs(y[i] - _reference.Value[i]));
                largest = Math.Max(largest, Math.Abs(_reference.Value[i]));
            }

            return worst / largest;
        }

        private static double[] Precise(double[] start, double end, Right right) => Ode.Solve(
            new ExplicitRungeKutta { Tableau = Verner9.Tableau, RelativeTolerance = 1e-14, AbsoluteTolerance = 1e-15 },
            (_, y, dy) =>
            {
                fixed (double* from = y, to = dy)
                    right(from, to);
            },
            (0, end),
            start).FinalState;
    }
}
