using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.Peers.Cases;

/// <summary>
/// What L-BFGS itself costs: 40 evaluations with 10 pairs of a function that costs next to nothing beside, 1/2 sum w_i x_i^2 with weights from 1 to 1e4 in two passes over memory, from
/// allocation to result. SciPy's function is the same in NumPy; NLopt calls ours.
/// </summary>
internal static unsafe class QuasiNewtonCases
{
    private const int Evaluations = 40, Memory = 10;

    private static readonly int[] Sizes = [1000, 100_000, 1_000_000];

    public static IEnumerable<PeerCase> All =>
    [
        .. Sizes.Select(n => new PeerCase(Name(n), "NLopt", () => AgainstNlopt(n))),
        .. Sizes.Select(n => new PeerCase(Name(n), "SciPy", () => AgainstSciPy(n))),
    ];

    private static string Name(int n) => string.Create(CultureInfo.InvariantCulture, $"L-BFGS 40 evaluations n=1e{Math.Log10(n):f0}");

    private static double[] Start(int n)
    {
        double[] x = new double[n];
        Array.Fill(x, 1);
        return x;
    }

    private static Action Ours(int n)
    {
        IDifferentiableFunction<double> function = Function.WithGradient<double>(n, static (x, g) =>
        {
            fixed (double* px = x, pg = g)
                return Evaluate(x.Length, px, pg);
        });
        var solver = new Lbfgs { Memory = Memory, Stopping = StoppingRules.Never };
        var options = new RunOptions { MaxEvaluations = Evaluations };
        double[] start = Start(n);
        return () => Minimize.Run(solver, function, start, options);
    }

    private static Contest AgainstNlopt(int n)
    {
        double[] start = Start(n), x = new double[n];
        int algorithm = Nlopt.Algorithm("LD_LBFGS");
        return new(Ours(n), new Native(() =>
        {
            start.CopyTo(x, 0);
            nint optimizer = Nlopt.Create(algorithm, (uint)n);
            Nlopt.SetObjective(optimizer, &Callback, null);
            Nlopt.SetMaxEvaluations(optimizer, Evaluations);
            Nlopt.SetMemory(optimizer, Memory);
            double value;
            fixed (double* p = x)
                Nlopt.Optimize(optimizer, p, &value);
            Nlopt.Destroy(optimizer);
        }));
    }

    private static Contest AgainstSciPy(int n) => new(Ours(n), new Python(
        string.Create(CultureInfo.InvariantCulture, $"from scipy.optimize import minimize\nw = np.linspace(1, 1e4, {n})\nx = np.ones({n})\ndef f(x):\n    g = w * x\n    return 0.5 * (x @ g), g"),
        string.Create(CultureInfo.InvariantCulture, $"minimize(f, x, jac=True, method='L-BFGS-B', options=dict(maxcor={Memory}, maxfun={Evaluations}, gtol=0, ftol=0))"),
        []));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static double Callback(uint n, double* x, double* gradient, void* data) => Evaluate((int)n, x, gradient);

    private static double Evaluate(int n, double* x, double* g)
    {
        double slope = (1e4 - 1) / (n - 1);
        Vector<double> sum = default, ramp = Vector.CreateSequence(0.0, 1.0);
        int i = 0;
        for (; i <= n - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> weight = Vector<double>.One + ((ramp + new Vector<double>(i)) * slope), point = Vector.Load(x + i), gradient = weight * point;
            gradient.Store(g + i);
            sum += point * gradient;
        }

        double total = Vector.Sum(sum);
        for (; i < n; i++)
        {
            g[i] = (1 + (i * slope)) * x[i];
            total += x[i] * g[i];
        }

        return 0.5 * total;
    }
}
