using BenchmarkDotNet.Running;

// dotnet run -c Release --project benchmarks/OptiCore.Benchmarks -- --filter '*UpdateRules*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
