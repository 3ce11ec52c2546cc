using System.Runtime.Intrinsics;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Differentiation;

public class Dual8Tests
{
    private static readonly double[] Directions = [1, -2, 0, 0.5, 3, -0.25, 7, 1e-3];

    /// <summary>A formula of every kind of operation, over all variables.</summary>
    private readonly struct Mixture : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : System.Numerics.IRootFunctions<T>, System.Numerics.IExponentialFunctions<T>, System.Numerics.ILogarithmicFunctions<T>, System.Numerics.IPowerFunctions<T>,
                System.Numerics.ITrigonometricFunctions<T>, System.Numerics.IHyperbolicFunctions<T>, System.Numerics.IComparisonOperators<T, T, bool>
        {
            T sum = T.One, product = T.One;
            for (int i = 0; i < x.Length; i++)
            {
                sum += (Sin(x[i]) * Exp(-x[i]) / (T.One + Sq(x[i]))) - Sqrt(T.One + Sq(x[i]));
                product *= Tanh(x[i]) + T.CreateChecked(2);
            }

            return sum + Log(product);
        }
    }

    [Fact]
    public void EachDirectionHasTheBitsOfFourAtATime()
    {
        (string Name, Func<Dual4, Dual4, Dual4> Four, Func<Dual8, Dual8, Dual8> Eight)[] operations =
        [
            ("x + y", (x, y) => x + y, (x, y) => x + y),
            ("x - y", (x, y) => x - y, (x, y) => x - y),
            ("x y", (x, y) => x * y, (x, y) => x * y),
            ("x / y", (x, y) => x / y, (x, y) => x / y),
            ("plain left", (x, y) => (2 - x) + (3 / y) + (1.5 * x) + (4 + y), (x, y) => (2 - x) + (3 / y) + (1.5 * x) + (4 + y)),
            ("plain right", (x, y) => (x - 2) + (y / 3) + (x * 1.5) + (y + 4), (x, y) => (x - 2) + (y / 3) + (x * 1.5) + (y + 4)),
            ("pow", Pow, Pow),
            ("pow, constant", (x, _) => Pow<Dual4>(x, 2.5), (x, _) => Pow<Dual8>(x, 2.5)),
            ("atan2", Atan2, Atan2),
            ("max", Max, Max),
            ("min", Min, Min),
            ("chain", (x, y) => Log(Exp(Sin(x)) + Sqrt(y)) - Abs(Tanh(-x)), (x, y) => Log(Exp(Sin(x)) + Sqrt(y)) - Abs(Tanh(-x))),
        ];
        Forall.Check(Prop.ForAll(
            (from u in Gen.Choose(1, 1_000_000) from v in Gen.Choose(1, 1_000_000) select (X: 5 * u / 1e6, Y: 5 * v / 1e6)).ToArbitrary(),
            point =>
            {
                foreach ((string name, Func<Dual4, Dual4, Dual4> four, Func<Dual8, Dual8, Dual8> eight) in operations)
                {
                    Vector512<double> directions = Vector512.Create<double>(Directions), others = Vector512.Create<double>(0.75) - directions;
                    Dual8 result = eight(new(point.X, directions), new(point.Y, others));
                    Dual4 lower = four(new(point.X, directions.GetLower()), new(point.Y, others.GetLower())), upper = four(new(point.X, directions.GetUpper()), new(point.Y, others.GetUpper()));
                    Promises.SameBits([lower.Value], [result.Value], name);
                    for (int i = 0; i < 4; i++)
                        Promises.SameBits([lower.Derivatives[i], upper.Derivatives[i]], [result.Derivatives[i], result.Derivatives[i + 4]], $"{name}, direction {i}");
                }
            }));
    }

    [Fact]
    public void OneSweepGivesTheGradientInEightVariables()
    {
        double[] x = [.. Enumerable.Range(0, 8).Select(i => Math.Cos(i) + 0.1)], gradient = new double[8];
        double value = Function.From(8, new Mixture()).ValueAndGradient(x, gradient);
        var point = new Dual8[8];
        for (int i = 0; i < 8; i++)
            point[i] = Dual8.Variable(x[i], i);
        Dual8 result = new Mixture().Value<Dual8>(point);
        Promises.SameBits([value], [result.Value], "value");
        for (int i = 0; i < 8; i++)
            Promises.SameBits([gradient[i]], [result.Derivatives[i]], $"gradient[{i}]");
    }

    [Fact]
    public void ConstantsDoNotChangeAndDirectionsAreChecked()
    {
        Assert.Equal("(1; 0, 0, 0, 0, 0, 1, 0, 0)", Dual8.Variable(1, 5).ToString());
        Assert.Equal(Vector512<double>.Zero, Sqrt(Dual8.Constant(0)).Derivatives);
        Assert.Equal(double.PositiveInfinity, Sqrt(Dual8.Variable(0, 7)).Derivatives[7]);
        Assert.Equal(0, Sqrt(Dual8.Variable(0, 7)).Derivatives[6]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Dual8.Variable(1, 8));
    }
}
