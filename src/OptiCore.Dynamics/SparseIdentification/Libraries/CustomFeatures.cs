namespace OptiCore.Dynamics;

/// <summary>A function of a state.</summary>
/// <param name="x">The state.</param>
public delegate double FeatureDelegate(ReadOnlySpan<double> x);

/// <summary>A named function of a state.</summary>
/// <param name="Text">What is printed, for example "exp(-x)".</param>
/// <param name="Function">The function.</param>
public sealed record CustomFeature(string Text, FeatureDelegate Function);

/// <summary>Functions of the caller's own: <c>new CustomFeatures(new CustomFeature("x / (1 + x)", x => x[0] / (1 + x[0])))</c>.</summary>
public sealed record CustomFeatures : FeatureLibrary
{
    private readonly CustomFeature[] _features;

    /// <summary>Makes the library.</summary>
    /// <param name="features">The functions, at least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public CustomFeatures(params ReadOnlySpan<CustomFeature> features)
    {
        if (features.IsEmpty)
            throw new ArgumentException("There must be at least one function.", nameof(features));
        _features = features.ToArray();
        foreach (CustomFeature feature in _features)
            Require.NotNull(Require.NotNull(feature, nameof(features)).Function, nameof(features));
    }

    /// <inheritdoc/>
    public override int Count(int dimension) => _features.Length;

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        for (int i = 0; i < _features.Length; i++)
            features[i] = _features[i].Function(x);
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables) => _features[feature].Text;
}
