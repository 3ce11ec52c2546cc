using OptiCore.Gpu;
using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Samplers;

namespace OptiCore.GpuTour.Chapters;

/// <summary>Thousands of chains of ChEES-HMC on a logistic regression, whose likelihood for all chains is two matrix products.</summary>
internal sealed class SampleChapter : IChapter
{
    public string Title => "Sample a posterior with many chains";

    public void Run(DeviceTour tour)
    {
        if (!tour.HasKernels(out GpuDevice device))
            return;
        int rows = tour.Size(10_000, 40), chains = tour.Size(8192, 16), warmUp = tour.Size(400, 40), draws = tour.Size(200, 20);
        double[] truth = [0.5, -1, 1.5];
        (double[] design, double[] labels) = Data(tour.Key.Fold("data"), rows, truth);
        var options = new SamplingOptions { Chains = chains, WarmUp = warmUp, Draws = draws, Key = tour.Key };

        // With a thinning of 0 no draw leaves the device: means, deviations and effective sizes are updated there.
        GpuSamplingResult result = GpuSampling.Run(device, new CheesHmc(), new GpuLogisticRegression(design, labels), options, new GpuRecording { Thinning = 0, Batches = 5 });
        Console.WriteLine($"{rows:N0} observations, {chains:N0} chains of {draws} draws after {warmUp}: {result.Message}");
        Console.WriteLine($"Step size {result.StepSize:g3}, {result.Divergences} divergences\n");

        // A run of the processor with the same method, fewer chains and another key.
        SamplingResult processor = Sample.Run(new CheesHmc(), new LogisticRegressionPosterior(design, labels), options with { Chains = 16, WarmUp = 300, Draws = 300, Key = tour.Key.Fold("processor"), Workers = Workers.AllCores });
        SamplingSummary summary = processor.Summary();
        Console.WriteLine("weight   truth        device            processor         z");
        for (int k = 0; k < truth.Length; k++)
        {
            ChainMoment there = result.Moments[k];
            ParameterSummary here = summary.Parameters[k];
            double z = (there.Mean - here.Mean) / Math.Sqrt((there.McseMean * there.McseMean) + (here.McseMean * here.McseMean));
            Console.WriteLine($"{k,6}   {truth[k],5:f1}   {there.Mean,7:f4} +- {there.McseMean:f4}   {here.Mean,7:f4} +- {here.McseMean:f4}   {z,5:f1}");
        }

        Console.WriteLine("\nThe bits differ here: the sums over chains that tune the method are made in another order.");
    }

    private static (double[] Design, double[] Labels) Data(RandomKey key, int rows, double[] weights)
    {
        (var design, var labels) = (new double[rows * weights.Length], new double[rows]);
        RandomFill.Normal(key.Fold(0), design);
        RandomStream random = key.Fold(1).Stream();
        for (int i = 0; i < rows; i++)
        {
            design[i * weights.Length] = 1;
            double logit = 0;
            for (int k = 0; k < weights.Length; k++)
                logit += design[(i * weights.Length) + k] * weights[k];
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
        }

        return (design, labels);
    }
}
