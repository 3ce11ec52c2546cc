namespace OptiCore.Problems;

// Sprott's simple flows: no more than six terms.
public static partial class ChaoticFlows
{
    private static ChaoticFlow[] Sprott() =>
    [
        Row<SprottAFormula>("SprottA", [], [1.54131864, 1.43079727, -1.52555412], 6.3728461538461545, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottCFormula>("SprottC", [], [-0.47199823, -0.27198066, 1.9418244], 8.8852, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottDFormula>("SprottD", [], [-1.3396906, -0.21238338, 0.32982163], 4.8333, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottEFormula>("SprottE", [], [0.6173759, 0.66599285, -1.6575023], 7.6275, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottFFormula>("SprottF", [("a", 0.5)], [-0.98941275, -1.4191706, 0.85797204], 19.244, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottGFormula>("SprottG", [("a", 0.4)], [-0.77182478, -0.74756595, 1.3073285], 8.7097, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottHFormula>("SprottH", [("a", 0.5)], [-1.360042, 0.62585352, -1.2788196], 20.229, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottKFormula>("SprottK", [("a", 0.3)], [-1.3165015, -1.5429951, 0.664053], 7.006, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottLFormula>("SprottL", [("a", 0.9), ("b", 3.9)], [4.3611557, 13.705573, -2.6835659], 6.7262, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottOFormula>("SprottO", [("a", 2.7)], [0.20549455, 0.022792985, 0.93636949], 9.755, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottPFormula>("SprottP", [("a", 2.7)], [0.83420675, 0.14915817, 0.44028635], 5.3414, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottQFormula>("SprottQ", [("a", 3.1), ("b", 0.5)], [2.978102, -0.065260683, -2.8031286], 4.8443, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottRFormula>("SprottR", [("a", 0.9), ("b", 0.4)], [-1.6914909, -1.9783678, 1.9807775], 7.0133, "J. C. Sprott (1994), Some simple chaotic flows"),
        Row<SprottJerkFormula>("SprottJerk", [("mu", 2.017)], [-0.54106056, 0.59383201, 0.45127217], 11.921, "J. C. Sprott (1997), Simplest dissipative chaotic flow"),
    ];

    /// <summary>x' = y, y' = y z - x, z' = 1 - y^2.</summary>
    private readonly struct SprottAFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = (y * z) - x;
            f[2] = T.One - (y * y);
        }
    }

    /// <summary>x' = y z, y' = x - y, z' = 1 - x^2.</summary>
    private readonly struct SprottCFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T x = u[0], y = u[1], z = u[2];
            f[0] = y * z;
            f[1] = x - y;
            f[2] = T.One - (x * x);
        }
    }

    /// <summary>x' = -y, y' = x + z, z' = x z + 3 y^2.</summary>
    private readonly struct SprottDFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T x = u[0], y = u[1], z = u[2];
            f[0] = -y;
            f[1] = x + z;
            f[2] = (x * z) + (Number<T>(3) * y * y);
        }
    }

    /// <summary>x' = y z, y' = x^2 - y, z' = 1 - 4 x.</summary>
    private readonly struct SprottEFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T x = u[0], y = u[1], z = u[2];
            f[0] = y * z;
            f[1] = (x * x) - y;
            f[2] = T.One - (Number<T>(4) * x);
        }
    }

    /// <summary>x' = y + z, y' = a y - x, z' = x^2 - z.</summary>
    private readonly struct SprottFFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y + z;
            f[1] = (a * y) - x;
            f[2] = (x * x) - z;
        }
    }

    /// <summary>x' = a x + z, y' = x z - y, z' = y - x.</summary>
    private readonly struct SprottGFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (a * x) + z;
            f[1] = (x * z) - y;
            f[2] = y - x;
        }
    }

    /// <summary>x' = z^2 - y, y' = x + a y, z' = x - z.</summary>
    private readonly struct SprottHFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (z * z) - y;
            f[1] = x + (a * y);
            f[2] = x - z;
        }
    }

    /// <summary>x' = x y - z, y' = x - y, z' = x + a z.</summary>
    private readonly struct SprottKFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (x * y) - z;
            f[1] = x - y;
            f[2] = x + (a * z);
        }
    }

    /// <summary>x' = y + b z, y' = a x^2 - y, z' = 1 - x.</summary>
    private readonly struct SprottLFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y + (b * z);
            f[1] = (a * x * x) - y;
            f[2] = T.One - x;
        }
    }

    /// <summary>x' = y, y' = x - z, z' = x + x z + a y.</summary>
    private readonly struct SprottOFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = x - z;
            f[2] = x + (x * z) + (a * y);
        }
    }

    /// <summary>x' = a y + z, y' = y^2 - x, z' = x + y.</summary>
    private readonly struct SprottPFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (a * y) + z;
            f[1] = (y * y) - x;
            f[2] = x + y;
        }
    }

    /// <summary>x' = -z, y' = x - y, z' = a x + y^2 + b z.</summary>
    private readonly struct SprottQFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = -z;
            f[1] = x - y;
            f[2] = (a * x) + (y * y) + (b * z);
        }
    }

    /// <summary>x' = a - y, y' = b + z, z' = x y - z.</summary>
    private readonly struct SprottRFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = a - y;
            f[1] = b + z;
            f[2] = (x * y) - z;
        }
    }

    /// <summary>x''' = -mu x'' + x'^2 - x.</summary>
    private readonly struct SprottJerkFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T mu = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = z;
            f[2] = (y * y) - x - (mu * z);
        }
    }
}
