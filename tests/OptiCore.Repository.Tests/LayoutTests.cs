namespace OptiCore.Repository.Tests;

/// <summary>What a stranger sees first: the repository says what the library is.</summary>
public class LayoutTests
{
    private static readonly string Root = TestKit.Reference.Repository;

    [Fact]
    public void TheTopLevelHoldsOnlyWhatTheArchitectureNames()
    {
        string[] expected = ["Directory.Build.props", "Directory.Packages.props", "LICENSE", "OptiCore.sln", "README.md", "benchmarks", "docs", "samples", "src", "tests"];
        string[] actual = [.. Directory.GetFileSystemEntries(Root).Select(p => Path.GetFileName(p)!)
            .Where(n => !n.StartsWith('.') && n is not "artifacts" and not "BenchmarkDotNet.Artifacts" and not "TestResults").Order(StringComparer.Ordinal)];
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void EveryPackageHasAReadme()
    {
        foreach (string project in Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories))
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "README.md")), $"{project} has no README.md beside it.");
    }

    [Fact]
    public void SourceFilesAreOfReadableSize()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)))
            Assert.True(File.ReadAllLines(file).Length <= 600, $"{file} is longer than 600 lines: divide it by meaning.");
    }

    [Fact]
    public void DocumentsLinkToFilesThatExist()
    {
        string[] documents = [Path.Combine(Root, "README.md"), .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)];
        foreach (string document in documents)
        {
            foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(document), @"\]\((?!https?:|#)([^)#\s]+)"))
            {
                string target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, link.Groups[1].Value));
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{Path.GetRelativePath(Root, document)} links to {link.Groups[1].Value}, which doesn't exist.");
            }
        }
    }
}
