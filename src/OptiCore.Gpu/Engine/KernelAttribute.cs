namespace OptiCore.Gpu;

/// <summary>Marks a method that is launched on a device, so that a test compiles it for CUDA where no GPU is at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelAttribute : Attribute;
