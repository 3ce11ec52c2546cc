// A service decides which headline each reader sees: many requests at once, rewards that come late or never, and a log that a crash doesn't hurt.
//
//   dotnet run samples/decision-service.cs
//
#:project ../src/OptiCore/OptiCore.csproj
#:package Microsoft.Extensions.DependencyInjection
#:property PublishAot=false

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OptiCore;
using OptiCore.Bandits;

var services = new ServiceCollection();
services.AddSingleton(_ => new DecisionService(
    new UcbTuned(),
    ["Ten facts about cats", "Why cats purr", "Your cat is judging you"],
    new DecisionServiceOptions { Name = "headlines", Journal = "headlines-journal" }));
using ServiceProvider provider = services.BuildServiceProvider();

// Whatever collects metrics sees the meter "OptiCore.Bandits"; here it is two lines of text.
long decisions = 0;
using var metrics = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == "opticore.bandits.decisions") listener.EnableMeasurementEvents(instrument); } };
metrics.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref decisions, count));
metrics.Start();

// Requests come on any thread. One reader in ten leaves without a word; a click at a rate that the service doesn't know is worth 1.
Parallel.For(0, 20_000, reader =>
{
    var service = provider.GetRequiredService<DecisionService>();
    Decision shown = service.Decide();
    RandomStream chance = RandomKey.FromSeed(7).Fold(reader).Stream();
    double rate = shown.Action.StartsWith("Your", StringComparison.Ordinal) ? 0.3 : 0.1;
    if (chance.NextDouble() < 0.9)
        service.Reward(shown.Id, chance.NextDouble() < rate ? 1 : 0);
    else
        service.GiveUp(shown.Id);
});

var headlines = provider.GetRequiredService<DecisionService>();
headlines.AddAction("Cats: a rebuttal");
Console.WriteLine($"{decisions} decisions, {headlines.RewardCount} rewards, {headlines.PendingCount} waiting; next: {headlines.Decide().Action}");
provider.Dispose();
Directory.Delete("headlines-journal", recursive: true);
