using System.Globalization;
using System.Text;

namespace OptiCore.RL.Drawing;

/// <summary>
/// Draws episodes as SVG, which browsers and documents show as it is: <see cref="Animation"/> plays in real time and begins anew at its end, without a script; <see cref="Strip"/> lays frames side by side.
/// </summary>
public static class Film
{
    private const string Paper = "#fbfaf7", Frame = "#d8d4cc", Ink = "#57534e";

    /// <summary>An animated picture of an episode.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="scene">What draws an observation.</param>
    /// <param name="episode">The episode.</param>
    /// <param name="framesPerSecond">How many observations are shown in a second.</param>
    /// <returns>The text of an SVG file.</returns>
    /// <exception cref="ArgumentException">The observations are of another length than the scene's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of frames is not positive and finite.</exception>
    public static string Animation<TObservation, TAction>(IScene<TObservation> scene, RecordedEpisode<TObservation, TAction> episode, double framesPerSecond = 30)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        Check(scene, episode);
        Require.Positive(framesPerSecond, nameof(framesPerSecond));
        int frames = episode.Length + 1;

        // The last frame stays for a second.
        double pause = Math.Max(1, Math.Round(framesPerSecond)), duration = (frames - 1 + pause) / framesPerSecond;
        StringBuilder text = Begin(scene.Width, scene.Height);
        var canvas = new SvgCanvas(text);
        canvas.Rectangle(0, 0, scene.Width, scene.Height, Paper);
        scene.DrawBackground(canvas);
        for (int t = 0; t < frames; t++)
        {
            // A reader that doesn't play shows the first frame.
            text.Append(t == 0 ? "\n<g>" : "\n<g visibility=\"hidden\">");
            double from = t / framesPerSecond / duration, to = t == frames - 1 ? 1 : (t + 1) / framesPerSecond / duration;
            text.Append("<animate attributeName=\"visibility\" calcMode=\"discrete\" repeatCount=\"indefinite\"");
            text.Append(CultureInfo.InvariantCulture, $" dur=\"{duration:0.####}s\"");
            if (t == 0)
                text.Append(CultureInfo.InvariantCulture, $" values=\"visible;hidden\" keyTimes=\"0;{to:0.######}\"/>");
            else if (t == frames - 1)
                text.Append(CultureInfo.InvariantCulture, $" values=\"hidden;visible\" keyTimes=\"0;{from:0.######}\"/>");
            else
                text.Append(CultureInfo.InvariantCulture, $" values=\"hidden;visible;hidden\" keyTimes=\"0;{from:0.######};{to:0.######}\"/>");
            scene.Draw(canvas, episode.Observation(t));
            text.Append("</g>");
        }

        return text.Append("\n</svg>\n").ToString();
    }

    /// <summary>Frames of an episode side by side, with the number of steps below each: the first, the last, and others between them at equal distances.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="scene">What draws an observation.</param>
    /// <param name="episode">The episode.</param>
    /// <param name="frames">The largest number of frames.</param>
    /// <param name="columns">The number of frames in a row.</param>
    /// <returns>The text of an SVG file.</returns>
    /// <exception cref="ArgumentException">The observations are of another length than the scene's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public static string Strip<TObservation, TAction>(IScene<TObservation> scene, RecordedEpisode<TObservation, TAction> episode, int frames = 12, int columns = 4)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        const double Gap = 12, Caption = 34;
        Check(scene, episode);
        frames = Math.Min(Require.Positive(frames, nameof(frames)), episode.Length + 1);
        columns = Math.Min(Require.Positive(columns, nameof(columns)), frames);
        int rows = (frames + columns - 1) / columns;
        StringBuilder text = Begin((columns * (scene.Width + Gap)) + Gap, (rows * (scene.Height + Caption)) + Gap);
        var canvas = new SvgCanvas(text);
        for (int k = 0; k < frames; k++)
        {
            int step = frames == 1 ? 0 : (int)((long)k * episode.Length / (frames - 1));
            double x = Gap + (k % columns * (scene.Width + Gap)), y = Gap + (k / columns * (scene.Height + Caption));
            text.Append(CultureInfo.InvariantCulture, $"\n<svg x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{scene.Width:0.##}\" height=\"{scene.Height:0.##}\" viewBox=\"0 0 {scene.Width:0.##} {scene.Height:0.##}\">");
            canvas.Rectangle(0, 0, scene.Width, scene.Height, Frame);
            canvas.Rectangle(1, 1, scene.Width - 2, scene.Height - 2, Paper);
            scene.DrawBackground(canvas);
            scene.Draw(canvas, episode.Observation(step));
            text.Append("</svg>");
            string end = step < episode.Length ? "" : episode.Terminated ? ", terminated" : episode.Truncated ? ", truncated" : "";
            canvas.Text(x + (scene.Width / 2), y + scene.Height + (Caption / 2) - 4, 15, string.Create(CultureInfo.InvariantCulture, $"{step}{end}"), Ink);
        }

        return text.Append("\n</svg>\n").ToString();
    }

    private static StringBuilder Begin(double width, double height) => new StringBuilder().Append(
        CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0.##}\" height=\"{height:0.##}\" viewBox=\"0 0 {width:0.##} {height:0.##}\">");

    private static void Check<TObservation, TAction>(IScene<TObservation> scene, RecordedEpisode<TObservation, TAction> episode)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(episode);
        Require.Length(episode.Observation(0).Length, scene.ObservationLength, nameof(episode));
    }
}
