using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace OptiCore.Peers;

/// <summary>A statement timed by Debian's Python, where NumPy and SciPy live: the loop runs there, so that no message is inside the time.</summary>
internal sealed class Python : ITheirs
{
    private readonly Process _process;
    private readonly List<string> _files = [];

    /// <summary>Starts an interpreter and sets the case up.</summary>
    /// <param name="setup">Statements that run once; <c>np</c> is NumPy, and the arrays are there by their names.</param>
    /// <param name="statement">What is timed.</param>
    /// <param name="arrays">The data of this process that the statements use.</param>
    /// <param name="threads">The threads of its linear algebra.</param>
    public Python(string setup, string statement, IReadOnlyList<PeerArray> arrays, int threads = 1)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "peer.py"));
        start.Environment["OPENBLAS_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start) ?? throw new InvalidOperationException("Python didn't start.");
        var described = new Dictionary<string, object>();
        foreach (PeerArray array in arrays)
        {
            string file = Path.GetTempFileName();
            _files.Add(file);
            File.WriteAllBytes(file, array.Bytes);
            described[array.Name] = new { file, type = array.Type, shape = array.Shape };
        }

        Ask(new { setup, statement, arrays = described });
    }

    public double Time(int repeat) => Ask(new { repeat });

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        foreach (string file in _files)
            File.Delete(file);
    }

    private double Ask(object request)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("Python ended; its message is above.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }
}

/// <summary>An array handed to the peer bit by bit.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Type">The NumPy type.</param>
/// <param name="Shape">The shape, row-major.</param>
/// <param name="Bytes">The elements.</param>
internal sealed record PeerArray(string Name, string Type, int[] Shape, byte[] Bytes)
{
    public static PeerArray Of<T>(string name, ReadOnlySpan<T> values, params int[] shape) where T : unmanaged => new(
        name,
        typeof(T) == typeof(double) ? "f8" : typeof(T) == typeof(float) ? "f4" : typeof(T) == typeof(int) ? "i4" : typeof(T) == typeof(System.Numerics.Complex) ? "c16"
            : throw new NotSupportedException($"{typeof(T).Name} has no NumPy type here."),
        shape.Length == 0 ? [values.Length] : shape,
        MemoryMarshal.AsBytes(values).ToArray());
}
