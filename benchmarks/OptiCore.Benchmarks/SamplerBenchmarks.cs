using BenchmarkDotNet.Attributes;
using OptiCore.Problems;
using OptiCore.Samplers;

namespace OptiCore.Benchmarks;

/// <summary>
/// The cost of a draw of NUTS after warm-up (draws per second are 1 / mean), of one leapfrog step, and of the density alone, whose share of the step
/// shows what the sampler adds. Nothing may be allocated.
/// </summary>
[MemoryDiagnoser]
public class SamplerBenchmarks
{
    private SamplerState _kernel = null!;
    private Hamiltonian _hamiltonian = null!;
    private double _stepSize;
    private IDifferentiableFunction<double> _density = null!;
    private PhasePoint _point = null!;
    private double[] _gradient = null!;
    private readonly RandomKey _key = RandomKey.FromSeed(1);
    private long _draw;
    private double _sign = 1;

    [Params("eight schools", "normal, n = 100")]
    public string Target { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _density = Target == "eight schools" ? new EightSchoolsNonCentered() : new StandardNormal(100);
        var sampler = new NoUTurn();
        _kernel = sampler.Start(_density);
        _kernel.MoveTo(new double[_density.Dimension]);
        AdaptationState adaptation = sampler.Adaptation!.Start(_kernel, 1000);
        for (int i = 0; i < 1000; i++)
        {
            adaptation.BeforeDraw(_key.Fold("trial").Fold(i));
            adaptation.AfterDraw(i, _kernel.Draw(_key.Fold(_draw++)));
        }

        adaptation.Finish();
        var tunable = (ITunableKernel)_kernel;
        _stepSize = tunable.StepSize;
        _hamiltonian = new Hamiltonian(_density, tunable.Metric);
        _gradient = new double[_density.Dimension];
        _point = new PhasePoint(_density.Dimension);
        _kernel.Position.CopyTo(_point.Position);
        _hamiltonian.Evaluate(_point);
        _hamiltonian.DrawMomentum(_point, _key);
    }

    [Benchmark]
    public int Draw() => _kernel.Draw(_key.Fold(_draw++)).LeapfrogSteps;

    /// <summary>Forth and back in turns, so that the point stays where it is.</summary>
    [Benchmark]
    public bool LeapfrogStep()
    {
        _sign = -_sign;
        return SplittingIntegrator.Leapfrog.Step(_hamiltonian, _point, _sign * _stepSize);
    }

    [Benchmark(Baseline = true)]
    public double DensityAndGradient() => _density.ValueAndGradient(_point.Position, _gradient);
}
