using OptiCore.Optimizers;
using OptiCore.Solving;
using static OptiCore.Elementary;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/getting-started.md and of the README.</summary>
public class GettingStartedDocument
{
    private static readonly double[] Start = [-1.2, 1.0];

    [Fact]
    public void Readme()
    {
        var result = Minimize.Run(new Lbfgs(), Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0])), [-1.2, 1.0]);
        Console.WriteLine(result);   // Converged: f = ... The largest gradient component ... is within the tolerance ...

        Assert.Matches("^Converged: f = .* The largest gradient component, .*, is within the tolerance of ", result.ToString());
    }

    [Fact]
    public void Minimum()
    {
        var rosenbrock = Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0]));
        var result = Minimize.Run(new Lbfgs(), rosenbrock, [-1.2, 1.0]);
        Console.WriteLine(result.Point[0]);

        Assert.Equal(1, result.Point[0], 1e-5);
    }

    [Fact]
    public void Outcome()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var rosenbrock = Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0]));

        var options = new RunOptions { MaxEvaluations = 500, MaxTime = TimeSpan.FromSeconds(10), Progress = new Progress<RunProgress>(p => Console.WriteLine(p.BestValue)) };
        var result = Minimize.Run(new Lbfgs { Memory = 5 }, rosenbrock, [-1.2, 1.0], options, cancellationToken);
        Console.WriteLine(result.Summary());

        Assert.Equal(SolverStatus.Converged, result.Status);
    }

    [Fact]
    public void Loop()
    {
        IFunction<double> function = Function.BlackBox(Measure);
        double[] start = Start;

        var run = Minimize.Start(new NelderMead(), function, start);

        var result = run.Complete(function);                 // to the end

        foreach (RunProgress at in run.Iterate(function))    // one iteration at a time; leave whenever you like
            if (at.BestValue < 1e-3) break;

        while (run.TryAsk(out var query))                    // you evaluate: on threads, on other machines, in a laboratory
        {
            for (int i = 0; i < query.Count; i++)
                query.Value(i) = Measure(query.Point(i));
            run.Tell();
        }

        Assert.Equal(1, result.EnsureConverged().Point[1], 1e-3);
    }

    [Fact]
    public void Checkpoint()
    {
        IFunction<double> function = Function.BlackBox(Measure);
        double[] start = Start;
        var run = Minimize.Start(new NelderMead(), function, start);
        for (int i = 0; i < 10; i++)
            run.Step(function, TestContext.Current.CancellationToken);
        var stream = new MemoryStream();

        run.Save(stream);                                    // also in the middle of a line search
        stream.Position = 0;
        var same = Minimize.Start(new NelderMead(), function, start);
        same.Load(stream);                                   // continues to identical bits

        TestKit.Promises.SameBits(run.Complete(function).Point, same.Complete(function).Point, "point");
    }

    [Fact]
    public void Keys()
    {
        RandomKey key = RandomKey.FromSeed(42);
        RandomKey chain = key.Fold(3), iteration = chain.Fold(1000);

        Assert.NotEqual(key, chain);
        Assert.NotEqual(iteration, key.Fold(1000));
    }

    private static double Measure(ReadOnlySpan<double> x) => 100 * Math.Pow(x[1] - (x[0] * x[0]), 2) + Math.Pow(1 - x[0], 2);
}
