#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// You own the loop: the optimizer asks for points, you measure them wherever you like, and a run survives a restart in the middle.
//   dotnet run samples/ask-and-tell.cs

using OptiCore;
using OptiCore.Optimizers;
using OptiCore.Solving;

var method = new NelderMead();
var shape = new ProblemShape(Dimension: 2);
double[] start = [-1.2, 1.0];

SolverRun<double> run = SolverRun<double>.Start(method, shape, start, new RunOptions { MaxEvaluations = 60 });
while (run.TryAsk(out Query<double>? query))
{
    for (int i = 0; i < query.Count; i++)       // a batch: measure in parallel, in a laboratory, on other machines
        query.Value(i) = Measure(query.Point(i));
    run.Tell();
}

Console.WriteLine(run.Result);

// Save, and go on in "another process" with a larger budget. It ends with the same bits as a run that was never interrupted.
using var checkpoint = new MemoryStream();
run.Save(checkpoint);
checkpoint.Position = 0;

SolverRun<double> resumed = SolverRun<double>.Start(method, shape, start);
resumed.Load(checkpoint);
while (resumed.TryAsk(out Query<double>? query))
{
    for (int i = 0; i < query.Count; i++)
        query.Value(i) = Measure(query.Point(i));
    resumed.Tell();
}

Console.WriteLine(resumed.Result);

static double Measure(ReadOnlySpan<double> x) => 100 * Math.Pow(x[1] - (x[0] * x[0]), 2) + Math.Pow(1 - x[0], 2);
