using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>An operation that is a product of matrices: a run of element-wise operations over its result, such as a bias and an activation, can be computed with it.</summary>
internal interface IProductOperation
{
    /// <summary>True if rows and matrices of the result lie in memory in the order in which the product computes them.</summary>
    bool IsInOrder { get; }

    /// <summary>The kernel that computes the result and, while blocks of its rows are in the cache, what follows.</summary>
    Kernel<T> Lower<T>(KernelSite site, TileProgram<T>? then) where T : unmanaged, IFloatingPointIeee754<T>;
}
