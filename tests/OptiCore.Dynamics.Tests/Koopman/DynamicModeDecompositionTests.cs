using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Koopman;

public class DynamicModeDecompositionTests
{
    private static Arbitrary<(int N, ulong Seed)> Maps(int most) => Gen.Choose(1, most).Zip(Gen.Choose(0, 100000), (n, seed) => (N: n, Seed: (ulong)seed)).ToArbitrary();

    [Fact]
    public void TheSpectrumOfALinearMapIsRecovered() => Forall.Check(Prop.ForAll(Maps(8), map =>
    {
        double[] a = LinearMaps.Map(map.N, map.Seed);
        TimeSeries data = LinearMaps.Series(a, map.N, map.N + 2, 4, map.Seed);
        DynamicModes modes = new DynamicModeDecomposition().Fit(data), total = new DynamicModeDecomposition { TotalLeastSquares = true }.Fit(data);

        // Sensitivity of eigenvalues of a random map of this size: measured on the map itself moved by 1e-13.
        double allowed = 1e-10 + (1e4 * LinearMaps.Distance(LinearMaps.Eigenvalues(a, map.N), LinearMaps.Eigenvalues([.. a.Select((v, i) => v + (1e-13 * Math.Sin(i)))], map.N)));
        Complex[] expected = LinearMaps.Eigenvalues(a, map.N);
        return LinearMaps.Distance(expected, modes.Eigenvalues.ToArray()) <= allowed && LinearMaps.Distance(expected, total.Eigenvalues.ToArray()) <= allowed;
    }));

    [Fact]
    public void ARotationOfTheCoordinatesChangesNoEigenvalueAndRotatesForecasts() => Forall.Check(Prop.ForAll(Maps(6), map =>
    {
        int n = map.N;
        double[] a = LinearMaps.Map(n, map.Seed);
        TimeSeries data = LinearMaps.Series(a, n, n + 2, 4, map.Seed);
        var svd = new Svd<double>(n, n);
        Assert.True(svd.Factor(LinearMaps.Map(n, map.Seed + 7)));
        double[] q = [.. svd.LeftRows];
        TimeSeries rotated = TimeSeries.Join([.. Enumerable.Range(0, data.Pieces).Select(p => new TimeSeries(
            Enumerable.Range(data.Piece(p).Start, data.Piece(p).Count).SelectMany(i => LinearMaps.Times(q, data[i])).ToArray(), n))]);
        DynamicModes plain = new DynamicModeDecomposition().Fit(data), other = new DynamicModeDecomposition().Fit(rotated);
        double[] start = LinearMaps.Normals(n, 3), ahead = new double[5 * n], aheadRotated = new double[5 * n];
        plain.Forecast(start, ahead);
        other.Forecast(LinearMaps.Times(q, start), aheadRotated);
        double error = Enumerable.Range(0, 5).Max(k => LinearMaps.Times(q, ahead.AsSpan(k * n, n)).Zip(aheadRotated.Skip(k * n), (x, y) => Math.Abs(x - y)).Max());
        return LinearMaps.Distance(plain.Eigenvalues.ToArray(), other.Eigenvalues.ToArray()) < 1e-6 && error < 1e-7;
    }));

    [Fact]
    public void ModesAmplitudesAndExponentsReproduceTheData()
    {
        double[] a = [0.9, -0.3, 0, 0.3, 0.9, 0, 0, 0.1, 0.7];
        TimeSeries data = LinearMaps.Series(a, 3, 1, 12, 5, step: 0.25);
        foreach (ModeAmplitudes amplitudes in Enum.GetValues<ModeAmplitudes>())
        {
            DynamicModes modes = new DynamicModeDecomposition { Amplitudes = amplitudes }.Fit(data);
            double[] state = new double[3];
            for (int k = 0; k < data.Count; k++)
            {
                modes.Reconstruct(0.25 * k, state);
                for (int i = 0; i < 3; i++)
                    Promises.Close(data[k][i], state[i], 0, 1e-9, $"{amplitudes}, state {k}");
            }

            // A mode is an eigenvector: A phi = lambda phi.
            for (int j = 0; j < 3; j++)
            {
                ReadOnlySpan<Complex> mode = modes.Mode(j);
                double[] real = LinearMaps.Times(a, (double[])[.. mode.ToArray().Select(v => v.Real)]), imaginary = LinearMaps.Times(a, (double[])[.. mode.ToArray().Select(v => v.Imaginary)]);
                for (int i = 0; i < 3; i++)
                    Assert.True(Complex.Abs(new Complex(real[i], imaginary[i]) - (modes.Eigenvalues[j] * mode[i])) < 1e-10);
            }

            // The pair 0.9 +- 0.3i: angle and modulus over a quarter of a unit.
            int pair = Enumerable.Range(0, 3).First(j => modes.Eigenvalues[j].Imaginary > 0);
            Promises.Close(Math.Atan2(0.3, 0.9) / (0.25 * 2 * Math.PI), modes.Frequency(pair), 1e-9, 0, "frequency");
            Promises.Close(Math.Log(Math.Sqrt(0.9)) / 0.25, modes.GrowthRate(pair), 1e-9, 0, "growth");
        }
    }

