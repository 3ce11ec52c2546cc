namespace OptiCore.Optimizers;

/// <content>The exponential cone.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The exponential cone in R^3, the closure of y exp(x/y) &lt;= z, y &gt; 0. Points of the polar cone go to 0; those with x, y &lt;= 0 to (x, 0, max(z, 0)); of the others the ratio r = x/y of the
    /// projection is the one root of an increasing function, bracketed and found by bisection and Newton steps to full precision.
    /// H. A. Friberg (2023), Projection onto the exponential cone: a univariate root-finding problem, Optim. Methods Softw. 38, 457-473.
    /// </summary>
    public static IConvexSet ExponentialCone { get; } = new ExponentialConeSet();

    private sealed record ExponentialConeSet : IConvexSet
    {
        public int Dimension => 3;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            double a = x[0], b = x[1], c = x[2];
            if ((b > 0 && b * Math.Exp(a / b) <= c) || (b == 0 && a <= 0 && c >= 0))
                (projection[0], projection[1], projection[2]) = (a, b, c);
            else if ((a > 0 && a * Math.Exp(b / a) <= -Math.E * c) || (a == 0 && b <= 0 && c <= 0))
                (projection[0], projection[1], projection[2]) = (0, 0, 0);
            else if (a <= 0 && b <= 0)
                (projection[0], projection[1], projection[2]) = (a, 0, Math.Max(c, 0));
            else
                (projection[0], projection[1], projection[2]) = OnTheCurve(a, b, c);
        }

        /// <summary>
        /// A point of the curved surface is y (r, 1, e^r); its normal is (e^r, (1 - r) e^r, -1). The first two of the equations v0 = point + mu normal give y and mu as functions of r,
        /// the third is the one to solve.
        /// </summary>
        private static (double X, double Y, double Z) OnTheCurve(double a, double b, double c)
        {
            // y > 0 and mu > 0 bound the ratio.
            double low = a > 0 ? 1 - (b / a) : double.NegativeInfinity, high = b > 0 ? a / b : double.PositiveInfinity;
            if (double.IsInfinity(low))
            {
                double length = 1;
                for (low = high - length; Excess(a, b, c, low) > 0 && length < 1e3; low = high - length)
                    length *= 2;
            }

            if (double.IsInfinity(high))
            {
                double length = 1;
                for (high = low + length; Excess(a, b, c, high) < 0 && length < 1e3; high = low + length)
                    length *= 2;
            }

            double r = 0.5 * (low + high);
            for (int k = 0; k < 200 && low < high; k++)
            {
                double value = Excess(a, b, c, r);
                if (value > 0)
                    high = r;
                else
                    low = r;
                double delta = 1e-7 * Math.Max(1, Math.Abs(r)), slope = (Excess(a, b, c, r + delta) - value) / delta, next = r - (value / slope);
                if (!(next > low && next < high))
                    next = 0.5 * (low + high);
                if (next == r || !(next > low && next < high))
                    break;
                r = next;
            }

            double y = Math.Max(Height(a, b, r), 0);
            return (r * y, y, y * Math.Exp(r));
        }

        private static double Height(double a, double b, double r) => (((r - 1) * a) + b) / ((r * (r - 1)) + 1);

        private static double Excess(double a, double b, double c, double r) => (Height(a, b, r) * Math.Exp(r)) - (Math.Exp(-r) * (a - (r * b)) / ((r * (r - 1)) + 1)) - c;
    }
}
