#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false
// Learns two spirals with a small network, then asks how sure it is and what a step costs.
using System.Diagnostics;
using OptiCore;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

const int Count = 256;
var network = new Network(new Mlp { Hidden = [32, 32], Outputs = 1 }, [Count, 2]);
Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [Count, 2]), y = Variable.Input("y", [Count, 1]);

// Logistic loss for labels 0 and 1, as one formula: softplus(z) - y z.
Variable logit = network.Apply(p, x);
Variable loss = Mean(Softplus(logit) - (y * logit));
Variable accuracy = Mean(EqualTo(logit > 0, y));
Replay<float> step = Computation.Compile<float>([p, x, y], loss, Gradient(loss, p), accuracy).Start();
network.Initialize(RandomKey.FromSeed(1), step.Input(0));

RandomStream noise = RandomKey.FromSeed(2).Stream();
for (int i = 0; i < Count; i++)
{
    double t = 0.5 + (3.0 * Math.PI * (i / 2) / (Count / 2)), side = i % 2 == 0 ? 0 : Math.PI;
    step.Input(1)[2 * i] = (float)((t * Math.Cos(t + side) / 8) + (0.02 * noise.NextNormal()));
    step.Input(1)[(2 * i) + 1] = (float)((t * Math.Sin(t + side) / 8) + (0.02 * noise.NextNormal()));
    step.Input(2)[i] = i % 2;
}

RuleState<float> adam = new Adam { LearningRate = 1e-2 }.Start<float>(ParameterLayout.Vector(network.ParameterCount));
var clock = Stopwatch.StartNew();
for (int i = 0; i <= 2000; i++)
{
    step.Run();
    if (i % 400 == 0)
        Console.WriteLine($"step {i,5}: loss {step.Output(0)[0]:f4}, accuracy {step.Output(2)[0]:p1}");
    adam.Step(step.Input(0), step.Output(1));
}

Console.WriteLine($"{clock.Elapsed.TotalMicroseconds / 2001:f0} microseconds a step for {network.ParameterCount} parameters and {Count} points");

// How the loss curves along the last gradient: a product with the Hessian, compiled from the same formula.
Variable v = Variable.Input("v", p.Shape);
Replay<float> curvature = Computation.Compile<float>([p, x, y, v], Sum(v * HessianVector(loss, p, v)) / Sum(Square(v))).Start();
for (int i = 0; i < 3; i++)
    step.Input(i).CopyTo(curvature.Input(i));
step.Output(1).CopyTo(curvature.Input(3));
curvature.Run();
Console.WriteLine($"curvature along the gradient: {curvature.Output(0)[0]:g3}");
return step.Output(2)[0] > 0.97f ? 0 : 1;