    [Fact]
    public void StatesAndInputsOfAControlledSystemAreToldApart()
    {
        // The unstable example of Proctor, Brunton and Kutz (2016), section 4: feedback hides the growth from a fit without inputs.
        double[] states = new double[2 * 30], inputs = new double[30], noise = LinearMaps.Normals(30, 8);
        (double x, double y) = (4, 7);
        for (int k = 0; k < 30; k++)
        {
            (states[2 * k], states[(2 * k) + 1]) = (x, y);
            inputs[k] = (-x) + (0.01 * noise[k]);
            (x, y) = ((1.5 * x) + inputs[k], 0.1 * y);
        }

        DynamicModes modes = new DynamicModeDecomposition().Fit(new TimeSeries(states, 2, 1, inputs, 1));
        Assert.True(LinearMaps.Distance([1.5, 0.1], modes.Eigenvalues.ToArray()) < 1e-9);
        Promises.Close(1, modes.InputRows[0], 1e-9, 0, "effect of the input on x");
        Promises.Close(0, modes.InputRows[1], 0, 1e-9, "effect of the input on y");
        double[] forecast = new double[2];
        modes.Forecast([2, 3], [-1.0], forecast);
        Promises.Close(2, forecast[0], 1e-9, 0, "x");
        Promises.Close(0.3, forecast[1], 1e-9, 0, "y");
    }

    [Fact]
    public void WithAKnownEffectOfTheInputsTheRestIsFitted()
    {
        // Proctor, Brunton and Kutz (2016), section 3.1: two inputs, of which the second always follows the state, so that only knowledge of B tells its effect from the state's.
        double[] b = [1, 0.5, 0, -1], states = new double[2 * 30], inputs = new double[2 * 30], noise = LinearMaps.Normals(30, 9);
        (double x, double y) = (4, 7);
        for (int k = 0; k < 30; k++)
        {
            (states[2 * k], states[(2 * k) + 1]) = (x, y);
            (double u, double v) = (inputs[2 * k], inputs[(2 * k) + 1]) = (noise[k], 0.3 * y);
            (x, y) = ((1.1 * x) + (0.2 * y) + u + (0.5 * v), (0.8 * y) - v);
        }

        var data = new TimeSeries(states, 2, 1, inputs, 2);
        foreach (bool total in new[] { false, true })
        {
            DynamicModes modes = new DynamicModeDecomposition { InputMatrix = b, TotalLeastSquares = total }.Fit(data);
            Assert.True(LinearMaps.Distance([1.1, 0.8], modes.Eigenvalues.ToArray()) < 1e-8);
            Assert.Equal([1, 0, 0.5, -1], modes.InputRows.ToArray());
            double[] forecast = new double[2];
            modes.Forecast([2, 3], [0.4, -1], forecast);
            Promises.Close(2.2 + 0.6 + 0.4 - 0.5, forecast[0], 1e-8, 0, "x");
            Promises.Close(2.4 + 1, forecast[1], 1e-8, 0, "y");
        }

        Assert.Equal("InputMatrix", Assert.Throws<ArgumentException>(() => new DynamicModeDecomposition { InputMatrix = new double[3] }.Fit(data)).ParamName);
        Assert.Throws<InvalidOperationException>(() => new DynamicModeDecomposition { TotalLeastSquares = true }.Fit(data));
    }

    [Fact]
    public void DelaysFindTheFrequenciesOfOneVariable()
    {
        double[] x = [.. Enumerable.Range(0, 80).Select(k => Math.Sin(0.3 * k) + (0.5 * Math.Cos(1.1 * k)) + (2 * Math.Pow(0.97, k)))];
        DynamicModes modes = new DynamicModeDecomposition { Delays = 12 }.Fit(new TimeSeries(x, 1));
        Assert.Equal(5, modes.Rank);
        Assert.True(LinearMaps.Distance([0.97, Complex.Exp(new Complex(0, 0.3)), Complex.Exp(new Complex(0, -0.3)), Complex.Exp(new Complex(0, 1.1)), Complex.Exp(new Complex(0, -1.1))], modes.Eigenvalues.ToArray()) < 1e-8);
        double[] forecast = new double[50];
        modes.Forecast(x, forecast);
        for (int k = 0; k < 50; k++)
            Promises.Close(Math.Sin(0.3 * (80 + k)) + (0.5 * Math.Cos(1.1 * (80 + k))) + (2 * Math.Pow(0.97, 80 + k)), forecast[k], 0, 1e-6, $"step {k}");
    }

