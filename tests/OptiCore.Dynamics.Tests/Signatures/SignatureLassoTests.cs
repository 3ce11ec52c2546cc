using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Signatures;

public class SignatureLassoTests
{
    private const int Fine = 100;

    internal static readonly RandomKey Key = RandomKey.FromSeed(17);

    /// <summary>Paths whose velocity is an Ornstein-Uhlenbeck process drive a bilinear system; what is seen is the control at about a dozen irregular times.</summary>
    internal static (ControlPath[] Paths, double[] Targets) Sample(RandomKey key, int count)
    {
        LieField hidden = LieField.Linear([0.1, -1.2, 0.4, 1, 0.2, -0.6, -0.3, 0.7, 0, 0.5, 0.6, -0.9, -0.8, 0, 0.9, 0.4, -1, 0.1], 3, 1);
        IAdditiveSde system = SdeSystem.Additive(4, static (_, y, f) => (f[0], f[1], f[2], f[3]) = (y[2], y[3], -3 * y[2], -3 * y[3]), static (_, g) => (g[0], g[1], g[2], g[3]) = (0, 0, 4, 4));
        double[] grid = [.. Enumerable.Range(0, Fine + 1).Select(i => (double)i / Fine)];
        var paths = new ControlPath[count];
        double[] targets = new double[count];
        for (int p = 0; p < count; p++)
        {
            RandomStream stream = key.Fold(p).Fold("observations").Stream();
            SdeResult control = Sde.Solve(new Sra1(1.0 / Fine), system, (0, 1), [0.5 * stream.NextNormal(), 0.5 * stream.NextNormal(), 1.6 * stream.NextNormal(), 1.6 * stream.NextNormal()], key.Fold(p), grid);
            double[] path = [.. Enumerable.Range(0, grid.Length).SelectMany(i => control.State(i)[..2].ToArray())];
            targets[p] = Cde.SolveByLogSignature(hidden, ControlPath.Linear(grid, path), [1, 0.5, -0.5], 1).FinalState[0];
            var seen = new SortedSet<int> { 0, Fine };
            for (int i = 0; i < 10; i++)
                seen.Add(stream.NextInt32(1, Fine));
            paths[p] = ControlPath.Linear([.. seen.Select(i => grid[i])], [.. seen.SelectMany(i => path[(2 * i)..((2 * i) + 2)])]);
        }

        return (paths, targets);
    }

