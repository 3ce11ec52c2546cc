using System.Numerics;

namespace OptiCore.Differentiation;

public readonly partial struct Interval : IExponentialFunctions<Interval>, ILogarithmicFunctions<Interval>, ITrigonometricFunctions<Interval>, IHyperbolicFunctions<Interval>
{
    // How many doubles a result of Math is widened by, each way: see the remarks of the type.
    private const int Narrow = 4, Wide = 8;

    /// <summary>The constant e, between two neighbouring doubles.</summary>
    public static Interval E => new(Math.E, Math.BitIncrement(Math.E));

    /// <summary>The constant pi, between two neighbouring doubles.</summary>
    public static Interval Pi => new(Math.PI, Math.BitIncrement(Math.PI));

    /// <summary>2 pi, between two neighbouring doubles.</summary>
    public static Interval Tau => new(Math.Tau, Math.BitIncrement(Math.Tau));

    private static Interval HalfPi => new(Math.PI / 2, Math.BitIncrement(Math.PI / 2));

    private static Interval Unit => new(-1, 1);

    /// <summary>The exponential e^x.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Exp(Interval x) => Increasing(x, Math.Exp, Narrow, 0, 1, NonNegative);

    /// <summary>e^x - 1, from 2 sinh(x/2) e^(x/2), which doesn't cancel near 0.</summary>
    /// <param name="x">The interval.</param>
    public static Interval ExpM1(Interval x)
    {
        return x.IsEmpty ? Empty : new(Math.Max(-1, At(x.Low).Low), At(x.High).High);

        // The bounds of large arguments would be infinity times a number.
        static Interval At(double x)
        {
            if (double.IsInfinity(x))
                return x > 0 ? NonNegative : -One;
            if (Math.Abs(x) > 1)
                return Exp(x) - One;
            Interval half = (Interval)x / 2;
            return Sinh(half) * Exp(half) * 2;
        }
    }

    /// <summary>The power 2^x.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Exp2(Interval x) => Pow(2, x);

    /// <summary>The power 10^x.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Exp10(Interval x) => Pow(10, x);

    /// <summary>The natural logarithm of the members above 0.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Log(Interval x) => Logarithm(x, Math.Log, Narrow);

    /// <summary>The logarithm log(x) / log(base).</summary>
    /// <param name="x">The interval.</param>
    /// <param name="newBase">The base.</param>
    public static Interval Log(Interval x, Interval newBase) => Log(x) / Log(newBase);

    /// <summary>The binary logarithm of the members above 0.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Log2(Interval x) => Logarithm(x, Math.Log2, Wide);

    /// <summary>The decimal logarithm of the members above 0.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Log10(Interval x) => Logarithm(x, Math.Log10, Wide);

    /// <summary>log(1 + x) of the members above -1, from 2 artanh(x / (2 + x)), which doesn't cancel near 0.</summary>
    /// <param name="x">The interval.</param>
    public static Interval LogP1(Interval x)
    {
        x = Intersect(x, new(-1, double.PositiveInfinity));
        return x.High > -1 ? new(x.Low == -1 ? double.NegativeInfinity : At(x.Low).Low, At(x.High).High) : Empty;

        static Interval At(double x)
        {
            if (double.IsInfinity(x))
                return Entire;
            Interval point = x;
            return Math.Abs(x) < 0.5 ? Atanh(point / (point + 2)) * 2 : Log(point + One);
        }
    }

    /// <summary>The sine, within [-1, 1].</summary>
    /// <param name="x">Angles in radians.</param>
    public static Interval Sin(Interval x)
    {
        if (x.IsEmpty || Turns(x) is not { } turns)
            return x.IsEmpty ? Empty : Unit;
        return Wave(Value(x.Low, Math.Sin, Narrow, 0, 0), Value(x.High, Math.Sin, Narrow, 0, 0), maximum: turns.Enters(1), minimum: turns.Enters(3));
    }

    /// <summary>The cosine, within [-1, 1].</summary>
    /// <param name="x">Angles in radians.</param>
    public static Interval Cos(Interval x)
    {
        if (x.IsEmpty || Turns(x) is not { } turns)
            return x.IsEmpty ? Empty : Unit;
        return Wave(Value(x.Low, Math.Cos, Narrow, 0, 1), Value(x.High, Math.Cos, Narrow, 0, 1), maximum: turns.Enters(0), minimum: turns.Enters(2));
    }

    /// <summary>Sine and cosine.</summary>
    /// <param name="x">Angles in radians.</param>
    public static (Interval Sin, Interval Cos) SinCos(Interval x) => (Sin(x), Cos(x));

    /// <summary>The tangent; the whole line where a pole lies between the bounds.</summary>
    /// <param name="x">Angles in radians.</param>
    public static Interval Tan(Interval x)
    {
        if (x.IsEmpty || Turns(x) is not { } turns || turns.Enters(1) || turns.Enters(3))
            return x.IsEmpty ? Empty : Entire;
        return new(Value(x.Low, Math.Tan, Narrow, 0, 0).Low, Value(x.High, Math.Tan, Narrow, 0, 0).High);
    }

    /// <summary>The sine of pi x, exact at multiples of 1/2.</summary>
    /// <param name="x">Angles in half turns.</param>
    public static Interval SinPi(Interval x)
    {
        if (x.IsEmpty)
            return Empty;
        if (!x.IsBounded)
            return Unit;
        return Wave(SinPiAt(x.Low), SinPiAt(x.High), maximum: HoldsEvenPlus(x, 0.5), minimum: HoldsEvenPlus(x, -0.5));
    }

    /// <summary>The cosine of pi x, exact at multiples of 1/2.</summary>
    /// <param name="x">Angles in half turns.</param>
    public static Interval CosPi(Interval x)
    {
        if (x.IsEmpty)
            return Empty;
        if (!x.IsBounded)
            return Unit;
        return Wave(CosPiAt(x.Low), CosPiAt(x.High), maximum: HoldsEvenPlus(x, 0), minimum: HoldsEvenPlus(x, 1));
    }

    /// <summary>Sine and cosine of pi x.</summary>
    /// <param name="x">Angles in half turns.</param>
    public static (Interval SinPi, Interval CosPi) SinCosPi(Interval x) => (SinPi(x), CosPi(x));

    /// <summary>The tangent of pi x; the whole line where a pole lies within the bounds.</summary>
    /// <param name="x">Angles in half turns.</param>
    public static Interval TanPi(Interval x)
    {
        if (x.IsEmpty || (x.IsPoint && CosPiAt(x.Low).Equals(Zero)))
            return Empty;
        if (!x.IsBounded || HoldsEvenPlus(x, 0.5) || HoldsEvenPlus(x, -0.5))
            return Entire;
        return new((SinPiAt(x.Low) / CosPiAt(x.Low)).Low, (SinPiAt(x.High) / CosPiAt(x.High)).High);
    }

    /// <summary>The inverse sine of the members of [-1, 1].</summary>
    /// <param name="x">The interval.</param>
    public static Interval Asin(Interval x) => Increasing(Intersect(x, Unit), Math.Asin, Narrow, 0, 0, Hull(HalfPi, -HalfPi));

    /// <summary>The inverse cosine of the members of [-1, 1].</summary>
    /// <param name="x">The interval.</param>
    public static Interval Acos(Interval x) => -Increasing(Intersect(x, Unit), static x => -Math.Acos(x), Narrow, 1, 0, Hull(-Pi, default));

    /// <summary>The inverse tangent.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Atan(Interval x) => Increasing(x, Math.Atan, Narrow, 0, 0, Hull(HalfPi, -HalfPi));

    /// <summary>The inverse sine in half turns.</summary>
    /// <param name="x">The interval.</param>
    public static Interval AsinPi(Interval x) => Intersect(Asin(x) / Pi, new(-0.5, 0.5));

    /// <summary>The inverse cosine in half turns.</summary>
    /// <param name="x">The interval.</param>
    public static Interval AcosPi(Interval x) => Intersect(Acos(x) / Pi, new(0, 1));

    /// <summary>The inverse tangent in half turns.</summary>
    /// <param name="x">The interval.</param>
    public static Interval AtanPi(Interval x) => Intersect(Atan(x) / Pi, new(-0.5, 0.5));

    /// <summary>The angles of the points of a box, from -pi to pi; 0 for the origin, as of <see cref="Math.Atan2"/>. All angles if the box has points on both sides of the negative x axis.</summary>
    /// <param name="y">The ordinates.</param>
    /// <param name="x">The abscissas.</param>
    public static Interval Atan2(Interval y, Interval x)
    {
        if (x.IsEmpty || y.IsEmpty)
            return Empty;
        if (x.Low < 0 && y.Low < 0 && y.High >= 0)
            return Hull(-Pi, Pi);

        // Without the cut, the angle is extreme at corners; at the origin, whatever corner it is, it is 0.
        Interval angles = Hull(Hull(Corner(y.Low, x.Low), Corner(y.Low, x.High)), Hull(Corner(y.High, x.Low), Corner(y.High, x.High)));
        return Intersect(angles, Hull(-Pi, Pi));

        static Interval Corner(double y, double x)
        {
            double angle = Math.Atan2(y, x);
            return angle == 0 && y == 0 ? default : new(Outward.Down(angle, Narrow), Outward.Up(angle, Narrow));
        }
    }

    /// <summary>The hyperbolic sine.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Sinh(Interval x) => Increasing(x, Math.Sinh, Wide, 0, 0, Entire);

    /// <summary>The hyperbolic cosine, from 1.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Cosh(Interval x) => x.IsEmpty ? Empty : Increasing(new(x.Mignitude, x.Magnitude), Math.Cosh, Wide, 0, 1, new(1, double.PositiveInfinity));

    /// <summary>The hyperbolic tangent, within [-1, 1].</summary>
    /// <param name="x">The interval.</param>
    public static Interval Tanh(Interval x) => Increasing(x, Math.Tanh, Wide, 0, 0, Unit);

    /// <summary>The inverse hyperbolic sine.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Asinh(Interval x) => Increasing(x, Math.Asinh, Wide, 0, 0, Entire);

    /// <summary>The inverse hyperbolic cosine of the members from 1.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Acosh(Interval x) => Increasing(Intersect(x, new(1, double.PositiveInfinity)), Math.Acosh, Wide, 1, 0, NonNegative);

    /// <summary>The inverse hyperbolic tangent of the members of (-1, 1).</summary>
    /// <param name="x">The interval.</param>
    public static Interval Atanh(Interval x)
    {
        x = Intersect(x, Unit);
        return x.IsEmpty || x.Low == 1 || x.High == -1 ? Empty : Increasing(x, Math.Atanh, Wide, 0, 0, Entire);
    }

    /// <summary>The logistic function 1 / (1 + e^-x), without overflow.</summary>
    internal static Interval Sigmoid(Interval x) => One / (One + Exp(-x));

    /// <summary>log(1 + e^x), without overflow.</summary>
    internal static Interval SoftPlus(Interval x)
    {
        return x.IsEmpty ? Empty : new(At(x.Low).Low, At(x.High).High);

        static Interval At(double x) => double.IsInfinity(x) ? NonNegative : x > 0 ? LogP1(Exp(-x)) + x : LogP1(Exp(x));
    }

    private static Interval Logarithm(Interval x, Func<double, double> log, int steps)
    {
        x = Intersect(x, NonNegative);
        return x.IsEmpty || x.High == 0 ? Empty : Increasing(x, log, steps, 1, 0, Entire);
    }

    /// <summary>The range of an increasing function, which is known exactly at one number and whose values lie within some range.</summary>
    private static Interval Increasing(Interval x, Func<double, double> function, int steps, double at, double exact, Interval range) => x.IsEmpty
        ? Empty
        : new(Math.Max(range.Low, Value(x.Low, function, steps, at, exact).Low), Math.Min(range.High, Value(x.High, function, steps, at, exact).High));

    private static Interval Value(double x, Func<double, double> function, int steps, double at, double exact)
    {
        if (x == at)
            return new(exact, exact);
        double value = function(x);
        return new(Outward.Down(value, steps), Outward.Up(value, steps));
    }

    /// <summary>The range between two values of a wave, which may take its extremes between them.</summary>
    private static Interval Wave(Interval from, Interval to, bool maximum, bool minimum) => new(
        minimum ? -1 : Math.Max(-1, Math.Min(from.Low, to.Low)),
        maximum ? 1 : Math.Min(1, Math.Max(from.High, to.High)));

    /// <summary>Through which quadrants an interval of angles passes; null for a full turn, or nearly one.</summary>
    /// <remarks>The computed signs of sine and cosine are right for every double, and neither is 0 but for the sine of 0. So the quadrants of the bounds are certain, also of huge ones.</remarks>
    private static Turn? Turns(Interval x)
    {
        double width = x.Width;
        if (!(width < Math.Tau))
            return null;
        int first = Quadrant(x.Low), count = (Quadrant(x.High) - first) & 3;

        // The same quadrant again: within it the width is less than pi / 2, after a whole turn more than 3 pi / 2.
        return count == 0 && width > 3 ? null : new(first, count);

        static int Quadrant(double x)
        {
            (double sin, double cos) = Math.SinCos(x);
            return cos > 0 ? (sin >= 0 ? 0 : 3) : (sin > 0 ? 1 : 2);
        }
    }

    /// <summary>Whether a number 2k + offset lies in a bounded interval.</summary>
    private static bool HoldsEvenPlus(Interval x, double offset)
    {
        // Where differences from a half are rounded, every interval but a point may hold one; at a point, its value says everything.
        if (x.Magnitude >= 1L << 51)
            return !x.IsPoint;
        return (2 * Math.Ceiling((x.Low - offset) / 2)) + offset <= x.High;
    }

    private static Interval SinPiAt(double x)
    {
        // Remainders are exact, and so are differences from 1/2 and 1 here.
        double rest = Math.IEEERemainder(x, 2), size = Math.Abs(rest);
        Interval value = size <= 0.25 ? Sin(Pi * size)
            : size <= 0.75 ? Cos(Pi * Math.Abs(0.5 - size))
            : Sin(Pi * (1 - size));
        return rest < 0 ? -value : value;
    }

    private static Interval CosPiAt(double x)
    {
        double size = Math.Abs(Math.IEEERemainder(x, 2));
        return size <= 0.25 ? Cos(Pi * size)
            : size <= 0.75 ? (size <= 0.5 ? Sin(Pi * (0.5 - size)) : -Sin(Pi * (size - 0.5)))
            : -Cos(Pi * (1 - size));
    }

    /// <summary>The quadrant of the first angle and how many are entered after it.</summary>
    private readonly record struct Turn(int First, int Count)
    {
        public bool Enters(int quadrant) => ((quadrant - First - 1) & 3) < Count;
    }
}
