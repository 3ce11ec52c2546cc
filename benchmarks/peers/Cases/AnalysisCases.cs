using OptiCore.Integration;
using OptiCore.Interpolation;
using OptiCore.RootFinding;

namespace OptiCore.Peers.Cases;

/// <summary>Splines, integrals, roots and minima. Functions are C# delegates on our side and Python functions on the other, which is what their users have.</summary>
internal static class AnalysisCases
{
    public static IEnumerable<PeerCase> All =>
    [
        new("cubic spline, build n=1000", "SciPy", Build),
        new("cubic spline, 100,000 sorted points", "SciPy", () => Evaluate(true)),
        new("cubic spline, 100,000 unsorted points", "SciPy", () => Evaluate(false)),
        new("integral of sqrt(x)", "SciPy", () => Against(
            () => Quadrature.Integrate(Math.Sqrt, 0, 1),
            "from scipy.integrate import quad\nimport math\nf = math.sqrt",
            "quad(f, 0, 1)")),
        new("integral of exp(-x^2) over the line", "SciPy", () => Against(
            () => Quadrature.Integrate(x => Math.Exp(-x * x), double.NegativeInfinity, double.PositiveInfinity),
            "from scipy.integrate import quad\nimport math\nf = lambda x: math.exp(-x*x)",
            "quad(f, -math.inf, math.inf)")),
        new("Gauss-Legendre rule n=64", "SciPy", () => Against(
            () => GaussRule.Legendre(64),
            "from scipy.special import roots_legendre",
            "roots_legendre(64)")),
        new("root of x^3-2x-5 by Brent", "SciPy", () => Against(
            () => Roots.Brent(x => (x * x * x) - (2 * x) - 5, 2, 3),
            "from scipy.optimize import brentq\nf = lambda x: x*x*x-2*x-5",
            "brentq(f, 2, 3)")),
        new("minimum of x+1/x, bounded", "SciPy", () => Against(
            () => Minima.Bounded(x => x + (1 / x), 0.1, 5),
            "from scipy.optimize import fminbound\nf = lambda x: x+1/x",
            "fminbound(f, 0.1, 5)")),
        new("polynomial roots, degree 30", "NumPy", Polynomial),
    ];

    private static Contest Against(Action ours, string setup, string statement) => new(ours, new Python(setup, statement, []));

    private static (double[] X, double[] Y) Data(int n)
    {
        double[] x = new double[n], y = new double[n];
        for (int i = 0; i < n; i++)
        {
            x[i] = i + (0.3 * Math.Sin(i));
            y[i] = Math.Cos(0.1 * x[i]);
        }

        return (x, y);
    }

    private static Contest Build()
    {
        (double[] x, double[] y) = Data(1000);
        return new Contest(
            () => Spline.Cubic(x, y),
            new Python("from scipy.interpolate import CubicSpline", "CubicSpline(x, y)", [PeerArray.Of<double>("x", x), PeerArray.Of<double>("y", y)]));
    }

    private static Contest Evaluate(bool sorted)
    {
        (double[] x, double[] y) = Data(1000);
        double[] at = new double[100_000], values = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
            at[i] = 990.0 * (sorted ? i : i * 61803L % at.Length) / at.Length;
        PiecewisePolynomial spline = Spline.Cubic(x, y);
        return new Contest(
            () => spline.Evaluate(at, values),
            new Python(
                "from scipy.interpolate import CubicSpline\ns = CubicSpline(x, y)",
                "s(at)",
                [PeerArray.Of<double>("x", x), PeerArray.Of<double>("y", y), PeerArray.Of<double>("at", at)]));
    }

    private static Contest Polynomial()
    {
        double[] c = new double[31];
        for (int i = 0; i < c.Length; i++)
            c[i] = Math.Sin((i * i) + 1);
        var roots = new System.Numerics.Complex[30];
        return new Contest(
            () => PolynomialRoots.All(c, roots),
            new Python("p = c[::-1].copy()", "np.roots(p)", [PeerArray.Of<double>("c", c)]));
    }
}
