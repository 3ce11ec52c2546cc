#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false
// Balances a pole with proximal policy optimization, saves the policy and the learning curve, and says how sure it is.
//
//     dotnet run -c Release samples/balance-a-pole.cs
using OptiCore;
using OptiCore.Optimizers;
using OptiCore.RL;
using OptiCore.RL.Environments;

// Sixteen poles at once; minibatches of 256, a learning rate for a small task.
var agent = new Ppo { Minibatches = 8, Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-3, Epsilon = 1e-5 }) };
TrainReport<float, int> report = Train.Run(agent, new CartPole(16), 100_000, new TrainSettings<float, int>
{
    Key = RandomKey.FromSeed(1),
    Training = new TrainingOptions { CurveInterval = 10_000, Workers = Workers.AllCores },
    Evaluation = () => new CartPole(20),
});

string folder = Directory.CreateTempSubdirectory("opticore").FullName;
((NetworkPolicy<int>)report.BestPolicy).Save(Path.Combine(folder, "pole.safetensors"));
report.ToReport("A pole is balanced").Save(Path.Combine(folder, "pole.html"));
Console.WriteLine($"policy and curve: {folder}");

EvaluationResult result = report.BestPolicy.Evaluate(new CartPole(20), episodes: 100, RandomKey.FromSeed(2));
Console.WriteLine($"return {result} (solved at 475)");
return result.MeanReturn >= 475 ? 0 : 1;
