#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Sampling rules for the best of 10 arms with 20 rewards of standard deviation 1, learnt against an adversary: J. Zhang, J. Katz-Samuels, K. Jamieson, R. Nowak (2021), "Learning to actively learn: a robust approach".
// Rules: one trained for all classes of complexity at once, beside the best for each (robust); one trained in the same way on random instances (fixed prior); uniform plays, successive rejects, LUCB with a fixed budget, top-two sampling.
// Instances that were in no training: families of gaps, scaled to exactly the complexity H = sum 1 / gap^2 of each class. Figures: the largest share of wrong recommendations over the families, and the mean.
//
//   dotnet run -c Release samples/scorecards/active-learning.cs [steps] [batches]
//
// 5 steps for each training and 5 batches of 16 episodes show that it runs; 300 and 100 take minutes and give figures.

using System.Globalization;
using OptiCore;
using OptiCore.Bandits;

int steps = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5, batches = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
double[] complexities = [1.5, 3, 6, 12];
var options = new LearnedExploration();
var training = new RobustExplorationTraining { Rule = options, Steps = steps };
RandomKey key = RandomKey.FromSeed(81);

// The best rule for each class, each going on from the one for the easier class, and its worst error on the adversary's last particles.
double[] references = new double[complexities.Length];
LearnedExplorationState single = options.Start(key.Fold("network"));
for (int c = 0; c < complexities.Length; c++)
{
    double[] particles = training.Train(single, [complexities[c]], [0], key.Fold("class").Fold(c));
    double[] errors = new double[options.Instances];
    single.Evaluate(particles, batches, key.Fold("reference").Fold(c), errors);
    references[c] = errors.Max();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"complexity {complexities[c],4}: least worst error {references[c]:p1}, mean over the adversary's instances {errors.Average():p1}"));
}

LearnedExplorationState robust = options.Start(key.Fold("network")), prior = options.Start(key.Fold("network"));
(training with { Steps = 2 * steps }).Train(robust, complexities, references, key.Fold("robust"));
(training with { Steps = 2 * steps, IsAdversarial = false }).Train(prior, complexities, references, key.Fold("prior"));

(string Name, Func<int, double> Gap)[] families =
[
    ("one stands out", _ => 1),
    ("linear", arm => arm),
    ("one rival", arm => arm == 1 ? 1 : 4),
    ("three rivals", arm => arm <= 3 ? 1 : 3),
    ("two groups", arm => arm <= 5 ? 1 : 2),
    ("geometric", arm => Math.Pow(1.6, arm)),
    ("square root", arm => Math.Sqrt(arm)),
];
(string Name, Func<double[], double[]> Errors)[] rules =
[
    ("robust", means => Learned(robust, means)),
    ("fixed prior", means => Learned(prior, means)),
    ("uniform", means => Played(means, Uniform)),
    ("successive rejects", means => Played(means, SuccessiveRejects)),
    ("LUCB, fixed budget", means => Played(means, Lucb)),
    ("top two", means => Played(means, TopTwo)),
];
Console.WriteLine($"largest (mean) share of wrong recommendations over {families.Length} families, {batches * options.Episodes} episodes each; excess: the largest over complexities of the largest less the reference");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",-20}{string.Concat(complexities.Select(c => $"{"H = " + c.ToString(CultureInfo.InvariantCulture),18}"))}{"excess",10}"));
foreach ((string name, Func<double[], double[]> errors) in rules)
{
    Console.Write($"{name,-20}");
    double excess = double.NegativeInfinity;
    for (int c = 0; c < complexities.Length; c++)
    {
        double[] found = errors(Instances(complexities[c]));
        excess = Math.Max(excess, found.Max() - references[c]);
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{$"{found.Max():p1} ({found.Average():p1})",18}"));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{excess,10:p1}"));
}

double[] Instances(double complexity)
{
    double[] means = new double[families.Length * options.Arms];
    for (int f = 0; f < families.Length; f++)
    {
        Span<double> instance = means.AsSpan(f * options.Arms, options.Arms);
        for (int arm = 1; arm < options.Arms; arm++)
            instance[arm] = -families[f].Gap(arm);
        double scale = Math.Sqrt(InstanceComplexity.Of(instance, 1) / complexity);
        for (int arm = 1; arm < options.Arms; arm++)
            instance[arm] *= scale;
    }

    return means;
}

