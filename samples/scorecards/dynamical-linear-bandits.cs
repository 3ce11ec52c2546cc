#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// DynLin-UCB on dynamical linear bandits with three features whose hidden state forgets at rate rho, against policies that learn from every reward.
// The first table is the regret on 120 actions of the unit sphere and its slope, d log(regret) / d log(rounds), over the last decade (0.5 but for logarithms);
// the second an instance with an action that costs first and pays later.
//
//   dotnet run -c Release samples/scorecards/dynamical-linear-bandits.cs [rounds]
//
// 200,000 rounds take seconds; the documented figures are of 5,000,000, which take minutes.

using System.Globalization;
using OptiCore;
using OptiCore.Bandits;

int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
var options = new SimulationOptions { Rounds = rounds, Replications = 4, Checkpoints = [rounds / 100, rounds / 10, rounds], Key = RandomKey.FromSeed(1), Workers = Workers.AllCores };
Console.WriteLine($"{"rho",5} | {rounds / 100,10} {rounds / 10,10} {rounds,10} | {"slope",5} | {"error of h",10}");
foreach (double rho in new[] { 0.2, 0.5, 0.8, 0.9 })
{
    DynamicalLinearBandit bandit = Sphere(rho);
    DynLinUcb policy = For(rho, 0.1, 0.4);
    PolicyRegret regret = BanditSimulator.Run([policy], bandit, options).Policies[0];
    DynLinUcbState state = policy.Start(bandit.Arms, 3, RandomKey.FromSeed(2));
    double[] hidden = new double[3];
    for (int t = 0; t < rounds / 10; t++)
    {
        int arm = state.Choose(bandit.ActionFeatures);
        state.Update(bandit.ActionFeatures, arm, bandit.Play(hidden, arm, RandomKey.FromSeed(3).Fold(t)));
    }

    double error = 0;
    for (int i = 0; i < 3; i++)
        error = Math.Max(error, Math.Abs(state.Coefficients(0)[i] - bandit.MarkovParameter[i]));
    Console.WriteLine(
        $"{rho,5:f1} | {regret.MeanRegret[0],10:f0} {regret.MeanRegret[1],10:f0} {regret.MeanRegret[2],10:f0} | {Math.Log10(regret.MeanRegret[2] / regret.MeanRegret[1]),5:f2} | {error,10:e1}");
}

Console.WriteLine();
Console.WriteLine($"{"rho",5} | {"policy",-12} | {rounds / 100,10} {rounds / 10,10} {rounds,10}");
foreach (double rho in new[] { 0.2, 0.9 })
{
    var bandit = new DynamicalLinearBandit(
        [rho, 0, 0, 0, rho, 0, 0, 0, rho], [0, 0, 0, 0, 1 - rho, 0, 0, 0, 0], [0, 1.5, 0], [0.3, -0.6, 0.1], [1, 0, 0, 0, 1, 0, 0, 0, 1], 0.02, 0.02);
    foreach (PolicyRegret regret in BanditSimulator.Run([For(rho, 1.5, 0.7), new LinUcb { Sharing = ModelSharing.Shared }, new Oful { NoiseScale = 0.05 }], bandit, options).Policies)
        Console.WriteLine($"{rho,5:f1} | {regret.Policy.GetType().Name,-12} | {regret.MeanRegret[0],10:f0} {regret.MeanRegret[1],10:f0} {regret.MeanRegret[2],10:f0}");
}

static DynLinUcb For(double rho, double output, double direct) => new()
{
    SpectralRadius = rho,
    InputBound = 1 - rho,
    OutputBound = output,
    DirectBound = direct,
    NoiseScale = 0.02,
    Delta = 1e-6,
};

static DynamicalLinearBandit Sphere(double rho)
{
    double[] actions = new double[360];
    for (int i = 0; i < 120; i++)
    {
        double z = (i + 0.5) / 120, r = Math.Sqrt(1 - (z * z)), turn = i * 0.618033988749895, angle = 0.5 * Math.PI * (turn - Math.Floor(turn));
        (actions[3 * i], actions[(3 * i) + 1], actions[(3 * i) + 2]) = (r * Math.Cos(angle), r * Math.Sin(angle), z);
    }

    double left = 1 - rho;
    return new DynamicalLinearBandit([rho, 0, 0, 0, rho, 0, 0, 0, rho], [left, 0, 0, 0, left, 0, 0, 0, left], [0, 0.1, 0], [0.3, 0.2, 0.1], actions, 0.02, 0.02);
}
