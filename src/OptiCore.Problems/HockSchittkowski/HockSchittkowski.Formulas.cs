using OptiCore.Differentiation;
using static OptiCore.Elementary;

namespace OptiCore.Problems;

public static partial class HockSchittkowski
{
    private static Dual4 Cube(Dual4 x) => x * Sq(x);

    private static Dual4 Rosenbrock(ReadOnlySpan<Dual4> x) => (100 * Sq(x[1] - Sq(x[0]))) + Sq(1 - x[0]);

    private static void Problem15(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = (x[0] * x[1]) - 1;
        c[1] = x[0] + Sq(x[1]);
    }

    private static void Problem22(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = 2 - x[0] - x[1];
        c[1] = x[1] - Sq(x[0]);
    }

    private static void Problem24(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        double root = Math.Sqrt(3);
        c[0] = (x[0] / root) - x[1];
        c[1] = x[0] + (root * x[1]);
        c[2] = 6 - x[0] - (root * x[1]);
    }

    private static void Exponentials(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = x[1] - Exp(x[0]);
        c[1] = x[2] - Exp(x[1]);
    }

    private static Dual4 Problem35Objective(ReadOnlySpan<Dual4> x) =>
        9 - (8 * x[0]) - (6 * x[1]) - (4 * x[2]) + (2 * Sq(x[0])) + (2 * Sq(x[1])) + Sq(x[2]) + (2 * x[0] * x[1]) + (2 * x[0] * x[2]);

    private static void Problem37(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        Dual4 sum = x[0] + (2 * x[1]) + (2 * x[2]);
        c[0] = 72 - sum;
        c[1] = sum;
    }

    private static void Problem39(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = x[1] - Cube(x[0]) - Sq(x[2]);
        c[1] = Sq(x[0]) - x[1] - Sq(x[3]);
    }

    private static void Problem40(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = Cube(x[0]) + Sq(x[1]) - 1;
        c[1] = (Sq(x[0]) * x[3]) - x[2];
        c[2] = Sq(x[3]) - x[1];
    }

    private static void Problem42(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = x[0] - 2;
        c[1] = Sq(x[2]) + Sq(x[3]) - 2;
    }

    private static Dual4 RosenSuzuki(ReadOnlySpan<Dual4> x) =>
        Sq(x[0]) + Sq(x[1]) + (2 * Sq(x[2])) + Sq(x[3]) - (5 * x[0]) - (5 * x[1]) - (21 * x[2]) + (7 * x[3]);

    private static void Problem43(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = 8 - Sq(x[0]) - Sq(x[1]) - Sq(x[2]) - Sq(x[3]) - x[0] + x[1] - x[2] + x[3];
        c[1] = 10 - Sq(x[0]) - (2 * Sq(x[1])) - Sq(x[2]) - (2 * Sq(x[3])) + x[0] + x[3];
        c[2] = 5 - (2 * Sq(x[0])) - Sq(x[1]) - Sq(x[2]) - (2 * x[0]) + x[1] + x[3];
    }

    private static void Problem48(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = x[0] + x[1] + x[2] + x[3] + x[4] - 5;
        c[1] = x[2] - (2 * (x[3] + x[4])) + 3;
    }

    private static Dual4 Problem51Objective(ReadOnlySpan<Dual4> x) => Sq(x[0] - x[1]) + Sq(x[1] + x[2] - 2) + Sq(x[3] - 1) + Sq(x[4] - 1);

    private static void Problem51(ReadOnlySpan<Dual4> x, Span<Dual4> c, double right)
    {
        c[0] = x[0] + (3 * x[1]) - right;
        c[1] = x[2] + x[3] - (2 * x[4]);
        c[2] = x[1] - x[4];
    }

    private static void Problem61(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = (3 * x[0]) - (2 * Sq(x[1])) - 7;
        c[1] = (4 * x[0]) - Sq(x[2]) - 11;
    }

    private static void Problem71(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = (x[0] * x[1] * x[2] * x[3]) - 25;
        c[1] = Sq(x[0]) + Sq(x[1]) + Sq(x[2]) + Sq(x[3]) - 40;
    }

    private static Dual4 Problem76Objective(ReadOnlySpan<Dual4> x) =>
        Sq(x[0]) + (0.5 * Sq(x[1])) + Sq(x[2]) + (0.5 * Sq(x[3])) - (x[0] * x[2]) + (x[2] * x[3]) - x[0] - (3 * x[1]) + x[2] - x[3];

