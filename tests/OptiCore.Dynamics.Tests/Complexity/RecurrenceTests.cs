using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class RecurrenceTests
{
    /// <summary>The measures of Marwan, Romano, Thiel and Kurths (2007), read off the whole matrix.</summary>
    [Fact]
    public void MeasuresAreThoseOfTheMatrix()
    {
        Prop.ForAll(Gen.Choose(-10, 10).Select(i => i / 4.0).ArrayOf(60).ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (points, window) =>
        {
            const int N = 30;
            var method = new RecurrenceQuantification { Radius = 0.8, TheilerWindow = window, MinDiagonal = 3 };
            bool[] plot = new bool[N * N];
            method.Plot(points, 2, plot);
            for (int i = 0; i < N; i++)
            {
                for (int j = 0; j < N; j++)
                {
                    Assert.Equal(Math.Max(Math.Abs(points[2 * i] - points[2 * j]), Math.Abs(points[(2 * i) + 1] - points[(2 * j) + 1])) <= 0.8, plot[(i * N) + j]);
                    plot[(i * N) + j] &= Math.Abs(i - j) > window;
                }
            }

            List<int> diagonals = [], verticals = [];
            for (int offset = -N + 1; offset < N; offset++)
                diagonals.AddRange(Runs(Enumerable.Range(0, N).Where(i => i + offset is >= 0 and < N).Select(i => plot[(i * N) + i + offset])));
            for (int j = 0; j < N; j++)
                verticals.AddRange(Runs(Enumerable.Range(0, N).Select(i => plot[(i * N) + j])));

            RecurrenceMeasures measures = method.Of(points, 2);
            int total = plot.Count(r => r);
            Promises.Close(total / (double)((N - 1 - window) * (N - window)), measures.Rate, 1e-14, 0, "RR");
            int[] longDiagonals = [.. diagonals.Where(l => l >= 3)], longVerticals = [.. verticals.Where(l => l >= 2)];
            Promises.Close(total == 0 ? 0 : longDiagonals.Sum() / (double)total, measures.Determinism, 1e-14, 0, "DET");
            Promises.Close(total == 0 ? 0 : longVerticals.Sum() / (double)total, measures.Laminarity, 1e-14, 0, "LAM");
            Promises.Close(longDiagonals.Length == 0 ? double.NaN : longDiagonals.Average(), measures.MeanDiagonal, 1e-14, 0, "L");
            Promises.Close(longVerticals.Length == 0 ? double.NaN : longVerticals.Average(), measures.TrappingTime, 1e-14, 0, "TT");
            Assert.Equal(longDiagonals.DefaultIfEmpty(0).Max(), measures.LongestDiagonal);
            Assert.Equal(longVerticals.DefaultIfEmpty(0).Max(), measures.LongestVertical);
            double entropy = longDiagonals.GroupBy(l => l).Sum(g => -(g.Count() / (double)longDiagonals.Length) * Math.Log(g.Count() / (double)longDiagonals.Length));
            Promises.Close(entropy, measures.Entropy, 1e-12, 1e-14, "ENTR");
        }).Check(Forall.Config);

        static IEnumerable<int> Runs(IEnumerable<bool> line)
        {
            int run = 0;
            foreach (bool recurrent in line.Append(false))
            {
                if (recurrent)
                {
                    run++;
                }
                else if (run > 0)
                {
                    yield return run;
                    run = 0;
                }
            }
        }
    }

    /// <summary>For independent samples a recurrent pair lies on a diagonal line with the probability 1 - (1 - p)^2, p that of recurrence; for a periodic series always.</summary>
    [Fact]
    public void DeterminismTellsSinesFromNoise()
    {
        RandomStream stream = RandomKey.FromSeed(6).Stream();
        double[] noise = [.. Enumerable.Range(0, 1500).Select(_ => stream.NextDouble())];
        double radius = RecurrenceQuantification.RadiusOfRate(noise, 1, 0.1);
        RecurrenceMeasures random = new RecurrenceQuantification { Radius = radius }.Of(noise, 1);
        Promises.Close(0.1, random.Rate, 1e-3, 0, "rate");
        Promises.Close(1 - (0.9 * 0.9), random.Determinism, 0, 0.02, "DET of noise");

        double[] sine = DelayVectors.Embed([.. Enumerable.Range(0, 600).Select(i => Math.Sin(2 * Math.PI * i / 37.3))], 2, 9);
        RecurrenceMeasures regular = new RecurrenceQuantification { Radius = 0.1, TheilerWindow = 5 }.Of(sine, 2);
        Assert.True(regular.Determinism > 0.99 && regular.LongestDiagonal > 500, $"{regular}");
        Assert.Throws<ArgumentException>(() => new RecurrenceQuantification { Radius = 1 }.Of([1], 1));
        Assert.Throws<ArgumentException>(() => RecurrenceQuantification.RadiusOfRate([1, 2], 1, 0.5, 4));
    }
}
