#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// A round trip through the numerical base: a linear system, a spectrum, a law, an integral, a root, a spline, a sparse solve.
//   dotnet run samples/numerics.cs
using OptiCore;
using OptiCore.Distributions;
using OptiCore.Fourier;
using OptiCore.Integration;
using OptiCore.Interpolation;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.RootFinding;

RandomKey key = RandomKey.FromSeed(2026);

// Least squares: a cubic through 200 noisy points, by a QR factorization whose memory is made once.
const int Points = 200, Degree = 3;
double[] design = new double[Points * (Degree + 1)], observed = new double[Points], coefficients = new double[Degree + 1];
new Normal(0, 0.1).Fill(key.Fold("noise"), observed);
for (int i = 0; i < Points; i++)
{
    double t = (2.0 * i / (Points - 1)) - 1;
    for (int j = 0; j <= Degree; j++)
        design[(i * (Degree + 1)) + j] = Math.Pow(t, j);
    observed[i] += 1 - (2 * t) + (3 * t * t * t);
}

var qr = new Qr<double>(Points, Degree + 1);
qr.Factor(design);
qr.TrySolve(observed, coefficients, out double residual);
Console.WriteLine($"fitted   {string.Join("  ", coefficients.Select(c => $"{c:f3}"))}   residual {residual:f2}   (made from 1, -2, 0, 3)");

// A spectrum: which two tones are in the noise?
const int N = 1000;
double[] signal = new double[N], spectrum = new double[N + 2];
RandomFill.Normal(key.Fold("hiss"), signal);
for (int i = 0; i < N; i++)
    signal[i] += Math.Sin(2 * Math.PI * 50 * i / N) + (0.5 * Math.Sin(2 * Math.PI * 120 * i / N));
new RealFft<double>(N).Forward(signal, spectrum);
var tones = Enumerable.Range(0, N / 2).OrderByDescending(k => Math.Pow(spectrum[2 * k], 2) + Math.Pow(spectrum[(2 * k) + 1], 2)).Take(2);
Console.WriteLine($"tones    {string.Join(" and ", tones)} cycles");

// A law: a tail far out, and its quantile.
var law = new StudentT(3);
Console.WriteLine($"t law    P(X > 1000) = {law.Survival(1000):g6}, exceeded with probability 1e-12: {law.SurvivalQuantile(1e-12):g6}");

// An integral with singular ends, and a root.
QuadratureResult integral = Quadrature.TanhSinh(x => Math.Log(x) / Math.Sqrt(x), 0, 1);
RootResult root = Roots.Brent(x => Math.Cos(x) - x, 0, 1);
Console.WriteLine($"integral {integral.Value:f12} ± {integral.ErrorEstimate:g1} in {integral.Evaluations} evaluations (exact -4); cos x = x at {root.Root:f12}");

// A spline that places its own knots.
AutoKnotsResult spline = new AutoKnots { RelativeTolerance = 1e-8 }.Fit(x => 1 / (1 + (25 * x * x)), -1, 1);
Console.WriteLine($"spline   {spline.Spline.Value(0.3):f9} from {spline.Evaluations} evaluations (exact {1 / (1 + (25 * 0.09)):f9})");

// A Poisson equation on a grid of 10,000 unknowns: sparse, symmetric, solved twice.
const int Side = 100;
var entries = new List<(int Row, int Column, double Value)>();
for (int i = 0; i < Side * Side; i++)
{
    entries.Add((i, i, 4));
    foreach (int j in new[] { i - Side, i + Side, i % Side > 0 ? i - 1 : -1, i % Side < Side - 1 ? i + 1 : -1 })
    {
        if (j >= 0 && j < Side * Side)
            entries.Add((i, j, -1));
    }
}

int[] rows = [.. entries.Select(e => e.Row)], columns = [.. entries.Select(e => e.Column)];
double[] values = [.. entries.Select(e => e.Value)];
CsrMatrix<double> laplacian = CsrMatrix<double>.FromTriplets(Side * Side, Side * Side, rows, columns, values);
double[] right = Enumerable.Repeat(1.0 / (Side * Side), Side * Side).ToArray(), iterative = new double[Side * Side];
var preconditioner = new IncompleteCholesky<double>(laplacian);
preconditioner.Factor(laplacian);
KrylovResult run = new ConjugateGradient { RelativeTolerance = 1e-10 }.Solve(laplacian, right, iterative, preconditioner: preconditioner);
var direct = new SparseCholesky<double>(laplacian);
direct.TryFactor(laplacian, out _);
double[] solved = new double[Side * Side];
direct.Solve(right, solved);
Console.WriteLine($"poisson  {run.Status} after {run.Iterations} iterations; directly and iteratively the same to {solved.Zip(iterative, (a, b) => Math.Abs(a - b)).Max():g1}");
