using System.Globalization;
using FsCheck;

namespace OptiCore.TestKit;

/// <summary>
/// Checks properties for a hundred generated inputs from a fixed seed, so that a run of the tests says something about the change and not about the day. The environment variable
/// OPTICORE_SEED takes another seed, for a search.
/// </summary>
public static class Forall
{
    /// <summary>The configuration: a failure throws, with the shrunk counterexample.</summary>
    public static Config Config { get; } = FsCheck.Config.QuickThrowOnFailure.WithReplay(
        ulong.TryParse(Environment.GetEnvironmentVariable("OPTICORE_SEED"), CultureInfo.InvariantCulture, out ulong seed) ? seed : 20260801, 0x9E3779B97F4A7C15);

    /// <summary>Checks a property.</summary>
    public static void Check(Property property) => FsCheck.Check.One(Config, property);
}
