using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace OptiCore.TestKit;

/// <summary>
/// The hardware axis: runs the kernel tests of an assembly, those with <c>[Trait("Suite", "Kernels")]</c>, again in child processes whose runtime has
/// instruction sets switched off, and checks that what they compute has the same bits as with all instruction sets.
/// </summary>
/// <remarks>
/// A kernel test asserts what it asserts, and hands the bits of its results to <see cref="SameBitsEverywhere{T}"/>. One test per assembly, without the
/// trait, calls <see cref="RunKernels"/> for each of <see cref="Settings"/>. That one first records the bits in a child with all instruction sets,
/// then compares with them in a child with the setting.
/// </remarks>
public static partial class Hardware
{
    private const string RecordTo = "OPTICORE_TEST_RECORD_BITS", CompareWith = "OPTICORE_TEST_COMPARE_BITS";

    private static readonly Lock RecordLock = new();
    private static readonly Dictionary<Assembly, string> Recorded = [];

    /// <summary>The environment variables of each setting, by its name.</summary>
    private static readonly Dictionary<string, (string Name, string Value)[]> Variables = new()
    {
        ["without AVX-512"] = [("DOTNET_EnableAVX512", "0"), ("DOTNET_EnableAVX512F", "0")],
        ["without AVX2"] = [("DOTNET_EnableAVX2", "0")],
        ["without AVX"] = [("DOTNET_EnableAVX", "0")],
        ["without intrinsics"] = [("DOTNET_EnableHWIntrinsic", "0")],
        ["with 512-bit vectors preferred"] = [("DOTNET_PreferredVectorBitWidth", "512")],
    };

    /// <summary>The names of the settings, for a theory.</summary>
    public static TheoryData<string> Settings => [.. Variables.Keys];

    /// <summary>True in a child process of <see cref="RunKernels"/>.</summary>
    public static bool IsChild => Path(RecordTo) is not null || Path(CompareWith) is not null;

    /// <summary>Whether an instruction set was switched off for this process by the variable of the given name.</summary>
    public static bool IsOff(string instructionSet) => Environment.GetEnvironmentVariable("DOTNET_Enable" + instructionSet) == "0";

    /// <summary>Runs the kernel tests of an assembly in a child process with a setting, and fails with their output if one fails.</summary>
    public static void RunKernels(Assembly tests, string setting)
    {
        Assert.False(IsChild, "The test that calls RunKernels must not have the trait Suite=Kernels.");
        string bits;
        lock (RecordLock)
        {
            if (!Recorded.TryGetValue(tests, out bits!))
            {
                bits = Directory.CreateTempSubdirectory("opticore-bits-").FullName;
                Run(tests, "with all instruction sets", [(RecordTo, bits)]);
                Recorded.Add(tests, bits);
            }
        }

        Run(tests, setting, [.. Variables[setting], (CompareWith, bits)]);
    }

    /// <summary>
    /// Asserts that values have the same bits in every child process of <see cref="RunKernels"/>. In the process of an ordinary run there is nothing to
    /// compare with, so a kernel test asserts more than this.
    /// </summary>
    /// <param name="values">The results.</param>
    /// <param name="what">What they are; with the calling method the name under which they are compared.</param>
    /// <param name="test">The calling method.</param>
    public static void SameBitsEverywhere<T>(ReadOnlySpan<T> values, string what, [CallerMemberName] string test = "") where T : unmanaged
    {
        string digest = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(values)));
        string name = NotInFileNames().Replace($"{test} {what}", "_");
        if (Path(RecordTo) is { } record)
            File.WriteAllText(System.IO.Path.Combine(record, name), digest);
        else if (Path(CompareWith) is { } compare)
            Assert.True(File.ReadAllText(System.IO.Path.Combine(compare, name)) == digest, $"{what}: other bits than with all instruction sets.");
    }

    private static void Run(Assembly tests, string setting, (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(tests.Location);
        start.ArgumentList.Add("-trait");
        start.ArgumentList.Add("Suite=Kernels");
        start.ArgumentList.Add("-noColor");
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"The kernel tests {setting} ended with exit code {process.ExitCode}:\n{output}");
        Match total = TotalOfTests().Match(output);
        Assert.True(total.Success && int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) > 0, $"No kernel test ran {setting}:\n{output}");
    }

    private static string? Path(string variable) => Environment.GetEnvironmentVariable(variable);

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex TotalOfTests();

    [GeneratedRegex(@"[^A-Za-z0-9.-]+")]
    private static partial Regex NotInFileNames();
}
