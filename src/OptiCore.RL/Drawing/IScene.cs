namespace OptiCore.RL.Drawing;

/// <summary>Draws what an observation shows. A scene knows nothing but the observation, so that recorded episodes can be drawn at any time.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
public interface IScene<TObservation> where TObservation : unmanaged
{
    /// <summary>The width of a frame.</summary>
    double Width { get; }

    /// <summary>The height of a frame.</summary>
    double Height { get; }

    /// <summary>The number of elements of an observation.</summary>
    int ObservationLength { get; }

    /// <summary>Draws what is the same in every frame, behind everything else.</summary>
    /// <param name="canvas">Receives the shapes.</param>
    void DrawBackground(SvgCanvas canvas);

    /// <summary>Draws a frame.</summary>
    /// <param name="canvas">Receives the shapes.</param>
    /// <param name="observation">The observation.</param>
    void Draw(SvgCanvas canvas, ReadOnlySpan<TObservation> observation);
}
