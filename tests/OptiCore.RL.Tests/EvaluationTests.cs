using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class EvaluationTests
{
    [Fact]
    public void Mean_and_standard_error_are_those_of_the_returns()
    {
        var result = new EvaluationResult { Returns = [1, 2, 3, 6], Lengths = [1, 1, 1, 1] };
        Assert.Equal(3, result.MeanReturn);

        // Sample variance 14/3, over four episodes.
        Promises.Close(Math.Sqrt(14.0 / 12), result.StandardError, 1e-15, 0, "standard error");
        Assert.True(double.IsNaN(new EvaluationResult { Returns = [1], Lengths = [1] }.StandardError));
    }

    [Fact]
    public void Short_episodes_are_not_favoured()
    {
        // Environments play the same number of episodes, however long they last: 7 of 3 environments are 3 + 2 + 2.
        var policy = new RandomPolicy<float, int>(new Discrete(2));
        EvaluationResult seven = policy.Evaluate(new CartPole(3), 7, RandomKey.FromSeed(1));
        EvaluationResult nine = policy.Evaluate(new CartPole(3), 9, RandomKey.FromSeed(1));
        Assert.Equal(7, seven.Returns.Length);
        Assert.Equal(nine.Returns[..7], seven.Returns);
        Assert.Equal(nine.Lengths.Select(n => (double)n), nine.Returns);
        Assert.All(nine.Lengths, length => Assert.True(length > 0));
    }

    [Fact]
    public void The_interquartile_mean_leaves_out_the_outer_quarters()
    {
        Assert.Equal(4.5, Statistics.InterquartileMean([100, 2, 3, 4, 5, 6, 7, -50]));
        Assert.Equal(2, Statistics.InterquartileMean([1, 2, 3]));
    }

    [Fact]
    public void The_bootstrap_interval_covers_the_mean_of_a_known_distribution_as_often_as_stated()
    {
        // 40 uniform scores have an interquartile mean of 1/2 in expectation. Of 200 intervals of 90 % about 180 should cover it; 4 deviations are 17.
        int covered = 0;
        for (int repetition = 0; repetition < 200; repetition++)
        {
            RandomStream stream = RandomKey.FromSeed(3).Fold(repetition).Stream();
            double[] scores = new double[40];
            foreach (ref double score in scores.AsSpan())
                score = stream.NextDouble();
            (double low, double high) = Statistics.BootstrapInterquartileMean(scores, 300, 0.9, RandomKey.FromSeed(4).Fold(repetition));
            covered += low <= 0.5 && 0.5 <= high ? 1 : 0;
        }

        Assert.InRange(covered, 180 - 17, 180 + 17);
    }

    [Fact]
    public void A_study_has_the_same_scores_for_any_number_of_workers()
    {
        var agent = new QLearning { LearningRate = 0.2, Exploration = Schedule.Linear(1, 0.1, 10_000) };
        var study = new SeedStudy { Seeds = 4, TrainingSteps = 10_000, EvaluationEpisodes = 20, Training = new TrainingOptions { CurveInterval = 1000 } };
        SeedStudyResult serial = agent.Study(() => Worlds.Identity(4), study, RandomKey.FromSeed(1));
        SeedStudyResult threads = agent.Study(() => Worlds.Identity(4), study, RandomKey.FromSeed(1), Workers.Threads(3));
        Assert.Equal(serial.Scores, threads.Scores);
        Assert.Equal(serial.IntervalLow, threads.IntervalLow);
        Assert.True(serial.IntervalLow <= serial.InterquartileMean && serial.InterquartileMean <= serial.IntervalHigh);
        Assert.True(serial.InterquartileMean >= 9);
    }

    [Fact]
    public void A_cancelled_evaluation_gives_up()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var policy = new RandomPolicy<float, int>(new Discrete(2));
        Assert.Throws<OperationCanceledException>(() => policy.Evaluate(new CartPole(3), 7, RandomKey.FromSeed(1), source.Token));
    }
}
