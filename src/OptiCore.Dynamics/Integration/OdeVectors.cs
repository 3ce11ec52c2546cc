namespace OptiCore.Dynamics;

/// <summary>
/// The vectors of an integration that its method and its driver share. Each is padded with zeros to whole blocks of the widest vector
/// (<see cref="PaddedLength"/> elements), so that kernels have no tails; the tolerances are padded with ones.
/// </summary>
/// <remarks>Accepting a step exchanges the arrays: keep this object, not an array of it.</remarks>
public sealed class OdeVectors
{
    internal OdeVectors(OdeMethod method, int dimension)
    {
        Dimension = dimension;
        PaddedLength = StageKernels.Padded(dimension);
        Point = new double[PaddedLength];
        Previous = new double[PaddedLength];
        Trial = new double[PaddedLength];
        Scratch = new double[PaddedLength];
        Absolute = new double[PaddedLength];
        Absolute.AsSpan().Fill(1);
        if (method.AbsoluteTolerances.IsEmpty)
            Absolute.AsSpan(0, dimension).Fill(method.AbsoluteTolerance);
        else
            method.AbsoluteTolerances.Span.CopyTo(Absolute);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The length of each array, at least n.</summary>
    public int PaddedLength { get; }

    /// <summary>The state where the integration is.</summary>
    public double[] Point { get; private set; }

    /// <summary>The state where the last step began.</summary>
    public double[] Previous { get; private set; }

    /// <summary>Receives the state at the end of the step that is tried.</summary>
    public double[] Trial { get; private set; }

    /// <summary>A vector for dense output and whatever else lasts no longer than a call.</summary>
    public double[] Scratch { get; }

    /// <summary>The absolute tolerance of each component.</summary>
    public double[] Absolute { get; }

    /// <summary>The trial becomes the point, the point the one before.</summary>
    internal void Accept() => (Previous, Point, Trial) = (Point, Trial, Previous);
}
