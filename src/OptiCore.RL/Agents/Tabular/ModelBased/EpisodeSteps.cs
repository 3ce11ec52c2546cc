using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>At which step of its episode of fixed length each environment is.</summary>
/// <param name="environments">The number of environments.</param>
/// <param name="horizon">The number of steps of an episode.</param>
internal sealed class EpisodeSteps(int environments, int horizon) : IPersistent
{
    private readonly int[] _steps = new int[environments];

    public int this[int environment] => _steps[environment];

    /// <summary>Goes to the next step, or to the first one where the episode has ended or is as long as it may be.</summary>
    public void Advance(int environment, bool ended) => _steps[environment] = ended || _steps[environment] + 1 == horizon ? 0 : _steps[environment] + 1;

    public void Persist(StateArchive archive) => archive.Transfer<int>(_steps);
}
