using System.Runtime.CompilerServices;

namespace OptiCore.Samplers;

/// <summary>Checks of solvers' options.</summary>
internal static class Parametrisation
{
    /// <summary>Accepts the two parametrisations in which exponential integrators work.</summary>
    public static Prediction NoiseOrData(Prediction value, [CallerMemberName] string name = "") => value is Prediction.Noise or Prediction.Data
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value} but must be {Prediction.Noise} or {Prediction.Data}; a model may predict anything.");
}
