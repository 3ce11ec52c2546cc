using System.Diagnostics;
using System.Globalization;
using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Samplers;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Chains of ChEES-HMC on a device beside fewer chains of the same method on all cores of the processor.</summary>
internal static class SamplingRows
{
    // Trajectories are of different lengths, which follow a low-discrepancy sequence: a block of transitions sees it evenly.
    private const int Block = 16;

    public static IEnumerable<Case> Cases => [Of(MatrixMethod.CuBlas), Of(MatrixMethod.Reproducible)];

    private static Case Of(MatrixMethod method)
    {
        string name = method == MatrixMethod.CuBlas ? "ChEES-HMC, logistic regression, products by cuBLAS" : "ChEES-HMC, logistic regression, reproducible products";
        return new("sampling", name, bench =>
        {
            int dimension = bench.Pick(100, 4), rows = bench.Pick(1000, 16), warmUp = bench.Pick(200, 3), block = bench.Pick(Block, 2), blocks = bench.Batches;
            (double[] design, double[] labels) = Data(dimension, rows);

            // Chains keep some ten rows of coordinates; logits of all rows are the density's.
            Amount amount = bench.Fit(16384, 8, 8.0 * ((24 * dimension) + rows));
            int cores = Environment.ProcessorCount, hostChains = bench.Pick(4 * Math.Max(cores, 8), 4);
            SamplingOptions options = new() { WarmUp = warmUp, Draws = block * blocks, Key = RandomKey.FromSeed(1) };

            using GpuSamplingRun run = GpuSampling.Start(
                bench.Device, new CheesHmc(), new GpuLogisticRegression(design, labels, method: method), options with { Chains = amount.Int }, new GpuRecording { Thinning = 0 });
            (Timing device, double evaluations) = Time(() => run.Step(), bench.Device.Synchronize, () => run.Result.Evaluations);

            SamplingRun host = SamplingRun.Start(new CheesHmc(), new LogisticRegressionPosterior(design, labels), options with { Chains = hostChains, Workers = Workers.AllCores });
            (Timing processor, double hostEvaluations) = Time(() => host.Step(), static () => { }, () => host.Result.Chains[0].Evaluations);

            using var products = new MatrixProducts(bench.Device, null, method);
            string without = products.Method == method ? "" : ", without cuBLAS";
            return new Row
            {
                What = name,
                Size = $"{amount.Of("chains")}, {dimension} dimensions, {rows} observations",
                Time = device,
                Work = amount.Count,
                Unit = "draws",
                Beside = new Floor($"processor, {cores} cores, {hostChains} chains", hostChains / processor.Median),
                Goal = Goal.Times(50),
                Note = string.Create(CultureInfo.InvariantCulture, $"{evaluations:0.0} gradients a draw, the processor's {hostEvaluations:0.0}{without}"),
            };

            // The time of one transition of all chains after warm-up, and the gradients that it takes.
            (Timing Time, double Evaluations) Time(Func<bool> step, Action wait, Func<double> count)
            {
                for (int i = 0; i < warmUp; i++)
                    step();
                double before = count();
                double[] seconds = new double[blocks];
                for (int b = 0; b < blocks; b++)
                {
                    wait();
                    long start = Stopwatch.GetTimestamp();
                    for (int i = 0; i < block; i++)
                        step();
                    wait();
                    seconds[b] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }

                return (Timing.Of(seconds).Over(block), (count() - before) / (block * blocks));
            }
        });
    }

    /// <summary>Normal rows with a bias, labels by true weights.</summary>
    private static (double[] Design, double[] Labels) Data(int dimension, int rows)
    {
        RandomKey key = RandomKey.FromSeed(7);
        double[] design = new double[rows * dimension], labels = new double[rows], weights = new double[dimension], uniform = new double[rows];
        RandomFill.Normal(key.Fold("design"), design);
        RandomFill.Normal(key.Fold("weights"), weights);
        RandomFill.Uniform(key.Fold("labels"), uniform);
        double scale = 1 / Math.Sqrt(dimension);
        for (int i = 0; i < rows; i++)
        {
            design[i * dimension] = 1;
            double logit = 0;
            for (int k = 0; k < dimension; k++)
                logit += scale * weights[k] * design[(i * dimension) + k];
            labels[i] = uniform[i] < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
        }

        return (design, labels);
    }
}
