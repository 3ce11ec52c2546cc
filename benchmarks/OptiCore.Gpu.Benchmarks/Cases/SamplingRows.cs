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

    public static IEnumerable<Case> Cases
    {
        get
        {
            var processor = new Processor();
            return [Of("ChEES-HMC, logistic regression, products by cuBLAS", MatrixMethod.CuBlas, processor), Of("ChEES-HMC, logistic regression, reproducible products", MatrixMethod.Reproducible, processor)];
        }
    }

    private static Case Of(string name, MatrixMethod method, Processor processor) => new("sampling", name, bench =>
    {
        (double[] design, double[] labels) = Data(bench);
        int rows = labels.Length, dimension = design.Length / rows;

        // Chains keep some ten rows of coordinates; logits of all rows are the density's.
        Amount amount = bench.Fit(16384, 8, 8.0 * ((24 * dimension) + rows));
        using GpuSamplingRun run = GpuSampling.Start(
            bench.Device, new CheesHmc(), new GpuLogisticRegression(design, labels, method: method), Options(bench) with { Chains = amount.Int }, new GpuRecording { Thinning = 0 });
        (Timing time, double evaluations) = Time(bench, () => run.Step(), bench.Device.Synchronize, () => run.Result.Evaluations);
        (Floor beside, double hostEvaluations) = processor.Measure(bench, design, labels);
        using var products = new MatrixProducts(bench.Device, null, method);
        string without = products.Method == method ? "" : ", without cuBLAS";
        return new Row
        {
            What = name,
            Size = $"{amount.Of("chains")}, {dimension} dimensions, {rows} observations",
            Time = time,
            Work = amount.Count,
            Unit = "draws",
            Beside = beside,
            Goal = Goal.Times(50),
            Note = string.Create(CultureInfo.InvariantCulture, $"{evaluations:0.0} gradients a draw, the processor's {hostEvaluations:0.0}{without}"),
        };
    });

    private static SamplingOptions Options(Bench bench) => new() { WarmUp = bench.Pick(200, 3), Draws = bench.Pick(Block, 2) * bench.Batches, Key = RandomKey.FromSeed(1) };

    /// <summary>The time of one transition of all chains after warm-up, and the gradients that it takes.</summary>
    private static (Timing Time, double Evaluations) Time(Bench bench, Func<bool> step, Action wait, Func<double> count)
    {
        SamplingOptions options = Options(bench);
        for (int i = 0; i < options.WarmUp; i++)
            step();
        double before = count();
        double[] seconds = new double[bench.Batches];
        int block = options.Draws / seconds.Length;
        for (int b = 0; b < seconds.Length; b++)
        {
            wait();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < block; i++)
                step();
            wait();
            seconds[b] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return (Timing.Of(seconds).Over(block), (count() - before) / options.Draws);
    }

    /// <summary>Normal rows with a bias, labels by true weights.</summary>
    private static (double[] Design, double[] Labels) Data(Bench bench)
    {
        int dimension = bench.Pick(100, 4), rows = bench.Pick(1000, 16);
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

    /// <summary>The processor's draws a second, measured once.</summary>
    private sealed class Processor
    {
        private (Floor Rate, double Evaluations)? _known;

        public (Floor Rate, double Evaluations) Measure(Bench bench, double[] design, double[] labels)
        {
            if (_known is { } known)
                return known;
            int cores = Environment.ProcessorCount, chains = bench.Pick(4 * Math.Max(cores, 8), 4);
            SamplingRun run = SamplingRun.Start(new CheesHmc(), new LogisticRegressionPosterior(design, labels), Options(bench) with { Chains = chains, Workers = Workers.AllCores });
            (Timing time, double evaluations) = Time(bench, () => run.Step(), static () => { }, () => run.Result.Chains[0].Evaluations);
            _known = (new Floor($"processor, {cores} cores, {chains} chains", chains / time.Median), evaluations);
            return _known.Value;
        }
    }
}
