using System.Numerics;
using BenchmarkDotNet.Attributes;
using OptiCore.Fourier;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>Transforms of a power of two, of a product of small primes, of a prime (Bluestein), and one cosine transform.</summary>
[MemoryDiagnoser]
public class FourierBenchmarks
{
    private Fft<double> _fft = null!;
    private RealFft<double> _real = null!;
    private TrigonometricTransform<double> _cosine = null!;
    private Complex[] _source = [];
    private Complex[] _spectrum = [];
    private double[] _signal = [];
    private double[] _result = [];

    [Params(64, 1024, 1000, 1009, 65_536)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _fft = new Fft<double>(Length);
        _real = new RealFft<double>(Length);
        _cosine = new TrigonometricTransform<double>(TrigonometricKind.Cosine2, Length);
        _signal = new double[Length];
        _result = new double[Length];
        RandomFill.Normal(RandomKey.FromSeed(1), _signal);
        _source = Array.ConvertAll(_signal, static x => new Complex(x, -x));
        _spectrum = new Complex[Length];
    }

    [Benchmark]
    public void ComplexForward() => _fft.Forward(_source, _spectrum);

    [Benchmark]
    public void RealForward() => _real.Forward(_signal, _spectrum.AsSpan(0, (Length / 2) + 1));

    [Benchmark]
    public void Cosine() => _cosine.Forward(_signal, _result);
}