    [Fact]
    public void SparselyObservedSystemsArePredictedBetterThanFromRawValues()
    {
        (ControlPath[] training, double[] targets) = Sample(Key, 200);
        (ControlPath[] test, double[] truth) = Sample(Key.Fold("test"), 150);
        SignatureLassoModel model = new SignatureLasso { Depth = 4 }.Fit(training, targets, Key);
        double signature = Math.Sqrt(test.Select((p, i) => model.Predict(p) - truth[i]).Average(e => e * e));
        double[] weights = LeastSquares(training, targets);
        double raw = Math.Sqrt(test.Select((p, i) => Raw(p).Zip(weights, (a, b) => a * b).Sum() - truth[i]).Average(e => e * e));
        double mean = targets.Average(), spread = Math.Sqrt(truth.Average(t => (t - mean) * (t - mean)));
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"signature lasso {signature:g3}, raw values {raw:g3}, spread {spread:g3}"));
        Assert.True(signature < 0.85 * Math.Min(raw, spread), $"signature lasso {signature:g3}, raw values {raw:g3}, spread {spread:g3}");
        Assert.InRange(Math.Sqrt(model.ValidationError) / signature, 0.6, 1.6);

        static double[] Raw(ControlPath path)
        {
            double[] values = new double[21], at = new double[2];
            values[20] = 1;
            for (int i = 0; i < 10; i++)
            {
                path.Evaluate(i / 9.0, at);
                at.CopyTo(values, 2 * i);
            }

            return values;
        }

        static double[] LeastSquares(ControlPath[] paths, double[] y)
        {
            var qr = new Qr<double>(paths.Length, 21);
            qr.Factor([.. paths.SelectMany(Raw)]);
            double[] x = new double[21];
            Assert.True(qr.TrySolve(y, x, out _));
            return x;
        }
    }

    [Fact]
    public void TheFitMeetsTheConditionsOfTheLasso()
    {
        (ControlPath[] paths, double[] targets) = Sample(Key.Fold(1), 80);
        SignatureLassoModel model = new SignatureLasso { Depth = 2, Tolerance = 1e-9, MaxSweeps = 100_000 }.Fit(paths, targets, Key);
        var signature = new Signature(3, 2);
        double[][] rows = [.. paths.Select(p =>
        {
            signature.Clear();
            signature.Append([p.Times[0], 0, 0]);
            for (int i = 0; i < p.Times.Length; i++)
                signature.Append([p.Times[i], p.Value(i)[0], p.Value(i)[1]]);
            return signature.Value.ToArray();
        })];
        double[] residuals = [.. paths.Select((p, i) => targets[i] - model.Predict(p))];
        Assert.Equal(0, residuals.Average(), 1e-10);
        int active = 0;
        for (int j = 0; j < rows[0].Length; j++)
        {
            double mean = rows.Average(r => r[j]), spread = Math.Sqrt(rows.Average(r => (r[j] - mean) * (r[j] - mean)));
            if (spread < 1e-9)
                continue;
            double correlation = rows.Select((r, i) => (r[j] - mean) / spread * residuals[i]).Average();
            if (model.Coefficients[j] != 0)
            {
                active++;
                Assert.Equal(Math.Sign(model.Coefficients[j]) * model.Penalty, correlation, 1e-7);
            }
            else
            {
                Assert.InRange(Math.Abs(correlation), 0, model.Penalty + 1e-7);
            }
        }

        Assert.InRange(active, 2, 11);
    }

    [Fact]
    public void ALinearFunctionOfTheSignatureIsFound()
    {
        // The area between the components, from paths without noise.
        RandomStream stream = Key.Fold(2).Stream();
        var paths = new ControlPath[60];
        double[] targets = new double[60];
        var log = new LogSignature(2, 2);
        double[] coordinates = new double[3];
        for (int p = 0; p < 60; p++)
        {
            double[] values = new double[12];
            for (int i = 0; i < 12; i++)
                values[i] = stream.NextNormal();
            paths[p] = ControlPath.Linear([0, 0.1, 0.3, 0.5, 0.9, 1], values);
            log.Compute(values, coordinates);
            targets[p] = 2 + (3 * coordinates[2]);
        }

        SignatureLassoModel model = new SignatureLasso { Depth = 2, Basepoint = false, PenaltyRatio = 1e-6 }.Fit(paths, targets, Key);
        Assert.InRange(Math.Sqrt(model.ValidationError), 0, 0.05);
        Assert.Equal(2, model.Intercept, 0.05);
    }

    [Fact]
    public void BadInputIsNamed()
    {
        ControlPath path = ControlPath.Linear([0, 1], [0, 1]), other = ControlPath.Linear([0, 1], [0, 1, 2, 3]);
        Invalid("Depth", () => new SignatureLasso { Depth = 0 });
        Invalid("Folds", () => new SignatureLasso { Folds = 1 });
        Invalid("Penalties", () => new SignatureLasso { Penalties = 0 });
        Invalid("PenaltyRatio", () => new SignatureLasso { PenaltyRatio = 1 });
        Invalid("Tolerance", () => new SignatureLasso { Tolerance = 0 });
        Invalid("MaxSweeps", () => new SignatureLasso { MaxSweeps = 0 });
        Invalid("targets", () => new SignatureLasso().Fit([path], [1, 2], Key));
        Invalid("targets", () => new SignatureLasso { Folds = 2 }.Fit([path, path], [1, double.NaN], Key));
        Invalid("paths", () => new SignatureLasso().Fit([path], [1], Key));
        Invalid("paths", () => new SignatureLasso { Folds = 2 }.Fit([path, other], [1, 2], Key));
        Invalid("path", () => new SignatureLasso { Folds = 2 }.Fit([path, path], [1, 2], Key).Predict(other));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
