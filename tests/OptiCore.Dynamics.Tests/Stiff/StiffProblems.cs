namespace OptiCore.Dynamics.Tests;

/// <summary>The stiff problems of the reference file, with their Jacobians.</summary>
internal static class StiffProblems
{
    public static readonly Dictionary<string, IOdeJacobian> Golden = new()
    {
        ["hires"] = OdeSystem.From(8, Hires, HiresJacobian),
        ["robertson"] = OdeSystem.From(3, Robertson, RobertsonJacobian),
        ["van_der_pol_mu1000"] = OdeSystem.From(2, VanDerPol, VanDerPolJacobian),
        ["oregonator"] = OdeSystem.From(3, Oregonator, OregonatorJacobian),
    };

    public static void Robertson(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        double a = 0.04 * y[0], b = 1e4 * y[1] * y[2], c = 3e7 * y[1] * y[1];
        (dy[0], dy[1], dy[2]) = (b - a, a - b - c, c);
    }

    public static void VanDerPol(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        double x = y[0], v = y[1];
        dy[0] = v;
        dy[1] = (1000 * (1 - (x * x)) * v) - x;
    }

    public static void Hires(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        double r = 280 * y[5] * y[7];
        dy[0] = (-1.71 * y[0]) + (0.43 * y[1]) + (8.32 * y[2]) + 0.0007;
        dy[1] = (1.71 * y[0]) - (8.75 * y[1]);
        dy[2] = (-10.03 * y[2]) + (0.43 * y[3]) + (0.035 * y[4]);
        dy[3] = (8.32 * y[1]) + (1.71 * y[2]) - (1.12 * y[3]);
        dy[4] = (-1.745 * y[4]) + (0.43 * y[5]) + (0.43 * y[6]);
        dy[5] = -r + (0.69 * y[3]) + (1.71 * y[4]) - (0.43 * y[5]) + (0.69 * y[6]);
        dy[6] = r - (1.81 * y[6]);
        dy[7] = -r + (1.81 * y[6]);
    }

    private static void RobertsonJacobian(double t, ReadOnlySpan<double> y, Span<double> j)
    {
        (j[0], j[1], j[2]) = (-0.04, 1e4 * y[2], 1e4 * y[1]);
        (j[3], j[4], j[5]) = (0.04, (-1e4 * y[2]) - (6e7 * y[1]), -1e4 * y[1]);
        (j[6], j[7], j[8]) = (0, 6e7 * y[1], 0);
    }

    private static void VanDerPolJacobian(double t, ReadOnlySpan<double> y, Span<double> j) =>
        (j[0], j[1], j[2], j[3]) = (0, 1, (-2000 * y[0] * y[1]) - 1, 1000 * (1 - (y[0] * y[0])));

    private static void HiresJacobian(double t, ReadOnlySpan<double> y, Span<double> j)
    {
        j.Clear();
        (j[0], j[1], j[2]) = (-1.71, 0.43, 8.32);
        (j[8], j[9]) = (1.71, -8.75);
        (j[18], j[19], j[20]) = (-10.03, 0.43, 0.035);
        (j[25], j[26], j[27]) = (8.32, 1.71, -1.12);
        (j[36], j[37], j[38]) = (-1.745, 0.43, 0.43);
        double a = 280 * y[7], b = 280 * y[5];
        (j[43], j[44], j[45], j[46], j[47]) = (0.69, 1.71, -a - 0.43, 0.69, -b);
        (j[53], j[54], j[55]) = (a, -1.81, b);
        (j[61], j[62], j[63]) = (-a, 1.81, -b);
    }

    private static void Oregonator(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        dy[0] = 77.27 * (y[1] + (y[0] * (1 - (8.375e-6 * y[0]) - y[1])));
        dy[1] = (y[2] - ((1 + y[0]) * y[1])) / 77.27;
        dy[2] = 0.161 * (y[0] - y[2]);
    }

    private static void OregonatorJacobian(double t, ReadOnlySpan<double> y, Span<double> j)
    {
        (j[0], j[1], j[2]) = (77.27 * (1 - (2 * 8.375e-6 * y[0]) - y[1]), 77.27 * (1 - y[0]), 0);
        (j[3], j[4], j[5]) = (-y[1] / 77.27, -(1 + y[0]) / 77.27, 1 / 77.27);
        (j[6], j[7], j[8]) = (0.161, 0, -0.161);
    }
}
