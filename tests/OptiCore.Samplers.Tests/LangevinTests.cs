using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

/// <summary>Kernels of one step: the ratios by which they accept, the acceptance that their tuning meets, and the stationary laws of those that take every step.</summary>
public class LangevinTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(41);

    public static IEnumerable<TheoryDataRow<string, int, double>> Targets =>
    [
        new("random walk", 1, 0.44), new("random walk", 8, 0.234), new("MALA", 8, 0.574), new("Barker", 8, 0.4), new("generalised HMC", 8, 0.95), new("MALT", 8, 0.651),
    ];

    /// <summary>Both adaptations make the acceptance of their trials meet the published optimum, on average over the second half of the warm-up.</summary>
    [Theory]
    [MemberData(nameof(Targets))]
    public void Trial_steps_meet_the_published_target_acceptance(string kernel, int dimension, double target)
    {
        foreach (IAdaptation adaptation in (IAdaptation[])[new WindowedAdaptation(), new AdaptiveMetropolis()])
        {
            const int WarmUp = 3000, From = 1500;
            ISampler<IDifferentiableFunction<double>> sampler = kernel switch
            {
                "random walk" => new RandomWalk(),
                "MALA" => new Mala(),
                "Barker" => new Barker(),
                "MALT" => new Malt(),
                _ => new GeneralizedHmc(),
            };
            SamplerState state = sampler.Start(MultivariateNormal.Autoregressive(dimension, 0.5));
            Assert.True(state.MoveTo(new double[dimension]));
            Assert.Equal(target, ((ITunableKernel)state).TargetAcceptance);
            AdaptationState tuning = adaptation.Start(state, WarmUp);
            double late = 0;
            for (int i = 0; i < WarmUp; i++)
            {
                tuning.BeforeDraw(Key.Fold("trial").Fold(i));
                DrawStatistics statistics = state.Draw(Key.Fold(i));
                tuning.AfterDraw(i, statistics);
                late += i >= From ? statistics.AcceptStatistic / (WarmUp - From) : 0;
            }

            Assert.InRange(late, target - 0.035, target + 0.035);
        }
    }

    /// <summary>
    /// Starts are independent draws of the logarithm of a gamma variable, and so must be the ends of one transition: with steps that are often rejected and often accepted, a wrong
    /// acceptance ratio shows at once.
    /// </summary>
    [Theory]
    [InlineData("MALA")]
    [InlineData("Barker")]
    [InlineData("random walk")]
    [InlineData("generalised HMC")]
    [InlineData("MALT")]
    public void One_transition_from_the_target_stays_in_the_target(string kernel)
    {
        const int Count = 40_000;
        double shape = 2.5;
        IDifferentiableFunction<double> gamma = Function.WithGradient<double>(1, (x, g) =>
        {
            g[0] = shape - Math.Exp(x[0]);
            return (shape * x[0]) - Math.Exp(x[0]);
        });
        SamplerState state = kernel switch
        {
            "MALA" => new Mala { StepSize = 1.3 }.Start(gamma),
            "Barker" => new Barker { StepSize = 1.6 }.Start(gamma),
            "random walk" => new RandomWalk { StepSize = 1.6 }.Start(gamma),
            "MALT" => new Malt { StepSize = 0.9 }.Start(gamma),
            _ => new GeneralizedHmc { StepSize = 1.2, Persistence = 0.5 }.Start(gamma),
        };
        double mean = 0, squares = 0, moved = 0;
        for (int i = 0; i < Count; i++)
        {
            RandomStream stream = Key.Fold("gamma").Fold(i).Stream();
            double start = Math.Log(stream.NextGamma(shape));
            Assert.True(state.MoveTo([start]));
            state.Draw(Key.Fold(i));
            double end = Math.Exp(state.Position[0]);
            moved += state.Position[0] != start ? 1.0 / Count : 0;
            mean += end / Count;
            squares += end * end / Count;
        }

        // Gamma(a): E y = a, E y^2 = a (a + 1), variances a and a (a + 1) (4 a + 6). Independent draws: |z| < 4.5.
        Assert.InRange(moved, 0.3, 0.95);
        Assert.InRange((mean - shape) / Math.Sqrt(shape / Count), -4.5, 4.5);
        double second = shape * (shape + 1);
        Assert.InRange((squares - second) / Math.Sqrt(second * ((4 * shape) + 6) / Count), -4.5, 4.5);
    }

    /// <summary>
    /// BAOAB on N(0, 1): positions have variance 1 at every stable step, momenta 1 - h^2 / 4 (Leimkuhler, Matthews 2013), so that the mean energy is 1 - h^2 / 8: a bias
    /// of second order in the step.
    /// </summary>
    [Theory]
    [InlineData(0.4)]
    [InlineData(0.8)]
    [InlineData(1.6)]
    public void Underdamped_Langevin_is_exact_in_the_positions_of_a_normal_target_and_of_second_order_in_its_energy(double stepSize)
    {
        const int Draws = 60_000;
        SamplerState state = new UnderdampedLangevin { StepSize = stepSize, Friction = 1.5, Metric = new UnitMetric() }.Start(new StandardNormal(4));
        Assert.True(state.MoveTo(new double[4]));
        double[] squares = new double[Draws], energies = new double[Draws];
        for (int i = 0; i < Draws; i++)
        {
            DrawStatistics statistics = state.Draw(Key.Fold(i));
            squares[i] = -2 * statistics.LogDensity / 4;
            energies[i] = statistics.Energy / 4;
        }

        ReadOnlySpan<double> lateSquares = squares.AsSpan(200), lateEnergies = energies.AsSpan(200);
        Assert.InRange((Diagnostics.Mean(lateSquares) - 1) / Diagnostics.McseMean(lateSquares, 1), -4.5, 4.5);
        Assert.InRange((Diagnostics.Mean(lateEnergies) - (1 - (stepSize * stepSize / 8))) / Diagnostics.McseMean(lateEnergies, 1), -4.5, 4.5);
    }

    /// <summary>The energy error of an isokinetic step is of third order, of either integrator: half the step, an eighth of the error.</summary>
    [Theory]
    [InlineData(IsokineticIntegrator.Leapfrog)]
    [InlineData(IsokineticIntegrator.MinimalNorm)]
    public void Energy_errors_of_an_isokinetic_step_are_of_third_order(IsokineticIntegrator integrator) =>
        Assert.InRange(EnergyError(integrator, 0.4) / EnergyError(integrator, 0.2), 6.5, 9.5);

    /// <summary>A step of the composition costs two gradients, like two half steps of the leapfrog, whose errors add up at best to a quarter of that of a whole one.</summary>
    [Fact]
    public void The_composition_of_minimal_norm_has_the_smaller_error_for_the_same_gradients() =>
        Assert.True(EnergyError(IsokineticIntegrator.MinimalNorm, 0.4) < 0.25 * EnergyError(IsokineticIntegrator.Leapfrog, 0.4));

    /// <summary>The tuned chain has the energy variance that was asked for, finds the scales, and its bias stays below two per cent of the variances.</summary>
    [Fact]
    public void Mclmc_meets_its_energy_variance_and_its_moments_are_nearly_right()
    {
        const int N = 30, WarmUp = 2000, Draws = 20_000;
        double[] covariance = new double[N * N];
        for (int i = 0; i < N; i++)
            covariance[(i * N) + i] = Math.Pow(10, -2 + (4.0 * i / (N - 1)));
        var sampler = new Mclmc();
        var state = (Mclmc.State)sampler.Start(new MultivariateNormal(new double[N], covariance));
        Assert.True(state.MoveTo(new double[N]));
        AdaptationState tuning = sampler.Adaptation!.Start(state, WarmUp);
        for (int i = 0; i < WarmUp; i++)
        {
            tuning.BeforeDraw(Key.Fold("trial").Fold(i));
            tuning.AfterDraw(i, state.Draw(Key.Fold(i)));
        }

        tuning.Finish();
        double error = 0, variance = 0;
        for (int i = 0; i < Draws; i++)
        {
            state.Draw(Key.Fold(WarmUp + i));
            error += state.SquaredEnergyError / (Draws * N);
            for (int j = 0; j < N; j++)
                variance += state.Position[j] * state.Position[j] / covariance[(j * N) + j] / ((double)Draws * N);
        }

        Assert.InRange(error, 2e-4, 1.2e-3);
        Assert.InRange(variance, 0.98, 1.02);
        Assert.InRange(state.DecoherenceLength, 0.1 * Math.Sqrt(N), 10 * Math.Sqrt(N));
    }

    /// <summary>
    /// The bias of MCLMC is of second order in its step: on N(0, I) in five dimensions that of the variance, divided by the squared step, is the same at the steps 1 and 2, but for a tenth that is left to the
    /// fourth order. The composition of minimal norm has a smaller one at the step 2 than the leapfrog at the step 1, for the same gradients.
    /// </summary>
    [Fact]
    public void The_bias_of_Mclmc_is_of_second_order_in_its_step()
    {
        (double leapfrog, double error) = Bias(IsokineticIntegrator.Leapfrog, 1);
        (double twice, double errorOfTwice) = Bias(IsokineticIntegrator.Leapfrog, 2);
        (double minimal, double errorOfMinimal) = Bias(IsokineticIntegrator.MinimalNorm, 2);
        TestContext.Current.TestOutputHelper?.WriteLine($"{leapfrog:f4} +- {error:f4}, {twice:f4} +- {errorOfTwice:f4}, {minimal:f4} +- {errorOfMinimal:f4}");
        Assert.True(error < 0.0025, $"a standard error of {error:f4}.");
        Assert.InRange(twice - (4 * leapfrog), (-0.1 * twice) - (4.5 * Spread(4 * error, errorOfTwice)), (0.1 * twice) + (4.5 * Spread(4 * error, errorOfTwice)));
        Assert.True(twice > 20 * errorOfTwice, "the bias isn't seen.");
        Assert.True(Math.Abs(minimal) < leapfrog, $"{minimal:f4} against {leapfrog:f4}.");

        static double Spread(double a, double b) => Math.Sqrt((a * a) + (b * b));

        static (double Bias, double Error) Bias(IsokineticIntegrator integrator, double stepSize)
        {
            const int N = 5, Chains = 4;
            var sampler = new Mclmc { StepSize = stepSize, DecoherenceLength = 4.5, Integrator = integrator, Metric = new UnitMetric(), Adaptation = null };
            SamplingResult result = Sample.Run(sampler, new StandardNormal(N), new SamplingOptions { Chains = Chains, WarmUp = 0, Draws = 100_000, Key = Key });
            double bias = 0, variance = 0;
            for (int p = 0; p < N; p++)
            {
                double[] squares = [.. result.Values(p).Select(v => v * v)];
                bias += (Diagnostics.Mean(squares) - 1) / N;
                variance += Math.Pow(Diagnostics.McseMean(squares, Chains) / N, 2);
            }

            return (bias, Math.Sqrt(variance));
        }
    }

    /// <summary>The root mean square of a step's energy error from typical points in random directions.</summary>
    private static double EnergyError(IsokineticIntegrator integrator, double stepSize)
    {
        var state = (Mclmc.State)new Mclmc { StepSize = stepSize, Integrator = integrator }.Start(MultivariateNormal.Autoregressive(12, 0.5));
        double sum = 0;
        for (int i = 0; i < 300; i++)
        {
            double[] start = new double[12];
            RandomStream stream = Key.Fold("start").Fold(i).Stream();
            for (int j = 0; j < 12; j++)
                start[j] = stream.NextNormal();
            Assert.True(state.MoveTo(start));
            double error = state.LogAcceptance(stepSize, Key.Fold(i));
            sum += error * error;
        }

        return Math.Sqrt(sum / 300);
    }

    [Fact]
    public void A_single_coordinate_is_refused_by_Mclmc() => Assert.Throws<ArgumentException>(() => new Mclmc().Start(new StandardNormal(1)));
}
