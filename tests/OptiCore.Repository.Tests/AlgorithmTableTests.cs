using System.Reflection;
using System.Text;

namespace OptiCore.Repository.Tests;

/// <summary>The table of algorithms in the documentation is generated from the assemblies.</summary>
public class AlgorithmTableTests
{
    private static IEnumerable<(Type Type, AlgorithmAttribute Row)> Rows(Assembly assembly) => assembly.GetExportedTypes()
        .Select(type => (type, type.GetCustomAttribute<AlgorithmAttribute>()!))
        .Where(row => row.Item2 is not null);

    [Fact]
    public void TheDocumentedTableIsTheGeneratedOne()
    {
        string path = Path.Combine(TestKit.Reference.Repository, "docs", "algorithms.md");
        Snapshot.Matches(path, Table(), "Run the tests with OPTICORE_UPDATE=1 to generate it.");
    }

    [Fact]
    public void EveryRowNamesItsPaperWithAYear()
    {
        foreach ((Type type, AlgorithmAttribute row) in Packages.Assemblies.SelectMany(Rows))
        {
            Assert.False(string.IsNullOrWhiteSpace(row.Name), type.FullName);
            Assert.False(string.IsNullOrWhiteSpace(row.Family), type.FullName);
            Assert.Matches(@"\(\d{4}[a-z]?\)|\b(17|18|19|20)\d\d\b", row.Reference);
        }
    }

    [Fact]
    public void NamesAreUniqueInAPackage()
    {
        foreach (Assembly assembly in Packages.Assemblies)
        {
            string[] names = [.. Rows(assembly).Select(r => r.Row.Name)];
            Assert.Equal(names.Length, names.Distinct().Count());
        }
    }

    private static string Table()
    {
        var text = new StringBuilder("""
            # Algorithms

            Generated from the assemblies: one row for each type marked with `[Algorithm]`. To add one, see [adding an algorithm](adding-an-algorithm.md).

            """.ReplaceLineEndings("\n"));
        foreach (Assembly assembly in Packages.Assemblies)
        {
            var rows = Rows(assembly).OrderBy(r => r.Row.Family, StringComparer.Ordinal).ThenBy(r => r.Row.Name, StringComparer.Ordinal).ToList();
            if (rows.Count == 0)
                continue;
            text.Append($"\n## {assembly.GetName().Name}\n\n| algorithm | type | family | reference | notes |\n| --- | --- | --- | --- | --- |\n");
            foreach ((Type type, AlgorithmAttribute row) in rows)
                text.Append($"| {row.Name} | `{TypeName(type)}` | {row.Family} | {row.Reference} | {row.Capabilities} |\n");
        }

        return text.ToString();
    }

    private static string TypeName(Type type)
    {
        string name = type.IsNested ? $"{TypeName(type.DeclaringType!)}.{type.Name}" : type.Name;
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(a => a.Name))}>";
    }
}