    [Fact]
    public void TotalLeastSquaresRemovesTheBiasOfNoise()
    {
        // An undamped oscillation: noise makes the plain fit damp it, by about the noise's part of the variance (Dawson et al. 2016, section 2.2). 60 draws: the mean of the unbiased one is within 4
        // standard errors of 1, while the plain one's is far off.
        double[] plain = new double[60], total = new double[60];
        for (int draw = 0; draw < plain.Length; draw++)
        {
            double[] noise = LinearMaps.Normals(400, (ulong)(100 + draw));
            double[] states = [.. Enumerable.Range(0, 200).SelectMany(k => new[] { Math.Cos(0.2 * k) + (0.2 * noise[2 * k]), Math.Sin(0.2 * k) + (0.2 * noise[(2 * k) + 1]) })];
            var data = new TimeSeries(states, 2);
            plain[draw] = Complex.Abs(new DynamicModeDecomposition().Fit(data).Eigenvalues[0]);
            total[draw] = Complex.Abs(new DynamicModeDecomposition { TotalLeastSquares = true }.Fit(data).Eigenvalues[0]);
        }

        double error = Math.Sqrt(total.Select(v => (v - total.Average()) * (v - total.Average())).Sum() / (60 * 59));
        Assert.True(Math.Abs(total.Average() - 1) < 4 * error, $"{total.Average()} with standard error {error}");

        // X'X has the variance 1/2 + 0.04 on its diagonal: the map shrinks by 1 / 1.08.
        Promises.Close(1 / 1.08, plain.Average(), 0.005, 0, "modulus of the plain fit");
    }

    [Fact]
    public void TheOptimalThresholdHasThePublishedCoefficients()
    {
        // Gavish and Donoho (2014): lambda(1) = 4 / sqrt(3), omega(1) = 2.858, and omega(b) = 0.56 b^3 - 0.95 b^2 + 1.82 b + 1.43 within 0.02 from 0.001 on.
        Promises.Close(4 / Math.Sqrt(3), OptimalThresholdRank.KnownNoise(1), 1e-14, 0, "lambda(1)");
        Promises.Close(2.858, OptimalThresholdRank.UnknownNoise(1), 0, 5e-4, "omega(1)");
        for (double b = 0.001; b <= 1; b += 0.037)
            Promises.Close((0.56 * b * b * b) - (0.95 * b * b) + (1.82 * b) + 1.43, OptimalThresholdRank.UnknownNoise(b), 0, 0.02, $"omega({b})");
    }

    [Fact]
    public void TheOptimalThresholdFindsTheRankUnderNoise()
    {
        double[] left = LinearMaps.Normals(200 * 3, 1), right = LinearMaps.Normals(3 * 60, 2), noise = LinearMaps.Normals(200 * 60, 3), a = new double[200 * 60];
        Blas.Gemm(false, false, 200, 60, 3, 1.0, left, 3, right, 60, 0.0, a, 60);
        for (int i = 0; i < a.Length; i++)
            a[i] += 0.5 * noise[i];
        var svd = new Svd<double>(200, 60, SingularVectors.None);
        Assert.True(svd.Factor(a));
        Assert.Equal(3, RankRule.OptimalThreshold.Choose(svd.Values, 200, 60));
        Assert.Equal(3, new OptimalThresholdRank { Noise = 0.5 }.Choose(svd.Values, 200, 60));
        Assert.Equal(60, RankRule.Full.Choose(svd.Values, 200, 60));
        Assert.Equal(2, RankRule.Fixed(2).Choose(svd.Values, 200, 60));
        Assert.Equal(60, RankRule.Energy(1).Choose(svd.Values, 200, 60));
    }

    [Fact]
    public void AStepAllocatesNothing()
    {
        DynamicModes modes = new DynamicModeDecomposition().Fit(LinearMaps.Series(LinearMaps.Map(5, 1), 5, 4, 8, 1));
        double[] state = LinearMaps.Normals(5, 2), next = new double[5], forecast = new double[100];
        Promises.AllocatesNothing(() => modes.Advance(state, next), "a step");
        Promises.AllocatesNothing(() => modes.Forecast(state, forecast), "a forecast");
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Assert.Throws<ArgumentException>("data", () => new DynamicModeDecomposition { Delays = 4 }.Fit(new TimeSeries([1, 2, 3, 4], 1)));
        Assert.Throws<ArgumentOutOfRangeException>("Delays", () => new DynamicModeDecomposition { Delays = 0 });
        Assert.Throws<ArgumentException>("states", () => new TimeSeries([1, double.NaN], 1));
        Assert.Throws<ArgumentException>("states", () => new TimeSeries([1, 2, 3], 2));
    }
}
