using static OptiCore.Elementary;

namespace OptiCore.Dynamics.Tests.TrajectoryOptimization;

/// <summary>Systems of the literature.</summary>
internal static class Plants
{
    /// <summary>A block on a line that is pushed: Kelly (2017), section 2.</summary>
    public static readonly IDifferentiableControlSystem Block = ControlSystem.From(2, 1, (_, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = u[0];
    });

    /// <summary>Kelly's cart-pole: m1 = 1, m2 = 0.3, l = 0.5, g = 9.81; states are position, angle (0 hangs) and their rates; Kelly (2017), section 6 and appendix E.</summary>
    public static readonly IDifferentiableControlSystem CartPole = ControlSystem.From(4, 1, (_, x, u, dx) =>
    {
        const double M1 = 1, M2 = 0.3, L = 0.5, G = 9.81;
        var (s, c) = (Sin(x[1]), Cos(x[1]));
        var below = M1 + (M2 * (1 - (c * c)));
        dx[0] = x[2];
        dx[1] = x[3];
        dx[2] = ((L * M2 * s * x[3] * x[3]) + u[0] + (M2 * G * c * s)) / below;
        dx[3] = -((L * M2 * c * s * x[3] * x[3]) + (u[0] * c) + ((M1 + M2) * G * s)) / (L * below);
    });

    /// <summary>A pendulum of unit length and mass with a weak motor: the angle 0 hangs.</summary>
    public static readonly IDifferentiableControlSystem Pendulum = ControlSystem.From(2, 1, (_, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = u[0] - (9.81 * Sin(x[0])) - (0.1 * x[1]);
    });
}
