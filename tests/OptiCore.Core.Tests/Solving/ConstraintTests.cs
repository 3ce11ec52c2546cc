using OptiCore.Differentiation;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Solving;

public class ConstraintTests
{
    private static readonly Bounds Sides = new([double.NegativeInfinity, 2, 0], [1, 3, 0]);

    /// <summary>f = x^2 y + z, c = (x y, y z, x + y + z), with derivatives by hand for comparison.</summary>
    private static IDifferentiableConstrainedFunction<double> Example => Function.From(3, x => (Sq(x[0]) * x[1]) + x[2]).SubjectTo(
        Function.FromResiduals(3, 3, (x, c) =>
        {
            c[0] = x[0] * x[1];
            c[1] = x[1] * x[2];
            c[2] = x[0] + x[1] + x[2];
        }), Sides);

    [Fact]
    public void AQueryMeasuresViolationsAndSeesWhatIsNotFinite()
    {
        var query = new Query<double>(new ProblemShape(3, 0, Sides), Oracle.Value | Oracle.Constraints, capacity: 2) { Count = 2 };
        ((double[])[1, 2.5, 0]).CopyTo(query.Constraints(0));
        ((double[])[1.5, 1, -0.25]).CopyTo(query.Constraints(1));
        query.Complete();
        Assert.Equal(0, query.Violation(0));
        Assert.Equal(1, query.Violation(1));
        Assert.True(query.IsFinite(0));
        query.Constraints(0)[1] = double.NaN;
        query.Complete();
        Assert.False(query.IsFinite(0));
        Assert.True(double.IsNaN(query.Violation(0)));
        Assert.True(query.IsFinite(1));
        Assert.Throws<ArgumentException>("capacity", () => new Query<double>(new ProblemShape(3, 0, Sides), Oracle.ConstraintJacobian, 2));
        Assert.Equal(9, new Query<double>(new ProblemShape(3, 0, Sides), Oracle.ConstraintJacobian).ConstraintJacobian.Length);
    }

    [Fact]
    public void TheShapeHasOneIntervalForEachConstraint()
    {
        IConstrainedFunction<double> function = Function.BlackBox(2, x => x[0]).SubjectTo(Function.BlackBoxResiduals(2, 3, (x, c) => c.Clear()), Bounds.All(0, 1));
        var shape = ProblemShape.Of(function);
        Assert.Equal(3, shape.ConstraintCount);
        Assert.Equal(1, shape.ConstraintBounds!.Upper(2));
        Assert.Equal(0, ProblemShape.Of(Function.From(2, x => x[0]).WithoutConstraints()).ConstraintCount);
        Assert.Throws<ArgumentException>("bounds", () => Function.BlackBox(2, x => x[0]).SubjectTo(Function.BlackBoxResiduals(2, 3, (x, c) => c.Clear()), new Bounds([0], [1])));
        Assert.Throws<ArgumentException>("constraints", () => Function.BlackBox(2, x => x[0]).SubjectTo(Function.BlackBoxResiduals(3, 3, (x, c) => c.Clear()), Bounds.All(0, 1)));
    }

    [Fact]
    public void DerivativesAgreeWhateverMakesThem()
    {
        double[] x = [1.5, -0.5, 2], y = [0.3, -2, 5];
        ITwiceDifferentiableConstrainedFunction<double> traced = Function.TraceConstrained(
            3,
            v => (v[0] * v[0] * v[1]) + v[2],
            v => Operations.Stack(0, v[0] * v[1], v[1] * v[2], v[0] + v[1] + v[2]),
            Sides);
        IDifferentiableConstrainedFunction<double>[] makes = [Example, traced, ((IConstrainedFunction<double>)Example).WithFiniteDifferences(), Example.WithHessianByDifferences(FiniteDifference.Forward)];
        double[] jacobian = [-0.5, 1.5, 0, 0, 2, -0.5, 1, 1, 1], gradient = [-1.5, 2.25, 1], hessian = [-1, 3.3, 0, 3.3, 0, -2, 0, -2, 0];
        foreach (IDifferentiableConstrainedFunction<double> make in makes)
        {
            double[] c = new double[3], j = new double[9], g = new double[3], h = new double[9];
            Promises.Close(0.875, make.ValueAndGradient(x, g), 1e-15, 0, "value");
            make.ConstraintsAndJacobian(x, c, j);
            AssertClose([-0.75, -1, 3], c, 1e-14);
            AssertClose(gradient, g, 1e-9);
            AssertClose(jacobian, j, 1e-9);
            make.Constraints(x, c);
            AssertClose([-0.75, -1, 3], c, 1e-14);
            ITwiceDifferentiableConstrainedFunction<double> twice = make as ITwiceDifferentiableConstrainedFunction<double> ?? make.WithHessianByDifferences();
            twice.LagrangianHessian(x, y, h);
            AssertClose(hessian, h, 1e-4);
            if (ReferenceEquals(make, traced))
                AssertClose(hessian, h, 1e-13);
        }
    }