double[] Learned(LearnedExplorationState rule, double[] means)
{
    double[] errors = new double[means.Length / options.Arms];
    rule.Evaluate(means, batches, key.Fold("test"), errors);
    return errors;
}

// A rule says which arm comes next, from the numbers and sums of rewards and the number of all; ties and draws come from the stream. Arms are shuffled, so that none gains by its place.
double[] Played(double[] means, Rule rule)
{
    int k = options.Arms, episodes = batches * options.Episodes;
    double[] errors = new double[means.Length / k], sums = new double[k];
    int[] counts = new int[k], order = [.. Enumerable.Range(0, k)];
    for (int f = 0; f < errors.Length; f++)
    {
        for (int e = 0; e < episodes; e++)
        {
            RandomStream stream = key.Fold("played").Fold(f).Fold(e).Stream();
            for (int i = k - 1; i > 0; i--)
            {
                int j = (int)(stream.NextDouble() * (i + 1));
                (order[i], order[j]) = (order[j], order[i]);
            }

            Array.Clear(sums);
            Array.Clear(counts);
            for (int t = 0; t < options.Budget; t++)
            {
                int arm = t < k ? t : rule(counts, sums, t, ref stream);
                counts[arm]++;
                sums[arm] += means[(f * k) + order[arm]] + stream.NextNormal();
            }

            int best = 0;
            for (int arm = 1; arm < k; arm++)
                best = sums[arm] / counts[arm] > sums[best] / counts[best] ? arm : best;
            errors[f] += order[best] == 0 ? 0 : 1.0 / episodes;
        }
    }

    return errors;
}

int Uniform(int[] counts, double[] sums, int t, ref RandomStream stream) => t % counts.Length;

// J.-Y. Audibert, S. Bubeck, R. Munos (2010): phase j plays every arm that is left up to n_j = ceil((T - K) / (log K (K + 1 - j))) times, log K = 1/2 + sum from 2 of 1/i, and drops the worst. What rounding leaves of the budget goes to the last two.
int SuccessiveRejects(int[] counts, double[] sums, int t, ref RandomStream stream)
{
    int k = counts.Length;
    double log = 0.5;
    for (int i = 2; i <= k; i++)
        log += 1.0 / i;
    int[] left = [.. Enumerable.Range(0, k)];
    for (int phase = 1; phase < k; phase++)
    {
        int plays = (int)Math.Ceiling((options.Budget - k) / (log * (k + 1 - phase)));
        foreach (int arm in left)
        {
            if (counts[arm] < plays)
                return arm;
        }

        if (left.Length == 2)
            break;
        int worst = left.MinBy(arm => sums[arm] / counts[arm]);
        left = [.. left.Where(arm => arm != worst)];
    }

    return left.MinBy(arm => counts[arm]);
}

// The leader, and the rival with the largest upper bound at the level of 1 / T, whichever of the two has fewer plays.
int Lucb(int[] counts, double[] sums, int t, ref RandomStream stream)
{
    int leader = 0, rival = -1;
    for (int arm = 1; arm < counts.Length; arm++)
        leader = sums[arm] / counts[arm] > sums[leader] / counts[leader] ? arm : leader;
    for (int arm = 0; arm < counts.Length; arm++)
    {
        if (arm != leader && (rival < 0 || Upper(arm) > Upper(rival)))
            rival = arm;
    }

    return counts[leader] <= counts[rival] ? leader : rival;

    double Upper(int arm) => (sums[arm] / counts[arm]) + Math.Sqrt(2 * Math.Log(options.Budget) / counts[arm]);
}

// D. Russo (2016): the best of a draw from the posterior with a flat prior, or with probability 1/2 the best of later draws that isn't it.
int TopTwo(int[] counts, double[] sums, int t, ref RandomStream stream)
{
    int first = Draw(ref stream), second = first;
    if (stream.NextDouble() < 0.5)
        return first;
    for (int i = 0; i < 1000 && second == first; i++)
        second = Draw(ref stream);
    return second;

    int Draw(ref RandomStream from)
    {
        int best = 0;
        double largest = double.NegativeInfinity;
        for (int arm = 0; arm < counts.Length; arm++)
        {
            double value = (sums[arm] / counts[arm]) + (from.NextNormal() / Math.Sqrt(counts[arm]));
            if (value > largest)
                (largest, best) = (value, arm);
        }

        return best;
    }
}

internal delegate int Rule(int[] counts, double[] sums, int t, ref RandomStream stream);
