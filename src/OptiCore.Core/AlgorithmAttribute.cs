namespace OptiCore;

/// <summary>
/// Marks a public type as a published method. The table of algorithms in the documentation is generated from these rows,
/// and the conformance suites check that every marked type has a row in its package's table.
/// </summary>
/// <param name="name">The field's name of the method, for example "L-BFGS".</param>
/// <param name="family">The family inside the package, for example "Quasi-Newton".</param>
/// <param name="reference">Authors, year and title of the work that the implementation follows.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class AlgorithmAttribute(string name, string family, string reference) : Attribute
{
    /// <summary>The field's name of the method.</summary>
    public string Name { get; } = name;

    /// <summary>The family inside the package.</summary>
    public string Family { get; } = family;

    /// <summary>Authors, year and title of the work that the implementation follows.</summary>
    public string Reference { get; } = reference;

    /// <summary>What the method needs or offers beside its family's common part, in a few words.</summary>
    public string Capabilities { get; init; } = "";
}
