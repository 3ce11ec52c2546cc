namespace OptiCore.Differentiation;

/// <summary>Rules of dual numbers over intervals where the rule for plain numbers asks which of two cases holds: bounds of both cases instead.</summary>
internal static class IntervalRules
{
    public static Dual<Interval> Square(Dual<Interval> x) => new(Interval.Square(x.Value), 2 * x.Value * x.Derivative);

    public static Dual<Interval> Max(Dual<Interval> x, Dual<Interval> y) => Either(Interval.Max(x.Value, y.Value), x, y, Certainly(x.Value, y.Value), Certainly(y.Value, x.Value));

    public static Dual<Interval> Min(Dual<Interval> x, Dual<Interval> y) => Either(Interval.Min(x.Value, y.Value), x, y, Certainly(y.Value, x.Value), Certainly(x.Value, y.Value));

    public static Dual<Interval> SoftPlus(Dual<Interval> x) => new(Interval.SoftPlus(x.Value), Interval.Sigmoid(x.Value) * x.Derivative);

    public static Dual<Interval> Atan2(Dual<Interval> y, Dual<Interval> x)
    {
        Interval square = Interval.Square(x.Value) + Interval.Square(y.Value);
        return new(Interval.Atan2(y.Value, x.Value), (x.Value / square * y.Derivative) - (y.Value / square * x.Derivative));
    }

    /// <summary>Whether every number of x is greater than every one of y.</summary>
    private static bool Certainly(Interval x, Interval y) => x.Low > y.High;

    /// <summary>The mean of the derivatives, which belongs to equal values, lies in the hull as well.</summary>
    private static Dual<Interval> Either(Interval value, Dual<Interval> x, Dual<Interval> y, bool first, bool second) =>
        new(value, value.IsEmpty ? Interval.Empty : first ? x.Derivative : second ? y.Derivative : Interval.Hull(x.Derivative, y.Derivative));
}
