namespace OptiCore.Problems;

// Oscillators, circuits, dynamos and mechanics.
public static partial class ChaoticFlows
{
    private static ChaoticFlow[] Oscillators() =>
    [
        Row<RosslerFormula>("Rossler", [("a", 0.2), ("b", 0.2), ("c", 5.7)], [6.5134412, 0.4772013, 0.34164294], 5.9086,
            "O. E. Rössler (1976), An equation for continuous chaos"),
        Row<ChuaFormula>("Chua", [("alpha", 15.6), ("beta", 28.0), ("m0", -1.142857), ("m1", -0.71429)], [1.1262351, -0.11386474, -0.78324421], 1.4235,
            "L. O. Chua, M. Komuro, T. Matsumoto (1986), The double scroll family"),
        Row<DuffingFormula>("Duffing", [("alpha", 1.0), ("beta", -1.0), ("delta", 0.1), ("gamma", 0.35), ("omega", 1.4)], [-1.1635382, -0.5092374, 0.0], 7.4496,
            "G. Duffing (1918), Forced oscillations with variable natural frequency and their technical relevance"),
        Row<ThomasFormula>("Thomas", [("a", 1.85), ("b", 10)], [2.199442, 2.3634225, 3.220197], 4.969,
            "R. Thomas (1999), Deterministic chaos seen in terms of feedback circuits: analysis, synthesis, labyrinth chaos"),
        Row<ThomasFormula>("ThomasLabyrinth", [("a", 0.5), ("b", 10)], [-4.9599545, 1.0302034, -4.6883893], 6.05,
            "R. Thomas (1999), Deterministic chaos seen in terms of feedback circuits: analysis, synthesis, labyrinth chaos"),
        Row<AizawaFormula>("Aizawa", [("a", 0.95), ("b", 0.7), ("c", 0.6), ("d", 3.5), ("e", 0.25), ("f", 0.1)], [-0.78450179, -0.62887672, -0.17620268], 2.5837,
            "Y. Aizawa, T. Uezu (1982), Topological aspects in chaos and in 2^k-period doubling cascade; W. F. Langford (1984), Numerical studies of torus bifurcations"),
        Row<ArneodoFormula>("Arneodo", [("a", -5.5), ("b", 4.5), ("c", 1.0), ("d", -1.0)], [-2.7515698, 0.19079818, 3.4703629], 3.1641,
            "A. Arneodo, P. Coullet, C. Tresser (1980), Occurrence of strange attractors in three-dimensional Volterra equations"),
        Row<ArneodoFormula>("Coullet", [("a", -0.8), ("b", 1.1), ("c", 0.45), ("d", -1.0)], [0.34539837958549907, 0.4284701181998099, 0.086983698175975], 5.7663,
            "A. Arneodo, P. Coullet, C. Tresser (1980), Occurrence of strange attractors in three-dimensional Volterra equations"),
        Row<BurkeShawFormula>("BurkeShaw", [("e", 13), ("n", 10)], [-0.79153188, 0.65244479, 0.22517831], 0.78333,
            "R. Shaw (1981), Strange attractors, chaotic behavior, and information flow"),
        Row<ChenLeeFormula>("ChenLee", [("a", 5), ("b", -10), ("c", -0.38)], [0.17177112, 0.10360479, 6.2553878], 2.8043,
            "H.-K. Chen, C.-I. Lee (2004), Anti-control of chaos in rigid body motion"),
        Row<MooreSpiegelFormula>("MooreSpiegel", [("a", 10), ("b", 4), ("eps", 9)], [-3.4733266, 19.666962, -3.8262485], 1.2887,
            "D. W. Moore, E. A. Spiegel (1966), A thermally excited non-linear oscillator"),
        Row<RikitakeDynamoFormula>("RikitakeDynamo", [("a", 1.0), ("mu", 1.0)], [-0.7791562791136255, -0.6302244598741468, 2.671200187214492], 5.8975,
            "T. Rikitake (1958), Oscillations of a system of disk dynamos"),
        Row<NuclearQuadrupoleFormula>("NuclearQuadrupole", [("a", 1.0), ("b", 0.55), ("d", 0.4)], [-0.85591178, 1.48078342, -0.85075322, 1.63576085], 6.023076923076923,
            "V. Baran, A. A. Raduta (1998), Classical and quantal chaos described by a fourth order quadrupole boson Hamiltonian"),
        Row<HenonHeilesFormula>("HenonHeiles", [("lam", 1)], [-0.29707259, -0.0031367513, 0.42548865, 0.071905482], 6.37,
            "M. Hénon, C. Heiles (1964), The applicability of the third integral of motion: some numerical experiments"),
        Row<NoseHooverFormula>("NoseHoover", [("a", 1.5)], [-1.9758582, 0.24647527, 0.79024299], 5.8673,
            "S. Nosé (1984), A unified formulation of the constant temperature molecular dynamics methods; W. G. Hoover (1985), Canonical dynamics: equilibrium phase-space distributions"),
        Row<DoubleGyreFormula>("DoubleGyre", [("alpha", 0.1), ("eps", 0.1), ("omega", 0.62832)], [1.5327241, 0.99802126, 3879.3323], 13.953,
            "S. C. Shadden, F. Lekien, J. E. Marsden (2005), Definition and properties of Lagrangian coherent structures from finite-time Lyapunov exponents in two-dimensional aperiodic flows"),
        Row<SanUmSrisuchinwongFormula>("SanUmSrisuchinwong", [("a", 2)], [0.63878078, 1.0901873, 2.4479814], 7.4654,
            "W. San-Um, B. Srisuchinwong (2012), Highly complex chaotic system with piecewise linear nonlinearity and compound structures"),
    ];

