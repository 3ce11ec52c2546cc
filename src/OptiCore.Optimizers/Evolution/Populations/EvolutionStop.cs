using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Why an evolution strategy ends, by the names of Hansen's tutorial.</summary>
internal enum EvolutionStop
{
    None = 0,
    TolX = 1,
    TolFun = 2,
    TolFunHist = 3,
    EqualFunValues = 4,
    Stagnation = 5,
    ConditionCov = 6,
    NoEffectAxis = 7,
    NoEffectCoord = 8,
    TolXUp = 9,
}

/// <summary>What the criteria mean for a run, and in words.</summary>
internal static class EvolutionStops
{
    /// <summary>The run's reason: small steps and equal values are convergence, everything else is not.</summary>
    public static StopReason Reason(this EvolutionStop stop) => stop switch
    {
        EvolutionStop.None => StopReason.None,
        EvolutionStop.TolX => StopReason.StepTolerance,
        EvolutionStop.TolFun or EvolutionStop.TolFunHist or EvolutionStop.EqualFunValues => StopReason.ValueTolerance,
        _ => StopReason.NoProgress,
    };

    /// <summary>A sentence; null for none.</summary>
    public static string? Describe(this EvolutionStop stop, double pointTolerance, double valueTolerance)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return stop switch
        {
            EvolutionStop.TolX => string.Create(c, $"TolX: the standard deviation in every coordinate is below {pointTolerance:g3}."),
            EvolutionStop.TolFun => string.Create(c, $"TolFun: the values of the last generation and the best ones of those before lie within {valueTolerance:g3}."),
            EvolutionStop.TolFunHist => string.Create(c, $"TolFunHist: the best values of the last generations lie within {valueTolerance:g3}."),
            EvolutionStop.EqualFunValues => "EqualFunValues: the best values of the last generations are equal.",
            EvolutionStop.Stagnation => "Stagnation: over a long history neither the best values nor the medians have fallen.",
            EvolutionStop.ConditionCov => "ConditionCov: the covariance matrix has a condition number above 1e14; the variables may need other units.",
            EvolutionStop.NoEffectAxis => "NoEffectAxis: a tenth of a standard deviation along a principal axis doesn't change the mean in this precision.",
            EvolutionStop.NoEffectCoord => "NoEffectCoord: a fifth of a standard deviation in a coordinate doesn't change the mean in this precision.",
            EvolutionStop.TolXUp => "TolXUp: the standard deviation has grown ten thousandfold; the initial step was far too small, or the function falls without bound.",
            _ => null,
        };
    }
}
