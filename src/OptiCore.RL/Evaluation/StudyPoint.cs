namespace OptiCore.RL;

/// <summary>One point of the learning curves of several seeds.</summary>
/// <param name="Steps">The number of transitions so far: the largest of the seeds, whose points come when an episode ends.</param>
/// <param name="InterquartileMean">The interquartile mean of the seeds' mean returns.</param>
/// <param name="IntervalLow">The lower end of its bootstrap interval.</param>
/// <param name="IntervalHigh">The upper end of its bootstrap interval.</param>
public readonly record struct StudyPoint(long Steps, double InterquartileMean, double IntervalLow, double IntervalHigh)
{
    internal static StudyPoint[] Summarize(IReadOnlyList<LearningPoint>[] curves, SeedStudy study, RandomKey key)
    {
        int count = int.MaxValue;
        foreach (IReadOnlyList<LearningPoint> curve in curves)
            count = Math.Min(count, curve.Count);
        var points = new StudyPoint[count];
        double[] returns = new double[curves.Length];
        for (int i = 0; i < count; i++)
        {
            long steps = 0;
            for (int seed = 0; seed < curves.Length; seed++)
            {
                returns[seed] = curves[seed][i].MeanReturn;
                steps = Math.Max(steps, curves[seed][i].Steps);
            }

            (double low, double high) = Statistics.BootstrapInterquartileMean(returns, study.Resamples, study.Confidence, key.Fold(i));
            points[i] = new StudyPoint(steps, Statistics.InterquartileMean(returns), low, high);
        }

        return points;
    }
}
