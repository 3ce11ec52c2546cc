#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// A satellite on an eccentric orbit around a planet, in units where the planet's gravity is 1. Run with: dotnet run samples/integrate-an-orbit.cs
using OptiCore.Dynamics;

const double Eccentricity = 0.5;

OdeDelegate gravity = static (t, y, dy) =>
{
    double r = Math.Sqrt((y[0] * y[0]) + (y[1] * y[1]));
    dy[0] = y[2];
    dy[1] = y[3];
    dy[2] = -y[0] / (r * r * r);
    dy[3] = -y[1] / (r * r * r);
};
double[] start = [1 - Eccentricity, 0, 0, Math.Sqrt((1 + Eccentricity) / (1 - Eccentricity))];
double period = 2 * Math.PI;

// 1. The whole orbit at chosen times, with the passages of the far point: there the distance stops growing.
var method = new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };
var farPoint = new OdeEvent((t, y) => (y[0] * y[2]) + (y[1] * y[3])) { Direction = CrossingDirection.Falling };
OdeResult orbit = Ode.Solve(method, gravity, (0, 3 * period), start, saveAt: [period / 4, period / 2, period, 3 * period], events: [farPoint]);

Console.WriteLine(orbit);
Console.WriteLine();
Console.WriteLine("   time          x          y");
for (int i = 0; i < orbit.Times.Length; i++)
    Console.WriteLine($"{orbit.Times[i],7:f3} {orbit.State(i)[0],10:f6} {orbit.State(i)[1],10:f6}");
Console.WriteLine();
foreach (OdeEventRecord passage in orbit.Events)
    Console.WriteLine($"far point at t = {passage.Time:f9}, distance {-passage.State[0]:f9} (exactly {1 + Eccentricity})");

// 2. Step by step: the energy, which is conserved, tells how good the steps are. Leaving the loop would leave the state where it is.
OdeState state = method.Start(OdeSystem.From(4, gravity), 0, start, 10 * period);
double energy = Energy(start), worst = 0;
foreach (OdeStep step in state.Iterate())
    worst = Math.Max(worst, Math.Abs(Energy(state.State) - energy));
Console.WriteLine();
Console.WriteLine($"ten orbits: {state.Counts.AcceptedSteps} steps, energy kept to {worst:g2}");

static double Energy(ReadOnlySpan<double> y) =>
    (0.5 * ((y[2] * y[2]) + (y[3] * y[3]))) - (1 / Math.Sqrt((y[0] * y[0]) + (y[1] * y[1])));
