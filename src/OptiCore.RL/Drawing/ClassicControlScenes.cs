namespace OptiCore.RL.Drawing;

/// <summary>Draws <see cref="Environments.CartPole"/>: the cart on its rail between the ends of the task, the pole, and where it would be lost.</summary>
public sealed class CartPoleScene : IScene<float>
{
    private const double Scale = 60, Rail = 170, Limit = 2.4, AngleLimit = 12 * Math.PI / 180;

    /// <inheritdoc/>
    public double Width => 320;

    /// <inheritdoc/>
    public double Height => 220;

    /// <inheritdoc/>
    public int ObservationLength => 4;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        double left = (Width / 2) - (Limit * Scale), right = (Width / 2) + (Limit * Scale);
        canvas.Line(left, Rail, right, Rail, Palette.Ground, 3);
        canvas.Line(left, Rail - 10, left, Rail + 10, Palette.Ground, 3);
        canvas.Line(right, Rail - 10, right, Rail + 10, Palette.Ground, 3);
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<float> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        const double Pole = 100, Cart = 44;
        double x = (Width / 2) + (observation[0] * Scale), top = Rail - 30;
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            canvas.Line(x, top, x + (side * Pole * Math.Sin(AngleLimit)), top - (Pole * Math.Cos(AngleLimit)), Palette.Faint, 1);
        canvas.Rectangle(x - (Cart / 2), top, Cart, 22, Palette.Body);
        canvas.Circle(x - 12, Rail - 6, 6, Palette.Ink);
        canvas.Circle(x + 12, Rail - 6, 6, Palette.Ink);
        canvas.Line(x, top, x + (Pole * Math.Sin(observation[2])), top - (Pole * Math.Cos(observation[2])), Palette.Accent, 8);
        canvas.Circle(x, top, 4, Palette.Ink);
    }
}

/// <summary>Draws <see cref="Environments.MountainCar"/> and <see cref="Environments.MountainCarContinuous"/>: the valley, the car on its slope and the flag of the goal.</summary>
/// <param name="goal">The position of the flag: 0.5, for the continuous task 0.45.</param>
public sealed class MountainCarScene(double goal = 0.5) : IScene<float>
{
    private const double Scale = 170, Left = 7, Low = -1.2, High = 0.6;

    /// <inheritdoc/>
    public double Width => 320;

    /// <inheritdoc/>
    public double Height => 220;

    /// <inheritdoc/>
    public int ObservationLength => 2;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        Span<double> points = stackalloc double[2 * 61];
        for (int k = 0; k <= 60; k++)
        {
            double position = Low + ((High - Low) * k / 60);
            (points[2 * k], points[(2 * k) + 1]) = (X(position), Y(position));
        }

        canvas.Curve(points, Palette.Ground, 3);
        canvas.Line(X(goal), Y(goal), X(goal), Y(goal) - 38, Palette.Ink, 2);
        canvas.Rectangle(X(goal), Y(goal) - 38, 18, 12, Palette.Accent);
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<float> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        double position = observation[0], x = X(position), y = Y(position);

        // The slope of 0.45 sin(3 position), and the normal on which wheels and body stand.
        double slope = 1.35 * Math.Cos(3 * position), length = Math.Sqrt(1 + (slope * slope));
        (double alongX, double alongY, double upX, double upY) = (1 / length, -slope / length, -slope / length, -1 / length);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            canvas.Circle(x + (side * 9 * alongX) + (7 * upX), y + (side * 9 * alongY) + (7 * upY), 5.5, Palette.Ink);
        canvas.Rectangle(x + (17 * upX) - 17, y + (17 * upY) - 7, 34, 14, Palette.Body, Math.Atan2(alongY, alongX) * 180 / Math.PI);
    }

    private static double X(double position) => Left + ((position - Low) * Scale);

    private static double Y(double position) => 125 - (0.45 * Math.Sin(3 * position) * Scale);
}

/// <summary>Draws <see cref="Environments.Pendulum"/>: the rod about its pivot, and where it is to be held.</summary>
public sealed class PendulumScene : IScene<float>
{
    /// <inheritdoc/>
    public double Width => 220;

    /// <inheritdoc/>
    public double Height => 220;

    /// <inheritdoc/>
    public int ObservationLength => 3;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        canvas.Line(110, 110, 110, 24, Palette.Faint, 1);
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<float> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);

        // Angles run against the clock, as Gymnasium draws them.
        double x = 110 - (80 * observation[1]), y = 110 - (80 * observation[0]);
        canvas.Line(110, 110, x, y, Palette.Accent, 14);
        canvas.Circle(110, 110, 5, Palette.Ink);
    }
}

/// <summary>Draws <see cref="Environments.Acrobot"/>: both links, and the height that the tip is to reach.</summary>
public sealed class AcrobotScene : IScene<float>
{
    private const double Link = 48;

    /// <inheritdoc/>
    public double Width => 220;

    /// <inheritdoc/>
    public double Height => 220;

    /// <inheritdoc/>
    public int ObservationLength => 6;

    /// <inheritdoc/>
    public void DrawBackground(SvgCanvas canvas)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        canvas.Line(10, 110 - Link, 210, 110 - Link, Palette.Ground, 2);
    }

    /// <inheritdoc/>
    public void Draw(SvgCanvas canvas, ReadOnlySpan<float> observation)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        double angle1 = Math.Atan2(observation[1], observation[0]), angle2 = angle1 + Math.Atan2(observation[3], observation[2]);
        double x = 110 + (Link * Math.Sin(angle1)), y = 110 + (Link * Math.Cos(angle1));
        double tipX = x + (Link * Math.Sin(angle2)), tipY = y + (Link * Math.Cos(angle2));
        canvas.Line(110, 110, x, y, Palette.Body, 10);
        canvas.Line(x, y, tipX, tipY, Palette.Accent, 10);
        canvas.Circle(110, 110, 4, Palette.Ink);
        canvas.Circle(x, y, 4, Palette.Ink);
    }
}
