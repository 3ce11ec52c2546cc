namespace OptiCore.Problems;

// Convection, circulation and their relatives: quadratic flows in which heat or vorticity is carried along.
public static partial class ChaoticFlows
{
    private static ChaoticFlow[] Convection() =>
    [
        Row<LorenzFormula>("Lorenz", [("beta", 2.667), ("rho", 28), ("sigma", 10)], [-9.7869288, -15.03852, 20.533978], 1.5008,
            "E. N. Lorenz (1963), Deterministic nonperiodic flow"),
        Row<LorenzBoundedFormula>("LorenzBounded", [("beta", 2.667), ("r", 64), ("rho", 28), ("sigma", 10)], [-13.284881, -12.444334, 34.188198], 1.3716,
            "J. C. Sprott, A. Xiong (2015), Classifying and quantifying basins of attraction"),
        Row<LorenzCoupledFormula>("LorenzCoupled", [("beta", 2.667), ("eps", 2.85), ("rho", 28), ("rho1", 35), ("rho2", 1.15), ("sigma", 10)], [7.0921483, 10.117408, 25.708428, 2.1689893, 0.96121877, 0.89550187], 1.6207,
            "E. N. Lorenz (1963), Deterministic nonperiodic flow; one system drives the other"),
        Row<Lorenz84Formula>("Lorenz84", [("a", 1.32), ("b", 7.91), ("f", 4.83), ("g", 4.194)], [1.926479236120359, -0.13402110197257552, -1.72146730664761], 6.2586,
            "E. N. Lorenz (1984), Irregularity: a fundamental property of the atmosphere"),
        Row<Lorenz84Formula>("Hadley", [("a", 0.2), ("b", 4), ("f", 9), ("g", 1)], [1.3664423, 0.9309146, 0.64283417], 1.4541,
            "G. Hadley (1735), On the cause of the general trade winds; the equations of E. N. Lorenz (1984)"),
        Row<Lorenz96Formula>("Lorenz96", [("f", 20.0)], [-2.46820633, 0.09570264, 1.59270902, 10.21372147], 2.1969,
            "E. N. Lorenz (1996), Predictability: a problem partly solved"),
        Row<LuChenFormula>("RayleighBenard", [("a", 30), ("b", 5), ("r", 18)], [-15.660582, -13.32018, 26.879362], 0.91967,
            "T. Yanagita, K. Kaneko (1995), Rayleigh-Bénard convection: patterns, chaos, spatiotemporal chaos and turbulence"),
        Row<LuChenFormula>("LuChen", [("a", 36), ("b", 3), ("c", 18)], [10.956479, 9.8813092, 22.676714], 2.3385,
            "J. Lü, G. Chen (2002), A new chaotic attractor coined"),
        Row<ChenFormula>("Chen", [("a", 35), ("b", 3), ("c", 28)], [3.2689697, 5.2990458, 19.435349], 0.58689, "G. Chen (1997), Control and anticontrol of chaos"),
        Row<QiChenFormula>("QiChen", [("a", 38), ("b", 2.666), ("c", 80)], [17.420882, 5.5459627, 78.89139], 0.39179,
            "G. Qi, G. Chen, M. A. van Wyk, B. J. van Wyk, Y. Zhang (2008), A four-wing chaotic attractor generated from a new 3-D quadratic autonomous system"),
        Row<ShimizuMoriokaFormula>("ShimizuMorioka", [("a", 0.85), ("b", 0.5)], [0.016838697, 0.03489384, 0.35346848], 12.038,
            "T. Shimizu, N. Morioka (1980), On the bifurcation of a symmetric limit cycle to an asymmetric one in a simple model"),
        Row<VallisElNinoFormula>("VallisElNino", [("b", 102), ("c", 3), ("p", 0)], [-6.99286331487343, 0.023254276622294345, -0.1658177563067799], 2.2087,
            "G. K. Vallis (1988), Conceptual models of El Niño and the Southern Oscillation"),
        Row<HyperLorenzFormula>("HyperLorenz", [("a", 10), ("b", 2.667), ("c", 28), ("d", 1.1)], [-9.186073735061425, -0.6744570634419695, 16.440536886214517, -145.0243848950473], 1.277546730110058,
            "J. Meier (2003), Presentation of attractors with cinema"),
        Row<HyperCaiFormula>("HyperCai", [("a", 27.5), ("b", 3), ("c", 19.3), ("d", 2.9), ("e", 3.3)], [-10.691273602120157, -15.541159376570342, 18.388272900250726, -14.904493939514888], 0.6113936187028436,
            "G. Cai, J. Huang (2007), A new finance chaotic attractor"),
    ];

