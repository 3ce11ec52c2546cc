namespace OptiCore.Persistence;

/// <summary>A checkpoint can't be read: it is truncated, damaged, of another kind, version or configuration. Nothing was changed by it.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Creates the exception without a message.</summary>
    public CheckpointException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong with the checkpoint.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong with the checkpoint.</param>
    /// <param name="innerException">The failure below.</param>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
