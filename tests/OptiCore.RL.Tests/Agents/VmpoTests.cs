using FsCheck;
using FsCheck.Fluent;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>What V-MPO promises beyond what every agent does.</summary>
public class VmpoTests
{
    private static Vmpo Fast => new()
    {
        Lambda = 0.95,
        Epochs = 4,
        TrustRegion = 0.02,
        TemperatureBound = 0.1,
        Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-3 }),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Vmpo_balances_the_pole(int seed)
    {
        TrainingResult<float, int> result = Fast.Start(new CartPole(16), RandomKey.FromSeed((ulong)seed), new TrainingOptions { CurveInterval = 5000 }).Train(150_000);
        Assert.InRange(result.BestPolicy.Evaluate(new CartPole(20), 100, RandomKey.FromSeed(50)).MeanReturn, 475, 500);
    }

    [Fact]
    public void The_weights_are_those_of_the_temperature_and_its_gradient_that_of_finite_differences()
    {
        Gen<(float[] Advantages, double Temperature)> cases =
            from advantages in Gen.Choose(-3000, 3000).Select(i => i / 1000f).ArrayOf(7)
            from temperature in Gen.Choose(1, 40)
            select (advantages, temperature / 10.0);
        Forall.Check(Prop.ForAll(cases.ToArbitrary(), c =>
        {
            float[] weights = new float[7];
            double derivative = Vmpo.Weigh(c.Advantages, c.Temperature, 0.02, weights), h = 1e-5 * c.Temperature, total = c.Advantages.Sum(a => Math.Exp(a / c.Temperature));
            for (int i = 0; i < 7; i++)
                Promises.Close(Math.Exp(c.Advantages[i] / c.Temperature) / total, weights[i], 1e-6, 1e-7, "weight");
            Promises.Close((Loss(c.Advantages, c.Temperature + h) - Loss(c.Advantages, c.Temperature - h)) / (2 * h), derivative, 1e-6, 1e-7, "derivative");
        }));

        static double Loss(float[] advantages, double eta) => (eta * 0.02) + (eta * Math.Log(advantages.Average(a => Math.Exp(a / eta))));
    }

    [Fact]
    public void The_divergence_is_held_near_its_bound()
    {
        double held = Divergence(Fast), free = Divergence(Fast with { InitialMultiplier = 1e-8, DualOptimizer = new Adam { LearningRate = 1e-9 } });
        Assert.InRange(held, 0, 0.03);
        Assert.True(free > 3 * held, $"{free} without a bound isn't well above {held}.");

        static double Divergence(Vmpo agent)
        {
            TrainingRun<float, int> run = (agent with { TrustRegion = 0.01, TemperatureBound = 1, InitialTemperature = 0.1, Epochs = 10, Optimizer = new Adam { LearningRate = 3e-3 } }).Start(new CartPole(8), RandomKey.FromSeed(1));
            double sum = 0;
            for (int update = 0; update < 15; update++)
            {
                run.Train(8 * 128);
                sum += update < 5 ? 0 : run.State.Metrics[3];
            }

            return sum / 10;
        }
    }

    [Fact]
    public void It_has_the_same_bits_for_any_number_of_workers()
    {
        Assert.Equal(Learner(Workers.Serial), Learner(Workers.Threads(3)));

        static byte[] Learner(IWorkers workers)
        {
            TrainingRun<float, int> run = (Fast with { Minibatches = 2 }).Start(new CartPole(16), RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
            run.Train(2 * 16 * 128);
            return StateArchive.Save(run.State);
        }
    }

    [Fact]
    public void Too_many_minibatches_are_refused_in_a_sentence() =>
        Assert.Contains("8 transitions", Assert.Throws<ArgumentException>(() => new Vmpo { RolloutSteps = 4 }.Start(new CartPole(2), default)).Message, StringComparison.Ordinal);
}
