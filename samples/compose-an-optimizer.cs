#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Compose a first-order method from parts: what is composed runs as one pass over memory.
//   dotnet run samples/compose-an-optimizer.cs

using OptiCore;
using OptiCore.Optimizers;

// A linear model y = X w + noise of 20 weights, drawn from a key: the same data on every machine.
const int Rows = 500, Columns = 20;
RandomStream random = RandomKey.FromSeed(1).Stream();
float[] truth = Draw(Columns), x = Draw(Rows * Columns), noise = Draw(Rows);

// Clip the gradient to norm 1, then AdamW under a schedule with warm-up.
IUpdateRule rule = new ClipByNorm(1.0).Then(new AdamW { LearningRate = Schedule.Cosine(0.05, steps: 500).WithWarmUp(20), WeightDecay = 1e-4 });

var weights = new float[Columns];
var gradient = new float[Columns];
RuleState<float> state = rule.Start<float>(weights.Length);
for (int step = 0; step < 500; step++)
{
    float loss = LossAndGradient();
    state.Step(weights, gradient);          // fused, no allocation
    if (step % 100 == 0)
        Console.WriteLine($"step {step,3}: loss {loss:f5}");
}

Console.WriteLine($"largest error of a weight: {weights.Zip(truth, (w, t) => MathF.Abs(w - t)).Max():f4}");

float LossAndGradient()
{
    Array.Clear(gradient);
    float loss = 0;
    for (int i = 0; i < Rows; i++)
    {
        ReadOnlySpan<float> row = x.AsSpan(i * Columns, Columns);
        float error = -0.01f * noise[i];
        for (int j = 0; j < Columns; j++)
            error += row[j] * (weights[j] - truth[j]);
        loss += error * error / (2 * Rows);
        for (int j = 0; j < Columns; j++)
            gradient[j] += error * row[j] / Rows;
    }

    return loss;
}

float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
