namespace OptiCore.Differentiation;

/// <summary>
/// Bounds of results on a processor that rounds to nearest: the rounded result and the sign of its error, which is itself a double for sums, products,
/// quotients and square roots (Dekker 1971; Knuth, TAOCP 2, 4.2.2; Markstein 1990), say which neighbour is the tightest bound.
/// </summary>
/// <remarks>Arguments are bounds of intervals: finite or infinite, never NaN. Each upper bound is the negative of a lower one.</remarks>
internal static class Outward
{
    // Below this, the error of a product or a remainder may itself be rounded, so that its sign says nothing: 2^-1074 times 2^106, and a margin.
    private const double Exact = 1.0261342003245941E-289; // 2^-960

    /// <summary>The largest double that is at most x + y; -Infinity plus anything is -Infinity.</summary>
    public static double AddDown(double x, double y)
    {
        double sum = x + y;
        if (double.IsInfinity(sum))
            return sum > 0 && double.IsFinite(x) && double.IsFinite(y) ? double.MaxValue : sum;
        double part = sum - x, error = (x - (sum - part)) + (y - part);
        return error >= 0 ? sum : Math.BitDecrement(sum);
    }

    /// <summary>The smallest double that is at least x + y.</summary>
    public static double AddUp(double x, double y) => -AddDown(-x, -y);

    /// <summary>The largest double that is at most x y, except that a product below 2^-960 is rounded once more; 0 times anything is 0, the limit of bounded factors.</summary>
    public static double MultiplyDown(double x, double y)
    {
        if (x == 0 || y == 0)
            return 0;
        double product = x * y;
        if (double.IsInfinity(product))
            return product > 0 && double.IsFinite(x) && double.IsFinite(y) ? double.MaxValue : product;
        if (Math.Abs(product) < Exact)
            return Below(product, x > 0 == y > 0);
        return Math.FusedMultiplyAdd(x, y, -product) >= 0 ? product : Math.BitDecrement(product);
    }

    /// <summary>The smallest double that is at least x y, except that a product below 2^-960 is rounded once more.</summary>
    public static double MultiplyUp(double x, double y) => -MultiplyDown(-x, y);

    /// <summary>The largest double that is at most x / y for y other than 0, except that tiny numbers are rounded once more; anything over an infinite bound is 0.</summary>
    public static double DivideDown(double x, double y)
    {
        if (x == 0 || double.IsInfinity(y))
            return 0;
        double quotient = x / y;
        if (double.IsInfinity(quotient))
            return quotient > 0 && double.IsFinite(x) ? double.MaxValue : quotient;
        if (Math.Abs(quotient) < Exact || Math.Abs(x) < Exact)
            return Below(quotient, x > 0 == y > 0);
        double remainder = Math.FusedMultiplyAdd(-quotient, y, x);
        return remainder == 0 || remainder > 0 == y > 0 ? quotient : Math.BitDecrement(quotient);
    }

    /// <summary>The smallest double that is at least x / y.</summary>
    public static double DivideUp(double x, double y) => -DivideDown(-x, y);

    /// <summary>The largest double whose square is at most x, for x from 0; one less for x below 2^-960.</summary>
    public static double SqrtDown(double x)
    {
        double root = Math.Sqrt(x);
        return x == 0 || double.IsInfinity(x) || (x >= Exact && Math.FusedMultiplyAdd(-root, root, x) >= 0) ? root : Math.BitDecrement(root);
    }

    /// <summary>The smallest double whose square is at least x, for x from 0; one more for x below 2^-960.</summary>
    public static double SqrtUp(double x)
    {
        double root = Math.Sqrt(x);
        return x == 0 || double.IsInfinity(x) || (x >= Exact && Math.FusedMultiplyAdd(-root, root, x) <= 0) ? root : Math.BitIncrement(root);
    }

    /// <summary>The double that lies some doubles below; from NaN -Infinity.</summary>
    public static double Down(double x, long steps)
    {
        if (double.IsNaN(x))
            return double.NegativeInfinity;

        // Bits as integers in the order of the numbers: those of negative numbers run the other way.
        long bits = BitConverter.DoubleToInt64Bits(x), least = Order(BitConverter.DoubleToInt64Bits(double.NegativeInfinity)), order = Order(bits);
        return BitConverter.Int64BitsToDouble(Order(order <= least + steps ? least : order - steps));

        static long Order(long bits) => bits < 0 ? long.MinValue - bits : bits;
    }

    /// <summary>The double that lies some doubles above; from NaN Infinity.</summary>
    public static double Up(double x, long steps) => -Down(-x, steps);

    /// <summary>One double below, but not below 0 for a result that is positive, of which 0 may be all that is left.</summary>
    private static double Below(double x, bool positive) => positive && x == 0 ? 0 : Math.BitDecrement(x);
}
