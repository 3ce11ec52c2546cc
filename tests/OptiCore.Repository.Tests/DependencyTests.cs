using System.Reflection;

namespace OptiCore.Repository.Tests;

public class DependencyTests
{
    /// <summary>Outside the library and the framework, only these: few, of the field, well kept.</summary>
    private static readonly string[] Allowed = ["Microsoft.Extensions.Logging.Abstractions", "System.Numerics.Tensors"];

    [Theory]
    [MemberData(nameof(Packages.Names), MemberType = typeof(Packages))]
    public void DependenciesPointOneWay(string package)
    {
        foreach (AssemblyName used in Assembly.Load(package).GetReferencedAssemblies())
        {
            if (used.Name!.StartsWith("OptiCore", StringComparison.Ordinal))
                Assert.True(Packages.MayUse[package].Contains(used.Name), $"{package} must not depend on {used.Name}.");
        }
    }

    [Theory]
    [MemberData(nameof(Packages.Names), MemberType = typeof(Packages))]
    public void OnlyTheFrameworkAndAFewLibrariesAreUsed(string package)
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (AssemblyName used in Assembly.Load(package).GetReferencedAssemblies())
        {
            bool ok = used.Name!.StartsWith("OptiCore", StringComparison.Ordinal)
                || Allowed.Contains(used.Name)
                || File.Exists(Path.Combine(framework, used.Name + ".dll"));
            Assert.True(ok, $"{package} uses {used.Name}, which is not on the list of dependencies.");
        }
    }

    [Fact]
    public void NoNameMeansTwoThingsToWhoeverUsesAllPackages()
    {
        // Whoever opens the packages' namespaces together shall never have to say which of two types is meant.
        string[] root = [.. Packages.MayUse.Keys.Select(name => name == "OptiCore.Core" ? "OptiCore" : name)];
        IEnumerable<string> twice = Packages.Assemblies.SelectMany(a => a.GetExportedTypes())
            .Where(t => !t.IsNested && root.Contains(t.Namespace))
            .GroupBy(t => t.Name).Where(g => g.Count() > 1).Select(g => string.Join(" and ", g.Select(t => t.FullName)));
        Assert.Empty(twice);
    }

    [Fact]
    public void EveryProjectOfSrcIsKnownHere()
    {
        string src = Path.Combine(TestKit.Reference.Repository, "src");
        string[] projects = [.. Directory.GetDirectories(src).Select(d => Path.GetFileName(d)!).Where(n => n is not "OptiCore" and not "OptiCore.Gpu").Order()];
        Assert.Equal(Packages.MayUse.Keys.Order(), projects);
    }
}
