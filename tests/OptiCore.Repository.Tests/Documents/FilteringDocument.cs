using OptiCore.Distributions;
using OptiCore.Dynamics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Samplers;
using static OptiCore.Elementary;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/filtering.md.</summary>
public class FilteringDocument
{
    private static readonly double[] Observations = [1.2, 0.7, double.NaN, 1.9, 2.4, 1.1, 0.3, 0.8];

    [Fact]
    public void LinearModels()
    {
        double[] observations = Observations;

        var level = new LinearGaussianModel(mean: [0], covariance: [10], new LinearGaussianStep(a: [1], q: [0.5], h: [1], r: [2]));
        GaussianFilterResult filtered = GaussianFilter.Run(new KalmanFilter(), level, observations);
        GaussianSmootherResult smoothed = RauchTungStriebel.Smooth(filtered);
        Console.WriteLine($"log likelihood {filtered.LogLikelihood}, last level {filtered.Mean(7)[0]}, first {smoothed.Mean(0)[0]}");

        Assert.True(smoothed.Covariance(0)[0] < filtered.Covariance(0)[0]);

        GaussianFilterState online = new KalmanFilter { Form = CovarianceForm.SquareRoot }.Start(level);
        online.Update([1.2]);
        online.Update([double.NaN]);                                       // missing
        byte[] saved = StateArchive.Save(online);

        Assert.Equal(2, online.Count);
        Assert.NotEmpty(saved);

        KalmanScore score = KalmanScore.Compute(level, observations);
        double dQ = score.Q[0], dR = score.R[0];

        Assert.True(double.IsFinite(dQ) && double.IsFinite(dR));
    }

    [Fact]
    public void NonlinearModels()
    {
        double[] observations = Observations;

        var model = new NonlinearGaussianModel(
            DiscreteSystem.From(1, 1, (k, x, u, next) => next[0] = x[0] + (0.2 * Sin(x[0]))), q: [0.3],
            Function.FromResiduals(1, 1, (x, y) => y[0] = x[0] + (0.05 * x[0] * x[0])), r: [0.5], mean: [1], covariance: [1]);
        GaussianFilterResult extended = GaussianFilter.Run(new ExtendedKalmanFilter(), model, observations);
        GaussianFilterResult unscented = GaussianFilter.Run(new UnscentedKalmanFilter(), model, observations);
        EnsembleFilterResult ensemble = EnsembleFilter.Run(new EnsembleTransformKalmanFilter { Members = 40, Inflation = 1.02 }, model, observations, RandomKey.FromSeed(1));
        ParticleFilterResult particles = ParticleFilter.Run(new GuidedFilter(), model, observations, new ParticleFilterOptions { Particles = 2000 });

        Assert.Equal(particles.LogLikelihood, unscented.LogLikelihood, 0.5);
        Assert.Equal(particles.LogLikelihood, extended.LogLikelihood, 0.5);
        Assert.Equal(particles.Mean(7)[0], ensemble.Means[7], 0.5);
    }

    [Fact]
    public void ParticleFilters()
    {
        double[] returns = new double[40];
        RandomFill.Normal(RandomKey.FromSeed(3), returns);
        RandomKey key = RandomKey.FromSeed(1);

        var volatility = new StochasticVolatility { Mean = -0.2, Persistence = 0.95, Volatility = 0.3 };
        var options = new ParticleFilterOptions { Particles = 2000, Resampling = new SystematicResampling(), History = true, Workers = Workers.AllCores };
        ParticleFilterResult run = ParticleFilter.Run(new BootstrapFilter(), volatility, returns, options).EnsureCompleted();
        SmoothedPaths paths = new BackwardSimulation { Paths = 200 }.Run(volatility, run.History!, key);

        Assert.Equal(200, paths.EnsureCompleted().Paths);

        IAdditiveFunctional sums = AdditiveFunctional.From(2, (step, previous, x, values) => (values[0], values[1]) = (x[0], x[0] * x[0]));
        ParisState smoother = new Paris().Start(new BootstrapFilter(), volatility, sums, new ParticleFilterOptions { Particles = 500 });
        foreach (double y in returns)
            smoother.Update([y]);
        double expectedSum = smoother.Estimate[0];

        Assert.True(double.IsFinite(expectedSum));

        ParticleGibbsState chain = new ParticleGibbs { Particles = 20 }.Start(volatility, returns, key);
        for (int sweep = 0; sweep < 50; sweep++)
            chain.Step();
        double lastLogVariance = chain.Path[^1];

        Assert.True(double.IsFinite(lastLogVariance));
    }

    [Fact]
    public void Evidence()
    {
        RandomKey key = RandomKey.FromSeed(1);

        IDifferentiableFunction<double> logLikelihood = Function.From(2, x => -50 * ((x[0] + x[1] - 1) * (x[0] + x[1] - 1)));
        IDifferentiableTemperedTarget target = TemperedTarget.From(new MultivariateNormal([0, 0], [1, 0, 0, 1]), logLikelihood);
        SmcResult tempered = new SmcSampler { Particles = 1000 }.Run(target, new KernelMove(), key);

        INestedProblem problem = NestedProblem.From([new Normal(0, 1), new Normal(0, 1)], x => -50 * (x[0] + x[1] - 1) * (x[0] + x[1] - 1));
        NestedResult nested = new NestedSampling { LivePoints = 200 }.Run(problem, key);
        Console.WriteLine($"log evidence {tempered.LogEvidence} and {nested.LogEvidence} +- {nested.LogEvidenceError}");

        // x + y ~ N(0, 2), so that the evidence is the integral of exp(-50 (s - 1)^2) against it.
        double exact = (0.5 * Math.Log(2 * Math.PI * 0.01)) + new Normal(0, Math.Sqrt(2.01)).LogDensity(1);
        Assert.Equal(exact, tempered.LogEvidence, 0.3);
        Assert.InRange((nested.LogEvidence - exact) / nested.LogEvidenceError, -4, 4);
    }
}
