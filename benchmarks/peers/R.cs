using System.Diagnostics;
using System.Globalization;

namespace OptiCore.Peers;

/// <summary>A statement timed by Debian's R, where deSolve lives: the loop runs there, so that no message is inside the time. C code is compiled with R CMD SHLIB and loaded as "peer".</summary>
internal sealed class R : ITheirs
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opticore-r");

    /// <summary>Compiles, starts R and sets the case up.</summary>
    /// <param name="code">C code, empty for none.</param>
    /// <param name="setup">Statements that run once, after the compiled code was loaded.</param>
    /// <param name="statement">What is timed.</param>
    public R(string code, string setup, string statement)
    {
        string script = Path.Combine(_folder.FullName, "peer.R"), load = "";
        if (code.Length > 0)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, "peer.c"), code);
            using Process compiler = Start("R", redirectInput: false, "CMD", "SHLIB", "peer.c");
            string messages = compiler.StandardOutput.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0)
                throw new InvalidOperationException($"R CMD SHLIB failed: {messages}");
            load = "dyn.load('peer.so')\n";
        }

        File.WriteAllText(script, $"{load}{setup}\ncat('0\\n')\ninput <- file('stdin', 'r')\nwhile (length(line <- readLines(input, 1)) > 0) {{\n  gc()\n  started <- as.numeric(Sys.time())\n"
            + $"  for (i in seq_len(as.integer(line))) {{ {statement} }}\n  cat(sprintf('%.9f\\n', as.numeric(Sys.time()) - started))\n}}\n");
        _process = Start("Rscript", redirectInput: true, "--vanilla", script);
        Answer();
    }

    public double Time(int repeat)
    {
        _process.StandardInput.WriteLine(repeat.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        return Answer();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private Process Start(string program, bool redirectInput, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = redirectInput, RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} didn't start.");
    }

    private double Answer() =>
        double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("R ended; its message is above."), CultureInfo.InvariantCulture);
}
