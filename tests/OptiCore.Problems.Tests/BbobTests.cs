using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class BbobTests
{
    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int number = 1; number <= Bbob.Count; number++)
            {
                cases.Add(number, 1);
                cases.Add(number, 2);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ValuesAreThoseOfTheSuite(int number, int instance)
    {
        int checkedPoints = 0;
        foreach (JsonElement row in Reference.Json($"bbob/instance-{instance}.json").EnumerateArray().Where(r => r.GetProperty("function").GetInt32() == number))
        {
            int n = row.GetProperty("dimension").GetInt32();
            TestFunction<IFunction<double>> problem = Bbob.Function(number, n, instance);
            string what = $"{number}, {problem.Name}, instance {instance}, n = {n}";
            double optimum = row.Number("f_opt");
            Promises.Close(optimum, problem.Minima[0].Value, 1e-12, 1e-12, $"{what}, f_opt");
            Promises.Close(optimum, problem.Function.Value(row.Numbers("x_opt")), 1e-12, 1e-8, $"{what}, f(x_opt)");
            Promises.Close(optimum, problem.Function.Value(problem.Minima[0].Point), 1e-12, 1e-8, $"{what}, f at our x_opt");
            foreach (JsonElement point in row.GetProperty("points").EnumerateArray())
            {
                // The tolerance of the data: 1e-9 of f - f_opt, and the rounding of f itself.
                double f = point.Number("f");
                Promises.Close(f, problem.Function.Value(point.Numbers("x")), 1e-14, 3e-9 * Math.Abs(f - optimum), $"{what}, f at {point.GetProperty("x")}");
                checkedPoints++;
            }
        }

        Assert.Equal(18, checkedPoints);
    }

    [Fact]
    public void OptimaAreTheSmallestValuesSeen() => Forall.Check(FsCheck.Fluent.Prop.ForAll<int, ushort, ushort>((a, b, c) =>
    {
        int number = 1 + (Math.Abs(a % 24)), n = 2 + (b % 9);
        TestFunction<IFunction<double>> problem = Bbob.Function(number, n, 1 + (c % 15));
        double[] x = new double[n];
        OptiCore.Randomness.RandomFill.Uniform(RandomKey.FromSeed((ulong)(uint)(a ^ (b << 16) ^ c)), x);
        for (int i = 0; i < n; i++)
            x[i] = (16 * x[i]) - 8;
        return problem.Function.Value(x) >= problem.Minima[0].Value - 1e-9;
    }));

    [Fact]
    public void ArgumentsAreChecked()
    {
        Assert.Equal("number", Assert.Throws<ArgumentOutOfRangeException>(() => Bbob.Function(25, 2)).ParamName);
        Assert.Equal("dimension", Assert.Throws<ArgumentOutOfRangeException>(() => Bbob.Function(1, 1)).ParamName);
        Assert.Equal("instance", Assert.Throws<ArgumentOutOfRangeException>(() => Bbob.Function(1, 2, 0)).ParamName);
    }

    [Fact]
    public void SeveralThreadsMayEvaluateAtOnce()
    {
        TestFunction<IFunction<double>> problem = Bbob.Function(15, 10);
        double[] expected = [.. Enumerable.Range(0, 200).Select(i => problem.Function.Value(Point(i)))], actual = new double[200];
        Workers.Threads(4).ForEach(200, i => actual[i] = problem.Function.Value(Point(i)));
        Promises.SameBits(expected, actual, "values");

        static double[] Point(int i) => [.. Enumerable.Range(0, 10).Select(j => Math.Sin(i + (3 * j)) * 5)];
    }
}
