using System.CommandLine;
using OptiCore.Devices;
using OptiCore.Gpu;
using OptiCore.Gpu.Benchmarks;

// What docs/gpu.md states, measured on the first GPU of this machine, as a Markdown table on the standard output:
//   dotnet run -c Release -p:OptiCoreGpu=true --project benchmarks/OptiCore.Gpu.Benchmarks
//   dotnet run -c Release -p:OptiCoreGpu=true --project benchmarks/OptiCore.Gpu.Benchmarks -- --filter rules
//   dotnet run -c Release -p:OptiCoreGpu=true --project benchmarks/OptiCore.Gpu.Benchmarks -- --simulated --quick
// For a machine without an SDK; the folder is all that it needs:
//   dotnet publish benchmarks/OptiCore.Gpu.Benchmarks -c Release -p:OptiCoreGpu=true -r linux-x64 --self-contained -o FOLDER
//   FOLDER/OptiCore.Gpu.Benchmarks
const string Text = """
    Measures kernels on the first GPU of this machine, each beside its floor in the same process, and prints a Markdown table.

    For a machine without an SDK, published where there is one (neither trimmed nor in a single file: kernels are compiled from the assemblies as they are):
      dotnet publish benchmarks/OptiCore.Gpu.Benchmarks -c Release -p:OptiCoreGpu=true -r linux-x64 --self-contained -o FOLDER
      FOLDER/OptiCore.Gpu.Benchmarks

    Exit code 0: measured, whether goals are met or not; 1: something couldn't be measured, as the table says; 2: no GPU.
    """;
var filter = new Option<string?>("--filter") { Description = "Only what has this text in its family or name; several texts with commas between them." };
var quick = new Option<bool>("--quick") { Description = "Sizes of about a thousandth: whether everything runs; goals aren't judged." };
var simulated = new Option<bool>("--simulated") { Description = "ILGPU's simulation of a GPU on this processor; with --quick only." };
var number = new Option<int>("--device") { Description = "Another GPU than the first: its place among those of the machine, CUDA's first, from 0." };
var command = new RootCommand(Text) { filter, quick, simulated, number };
command.Validators.Add(result =>
{
    if (result.GetValue(simulated) && !result.GetValue(quick))
        result.AddError("--simulated takes microseconds for each thread, which at full size is days: give --quick, too.");
    if (result.GetValue(number) < 0)
        result.AddError($"--device is {result.GetValue(number)}; devices are counted from 0.");
});
command.SetAction(parsed =>
{
    string[] texts = parsed.GetValue(filter)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
    Case[] cases =
    [
        .. MemoryRows.Cases, .. LaunchRows.Cases, .. RuleRows.Cases, .. ReductionRows.Cases, .. RandomRows.Cases, .. ProgramRows.Cases, .. ProductRows.Cases, .. BatchRows.Cases,
        .. EnvironmentRows.Cases, .. BanditRows.Cases, .. EnsembleRows.Cases, .. FilterRows.Cases, .. SamplingRows.Cases,
    ];
    cases = Array.FindAll(cases, one => texts.Length == 0 || Array.Exists(texts, text => $"{one.Group}: {one.Name}".Contains(text, StringComparison.OrdinalIgnoreCase)));
    if (cases.Length == 0)
    {
        Console.Error.WriteLine($"Nothing has '{parsed.GetValue(filter)}' in its family or name.");
        return 1;
    }

    GpuDevice device;
    try
    {
        device = parsed.GetValue(simulated) ? GpuDevices.Simulate() : GpuDevices.Open(parsed.GetValue(number));
    }
    catch (DeviceUnavailableException e)
    {
        Console.Error.WriteLine(parsed.GetValue(number) > 0 ? e.Message : "There is no GPU here with a CUDA or OpenCL driver to measure; --simulated --quick shows that everything runs.");
        return 2;
    }

    using (device)
        return Table.Print(new Bench(device, parsed.GetValue(quick)), cases) ? 0 : 1;
});
return command.Parse(args).Invoke();
