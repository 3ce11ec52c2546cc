using System.Reflection;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests.Evaluation;

/// <summary>Policies learnt from logs whose best policy is known.</summary>
public class PolicyLearningTests
{
    // The log is the population: estimated values are the true ones.
    private static readonly Population Instance = new(Population.Drawing, Population.Rates);
    private static readonly double Best = (0.9 + 0.7) / 2;

    [Fact]
    public void EveryLearnerIsTestedHere()
    {
        Type[] learners = [.. typeof(GreedyPolicyLearner).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Learning from logs")];
        Assert.Equal(new[] { typeof(GreedyPolicyLearner), typeof(SoftmaxPolicyLearner) }, learners.OrderBy(t => t.Name));
    }

    [Fact]
    public void TheGreedyLearnerFindsTheBestActionOfEachContext()
    {
        foreach (IRewardModel? model in new IRewardModel?[] { null, new TabularRewardModel(), new RidgeRewardModel() })
        {
            GreedyPolicy policy = new GreedyPolicyLearner { RewardModel = model }.Learn(Instance.Log);
            Assert.Equal(2, policy.Choose([0]));
            Assert.Equal(0, policy.Choose([1]));
            Promises.Close(Best, policy.EstimatedValue, 1e-12, 0, "value");
            Promises.Close(Best, OffPolicy.Evaluate(Instance.Log, policy.On(Instance.Log)).Of<InversePropensity>().Value, 1e-12, 0, "value");

            // Over both contexts, action 2 is best: (0.9 + 0.4) / 2.
            Assert.Equal(2, policy.Elsewhere);
            Assert.Equal(2, policy.Choose([5]));
        }
    }

    [Fact]
    public void TheSoftmaxObjectiveIsTheEstimateAndItsGradientTheDerivative()
    {
        foreach ((double variance, double largest) in new[] { (0, double.PositiveInfinity), (0.7, double.PositiveInfinity), (0.7, 1.1) })
        {
            var learner = new SoftmaxPolicyLearner { Penalty = 0.01, VariancePenalty = variance, LargestWeight = largest, RewardModel = new TabularRewardModel { PriorCount = 5 } };
            IDifferentiableFunction<double> objective = learner.Objective(Instance.Log);
            double[] theta = new double[objective.Dimension], gradient = new double[objective.Dimension], ignored = new double[objective.Dimension];
            RandomStream stream = RandomKey.FromSeed(3).Stream();
            for (int j = 0; j < theta.Length; j++)
                theta[j] = stream.NextDouble() - 0.5;
            double value = objective.ValueAndGradient(theta, gradient);
            Assert.Equal(objective.Value(theta), value);
            for (int j = 0; j < theta.Length; j++)
            {
                double[] up = [.. theta], down = [.. theta];
                up[j] += 1e-5;
                down[j] -= 1e-5;
                Promises.Close((objective.Value(up) - objective.Value(down)) / 2e-5, gradient[j], 1e-6, 1e-9, $"derivative {j}");
            }

            // At theta = 0 it is the doubly robust estimate of the uniform policy, with clipped weights.
            TargetPolicy uniform = TargetPolicy.Uniform(Instance.Log);
            double[] predictions = new double[uniform.Probabilities.Length];
            learner.RewardModel.Fit(Instance.Log, uniform).Predict(Instance.Log, predictions);
            var data = new OffPolicyData(Instance.Log, uniform, predictions);
            var terms = new EstimatorTerms(data.Count);
            for (int i = 0; i < data.Count; i++)
                terms.Values[i] = data.ExpectedPredictions[i] + (Math.Min(data.Weights[i], largest) * (data.Rewards[i] - data.LoggedPredictions[i]));
            Promises.Close(-terms.Estimate() + (variance * terms.StandardError()), objective.Value(ignored), 1e-12, 0, "objective");
            Assert.True(double.IsPositiveInfinity(largest) || data.Weights.ToArray().Any(w => w > largest));
        }
    }

    [Fact]
    public void TheSoftmaxLearnerApproachesTheBestPolicy()
    {
        foreach (IRewardModel? model in new IRewardModel?[] { null, new TabularRewardModel() })
        {
            LinearSoftmaxPolicy policy = new SoftmaxPolicyLearner { Penalty = 1e-4, RewardModel = model }.Learn(Instance.Log, new Descent(), new RunOptions { MaxIterations = 3000 });
            double[] first = new double[4], second = new double[4];
            policy.Probabilities([0], first);
            policy.Probabilities([1], second);
            Promises.Close(1, first.Sum(), 1e-12, 0, "sum");
            double value = 0.5 * (first.Zip(Population.Rates[0], (p, q) => p * q).Sum() + second.Zip(Population.Rates[1], (p, q) => p * q).Sum());
            Assert.InRange(value, Best - 0.03, Best);
            Promises.Close(value, OffPolicy.Evaluate(Instance.Log, policy.On(Instance.Log)).Of<InversePropensity>().Value, 1e-10, 0, "value");
        }
    }

    [Fact]
    public void WhatCannotBeLearntFromIsNamed()
    {
        Assert.Contains("log", Assert.Throws<ArgumentException>(() => new GreedyPolicyLearner().Learn(new DecisionLog(new DecisionShape(2)))).Message, StringComparison.Ordinal);
        Assert.Contains("2 positions", Assert.Throws<ArgumentException>(() => new SoftmaxPolicyLearner().Objective(EstimatorLawTests.Log(2))).Message, StringComparison.Ordinal);
        Assert.Contains("Penalty", Assert.Throws<ArgumentOutOfRangeException>(() => new SoftmaxPolicyLearner { Penalty = -1 }).Message, StringComparison.Ordinal);
        Assert.Contains("context", Assert.Throws<ArgumentException>(() => new GreedyPolicyLearner().Learn(Instance.Log).Choose([])).Message, StringComparison.Ordinal);
    }

    /// <summary>Steepest descent with a step that doubles after progress and halves after none.</summary>
    private sealed record Descent : ISolver<double, IDifferentiableFunction<double>>
    {
        public StoppingRules Stopping { get; init; } = new() { GradientTolerance = 1e-7 };

        public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(shape, start);

        private sealed class State : SolverState<double>
        {
            private readonly double[] _x, _gradient;
            private double _value = double.NaN, _norm = double.NaN, _step = 1;

            public State(ProblemShape shape, ReadOnlySpan<double> start)
                : base(new Query<double>(shape, Oracle.Value | Oracle.Gradient))
            {
                _x = start.ToArray();
                _gradient = new double[_x.Length];
                start.CopyTo(Query.Point());
            }

            public override ReadOnlySpan<double> Point => _x;

            public override double Value => _value;

            public override double GradientNorm => _norm;

            public override Advance Tell()
            {
                bool better = double.IsNaN(_value) || Query.Value() < _value;
                if (better)
                {
                    Query.Point().CopyTo(_x);
                    Query.Gradient().CopyTo(_gradient);
                    _value = Query.Value();
                    _norm = _gradient.Max(Math.Abs);
                }

                _step *= better ? 2 : 0.25;
                for (int i = 0; i < _x.Length; i++)
                    Query.Point()[i] = _x[i] - (_step * _gradient[i]);
                return Advance.Iteration;
            }

            public override void Persist(StateArchive archive)
            {
                archive.Transfer<double>(_x);
                archive.Transfer<double>(_gradient);
                archive.Transfer(ref _value);
                archive.Transfer(ref _norm);
                archive.Transfer(ref _step);
            }
        }
    }
}
