namespace OptiCore.Persistence;

/// <summary>
/// State that can be saved and loaded. One method serves both directions, so that what is read is what was written.
/// </summary>
public interface IPersistent
{
    /// <summary>Hands every changing field to the archive, always in the same order.</summary>
    /// <param name="archive">Reads the fields when it saves, replaces them when it loads.</param>
    void Persist(StateArchive archive);
}