    /// <summary>Asks for given points one after the other.</summary>
    private sealed record Script(double[][] Points) : ISolver<double, IConstrainedFunction<double>>
    {
        public StoppingRules Stopping { get; init; } = new() { FeasibilityTolerance = 1e-3 };

        public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, new Query<double>(shape, Oracle.Value | Oracle.Constraints));

        private sealed class State : SolverState<double>
        {
            private readonly Script _script;
            private int _next;

            public State(Script script, Query<double> query)
                : base(query)
            {
                _script = script;
                script.Points[0].CopyTo(query.Point());
            }

            public override ReadOnlySpan<double> Point => _script.Points[_next];

            public override double Value => Query.Value();

            public override double ConstraintViolation => Query.Violation();

            public override ReadOnlySpan<double> Multipliers => [42];

            public override Advance Tell()
            {
                if (_next == _script.Points.Length - 1)
                    return Advance.Stop(StopReason.NoProgress, iterated: true);
                _script.Points[++_next].CopyTo(Query.Point());
                return Advance.Iteration;
            }

            public override void Persist(StateArchive archive) => archive.Transfer(ref _next);
        }
    }

    [Fact]
    public void TheBestPointSatisfiesTheConstraintsFirst()
    {
        // min x with x >= 1: infeasible points of smaller values don't count once there is a feasible one.
        IConstrainedFunction<double> function = Function.BlackBox(1, x => x[0]).SubjectTo(Function.BlackBoxResiduals(1, 1, (x, c) => c[0] = x[0]), new Bounds([1], [double.PositiveInfinity]));
        Assert.Equal(0.5, Best([[-1], [0.5], [0]]));
        Assert.Equal(3, Best([[-1], [0.5], [3], [0]]));
        Assert.Equal(0.9995, Best([[3], [0.9995], [2], [0.9]]));
        Assert.Equal(1.5, Best([[3], [1.5], [2], [double.NaN]]));

        SolverResult<double> result = Run([[3], [0.5]]);
        Assert.Equal(0, result.ConstraintViolation);
        Assert.Equal([42], result.Multipliers);
        Assert.Equal(2, result.Evaluations.Points);
        Assert.Equal(2, result.Evaluations.Constraints);
        Assert.Equal(0.5, Run([[0.5]]).ConstraintViolation);

        double Best(double[][] points) => Run(points).Value;

        SolverResult<double> Run(double[][] points) => SolverRun<double>.Start(new Script(points), ProblemShape.Of(function), [5]).Complete(function);
    }

    [Fact]
    public void ATargetIsReachedByAFeasiblePointOnly()
    {
        IConstrainedFunction<double> function = Function.BlackBox(1, x => x[0]).SubjectTo(Function.BlackBoxResiduals(1, 1, (x, c) => c[0] = x[0]), new Bounds([1], [double.PositiveInfinity]));
        SolverResult<double> result = SolverRun<double>.Start(new Script([[0], [4], [1.2], [1.1]]), ProblemShape.Of(function), [5], new RunOptions { TargetValue = 1.5 }).Complete(function);
        Assert.Equal(StopReason.TargetReached, result.Reason);
        Assert.Equal(1.2, result.Value);
    }

    [Fact]
    public void AProblemWithOtherConstraintsIsRefused()
    {
        IConstrainedFunction<double> one = Function.BlackBox(1, x => x[0]).SubjectTo(Function.BlackBoxResiduals(1, 1, (x, c) => c[0] = x[0]), Bounds.All(0, 1));
        IConstrainedFunction<double> two = Function.BlackBox(1, x => x[0]).SubjectTo(Function.BlackBoxResiduals(1, 2, (x, c) => c.Clear()), Bounds.All(0, 1));
        SolverRun<double> run = SolverRun<double>.Start(new Script([[0], [1]]), ProblemShape.Of(one), [0.5]);
        Assert.Contains("2 constraints", Assert.Throws<ArgumentException>(() => run.Step(two)).Message);
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], tolerance, tolerance, $"element {i}");
    }
}