    /// <summary>x' = -y - z, y' = x + a y, z' = b + z (x - c).</summary>
    private readonly struct RosslerFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = -(y + z);
            f[1] = x + (a * y);
            f[2] = b + (z * (x - c));
        }
    }

    /// <summary>x' = alpha (y - x - g(x)), y' = x - y + z, z' = -beta y, with g piecewise linear of slopes m0 inside [-1, 1] and m1 outside.</summary>
    private readonly struct ChuaFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T alpha = p[0], beta = p[1], m0 = p[2], m1 = p[3];
            T x = u[0], y = u[1], z = u[2];
            T g = (m1 * x) + (Number<T>(0.5) * (m0 - m1) * (T.Abs(x + T.One) - T.Abs(x - T.One)));
            f[0] = alpha * (y - x - g);
            f[1] = x - y + z;
            f[2] = -(beta * y);
        }
    }

    /// <summary>x' = y, y' = gamma cos z - delta y - beta x - alpha x^3, z' = omega.</summary>
    private readonly struct DuffingFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T alpha = p[0], beta = p[1], delta = p[2], gamma = p[3], omega = p[4];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = (gamma * T.Cos(z)) - (delta * y) - (beta * x) - (alpha * x * x * x);
            f[2] = omega;
        }
    }

    /// <summary>x' = b sin y - a x, and so on around the ring of three.</summary>
    private readonly struct ThomasFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (b * T.Sin(y)) - (a * x);
            f[1] = (b * T.Sin(z)) - (a * y);
            f[2] = (b * T.Sin(x)) - (a * z);
        }
    }

    /// <summary>x' = (z - b) x - d y, y' = d x + (z - b) y, z' = c + a z - z^3 / 3 - (x^2 + y^2) (1 + e z) + f z x^3.</summary>
    private readonly struct AizawaFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2], d = p[3], e = p[4], g = p[5];
            T x = u[0], y = u[1], z = u[2];
            f[0] = ((z - b) * x) - (d * y);
            f[1] = (d * x) + ((z - b) * y);
            f[2] = c + (a * z) - (z * z * z / Number<T>(3)) - (((x * x) + (y * y)) * (T.One + (e * z))) + (g * z * x * x * x);
        }
    }

    /// <summary>x''' + c x'' + b x' + a x = d x^3.</summary>
    private readonly struct ArneodoFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2], d = p[3];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = z;
            f[2] = (d * x * x * x) - (a * x) - (b * y) - (c * z);
        }
    }

    /// <summary>x' = -n (x + y), y' = y - n x z, z' = n x y + e.</summary>
    private readonly struct BurkeShawFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T e = p[0], n = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = -(n * (x + y));
            f[1] = y - (n * x * z);
            f[2] = (n * x * y) + e;
        }
    }

    /// <summary>x' = a x - y z, y' = b y + x z, z' = c z + x y / 3.</summary>
    private readonly struct ChenLeeFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], c = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (a * x) - (y * z);
            f[1] = (b * y) + (x * z);
            f[2] = (c * z) + (x * y / Number<T>(3));
        }
    }

    /// <summary>x' = y, y' = a z, z' = (eps - x^2) y - z - b x.</summary>
    private readonly struct MooreSpiegelFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], eps = p[2];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = a * z;
            f[2] = ((eps - (x * x)) * y) - z - (b * x);
        }
    }

    /// <summary>x' = y z - mu x, y' = x (z - a) - mu y, z' = 1 - x y.</summary>
    private readonly struct RikitakeDynamoFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], mu = p[1];
            T x = u[0], y = u[1], z = u[2];
            f[0] = (y * z) - (mu * x);
            f[1] = (x * (z - a)) - (mu * y);
            f[2] = T.One - (x * y);
        }
    }

    /// <summary>The Hamiltonian a (p^2 + q^2) / 2 + b (3 q2^2 q1 - q1^3) / sqrt 2 + d (q^2)^2 / 4.</summary>
    private readonly struct NuclearQuadrupoleFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0], b = p[1], d = p[2];
            T q1 = u[0], q2 = u[1], p1 = u[2], p2 = u[3];
            T square = (q1 * q1) + (q2 * q2), c = Number<T>(3 / Math.Sqrt(2)) * b;
            f[0] = a * p1;
            f[1] = a * p2;
            f[2] = -(a * q1) + (c * ((q1 * q1) - (q2 * q2))) - (d * q1 * square);
            f[3] = -(a * q2) - ((c + c) * q1 * q2) - (d * q2 * square);
        }
    }

    /// <summary>The Hamiltonian (p^2 + q^2) / 2 + lam (x^2 y - y^3 / 3).</summary>
    private readonly struct HenonHeilesFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T lam = p[0];
            T x = u[0], y = u[1];
            f[0] = u[2];
            f[1] = u[3];
            f[2] = -x - (Number<T>(2) * lam * x * y);
            f[3] = -y - (lam * ((x * x) - (y * y)));
        }
    }

    /// <summary>x' = y, y' = y z - x, z' = a - y^2.</summary>
    private readonly struct NoseHooverFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y;
            f[1] = (y * z) - x;
            f[2] = a - (y * y);
        }
    }

    /// <summary>Two vortices side by side, whose border swings: the stream function alpha sin(pi h) sin(pi y), h = s x^2 + (1 - 2 s) x, s = eps sin z, z' = omega.</summary>
    private readonly struct DoubleGyreFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T alpha = p[0], eps = p[1], omega = p[2];
            T x = u[0], y = u[1], z = u[2];
            T s = eps * T.Sin(z), h = (s * x * x) + ((T.One - s - s) * x), slope = (Number<T>(2) * s * x) + T.One - s - s;
            f[0] = -(alpha * T.Pi * T.Sin(T.Pi * h) * T.Cos(T.Pi * y));
            f[1] = alpha * T.Pi * T.Cos(T.Pi * h) * T.Sin(T.Pi * y) * slope;
            f[2] = omega;
        }
    }

    /// <summary>x' = y - x, y' = -z tanh x, z' = x y + |y| - a.</summary>
    private readonly struct SanUmSrisuchinwongFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T a = p[0];
            T x = u[0], y = u[1], z = u[2];
            f[0] = y - x;
            f[1] = -(z * T.Tanh(x));
            f[2] = (x * y) + T.Abs(y) - a;
        }
    }
}
