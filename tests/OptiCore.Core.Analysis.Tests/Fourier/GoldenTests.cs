using System.Text.Json;
using OptiCore.Fourier;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis.Fourier;

public class GoldenTests
{
    private const string Golden = "golden/03_fft_convolution.json", Conventions = "fourier/conventions.json";

    public static TheoryData<string> Transforms => Ids(Golden, "fft-");

    public static TheoryData<string> Convolutions => Ids(Golden, "conv-");

    public static TheoryData<string> Planes => Ids(Golden, "conv2d-");

    public static TheoryData<string> Trigonometric => Ids(Conventions, "d");

    public static TheoryData<string> Modes => Ids(Conventions, "modes-");

    public static TheoryData<string> PlaneModes => Ids(Conventions, "conv2d-");

    [Fact]
    public void EveryGoldenCaseIsCovered() =>
        Assert.Equal(Reference.Cases(Golden).Count, Transforms.Count + Convolutions.Count + Planes.Count);

    [Theory]
    [MemberData(nameof(Transforms))]
    public void TransformsAgree(string id)
    {
        JsonElement c = Reference.Cases(Golden)[id];
        int n = (int)c.Number("n");
        double[] z = c.RowMajor("z"), x = c.Numbers("x"), y = new double[2 * n], real = new double[n], half = new double[2 * ((n / 2) + 1)];
        var plan = new Fft<double>(n);
        plan.Forward(z, y);
        Near(id, c.RowMajor("fft"), y);
        plan.Inverse(z, y);
        Near(id, c.RowMajor("ifft"), y);
        var realPlan = new RealFft<double>(n);
        realPlan.Forward(x, half);
        Near(id, c.RowMajor("rfft"), half);
        realPlan.Inverse(half, real);
        double[] head = c.Numbers("irfft_of_rfft_head");
        Near(id, head, real.AsSpan(0, head.Length));
        new TrigonometricTransform<double>(TrigonometricKind.Cosine2, n).Forward(x, real);
        Near(id, c.Numbers("dct2"), real);
        new TrigonometricTransform<double>(TrigonometricKind.Cosine2, n, true).Forward(x, real);
        Near(id, c.Numbers("dct2_ortho"), real);
        FourierGrid.Frequencies<double>(0.1, real);
        Near(id, c.Numbers("fftfreq"), real);
        FourierGrid.Shift<double>(x, real);
        Assert.Equal(c.Numbers("fftshift"), real);
        double[] back = new double[n];
        FourierGrid.InverseShift<double>(real, back);
        Assert.Equal(x, back);
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void ConvolutionsAgree(string id)
    {
        JsonElement c = Reference.Cases(Golden)[id];
        double[] u = c.Numbers("u"), v = c.Numbers("v");
        foreach (ConvolutionMethod method in Enum.GetValues<ConvolutionMethod>())
        {
            Near(id, c.Numbers("full"), Convolve(u, v, ConvolutionMode.Full, method));
            Near(id, c.Numbers("same"), Convolve(u, v, ConvolutionMode.SameAsLonger, method));
            Near(id, c.Numbers("valid"), Convolve(u, v, ConvolutionMode.Valid, method));
            Near(id, c.Numbers("fftconvolve_same"), Convolve(u, v, ConvolutionMode.Same, method));
            Near(id, c.Numbers("correlate_full"), Correlate(u, v, ConvolutionMode.Full, method));
        }
    }

    [Theory]
    [MemberData(nameof(Planes))]
    public void PlanesAgree(string id)
    {
        JsonElement c = Reference.Cases(Golden)[id];
        CheckPlane(id, c);
        double[] u = c.RowMajor("u");
        int rows = c.GetProperty("u").GetArrayLength(), columns = u.Length / rows;
        double[] expected = [.. c.GetProperty("fft2_of_u").EnumerateArray().SelectMany(r => r.EnumerateArray()).SelectMany(p => p.Numbers())];
        double[] z = new double[2 * u.Length];
        for (int i = 0; i < u.Length; i++)
            z[2 * i] = u[i];
        var plan = new FftNd<double>([rows, columns]);
        plan.Forward(z, z);
        Near(id, expected, z);
        var realPlan = new RealFftNd<double>([rows, columns]);
        double[] half = new double[2 * realPlan.SpectrumCount];
        realPlan.Forward(u, half);
        int kept = 2 * ((columns / 2) + 1);
        for (int i = 0; i < rows; i++)
            Near(id, expected.AsSpan(2 * i * columns, kept), half.AsSpan(i * kept, kept));
        realPlan.Inverse(half, z.AsSpan(0, u.Length));
        Near(id, u, z.AsSpan(0, u.Length));
    }

    [Theory]
    [MemberData(nameof(Trigonometric))]
    public void TrigonometricTransformsAgree(string id)
    {
        JsonElement c = Reference.Cases(Conventions)[id];
        double[] x = c.Numbers("x"), y = new double[x.Length];
        TrigonometricKind kind = (TrigonometricKind)(id[3] - '1') + (id.StartsWith("dst", StringComparison.Ordinal) ? 4 : 0);
        foreach (bool orthonormal in (bool[])[false, true])
        {
            // SciPy's orthonormalized DST-II and III weight element 0 where the extension's axis is at element n - 1, so that their matrices aren't orthogonal.
            // Ours are: TransformTests.OrthonormalKindsAreOrthogonal.
            if (orthonormal && kind is (TrigonometricKind.Sine2 or TrigonometricKind.Sine3))
                continue;
            string suffix = orthonormal ? "_ortho" : "";
            var plan = new TrigonometricTransform<double>(kind, x.Length, orthonormal);
            plan.Forward(x, y);
            Near(id + suffix, c.Numbers("forward" + suffix), y);
            plan.Inverse(x, y);
            Near(id + suffix, c.Numbers("inverse" + suffix), y);

            // A row among others, in place and in single precision.
            double[] many = [.. Enumerable.Repeat(x, 11).SelectMany(r => r)];
            plan.Forward(many, many);
            for (int i = 0; i < 11; i++)
                Near(id + suffix, c.Numbers("forward" + suffix), many.AsSpan(i * x.Length, x.Length));
            float[] single = Array.ConvertAll(x, v => (float)v);
            new TrigonometricTransform<float>(kind, x.Length, orthonormal).Forward(single, single);
            Near(id + suffix, c.Numbers("forward" + suffix), Array.ConvertAll(single, v => (double)v), 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void ModesAgree(string id)
    {
        JsonElement c = Reference.Cases(Conventions)[id];
        double[] u = c.Numbers("u"), v = c.Numbers("v");
        foreach (ConvolutionMethod method in Enum.GetValues<ConvolutionMethod>())
        {
            foreach ((string name, ConvolutionMode mode) in ((string, ConvolutionMode)[])[("full", ConvolutionMode.Full), ("same", ConvolutionMode.SameAsLonger), ("valid", ConvolutionMode.Valid)])
            {
                Near(id, c.Numbers("numpy_convolve_" + name), Convolve(u, v, mode, method));
                Near($"{id} correlate {name}", c.Numbers("numpy_correlate_" + name), Correlate(u, v, mode, method));
            }

            Near(id, c.Numbers("scipy_convolve_same"), Convolve(u, v, ConvolutionMode.Same, method));
            Near(id + " correlate same", c.Numbers("scipy_correlate_same"), Correlate(u, v, ConvolutionMode.Same, method));
        }
    }

    [Theory]
    [MemberData(nameof(PlaneModes))]
    public void PlaneModesAgree(string id) => CheckPlane(id, Reference.Cases(Conventions)[id]);

    private static void CheckPlane(string id, JsonElement c)
    {
        double[] u = c.RowMajor("u"), v = c.RowMajor("v");
        int ur = c.GetProperty("u").GetArrayLength(), uc = u.Length / ur, vr = c.GetProperty("v").GetArrayLength(), vc = v.Length / vr;
        foreach ((string name, ConvolutionMode mode) in ((string, ConvolutionMode)[])[("full", ConvolutionMode.Full), ("same", ConvolutionMode.Same), ("valid", ConvolutionMode.Valid)])
        {
            foreach (ConvolutionMethod method in Enum.GetValues<ConvolutionMethod>())
            {
                double[] result = new double[Convolution.Length(ur, vr, mode) * Convolution.Length(uc, vc, mode)];
                Convolution.Convolve2D<double>(u, ur, uc, v, vr, vc, result, mode, method);
                Near($"{id} {name} {method}", c.RowMajor(name), result);
            }
        }
    }

    private static double[] Convolve(double[] u, double[] v, ConvolutionMode mode, ConvolutionMethod method)
    {
        double[] result = new double[Convolution.Length(u.Length, v.Length, mode)];
        Convolution.Convolve<double>(u, v, result, mode, method);
        return result;
    }

    private static double[] Correlate(double[] u, double[] v, ConvolutionMode mode, ConvolutionMethod method)
    {
        double[] result = new double[Convolution.Length(u.Length, v.Length, mode)];
        Convolution.Correlate<double>(u, v, result, mode, method);
        return result;
    }

    /// <summary>Within 1e-13 (or as given) of the largest element: the error of a transform is one of its norm.</summary>
    private static void Near(string id, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance = 1e-13)
    {
        Assert.True(expected.Length == actual.Length, $"{id}: {actual.Length} elements, expected {expected.Length}.");
        double largest = 0;
        foreach (double value in expected)
            largest = Math.Max(largest, Math.Abs(value));
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]);
            if (!(error <= tolerance * Math.Max(1, largest)))
                Assert.Fail($"{id}: element {i} is {actual[i]:r}, expected {expected[i]:r} (error {error:g3}).");
        }
    }

    private static TheoryData<string> Ids(string file, string prefix) => [.. Reference.Cases(file).Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal))];
}
