using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Adam of D. P. Kingma, J. Ba (2015), "Adam: a method for stochastic optimization", for the parameters of one policy: m and v are exponential means of the gradient and its
/// square, the step is -rate m^ / (sqrt(v^) + epsilon) with both corrected for their start at zero.
/// </summary>
/// <param name="parameters">The number of parameters.</param>
/// <param name="rate">The learning rate.</param>
internal sealed class AdamUpdate(int parameters, double rate) : IPersistent
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _mean = new float[parameters];
    private readonly float[] _square = new float[parameters];
    private long _steps;

    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient)
    {
        _steps++;
        float meanCorrection = (float)(rate / (1 - Math.Pow(Beta1, _steps)));
        float squareCorrection = (float)(1 / (1 - Math.Pow(Beta2, _steps)));
        for (int i = 0; i < parameters.Length; i++)
        {
            _mean[i] = (Beta1 * _mean[i]) + ((1 - Beta1) * gradient[i]);
            _square[i] = (Beta2 * _square[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            parameters[i] -= meanCorrection * _mean[i] / (MathF.Sqrt(_square[i] * squareCorrection) + Epsilon);
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<float>(_mean);
        archive.Transfer<float>(_square);
        archive.Transfer(ref _steps);
    }
}