    /// <summary>x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z.</summary>
    private readonly struct LorenzFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T beta = p[0], rho = p[1], sigma = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = sigma * (y - x);
            f[1] = (x * (rho - z)) - y;
            f[2] = (x * y) - (beta * z);
        }
    }

    /// <summary>Lorenz's flow times 1 - |u|^2 / r^2, which keeps it inside a ball.</summary>
    private readonly struct LorenzBoundedFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T beta = p[0], r = p[1], rho = p[2], sigma = p[3];
            T x = u[0], y = u[1], z = u[2];
            T q = T.One - (((x * x) + (y * y) + (z * z)) / (r * r));
            f[0] = q * sigma * (y - x);
            f[1] = q * ((x * (rho - z)) - y);
            f[2] = q * ((x * y) - (beta * z));
        }
    }

    /// <summary>Two of Lorenz's flows, the first of which drives the second.</summary>
    private readonly struct LorenzCoupledFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T beta = p[0], eps = p[1], rho = p[2], rho1 = p[3], rho2 = p[4], sigma = p[5];
            T x1 = u[0], y1 = u[1], z1 = u[2], x2 = u[3], y2 = u[4], z2 = u[5];
            f[0] = sigma * (y1 - x1);
            f[1] = (x1 * (rho1 - z1)) - y1;
            f[2] = (x1 * y1) - (beta * z1);
            f[3] = (sigma * (y2 - x2)) + (eps * (x1 - x2));
            f[4] = (x2 * (rho2 - z2)) - y2;
            f[5] = (x2 * y2) - (beta * z2);
        }
    }

    /// <summary>x' = a (f - x) - y^2 - z^2, y' = x y - b x z - y + g, z' = b x y + x z - z.</summary>
    private readonly struct Lorenz84Formula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], forcing = p[2], g = p[3];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (a * (forcing - x)) - (y * y) - (z * z);
            f[1] = (x * y) - (b * x * z) - y + g;
            f[2] = (b * x * y) + (x * z) - z;
        }
    }

    /// <summary>x[i]' = (x[i + 1] - x[i - 2]) x[i - 1] - x[i] + f on a ring.</summary>
    private readonly struct Lorenz96Formula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            int n = u.Length;
            for (int i = 0; i < n; i++)
                f[i] = ((u[(i + 1) % n] - u[(i + n - 2) % n]) * u[(i + n - 1) % n]) - u[i] + p[0];
        }
    }

    /// <summary>x' = a (y - x), y' = c y - x z, z' = x y - b z.</summary>
    private readonly struct LuChenFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = a * (y - x);
            f[1] = (c * y) - (x * z);
            f[2] = (x * y) - (b * z);
        }
    }

    /// <summary>x' = a (y - x), y' = (c - a - z) x + c y, z' = x y - b z.</summary>
    private readonly struct ChenFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = a * (y - x);
            f[1] = ((c - a - z) * x) + (c * y);
            f[2] = (x * y) - (b * z);
        }
    }

    /// <summary>x' = a (y - x) + y z, y' = x (c - z) + y, z' = x y - b z.</summary>
    private readonly struct QiChenFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (a * (y - x)) + (y * z);
            f[1] = (x * (c - z)) + y;
            f[2] = (x * y) - (b * z);
        }
    }

    /// <summary>x' = y, y' = x (1 - z) - a y, z' = x^2 - b z.</summary>
    private readonly struct ShimizuMoriokaFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = (x * (T.One - z)) - (a * y);
            f[2] = (x * x) - (b * z);
        }
    }

    /// <summary>x' = b y - c (x + p), y' = x z - y, z' = 1 - z - x y.</summary>
    private readonly struct VallisElNinoFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T b = p[0], c = p[1], wind = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (b * y) - (c * (x + wind));
            f[1] = (x * z) - y;
            f[2] = T.One - z - (x * y);
        }
    }

    /// <summary>x' = a (y - x) + w, y' = x (c - z) - y, z' = x y - b z, w' = d w - x z.</summary>
    private readonly struct HyperLorenzFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2], d = p[3];
            T x = u[0], y = u[1], z = u[2], w = u[3];
            f[0] = (a * (y - x)) + w;
            f[1] = (x * (c - z)) - y;
            f[2] = (x * y) - (b * z);
            f[3] = (d * w) - (x * z);
        }
    }

    /// <summary>x' = a (y - x), y' = x (b - z) + c y + w, z' = y^2 - d z, w' = -e x.</summary>
    private readonly struct HyperCaiFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2], d = p[3], e = p[4];
            T x = u[0], y = u[1], z = u[2], w = u[3];
            f[0] = a * (y - x);
            f[1] = (x * (b - z)) + (c * y) + w;
            f[2] = (y * y) - (d * z);
            f[3] = -(e * x);
        }
    }
}
