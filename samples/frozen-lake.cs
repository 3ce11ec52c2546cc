#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Crosses a frozen lake: what the best possible policy reaches, what Q-learning finds without knowing the ice, and how sure we are.
//
//     dotnet run samples/frozen-lake.cs

using OptiCore;
using OptiCore.Optimizers;
using OptiCore.RL;
using OptiCore.RL.Environments;

RandomKey key = RandomKey.FromSeed(2026);

// The lake is known: value iteration gives the optimum.
TabularSolution optimum = new ValueIteration { Discount = 0.99 }.Solve(FrozenLake.Model(FrozenLake.Map4x4));
EvaluationResult best = optimum.Policy.Evaluate(FrozenLake.Create(64), episodes: 5000, key.Fold("optimum"));
Console.WriteLine($"Value iteration: {optimum.Sweeps} sweeps, crosses in {best.MeanReturn:p1} of episodes (+- {best.StandardError:p1})");

// The lake is unknown: learn from 16 environments at once.
var agent = new QLearning { Discount = 0.99, Exploration = Schedule.Linear(1, 0.1, 400_000) };
var options = new TrainingOptions { CurveInterval = 50_000 };
TrainingResult<int, int> result = agent.Start(FrozenLake.Create(16), key, options).Train(500_000);
foreach (LearningPoint point in result.Curve)
    Console.WriteLine($"  {point.Steps,7} steps, {point.Episodes,6} episodes: {point.MeanReturn:p1} while exploring");

int[] actions = new int[16];
result.BestPolicy.Act([.. Enumerable.Range(0, 16)], key, actions);
Console.WriteLine("The learnt policy:");
for (int row = 0; row < 4; row++)
{
    for (int column = 0; column < 4; column++)
    {
        char tile = FrozenLake.Map4x4[row][column];
        Console.Write(tile is 'H' or 'G' ? tile : "<v>^"[actions[(4 * row) + column]]);
    }

    Console.WriteLine();
}

// One seed is an anecdote: ten of them, trained on all cores, with an interval.
SeedStudyResult study = agent.Study(() => FrozenLake.Create(16), new SeedStudy { Seeds = 10, EvaluationEpisodes = 1000, Training = options }, key, Workers.AllCores);
Console.WriteLine($"Q-learning: {study}");
return study.InterquartileMean >= 0.7 ? 0 : 1;
