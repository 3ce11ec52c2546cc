namespace OptiCore.Fourier;

/// <summary>Which direction of a transform carries the factor that makes the two inverse to each other.</summary>
public enum FourierScaling
{
    /// <summary>The inverse has the factor 1/n, the forward transform none: the convention of NumPy and SciPy.</summary>
    Inverse,

    /// <summary>Both have the factor 1/sqrt(n): the transforms are unitary.</summary>
    Orthonormal,

    /// <summary>The forward transform has the factor 1/n, the inverse none.</summary>
    Forward,

    /// <summary>Neither has a factor: forward and inverse give n times the data.</summary>
    None,
}

/// <summary>The factors of the conventions.</summary>
internal static class FourierScalings
{
    /// <summary>The factor of one direction.</summary>
    public static T Factor<T>(this FourierScaling scaling, bool inverse, double n) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> => scaling switch
    {
        FourierScaling.Inverse when inverse => T.CreateTruncating(1 / n),
        FourierScaling.Forward when !inverse => T.CreateTruncating(1 / n),
        FourierScaling.Orthonormal => T.CreateTruncating(1 / Math.Sqrt(n)),
        _ => T.One,
    };
}
