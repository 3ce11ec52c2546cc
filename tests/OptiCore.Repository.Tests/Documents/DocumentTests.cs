using System.Text.RegularExpressions;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>
/// The code that documents show is compiled and run: each block of C# must be found, line by line, in a file of tests or samples. A block that isn't has no test yet: write one in this folder,
/// with whatever the block takes for granted before it and what it promises asserted after it.
/// </summary>
public partial class DocumentTests
{
    private static readonly string Root = TestKit.Reference.Repository;

    private static readonly Lazy<string[]> Sources = new(() =>
    [
        .. new[] { "tests", "samples" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !IsBuilt(file))
            .Select(file => Trimmed(File.ReadAllLines(file))),
    ]);

    public static TheoryData<string> Documents =>
    [
        .. new[] { Path.Combine(Root, "README.md") }
            .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Path.Combine(Root, "src"), "README.md", SearchOption.AllDirectories))
            .Where(file => !IsBuilt(file) && Blocks(File.ReadAllText(file)).Any())
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void CodeIsThatOfATest(string document)
    {
        foreach (string[] block in Blocks(File.ReadAllText(Path.Combine(Root, document))))
        {
            // Directives stand at the head of a file; what a block says after them stands together.
            string[] directives = [.. block.TakeWhile(line => line.Length == 0 || Directive().IsMatch(line)).Where(line => line.Length > 0)];
            string code = Trimmed(block.SkipWhile(line => line.Length == 0 || Directive().IsMatch(line)));
            bool found = Sources.Value.Any(source => source.Contains(code, StringComparison.Ordinal) && directives.All(d => IsKnown(source, d)));
            Assert.True(found, $"This block of {document} is in no test and no sample:\n{string.Join('\n', block)}");
        }
    }

    [Fact]
    public void ABlockThatIsChangedIsMissed()
    {
        string code = Trimmed(Blocks(File.ReadAllText(Path.Combine(Root, "docs", "optimizers.md"))).First(block => block.Any(line => line.Contains("rosenbrock", StringComparison.Ordinal))));
        Assert.Contains(Sources.Value, source => source.Contains(code, StringComparison.Ordinal));
        Assert.DoesNotContain(Sources.Value, source => source.Contains(code.Replace("x", "xx", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    /// <summary>A file inside OptiCore.Repository.Tests sees the namespaces that enclose its own.</summary>
    private static bool IsKnown(string source, string directive) => directive == "using OptiCore;" || source.Contains($"\n{directive}\n", StringComparison.Ordinal);

    private static string Trimmed(IEnumerable<string> lines) => "\n" + string.Join('\n', lines.Select(line => line.Trim())) + "\n";

    private static bool IsBuilt(string file) => file.Replace('\\', '/') is var path && (path.Contains("/obj/", StringComparison.Ordinal) || path.Contains("/bin/", StringComparison.Ordinal));

    private static IEnumerable<string[]> Blocks(string text) => Fence().Matches(text.ReplaceLineEndings("\n")).Select(m => m.Groups[1].Value.TrimEnd('\n').Split('\n'));

    [GeneratedRegex(@"^```csharp[^\n]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^using [\w. ]+;$")]
    private static partial Regex Directive();
}
