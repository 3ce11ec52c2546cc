using OptiCore.Optimizers;
using OptiCore.Reporting;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Tour.Chapters;

/// <summary>Two control tasks: a table for FrozenLake, a small policy for CartPole.</summary>
internal sealed class LearnChapter : IChapter
{
    public int Number => 5;

    public string Title => "Learn: FrozenLake with Q-learning, CartPole with a policy gradient";

    public void Run(TourContext tour)
    {
        var table = new ReportTable("task", "agent", "steps", "return", "s.e.", "solved at");
        FrozenLakeByQLearning(tour, table);
        if (!tour.Token.IsCancellationRequested)
            CartPoleByReinforce(tour, table);
        if (table.Rows.Count == 0)
            return;
        tour.Show(table);
        tour.SaveCsv("learn.csv", table);
    }

    private static void FrozenLakeByQLearning(TourContext tour, ReportTable table)
    {
        long steps = tour.Quick ? 400_000 : 2_000_000;
        var agent = new QLearning { Discount = 0.99, Exploration = Schedule.Linear(1, 0.1, steps * 4 / 5) };
        var training = agent.Start(FrozenLake.Create(count: 16), tour.Key.Fold("lake"), new TrainingOptions { CurveInterval = steps / 40 });
        TrainingResult<int, int> result = Train(training, steps, "FrozenLake, Q-learning", tour);
        if (tour.Token.IsCancellationRequested)
        {
            tour.Say($"{result.Message} Training had done {result.Steps} steps.");
            return;
        }

        EvaluationResult evaluation = result.BestPolicy.Evaluate(FrozenLake.Create(count: 16), 2_000, tour.Key.Fold("lake evaluation"));
        table.Add("FrozenLake 4x4", "Q-learning", result.Steps, Math.Round(evaluation.MeanReturn, 3), Math.Round(evaluation.StandardError, 3), "0.7");
        Plot(tour, "FrozenLake: share of episodes that reach the goal while exploring", result);
        tour.Say($"On slippery ice the best policy possible reaches the goal in about 74 % of 100-step episodes; the learned table does in {evaluation.MeanReturn:p0} of {evaluation.Returns.Length}.");
    }

    private static void CartPoleByReinforce(TourContext tour, ReportTable table)
    {
        long steps = tour.Quick ? 300_000 : 1_500_000;
        var training = new Reinforce().Start(new CartPole(count: 16), tour.Key.Fold("pole"), new TrainingOptions { TargetReturn = 490 });
        TrainingResult<float, int> result = Train(training, steps, "CartPole, REINFORCE", tour);
        if (tour.Token.IsCancellationRequested)
        {
            tour.Say($"{result.Message} Training had done {result.Steps} steps.");
            return;
        }

        EvaluationResult evaluation = result.BestPolicy.Evaluate(new CartPole(count: 16), 100, tour.Key.Fold("pole evaluation"));
        table.Add("CartPole-v1", "REINFORCE", result.Steps, Math.Round(evaluation.MeanReturn, 1), Math.Round(evaluation.StandardError, 1), "475 of 500");
        Plot(tour, "CartPole: mean return of the episodes of training", result);
        tour.Say($"{result.Message} The policy balances the pole for {evaluation.MeanReturn:f0} of 500 steps on average over {evaluation.Returns.Length} new episodes.");
    }

    private static TrainingResult<TObservation, TAction> Train<TObservation, TAction>(
        TrainingRun<TObservation, TAction> run, long steps, string what, TourContext tour)
        where TObservation : unmanaged
        where TAction : unmanaged =>
        TourContext.WithProgress(what, progress => run.Train(steps, new Immediate<LearningPoint>(p => progress(p.Steps / (double)steps)), tour.Token));

    private static void Plot<TObservation, TAction>(TourContext tour, string title, TrainingResult<TObservation, TAction> result)
        where TObservation : unmanaged
        where TAction : unmanaged =>
        tour.Show(new Chart { Title = title, XLabel = "environment steps", YLabel = "mean return" }
            .Line("", [.. result.Curve.Select(p => (double)p.Steps)], [.. result.Curve.Select(p => p.MeanReturn)]));
}
