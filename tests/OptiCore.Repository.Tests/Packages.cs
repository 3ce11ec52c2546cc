using System.Reflection;

namespace OptiCore.Repository.Tests;

/// <summary>The packages of the library and what each may depend on. The layers of the architecture, as data.</summary>
internal static class Packages
{
    public static readonly IReadOnlyDictionary<string, string[]> MayUse = new Dictionary<string, string[]>
    {
        ["OptiCore.Core"] = [],
        ["OptiCore.Problems"] = ["OptiCore.Core", "OptiCore.Dynamics"],
        ["OptiCore.Optimizers"] = ["OptiCore.Core"],
        ["OptiCore.Dynamics"] = ["OptiCore.Core", "OptiCore.Optimizers"],
        ["OptiCore.Samplers"] = ["OptiCore.Core", "OptiCore.Optimizers", "OptiCore.Dynamics"],
        ["OptiCore.Bandits"] = ["OptiCore.Core", "OptiCore.Optimizers"],
        ["OptiCore.RL"] = ["OptiCore.Core", "OptiCore.Optimizers", "OptiCore.Dynamics", "OptiCore.Bandits"],
    };

    public static IEnumerable<Assembly> Assemblies => MayUse.Keys.Select(Assembly.Load);

    public static TheoryData<string> Names => [.. MayUse.Keys];
}

/// <summary>Snapshots in the repository: compared by default, rewritten when OPTICORE_UPDATE is 1.</summary>
internal static class Snapshot
{
    public static void Matches(string path, string actual, string whatToDo)
    {
        if (Environment.GetEnvironmentVariable("OPTICORE_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (expected == actual)
            return;
        string[] before = expected.Split('\n'), after = actual.Split('\n');
        string gone = string.Join('\n', before.Except(after).Take(20).Select(l => "- " + l));
        string come = string.Join('\n', after.Except(before).Take(20).Select(l => "+ " + l));
        Assert.Fail($"{Path.GetFileName(path)} is not what the assemblies say. {whatToDo}\n{gone}\n{come}");
    }
}
