using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

/// <summary>One formula over real numbers: every lane has the bits of the formula for one number, and the functions those of <see cref="VectorMath"/>.</summary>
public class RealTests
{
    private static readonly double[] Points =
        [0, -0.0, 1, -1, 0.3, -2.5, 700, -745, 1e-310, 1e300, -1e300, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 3.7, 12.25];

    public static TheoryData<string> Functions => [.. Unary.Keys];

    private static readonly Dictionary<string, (Func<Real, Real> One, Func<Real8, Real8> Eight, Action<double[], double[]> Vector)> Unary = new()
    {
        ["exp"] = (Real.Exp, Real8.Exp, static (x, y) => VectorMath.Exp<double>(x, y)),
        ["log"] = (Real.Log, Real8.Log, static (x, y) => VectorMath.Log<double>(x, y)),
        ["sin"] = (Real.Sin, Real8.Sin, static (x, y) => VectorMath.Sin<double>(x, y)),
        ["cos"] = (Real.Cos, Real8.Cos, static (x, y) => VectorMath.Cos<double>(x, y)),
        ["tanh"] = (Real.Tanh, Real8.Tanh, static (x, y) => VectorMath.Tanh<double>(x, y)),
        ["sqrt"] = (Real.Sqrt, Real8.Sqrt, static (x, y) => Each(x, y, Math.Sqrt)),
        ["abs"] = (Real.Abs, Real8.Abs, static (x, y) => Each(x, y, Math.Abs)),
        ["negative"] = (static x => -x, static x => -x, static (x, y) => Each(x, y, static v => -v)),
        ["pow"] = (static x => Real.Pow(x, 2.5), static x => Real8.Pow(x, 2.5), static (x, y) => VectorMath.Pow<double>(x, [.. x.Select(_ => 2.5)], y)),
        ["arithmetic"] = (Formula, Formula, static (x, y) => Each(x, y, static v => (3 - (v * v)) + ((v + 0.25) / (2 * (1.5 / (v - 7))) - (v / 3)))),
    };

    [Theory, MemberData(nameof(Functions))]
    public void EveryLaneHasTheBitsOfOneNumberAndOfTheSpans(string name)
    {
        (Func<Real, Real> one, Func<Real8, Real8> eight, Action<double[], double[]> vector) = Unary[name];
        double[] expected = new double[Points.Length], single = [.. Points.Select(x => one(x).Value)], lanes = [.. Points];
        vector([.. Points], expected);
        Span<Real8> registers = Real8.Of(lanes);
        Assert.Equal(2, registers.Length);
        foreach (ref Real8 register in registers)
            register = eight(register);
        Promises.SameBits(Canonical(expected), Canonical(single), name);
        Promises.SameBits(Canonical(expected), Canonical(lanes), name);
    }

    [Fact]
    public void EachLaneTakesItsOwnSideOfAComparison()
    {
        double[] x = [.. Points[..8]];
        Real8 chosen = Real8.IfLess(Real8.Of(x)[0], Real8.Constant(0.5), Real8.Constant(-1), Real8.Of(x)[0]);
        for (int lane = 0; lane < Real8.Count; lane++)
        {
            Assert.Equal(x[lane] < 0.5 ? -1 : x[lane], chosen[lane]);
            Assert.Equal(chosen[lane], Real.IfLess(x[lane], 0.5, -1, x[lane]).Value);
        }

        Assert.Equal(2, Real.IfLess(double.NaN, 1, 1, 2).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => Real8.Constant(1)[8]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Real8.Constant(1)[-1]);
    }

    private static T Formula<T>(T x)
        where T : struct, IReal<T> => (3 - (x * x)) + ((x + 0.25) / (2 * (1.5 / (x - 7))) - (x / 3));

    /// <summary>The sign of a NaN means nothing.</summary>
    private static double[] Canonical(double[] values) => [.. values.Select(v => double.IsNaN(v) ? double.NaN : v)];

    private static void Each(double[] x, double[] y, Func<double, double> f)
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = f(x[i]);
    }
}
