#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Fit a curve to data: y = a (1 - exp(-b x)), measured at six times.
//   dotnet run samples/fit-a-curve.cs

using OptiCore;
using OptiCore.Optimizers;
using static OptiCore.Elementary;

double[] x = [1, 2, 3, 4, 5, 7];
double[] y = [8.3, 10.3, 19.0, 16.0, 15.6, 19.8];

// Residuals as a formula: the Jacobian comes with it, exactly, by dual numbers.
var residuals = Function.FromResiduals(dimension: 2, count: x.Length, (p, r) =>
{
    for (int i = 0; i < x.Length; i++)
        r[i] = p[0] * (1 - Exp(-p[1] * x[i])) - y[i];
});

var fit = Minimize.Run(new LevenbergMarquardt(), residuals, [20, 0.24]).EnsureConverged();
var statistics = LeastSquaresFit.Of(residuals, fit);

Console.WriteLine(fit);
Console.WriteLine($"a = {fit.Point[0]:f4} +- {statistics.StandardDeviations[0]:f4}");
Console.WriteLine($"b = {fit.Point[1]:f4} +- {statistics.StandardDeviations[1]:f4}");