    private static void Problem76(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = 5 - x[0] - (2 * x[1]) - x[2] - x[3];
        c[1] = 4 - (3 * x[0]) - x[1] - (2 * x[2]) + x[3];
        c[2] = x[1] + (4 * x[2]) - 1.5;
    }

    private static void Problem77(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        double root = Math.Sqrt(2);
        c[0] = (Sq(x[0]) * x[3]) + Sin(x[3] - x[4]) - (2 * root);
        c[1] = x[1] + (Sq(Sq(x[2])) * Sq(x[3])) - 8 - root;
    }

    private static Dual4 Product(ReadOnlySpan<Dual4> x) => x[0] * x[1] * x[2] * x[3] * x[4];

    private static void Problem78(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = Sq(x[0]) + Sq(x[1]) + Sq(x[2]) + Sq(x[3]) + Sq(x[4]) - 10;
        c[1] = (x[1] * x[2]) - (5 * x[3] * x[4]);
        c[2] = Cube(x[0]) + Cube(x[1]) + 1;
    }

    private static void Problem79(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        double root = Math.Sqrt(2);
        c[0] = x[0] + Sq(x[1]) + Cube(x[2]) - 2 - (3 * root);
        c[1] = x[1] - Sq(x[2]) + x[3] + 2 - (2 * root);
        c[2] = (x[0] * x[4]) - 2;
    }

    private static Dual4 Problem100Objective(ReadOnlySpan<Dual4> x) =>
        Sq(x[0] - 10) + (5 * Sq(x[1] - 12)) + Sq(Sq(x[2])) + (3 * Sq(x[3] - 11)) + (10 * Sq(Cube(x[4]))) + (7 * Sq(x[5])) + Sq(Sq(x[6])) - (4 * x[5] * x[6]) - (10 * x[5]) - (8 * x[6]);

    private static void Problem100(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = 127 - (2 * Sq(x[0])) - (3 * Sq(Sq(x[1]))) - x[2] - (4 * Sq(x[3])) - (5 * x[4]);
        c[1] = 282 - (7 * x[0]) - (3 * x[1]) - (10 * Sq(x[2])) - x[3] + x[4];
        c[2] = 196 - (23 * x[0]) - Sq(x[1]) - (6 * Sq(x[5])) + (8 * x[6]);
        c[3] = (-4 * Sq(x[0])) - Sq(x[1]) + (3 * x[0] * x[1]) - (2 * Sq(x[2])) - (5 * x[5]) + (11 * x[6]);
    }

    private static Dual4 WongObjective(ReadOnlySpan<Dual4> x) =>
        Sq(x[0]) + Sq(x[1]) + (x[0] * x[1]) - (14 * x[0]) - (16 * x[1]) + Sq(x[2] - 10) + (4 * Sq(x[3] - 5)) + Sq(x[4] - 3) + (2 * Sq(x[5] - 1)) + (5 * Sq(x[6])) + (7 * Sq(x[7] - 11))
        + (2 * Sq(x[8] - 10)) + Sq(x[9] - 7) + 45;

    private static void Wong(ReadOnlySpan<Dual4> x, Span<Dual4> c)
    {
        c[0] = 105 - (4 * x[0]) - (5 * x[1]) + (3 * x[6]) - (9 * x[7]);
        c[1] = (-10 * x[0]) + (8 * x[1]) + (17 * x[6]) - (2 * x[7]);
        c[2] = (8 * x[0]) - (2 * x[1]) - (5 * x[8]) + (2 * x[9]) + 12;
        c[3] = (-3 * Sq(x[0] - 2)) - (4 * Sq(x[1] - 3)) - (2 * Sq(x[2])) + (7 * x[3]) + 120;
        c[4] = (-5 * Sq(x[0])) - (8 * x[1]) - Sq(x[2] - 6) + (2 * x[3]) + 40;
        c[5] = (-0.5 * Sq(x[0] - 8)) - (2 * Sq(x[1] - 4)) - (3 * Sq(x[4])) + x[5] + 30;
        c[6] = -Sq(x[0]) - (2 * Sq(x[1] - 2)) + (2 * x[0] * x[1]) - (14 * x[4]) + (6 * x[5]);
        c[7] = (3 * x[0]) - (6 * x[1]) - (12 * Sq(x[8] - 8)) + (7 * x[9]);
    }
}
