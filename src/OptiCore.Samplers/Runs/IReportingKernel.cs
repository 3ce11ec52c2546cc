namespace OptiCore.Samplers;

/// <summary>A kernel that has more to tell of a chain than <see cref="DrawStatistics"/>.</summary>
public interface IReportingKernel
{
    /// <summary>A copy of what the kernel tells, of a type that its documentation names.</summary>
    object Report();
}
