using OptiCore.Fourier;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Fourier transforms beside SciPy's pocketfft, out of place. Short lengths in batches, because a call from Python takes several microseconds.
/// </summary>
internal static class FourierCases
{
    private const string Setup = "import scipy.fft";

    private static readonly int[] Batched = [8, 15, 16, 32, 60, 64, 97, 100, 128, 256, 360];
    private static readonly int[] Single = [1000, 1009, 1024, 2048, 4096, 8192, 12000, 16384, 32768, 65536, 65537, 131072, 262144, 1048576];

    private static readonly int[] CosineBatched = [64, 100];
    private static readonly int[] CosineSingle = [1000, 1024, 16384];

    public static IEnumerable<PeerCase> All =>
    [
        .. Batched.Select(n => new PeerCase($"fft complex double 4096 x {n}", "SciPy", () => Complex<double>(4096, n))),
        .. Single.Select(n => new PeerCase($"fft complex double n={n}", "SciPy", () => Complex<double>(1, n))),
        .. Batched.Select(n => new PeerCase($"fft complex float 4096 x {n}", "SciPy", () => Complex<float>(4096, n))),
        .. Single.Select(n => new PeerCase($"fft complex float n={n}", "SciPy", () => Complex<float>(1, n))),
        .. Batched.Select(n => new PeerCase($"fft real double 4096 x {n}", "SciPy", () => Real<double>(4096, n))),
        .. Single.Select(n => new PeerCase($"fft real double n={n}", "SciPy", () => Real<double>(1, n))),
        .. Batched.Select(n => new PeerCase($"fft real float 4096 x {n}", "SciPy", () => Real<float>(4096, n))),
        .. Single.Select(n => new PeerCase($"fft real float n={n}", "SciPy", () => Real<float>(1, n))),
        .. CosineBatched.Select(n => new PeerCase($"dct-2 double 4096 x {n}", "SciPy", () => Cosine(2, 4096, n))),
        .. CosineSingle.Select(n => new PeerCase($"dct-2 double n={n}", "SciPy", () => Cosine(2, 1, n))),
        new PeerCase("dct-3 double n=1024", "SciPy", () => Cosine(3, 1, 1024)),
        new PeerCase("dct-4 double n=1024", "SciPy", () => Cosine(4, 1, 1024)),
        new PeerCase("convolution double 100000 * 1000", "SciPy", () => Convolutions(100000, 1000)),
        new PeerCase("fft complex double 1000 x 64", "SciPy", () => Complex<double>(1000, 64)),
        new PeerCase("fft complex double 512 x 512, both axes", "SciPy", () => Plane<double>(512, 512)),
        new PeerCase("fft complex float 512 x 512, both axes", "SciPy", () => Plane<float>(512, 512)),
        new PeerCase("fft real double 512 x 512, both axes", "SciPy", () => RealPlane(512, 512)),
    ];

    private static Contest Complex<T>(int count, int n) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T[] x = Data<T>(2 * count * n), y = new T[x.Length];
        var plan = new Fft<T>(n);
        return new Contest(
            () => plan.Forward(x, y),
            new Python($"{Setup}\nx = x.view(np.complex{(typeof(T) == typeof(double) ? 128 : 64)})", "scipy.fft.fft(x, workers=1)", [PeerArray.Of<T>("x", x, count, 2 * n)]));
    }

    private static Contest Real<T>(int count, int n) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var plan = new RealFft<T>(n);
        T[] x = Data<T>(count * n), y = new T[2 * count * plan.SpectrumLength];
        return new Contest(() => plan.Forward(x, y), new Python(Setup, "scipy.fft.rfft(x, workers=1)", [PeerArray.Of<T>("x", x, count, n)]));
    }

    private static Contest Plane<T>(int rows, int columns) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T[] x = Data<T>(2 * rows * columns), y = new T[x.Length];
        var plan = new FftNd<T>([rows, columns]);
        return new Contest(
            () => plan.Forward(x, y),
            new Python($"{Setup}\nx = x.view(np.complex{(typeof(T) == typeof(double) ? 128 : 64)})", "scipy.fft.fft2(x, workers=1)", [PeerArray.Of<T>("x", x, rows, 2 * columns)]));
    }

    private static Contest RealPlane(int rows, int columns)
    {
        var plan = new RealFftNd<double>([rows, columns]);
        double[] x = Data<double>(rows * columns), y = new double[2 * plan.SpectrumCount];
        return new Contest(() => plan.Forward(x, y), new Python(Setup, "scipy.fft.rfft2(x, workers=1)", [PeerArray.Of<double>("x", x, rows, columns)]));
    }

    private static Contest Cosine(int type, int count, int n)
    {
        var plan = new TrigonometricTransform<double>(TrigonometricKind.Cosine1 + (type - 1), n);
        double[] x = Data<double>(count * n), y = new double[count * n];
        return new Contest(() => plan.Forward(x, y), new Python(Setup, $"scipy.fft.dct(x, {type}, workers=1)", [PeerArray.Of<double>("x", x, count, n)]));
    }

    private static Contest Convolutions(int m, int n)
    {
        double[] u = Data<double>(m), v = Data<double>(n), w = new double[m + n - 1];
        return new Contest(
            () => Convolution.Convolve<double>(u, v, w),
            new Python("import scipy.signal", "scipy.signal.oaconvolve(u, v)", [PeerArray.Of<double>("u", u), PeerArray.Of<double>("v", v)]));
    }

    private static T[] Data<T>(int length) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        double[] normal = new double[length];
        RandomFill.Normal(RandomKey.FromSeed(1), normal);
        return Array.ConvertAll(normal, T.CreateChecked);
    }
}
