using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using OptiCore.Optimizers;

namespace OptiCore.Benchmarks;

/// <summary>
/// One step of clip, AdamW and a warmed-up cosine schedule on floats: composed of rules, as one loop by hand with the same arithmetic, and as calls of TensorPrimitives.
/// </summary>
/// <remarks>
/// A step reads parameters, gradient and two moments and writes parameters and moments, 28 bytes an element; <see cref="Copy"/> moves as many bytes, half
/// read and half written. The time of the copy over the time of a step is the share of the roofline.
/// </remarks>
[MemoryDiagnoser]
[MinColumn]
public class UpdateRuleBenchmarks
{
    private static readonly Schedule Rate = Schedule.Cosine(1e-3, steps: 10_000).WithWarmUp(500);

    private float[] _parameters = [];
    private float[] _gradient = [];
    private float[] _m = [];
    private float[] _v = [];
    private float[] _clipped = [];
    private float[] _scratch = [];
    private float[] _copySource = [];
    private float[] _copyTarget = [];
    private RuleState<float> _composed = null!;
    private RuleState<float> _clippedByNorm = null!;
    private long _step;

    [Params(4 << 10, 1 << 20, 16 << 20)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _parameters = new float[Length];
        _gradient = new float[Length];
        _m = new float[Length];
        _v = new float[Length];
        _clipped = new float[Length];
        _scratch = new float[Length];
        _copySource = new float[Length / 2 * 7];
        _copyTarget = new float[Length / 2 * 7];
        RandomStream random = RandomKey.FromSeed(1).Stream();
        for (int i = 0; i < Length; i++)
        {
            _parameters[i] = (float)((4 * random.NextDouble()) - 2);
            _gradient[i] = (float)((4 * random.NextDouble()) - 2);
        }

        var adamW = new AdamW { LearningRate = Rate, WeightDecay = 0.01 };
        _composed = new ClipByValue(1).Then(adamW).Start<float>(Length);
        _clippedByNorm = new ClipByNorm(1).Then(adamW).Start<float>(Length);
    }

    [Benchmark(Baseline = true)]
    public void HandWritten()
    {
        long t = ++_step;
        double rate = Rate.At(t - 1);
        Vector<float> limit = Vector.Create(1f);
        Vector<float> beta1 = Vector.Create(0.9f), share1 = Vector.Create((float)(1 - 0.9));
        Vector<float> beta2 = Vector.Create(0.999f), share2 = Vector.Create((float)(1 - 0.999));
        Vector<float> stepSize = Vector.Create((float)(rate / (1 - Math.Pow(0.9, t))));
        Vector<float> rootCorrection = Vector.Create((float)(1 / Math.Sqrt(1 - Math.Pow(0.999, t))));
        Vector<float> epsilon = Vector.Create(1e-8f), decay = Vector.Create((float)(rate * 0.01));
        ref float x0 = ref MemoryMarshal.GetArrayDataReference(_parameters), g0 = ref MemoryMarshal.GetArrayDataReference(_gradient);
        ref float m0 = ref MemoryMarshal.GetArrayDataReference(_m), v0 = ref MemoryMarshal.GetArrayDataReference(_v);
        for (nuint i = 0; i < (nuint)Length; i += (nuint)Vector<float>.Count)
        {
            var x = Vector.LoadUnsafe(ref x0, i);
            var g = Vector.LoadUnsafe(ref g0, i);
            g = Vector.ConditionalSelect(Vector.GreaterThan(-limit, g), -limit, g);
            g = Vector.ConditionalSelect(Vector.LessThan(limit, g), limit, g);
            Vector<float> m = (beta1 * Vector.LoadUnsafe(ref m0, i)) + (share1 * g);
            Vector<float> v = (beta2 * Vector.LoadUnsafe(ref v0, i)) + (share2 * (g * g));
            m.StoreUnsafe(ref m0, i);
            v.StoreUnsafe(ref v0, i);
            (x - ((stepSize * m / ((Vector.SquareRoot(v) * rootCorrection) + epsilon)) + (decay * x))).StoreUnsafe(ref x0, i);
        }
    }

    [Benchmark]
    public void Composed() => _composed.Step(_parameters, _gradient);

    [Benchmark]
    public void ComposedWithClipByNorm() => _clippedByNorm.Step(_parameters, _gradient);

    [Benchmark]
    public void TensorPrimitivesCalls()
    {
        long t = ++_step;
        double rate = Rate.At(t - 1);
        TensorPrimitives.Clamp(_gradient, -1f, 1f, _clipped);
        TensorPrimitives.Multiply(_m, 0.9f, _m);
        TensorPrimitives.MultiplyAdd(_clipped, (float)(1 - 0.9), _m, _m);
        TensorPrimitives.Multiply(_v, 0.999f, _v);
        TensorPrimitives.Multiply(_clipped, _clipped, _scratch);
        TensorPrimitives.MultiplyAdd(_scratch, (float)(1 - 0.999), _v, _v);
        TensorPrimitives.Sqrt(_v, _scratch);
        TensorPrimitives.Multiply(_scratch, (float)(1 / Math.Sqrt(1 - Math.Pow(0.999, t))), _scratch);
        TensorPrimitives.Add(_scratch, 1e-8f, _scratch);
        TensorPrimitives.Divide(_m, _scratch, _scratch);
        TensorPrimitives.Multiply(_scratch, (float)(rate / (1 - Math.Pow(0.9, t))), _scratch);
        TensorPrimitives.MultiplyAdd(_parameters, (float)(rate * 0.01), _scratch, _scratch);
        TensorPrimitives.Subtract(_parameters, _scratch, _parameters);
    }

    [Benchmark]
    public void Copy() => _copySource.AsSpan().CopyTo(_copyTarget);
}
