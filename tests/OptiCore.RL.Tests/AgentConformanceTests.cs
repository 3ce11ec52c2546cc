using System.Reflection;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.RL.Games;
using OptiCore.RL.Planning;
using OptiCore.RL.Tests.Planning;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>One row for each agent; every promise that agents make is checked for each.</summary>
public partial class AgentConformanceTests
{
    private static readonly Row[] All = [.. TabularRows, .. PolicyGradient, .. Replayed, .. Searches, .. Planners, .. FromData, .. Rewarded];

    private static Row[] TabularRows =>
    [
        new Row<int, int>(
            new QLearning { Discount = 0.9, LearningRate = 0.2, Exploration = Schedule.Linear(1, 0.1, 10_000) },
            Worlds.Identity, 20_000,
            FirstValue, Worlds.Endless),
        Tabular(new DoubleQLearning()),
        Tabular(new Sarsa { Lambda = 0.5 }),
        Tabular(new ExpectedSarsa()),
        Tabular(new WatkinsQLambda { Lambda = 0.5 }),
        Tabular(new PengQLambda { Lambda = 0.5 }),
        Tabular(new TreeBackup()),
        Tabular(new QSigma()),
        Tabular(new DynaQ { RepeatsLastOutcome = false }),
        new Row<int, int>(
            new PrioritizedSweeping { Discount = 0.9, Exploration = Schedule.Linear(1, 0.1, 10_000) },
            Worlds.Identity, 20_000,
            FirstValue, Worlds.Endless),
        new Row<int, int>(
            new DifferentialQLearning { LearningRate = 0.2, Exploration = Schedule.Linear(1, 0.1, 10_000), CenteringRate = 0.01 },
            Worlds.Identity, 20_000,
            state => 10 * ((DifferentialQLearningState)state).RewardRate, Worlds.Endless),
        new Row<int, int>(
            new UcbValueIteration { Horizon = 100, Discount = 0.9, BonusScale = 1e-4 },
            Worlds.Identity, 20_000,
            FirstValue, Worlds.Endless, best: 10),
        new Row<int, int>(
            new Psrl { Horizon = 100, Discount = 0.9 },
            Worlds.Identity, 20_000,
            FirstValue, Worlds.Endless, best: 10),
    ];

    /// <summary>Published methods that aren't agents, and the test that covers each.</summary>
    private static readonly (Type Type, string Test)[] Others =
    [
        (typeof(ValueIteration), nameof(ToyTextTests.Value_iteration_finds_the_recorded_optimal_values)),
        (typeof(PolicyIteration), nameof(PlanningTests.Every_discounted_solver_finds_the_best_of_all_policies)),
        (typeof(ModifiedPolicyIteration), nameof(PlanningTests.The_bound_of_modified_policy_iteration_holds_and_is_not_idle)),
        (typeof(BackwardInduction), nameof(PlanningTests.Backward_induction_is_the_best_of_all_plans_that_depend_on_the_step)),
        (typeof(RelativeValueIteration), nameof(PlanningTests.Relative_value_iteration_finds_the_best_stationary_average)),
        (typeof(StockDistributionalIteration), nameof(DistributionalTests.The_conditional_value_at_risk_is_the_best_of_all_histories)),
        (typeof(BehaviourCloning), nameof(Agents.ImitationTests.A_clone_balances_the_pole_as_its_expert_does)),
        (typeof(DatasetAggregation), nameof(Agents.ImitationTests.Asking_the_expert_where_the_clone_goes_mends_what_few_demonstrations_leave)),
        (typeof(FittedQEvaluation), nameof(Offline.FittedQEvaluationTests.One_hot_states_give_the_exact_value)),

        (typeof(PreferenceModel), nameof(Agents.PreferenceModelTests.Known_rewards_are_recovered_up_to_a_shift)),
        (typeof(TwoAtomIteration), nameof(DistributionalTests.Two_atoms_average_to_the_value_and_the_low_one_is_the_robust_value)),
        (typeof(MultiStepIteration), nameof(MultiStepIterationTests.Peng_reaches_the_optimum_when_the_behaviour_follows)),
        (typeof(CounterfactualRegret), nameof(RegretMinimizationTests.The_exploitability_of_CFR_stays_under_its_bound_and_falls_at_its_rate)),
        (typeof(CounterfactualRegretPlus), nameof(RegretMinimizationTests.Both_find_Leducs_value_and_CFR_plus_is_faster)),
        (typeof(Uct), nameof(TreeSearchTests.Uct_follows_its_formula)),
        (typeof(Puct), nameof(TreeSearchTests.Puct_follows_its_formula_and_its_priors)),
        (typeof(Ments), nameof(TreeSearchTests.The_root_of_a_regularised_search_has_the_regularised_value)),
        (typeof(Rents), nameof(TreeSearchTests.The_root_of_a_regularised_search_has_the_regularised_value)),
        (typeof(Tents), nameof(TreeSearchTests.The_sparse_value_is_the_maximum_that_defines_it)),
    ];

