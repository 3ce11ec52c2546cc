using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Learned;

public class ConservationTests
{
    private const int Points = 101;

    [Fact]
    public void ConditioningIsThatOfANormalLaw() => Forall.Check(Prop.ForAll(
        Gen.Choose(2, 8).Zip(Gen.Choose(1, 2)).Zip(Gen.Choose(0, 10000), (a, seed) => (N: a.Item1, Q: Math.Min(a.Item2, a.Item1 - 1), Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            // Against least squares: the mean minimises (u - m)'S^-1(u - m) + |G u - b|^2 / s^2, whose normal equations are solved here.
            int n = x.N, q = x.Q;
            double[] root = LinearMaps.Normals(n * n, x.Seed), g = LinearMaps.Normals(q * n, x.Seed + 1), b = LinearMaps.Normals(q, x.Seed + 2), mean = LinearMaps.Normals(n, x.Seed + 3), covariance = new double[n * n];
            Blas.Gemm(false, true, n, n, n, 1.0, root, n, root, n, 0.0, covariance, n);
            for (int i = 0; i < n; i++)
                covariance[(i * n) + i] += 0.5;
            const double S = 0.3;
            double[] precision = new double[n * n], lu = (double[])covariance.Clone(), right = new double[n], expected = new double[n], updated = (double[])mean.Clone(), conditioned = (double[])covariance.Clone();
            int[] permutation = new int[n];
            Assert.True(Lu.TryFactor(lu.AsSpan(), n, n, permutation));
            Lu.Inverse<double>(lu, n, n, permutation, precision, n);
            Blas.Gemv(false, n, n, 1.0, precision, n, mean, 0.0, right);
            Blas.Gemv(true, q, n, 1 / (S * S), g, n, b, 1.0, right);
            Blas.Gemm(true, false, n, n, q, 1 / (S * S), g, n, g, n, 1.0, precision, n);
            Assert.True(LinearSystem.TrySolve<double>(precision, right, expected));
            Assert.True(new ConservationConstraint(g, b) { Noise = S }.Apply(updated, conditioned));

            // The covariance is the inverse of the new precision.
            double[] identity = new double[n * n];
            Blas.Gemm(false, false, n, n, n, 1.0, precision, n, conditioned, n, 0.0, identity, n);
            double worst = Enumerable.Range(0, n * n).Max(i => Math.Abs(identity[i] - (i / n == i % n ? 1 : 0)));
            return worst < 1e-7 && expected.Zip(updated).All(p => Math.Abs(p.First - p.Second) < 1e-7 * (1 + Math.Abs(p.First)));
        }));

    [Fact]
    public void AProjectionIsIdempotentAndKeepsWhatIsCertain()
    {
        double[] mean = [1, 2, 3, 4], covariance = [1, 0.2, 0, 0, 0.2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
        var law = new ConservationConstraint([1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, -1], [12, 12, -1]);
        Assert.True(law.Apply(mean, covariance));
        Assert.Equal(3, mean[2]);
        double[] again = (double[])mean.Clone();
        Assert.True(law.Apply(again, (double[])covariance.Clone()));
        for (int i = 0; i < 4; i++)
            Promises.Close(mean[i], again[i], 0, 1e-13, $"element {i}");
        double[] fixedMean = [1, 2], none = new double[4];
        Assert.False(new ConservationConstraint([1, 1], [5]).Apply(fixedMean, none));
        Assert.Equal([1, 2], fixedMean);
        Assert.Throws<ArgumentException>("grid", () => ConservationConstraint.Integral([0, 1, 1], 1));
    }

    public static TheoryData<string> Problems => ["heat", "porous medium", "stefan"];

    /// <summary>
    /// Solutions in closed form of the three problems of Hansen et al. (2023), table 1: easy, medium and hard. The conserved integral of each grid function is that of its own trapezoidal sum, which the law uses.
    /// </summary>
    private static (double[] Grid, double[] Solution, double Front) Solution(string problem)
    {
        double[] grid = [.. Enumerable.Range(0, Points).Select(i => i / (Points - 1.0))], u = new double[Points];
        double front = double.NaN;
        switch (problem)
        {
            case "heat":
                for (int i = 0; i < Points; i++)
                    u[i] = 1 + (Math.Exp(-0.05 * 4 * Math.PI * Math.PI) * Math.Sin(2 * Math.PI * grid[i]));
                break;
            case "porous medium":
                // u = (m c (c t - x))_+^(1 / m) with m = 3, c = 1 at t = 0.5: a front with an infinite slope at x = 0.5.
                front = 0.5;
                for (int i = 0; i < Points; i++)
                    u[i] = Math.Pow(3 * Math.Max(0, 0.5 - grid[i]), 1.0 / 3);
                break;
            default:
                (front, _) = Stefan(grid, 0.6, 0.2, u);
                break;
        }

        return (grid, u, front);
    }

    /// <summary>
    /// u = 1 - (1 - u*) erf(x / (2 sqrt t)) / erf(alpha) before the front x = 2 alpha sqrt t, where u jumps from u* to 0; (1 - u*) / sqrt(pi) = u* erf(alpha) alpha exp(alpha^2).
    /// What flows in at x = 0 is the integral of u over x, 2 (1 - u*) sqrt(t / pi) / erf(alpha).
    /// </summary>
    private static (double Front, double Integral) Stefan(double[] grid, double jump, double time, double[] u)
    {
        double low = 0, high = 3;
        for (int k = 0; k < 100; k++)
        {
            double alpha = 0.5 * (low + high);
            if (jump * SpecialFunctions.Erf(alpha) * alpha * Math.Exp(alpha * alpha) < (1 - jump) / Math.Sqrt(Math.PI))
                low = alpha;
            else
                high = alpha;
        }

        double front = 2 * low * Math.Sqrt(time), scale = (1 - jump) / SpecialFunctions.Erf(low);
        for (int i = 0; i < u.Length; i++)
            u[i] = grid[i] <= front ? 1 - (scale * SpecialFunctions.Erf(grid[i] / (2 * Math.Sqrt(time)))) : 0;
        return (front, 2 * scale * Math.Sqrt(time / Math.PI));
    }

    /// <summary>What four ways of using a conserved integral make of predictions: none, conditioning, a soft penalty, an equal shift.</summary>
    private sealed class Comparison(double[] grid)
    {
        public double[] Errors { get; } = new double[4];

        public double[] Likelihoods { get; } = new double[4];

        public double GainNear { get; private set; }

        public double GainFar { get; private set; }

        public double Violation { get; private set; }

        /// <summary>Adds one prediction of a solution with the integral, with the variance of what is predicted beside the covariance.</summary>
        public void Add(double[] mean, double[] covariance, double noise, double[] truth, double front, double total)
        {
            ConservationConstraint exact = ConservationConstraint.Integral(grid, total);
            for (int method = 0; method < 4; method++)
            {
                double[] prediction = (double[])mean.Clone(), spread = (double[])covariance.Clone(), violation = new double[1];
                switch (method)
                {
                    case 1:
                        Assert.True(exact.Apply(prediction, spread));
                        exact.Violation(prediction, violation);
                        Violation = Math.Max(Violation, Math.Abs(violation[0]));
                        break;
                    case 2:
                        // A soft penalty leaves as much violation as the predicted integral's own deviation allows.
                        (exact with { Noise = Math.Sqrt(Variance(covariance)) }).Apply(prediction, spread);
                        break;
                    case 3:
                        double shift = total - Trapezoid(prediction);
                        for (int i = 0; i < Points; i++)
                            prediction[i] += shift;
                        break;
                }

                for (int i = 0; i < Points; i++)
                {
                    double error = Math.Pow(prediction[i] - truth[i], 2), variance = spread[(i * Points) + i] + noise;
                    Errors[method] += error;
                    Likelihoods[method] -= 0.5 * (Math.Log(2 * Math.PI * variance) + (error / variance));
                    double gain = method == 0 ? error : method == 1 ? -error : 0;
                    if (Math.Abs(grid[i] - front) < 0.1)
                        GainNear += gain;
                    else
                        GainFar += gain;
                }
            }
        }

        public override string ToString() =>
            $"errors {string.Join(" ", Errors.Select(e => e.ToString("g3")))}, likelihoods {string.Join(" ", Likelihoods.Select(e => e.ToString("g4")))}, violation {Violation:g2}, gain near {GainNear:g3} far {GainFar:g3}";
    }

    [Theory, MemberData(nameof(Problems))]
    public void ConservedPredictionsOfAGaussianProcessHaveTheSmallestError(string problem)
    {
        (double[] grid, double[] truth, double front) = Solution(problem);
        var comparison = new Comparison(grid);
        for (int draw = 0; draw < 30; draw++)
        {
            // Twelve noisy observations, none within 0.08 of the front.
            RandomStream stream = RandomKey.FromSeed(77).Fold(draw).Stream();
            var process = new GaussianProcess(1, new GaussianProcessOptions { Covariance = new Matern32(), LengthScalePrior = false, MinLengthScale = 0.1, MaxLengthScale = 1, Restarts = 0 });
            for (int k = 0; k < 12;)
            {
                int at = stream.NextInt32(Points);
                if (Math.Abs(grid[at] - front) < 0.08)
                    continue;
                process.Add([grid[at]], truth[at] + (0.03 * stream.NextNormal()));
                k++;
            }

            process.Fit(RandomKey.FromSeed(5).Fold(draw));
            double[] mean = new double[Points], covariance = new double[Points * Points];
            process.PredictJoint(grid, mean, covariance);
            comparison.Add(mean, covariance, 0.03 * 0.03, truth, front, Trapezoid(truth));
        }

        Assert.True(comparison.Violation < 1e-14, comparison.ToString());
        foreach (int other in new[] { 0, 2, 3 })
            Assert.True(comparison.Errors[1] < comparison.Errors[other], comparison.ToString());

        // The process knows nothing of jumps, is too sure beside one, and conditioning makes it surer still: its likelihood gains where the solution is continuous.
        if (problem != "stefan")
            Assert.True(comparison.Likelihoods[1] > comparison.Likelihoods[0] && comparison.Likelihoods[1] > comparison.Likelihoods[3], comparison.ToString());
        if (!double.IsNaN(front))
            Assert.True(comparison.GainNear > comparison.GainFar, comparison.ToString());
    }

    [Fact]
    public void ConservedPredictionsOfAGaussianProcessThatHasSeenOtherFrontsAreBetterInErrorAndLikelihood()
    {
        // As in the paper's hardest problem: the predictor has seen solutions with u* between 0.55 and 0.7, here as a Gaussian process whose mean and covariance are those of such solutions, which makes it unsure at the front; it predicts
        // others from few noisy observations and their exact integral, which no quadrature has touched.
        const int Seen = 400, Observations = 12, Draws = 60;
        const double Time = 0.05, Deviation = 0.03;
        double[] grid = [.. Enumerable.Range(0, Points).Select(i => i / (Points - 1.0))], prior = new double[Points], rows = new double[Seen * Points], kernel = new double[Points * Points], truth = new double[Points];
        RandomStream family = RandomKey.FromSeed(78).Stream();
        for (int k = 0; k < Seen; k++)
        {
            Stefan(grid, 0.55 + (0.15 * family.NextDouble()), Time, truth);
            for (int i = 0; i < Points; i++)
                prior[i] += truth[i] / Seen;
            truth.CopyTo(rows, k * Points);
        }

        for (int k = 0; k < rows.Length; k++)
            rows[k] -= prior[k % Points];
        Blas.Gemm(true, false, Points, Points, Seen, 1.0 / Seen, rows, Points, rows, Points, 0.0, kernel, Points);
        var comparison = new Comparison(grid);
        double quadrature = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            RandomStream stream = RandomKey.FromSeed(79).Fold(draw).Stream();
            (double front, double integral) = Stefan(grid, 0.55 + (0.15 * stream.NextDouble()), Time, truth);
            quadrature = Math.Max(quadrature, Math.Abs(Trapezoid(truth) - integral));

            // Conditioning on noisy observations is the same formula.
            double[] mean = (double[])prior.Clone(), covariance = (double[])kernel.Clone(), at = new double[Observations * Points], seen = new double[Observations];
            for (int k = 0; k < Observations; k++)
            {
                int i = stream.NextInt32(Points);
                at[(k * Points) + i] = 1;
                seen[k] = truth[i] + (Deviation * stream.NextNormal());
            }

            Assert.True(new ConservationConstraint(at, seen) { Noise = Deviation }.Apply(mean, covariance));
            comparison.Add(mean, covariance, Deviation * Deviation, truth, front, integral);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(comparison.ToString() + FormattableString.Invariant($", quadrature {quadrature:g2}"));
        Assert.True(comparison.Violation < 1e-14, comparison.ToString());
        foreach (int other in new[] { 0, 2, 3 })
        {
            Assert.True(comparison.Errors[1] < comparison.Errors[other], comparison.ToString());
            Assert.True(comparison.Likelihoods[1] > comparison.Likelihoods[other], comparison.ToString());
        }

        Assert.True(comparison.GainNear > comparison.GainFar, comparison.ToString());
    }

    [Theory, MemberData(nameof(Problems))]
    public void ConservedPredictionsOfACalibratedSurrogateAreBetterInErrorAndLikelihood(string problem)
    {
        // A surrogate whose errors have the covariance that it states, ten times larger at the front than elsewhere.
        (double[] grid, double[] truth, double front) = Solution(problem);
        var comparison = new Comparison(grid);
        double[] covariance = new double[Points * Points], factor = new double[Points * Points];
        double Deviation(double x) => 0.02 + (double.IsNaN(front) ? 0 : 0.2 * Math.Exp(-Math.Pow((x - front) / 0.06, 2)));
        for (int i = 0; i < Points; i++)
        {
            for (int j = 0; j < Points; j++)
                covariance[(i * Points) + j] = Deviation(grid[i]) * Deviation(grid[j]) * (Math.Exp(-Math.Abs(grid[i] - grid[j]) / 0.1) + (i == j ? 0.01 : 0));
        }

        covariance.CopyTo(factor, 0);
        Assert.True(Cholesky.TryFactor<double>(factor, Points));
        for (ulong draw = 0; draw < 60; draw++)
        {
            double[] normals = LinearMaps.Normals(Points, 500 + draw);
            double[] mean = [.. Enumerable.Range(0, Points).Select(i => truth[i] + Numerics.Reduce.Dot<double>(factor.AsSpan(i * Points, i + 1), normals.AsSpan(0, i + 1)))];
            comparison.Add(mean, covariance, 1e-6, truth, front, Trapezoid(truth));
        }

        Assert.True(comparison.Violation < 1e-14, comparison.ToString());
        foreach (int other in new[] { 0, 2, 3 })
        {
            Assert.True(comparison.Errors[1] < comparison.Errors[other], comparison.ToString());
            Assert.True(comparison.Likelihoods[1] > comparison.Likelihoods[other], comparison.ToString());
        }

        if (!double.IsNaN(front))
            Assert.True(comparison.GainNear > 3 * comparison.GainFar, comparison.ToString());
    }

    private static double Trapezoid(double[] u) => (u.Sum() - (0.5 * (u[0] + u[^1]))) / (Points - 1);

    /// <summary>The variance of the predicted integral.</summary>
    private static double Variance(double[] covariance)
    {
        double sum = 0;
        for (int i = 0; i < Points; i++)
        {
            for (int j = 0; j < Points; j++)
                sum += covariance[(i * Points) + j] * (i is 0 or Points - 1 ? 0.5 : 1) * (j is 0 or Points - 1 ? 0.5 : 1) / Math.Pow(Points - 1, 2);
        }

        return sum;
    }
}