    public static TheoryData<string> Names { get; } = [.. All.Select(row => row.Name)];

    [Fact]
    public void Every_published_method_has_a_row()
    {
        IEnumerable<Type> published = typeof(IAgent<,>).Assembly.GetExportedTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null);
        Assert.Equal(published.OrderBy(t => t.Name), All.Select(row => row.Algorithm).Distinct().Concat(Others.Select(o => o.Type)).OrderBy(t => t.Name));
    }

    [Theory, MemberData(nameof(Names))]
    public void It_learns_what_random_play_cannot(string name) => Named(name).LearnsIdentity();

    [Theory, MemberData(nameof(Names))]
    public void Two_runs_with_one_key_agree_bit_for_bit(string name) => Named(name).Repeats();

    [Theory, MemberData(nameof(Names))]
    public void Truncation_bootstraps(string name) => Named(name).Bootstraps();

    [Theory, MemberData(nameof(Names))]
    public void A_saved_and_loaded_run_is_an_uninterrupted_run(string name) => Named(name).Resumes();

    [Theory, MemberData(nameof(Names))]
    public void A_step_allocates_nothing(string name) => Named(name).AllocatesNothing();

    [Theory, MemberData(nameof(Names))]
    public void Training_in_two_parts_is_training_in_one(string name) => Named(name).Splits();

    [Theory, MemberData(nameof(Names))]
    public void A_checkpoint_of_another_configuration_is_refused_and_changes_nothing(string name) => Named(name).RefusesForeignCheckpoints();

    [Theory, MemberData(nameof(Names))]
    public void Cancellation_keeps_what_was_reached(string name) => Named(name).Cancels();

    [Theory, MemberData(nameof(Names))]
    public void A_reward_that_is_not_finite_fails_and_keeps_the_policy(string name) => Named(name).FailsOnBadRewards();

    [Fact]
    public void An_agent_without_an_update_rule_is_refused() =>
        Assert.Equal("Optimizer", Assert.Throws<ArgumentNullException>(() => new Reinforce { Optimizer = null! }).ParamName);

    [Fact]
    public void Spaces_that_an_agent_cannot_handle_are_refused_by_name()
    {
        var multi = new AgentSetup<int, int>(new MultiDiscrete(2, 2), new Discrete(2), 1, RandomKey.FromSeed(1));
        Assert.Contains("Discrete", Assert.Throws<ArgumentException>(() => new QLearning().Start(multi)).Message, StringComparison.Ordinal);
        var binary = new AgentSetup<float, int>(new Box(0, 1, 2), new MultiBinary(2), 1, RandomKey.FromSeed(1));
        Assert.Contains("MultiBinary(2)", Assert.Throws<ArgumentException>(() => new Dqn().Start(binary)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action> InvalidOptions { get; } = new()
    {
        { "Discount", () => _ = new QLearning { Discount = 1.1 } },
        { "LearningRate", () => _ = new QLearning { LearningRate = 0 } },
        { "LearningRate", () => _ = new QLearning { LearningRate = 1.5 } },
        { "LearningRateDecay", () => _ = new QLearning { LearningRateDecay = -0.1 } },
        { "Exploration", () => _ = new QLearning { Exploration = 1.2 } },
        { "Exploration", () => _ = new QLearning { Exploration = -0.1 } },
        { "InitialValue", () => _ = new QLearning { InitialValue = double.NaN } },
        { "Discount", () => _ = new Reinforce { Discount = -1 } },
        { "ValueEpochs", () => _ = new Reinforce { ValueEpochs = 0 } },
        { "SequenceSteps", () => _ = new Ppo { SequenceSteps = -1 } },
        { "TemperatureBound", () => _ = new Vmpo { TemperatureBound = 0 } },
        { "TrustRegion", () => _ = new Vmpo { TrustRegion = 0 } },
        { "CovarianceTrustRegion", () => _ = new Vmpo { CovarianceTrustRegion = 0 } },
        { "InitialTemperature", () => _ = new Vmpo { InitialTemperature = 0 } },
        { "InitialMultiplier", () => _ = new Vmpo { InitialMultiplier = 0 } },
        { "ValueBatch", () => _ = new Reinforce { ValueBatch = 0 } },
        { "Baseline", () => _ = new Reinforce { Baseline = (ReinforceBaseline)9 } },
        { "EntropyBonus", () => _ = new Reinforce { EntropyBonus = -1 } },
        { "MaxEpisodeSteps", () => _ = new Reinforce { MaxEpisodeSteps = 0 } },
        { "Lambda", () => _ = new Sarsa { Lambda = 1.1 } },
        { "Traces", () => _ = new Sarsa { Traces = (EligibilityTraceKind)3 } },
        { "Lambda", () => _ = new WatkinsQLambda { Lambda = -0.1 } },
        { "Lambda", () => _ = new PengQLambda { Lambda = 2 } },
        { "Steps", () => _ = new TreeBackup { Steps = 0 } },
        { "Steps", () => _ = new QSigma { Steps = 0 } },
        { "Sigma", () => _ = new QSigma { Sigma = 1.1 } },
        { "PlanningSteps", () => _ = new DynaQ { PlanningSteps = -1 } },
        { "CuriosityBonus", () => _ = new DynaQ { CuriosityBonus = -1 } },
        { "Backups", () => _ = new PrioritizedSweeping { Backups = 0 } },
        { "Threshold", () => _ = new PrioritizedSweeping { Threshold = -1 } },
        { "KnownAfter", () => _ = new PrioritizedSweeping { KnownAfter = -1 } },
        { "OptimisticValue", () => _ = new PrioritizedSweeping { OptimisticValue = double.NaN } },
        { "Exploration", () => _ = new PrioritizedSweeping { Exploration = 2 } },
        { "RewardRateFactor", () => _ = new DifferentialQLearning { RewardRateFactor = 0 } },
        { "CenteringRate", () => _ = new DifferentialQLearning { CenteringRate = 2 } },
        { "InitialRewardRate", () => _ = new DifferentialQLearning { InitialRewardRate = double.NaN } },
        { "Horizon", () => _ = new UcbValueIteration { Horizon = 0 } },
        { "Bonus", () => _ = new UcbValueIteration { Bonus = (UcbBonus)2 } },
        { "BonusScale", () => _ = new UcbValueIteration { BonusScale = -1 } },
        { "RewardRange", () => _ = new UcbValueIteration { RewardRange = 0 } },
        { "FailureProbability", () => _ = new UcbValueIteration { FailureProbability = 1 } },
        { "TotalSteps", () => _ = new UcbValueIteration { TotalSteps = 0 } },
        { "Horizon", () => _ = new Psrl { Horizon = 0 } },
        { "TransitionPrior", () => _ = new Psrl { TransitionPrior = 0 } },
        { "RewardPriorCount", () => _ = new Psrl { RewardPriorCount = 0 } },
        { "RewardNoise", () => _ = new Psrl { RewardNoise = 0 } },
        { "Discount", () => _ = new StockDistributionalIteration { Discount = 0 } },
        { "EvaluationSweeps", () => _ = new StockDistributionalIteration { EvaluationSweeps = -1 } },
        { "Level", () => _ = new TwoAtomIteration { Level = 1 } },
        { "Preference", () => _ = new TwoAtomIteration { Preference = (RiskPreference)2 } },
        { "TieTolerance", () => _ = new TwoAtomIteration { TieTolerance = -1 } },
        { "Discount", () => _ = new PolicyIteration { Discount = 1 } },
        { "MaxPolicies", () => _ = new PolicyIteration { MaxPolicies = 0 } },
        { "Discount", () => _ = new ModifiedPolicyIteration { Discount = 1 } },
        { "EvaluationSweeps", () => _ = new ModifiedPolicyIteration { EvaluationSweeps = -1 } },
        { "Horizon", () => _ = new BackwardInduction { Horizon = 0 } },
        { "Damping", () => _ = new RelativeValueIteration { Damping = 0 } },
        { "ReferenceState", () => _ = new RelativeValueIteration { ReferenceState = -1 } },
        { "Lambda", () => _ = new MultiStepIteration { Lambda = 2 } },
        { "Trace", () => _ = new MultiStepIteration { Trace = (MultiStepTrace)3 } },
        { "Tracking", () => _ = new MultiStepIteration { Tracking = 2 } },
        { "Discount", () => _ = new ValueIteration { Discount = 2 } },
        { "Tolerance", () => _ = new ValueIteration { Tolerance = 0 } },
        { "MaxSweeps", () => _ = new ValueIteration { MaxSweeps = 0 } },
        { "CurveInterval", () => _ = new TrainingOptions { CurveInterval = 0 } },
        { "TargetReturn", () => _ = new TrainingOptions { TargetReturn = double.NaN } },
        { "Confidence", () => _ = new SeedStudy { Confidence = 1 } },
    };

    [Theory, MemberData(nameof(InvalidOptions))]
    public void An_invalid_option_throws_naming_the_member(string member, Action create) =>
        Assert.Equal(member, Assert.Throws<ArgumentOutOfRangeException>(create).ParamName);

    /// <summary>The row of an agent that learns discounted action values.</summary>
    private static Row Tabular(TabularAgent agent) => new Row<int, int>(
        agent with { Discount = 0.9, LearningRate = 0.2, Exploration = Schedule.Linear(1, 0.1, 10_000) },
        Worlds.Identity, 20_000,
        FirstValue, Worlds.Endless);

    private static double FirstValue(AgentState<int, int> state) => ((TabularAgentState)state).ActionValues[0];

    private static Row Named(string name) => All.Single(row => row.Name == name);

    private abstract class Row(Type algorithm)
    {
        public Type Algorithm => algorithm;

        public string Name { get; init; } = algorithm.Name;

        public abstract void LearnsIdentity();

        public abstract void Repeats();

        public abstract void Bootstraps();

        public abstract void Resumes();

        public abstract void AllocatesNothing();

        public abstract void Splits();

        public abstract void RefusesForeignCheckpoints();

        public abstract void Cancels();

        public abstract void FailsOnBadRewards();
    }

    private sealed class Row<TObservation, TAction>(
        IAgent<TObservation, TAction> agent,
        Func<int, IVectorEnvironment<TObservation, TAction>> identity,
        long steps,
        Func<AgentState<TObservation, TAction>, double> value,
        Func<int, IVectorEnvironment<TObservation, TAction>> endless,
        double best = 6) : Row(agent.GetType())
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        private static readonly TrainingOptions Options = new() { CurveInterval = 1000 };

        /// <summary>How many transitions the agent learns the value of the endless world from.</summary>
        public int ValueSteps { get; init; } = 2000;

        /// <summary>What the learnt policy earns at least, of 10.</summary>
        public double Reached { get; init; } = 9.9;

        /// <summary>What the exploring policy earns at least in the end.</summary>
        public double Explored { get; init; } = 8.5;

        /// <summary>The least and the most that random play and the first point of the curve may earn.</summary>
        public (double Least, double Most) Random { get; init; } = (1.5, 3.5);

        public override void LearnsIdentity()
        {
            for (ulong seed = 0; seed < 3; seed++)
            {
                TrainingResult<TObservation, TAction> result = Start(RandomKey.FromSeed(seed)).Train(steps);
                Assert.Equal(RunStatus.Completed, result.Status);

                // Perfect play earns 10. The first point of the curve is played almost at random, unless the agent needs no randomness to explore; at the end exploration may cost a tenth.
                Assert.InRange(result.Curve[0].MeanReturn, Random.Least, best);
                Assert.InRange(result.Curve[^1].MeanReturn, Explored, 10);
                Assert.InRange(result.BestPolicy.Evaluate(identity(20), 100, RandomKey.FromSeed(50)).MeanReturn, Reached, 10);
                var random = new RandomPolicy<TObservation, TAction>(identity(1).ActionSpace);
                Assert.InRange(random.Evaluate(identity(20), 100, RandomKey.FromSeed(50)).MeanReturn, Random.Least, Random.Most);
            }
        }

        public override void Repeats()
        {
            TrainingRun<TObservation, TAction> first = Start(RandomKey.FromSeed(1)), second = Start(RandomKey.FromSeed(1)), other = Start(RandomKey.FromSeed(2));
            first.Train(5000);
            second.Train(5000);
            other.Train(5000);
            Assert.Equal(StateArchive.Save(first), StateArchive.Save(second));
            Assert.NotEqual(StateArchive.Save(first), StateArchive.Save(other));
        }

        public override void Bootstraps()
        {
            TrainingRun<TObservation, TAction> run = agent.Start(endless(4), RandomKey.FromSeed(1));
            run.Train(ValueSteps);

            // Treating truncation as termination would give 1 / (1 - 0.9 * 0.8) = 3.6 at most.
            Assert.Equal(10, value(run.State), 0.05);
        }

        public override void Resumes()
        {
            TrainingRun<TObservation, TAction> whole = Start(RandomKey.FromSeed(1)), resumed = Start(RandomKey.FromSeed(1));

            // 1003 vector steps end in the middle of an episode and of a batch.
            whole.Train(1003 * 8);
            var stream = new MemoryStream();
            whole.Save(stream);
            stream.Position = 0;
            resumed.Load(stream);
            TrainingResult<TObservation, TAction> expected = whole.Train(5000), actual = resumed.Train(5000);
            Assert.Equal(expected.Curve, actual.Curve);
            Assert.Equal(expected.BestMeanReturn, actual.BestMeanReturn);
            Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));
        }

        public override void AllocatesNothing()
        {
            TrainingRun<TObservation, TAction> run = Start(RandomKey.FromSeed(1));
            Promises.AllocatesNothing(() => run.Step(), $"a step of {Name}", warmUp: 3000, measured: 100);
        }

        public override void Splits()
        {
            TrainingRun<TObservation, TAction> whole = Start(RandomKey.FromSeed(1)), parts = Start(RandomKey.FromSeed(1));
            whole.Train(4000);
            parts.Train(1600);
            parts.Train(2400);
            Assert.Equal(StateArchive.Save(whole), StateArchive.Save(parts));
        }

        public override void RefusesForeignCheckpoints()
        {
            TrainingRun<TObservation, TAction> run = Start(RandomKey.FromSeed(1));
            run.Train(800);
            var stream = new MemoryStream();
            run.Save(stream);
            TrainingRun<TObservation, TAction> other = Start(RandomKey.FromSeed(2));
            other.Train(800);
            byte[] before = StateArchive.Save(other);
            stream.Position = 0;
            Assert.Throws<CheckpointException>(() => other.Load(stream));
            stream.SetLength(stream.Length - 40);
            stream.Position = 0;
            Assert.Throws<CheckpointException>(() => run.Load(stream));
            Assert.Equal(before, StateArchive.Save(other));
        }

        public override void Cancels()
        {
            TrainingRun<TObservation, TAction> run = Start(RandomKey.FromSeed(1));
            using var source = new CancellationTokenSource();
            var progress = new CancelAtThirdPoint(source);
            TrainingResult<TObservation, TAction> result = run.Train(1_000_000, progress, source.Token);
            Assert.Equal(RunStatus.Stopped, result.Status);
            Assert.Equal(3, result.Curve.Count);
            Assert.Equal(result.Curve, progress.Points);
            Assert.Equal(result.Curve.Max(point => point.MeanReturn), result.BestMeanReturn);

            // It goes on from there.
            Assert.Equal(result.Steps + 800, run.Train(800).Steps);
        }

        public override void FailsOnBadRewards()
        {
            var bad = new BadRewards<TObservation, TAction>(identity(8));
            TrainingRun<TObservation, TAction> run = agent.Start(bad, RandomKey.FromSeed(1), Options);
            run.Train(4000);
            byte[] learner = StateArchive.Save(run.State);
            bad.IsBad = true;
            TrainingResult<TObservation, TAction> result = run.Train(4000);
            Assert.Equal(RunStatus.Failed, result.Status);
            Assert.Equal(4000, result.Steps);
            Assert.Contains("environment 2 was NaN", result.Message, StringComparison.Ordinal);
            Assert.Equal(RunStatus.Failed, run.Train(8).Status);
            Assert.NotNull(result.BestPolicy);
            Assert.Equal(learner.Length, StateArchive.Save(run.State).Length);
        }

        private TrainingRun<TObservation, TAction> Start(RandomKey key) => agent.Start(identity(8), key, Options);
    }

    private sealed class CancelAtThirdPoint(CancellationTokenSource source) : IProgress<LearningPoint>
    {
        public List<LearningPoint> Points { get; } = [];

        public void Report(LearningPoint value)
        {
            Points.Add(value);
            if (Points.Count == 3)
                source.Cancel();
        }
    }

    private sealed class BadRewards<TObservation, TAction>(IVectorEnvironment<TObservation, TAction> inner) : IVectorEnvironment<TObservation, TAction>
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        public bool IsBad { get; set; }

        public int Count => inner.Count;

        public Space<TObservation> ObservationSpace => inner.ObservationSpace;

        public Space<TAction> ActionSpace => inner.ActionSpace;

        public void Reset(RandomKey key, Span<TObservation> observations) => inner.Reset(key, observations);

        public void Restart(int index, Span<TObservation> observation) => inner.Restart(index, observation);

        public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
        {
            inner.Step(actions, output);
            if (IsBad)
                output.Rewards[2] = double.NaN;
        }

        public void Persist(StateArchive archive) => archive.Transfer(inner);
    }
}
