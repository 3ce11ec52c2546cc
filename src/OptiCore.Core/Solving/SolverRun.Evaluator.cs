using System.Runtime.CompilerServices;

namespace OptiCore.Solving;

public sealed partial class SolverRun<T>
{
    /// <summary>Answers questions from a function. Keeps its delegate, so that batches allocate nothing.</summary>
    private sealed class Evaluator
    {
        private readonly Action<int> _one;
        private Query<T>? _query;
        private IProblem<T>? _problem;

        public Evaluator() => _one = One;

        public void Answer(Query<T> query, IProblem<T> problem, IWorkers workers)
        {
            _query = query;
            _problem = problem;
            if (query.Count == 1)
                One(0);
            else if (query.Needs == Oracle.Value && problem is IBatchFunction<T> batch)
                batch.Values(query.Points, query.Values);
            else
                workers.ForEach(query.Count, _one);
        }

        private void One(int i)
        {
            Query<T> query = _query!;
            Oracle needs = query.Needs;
            if ((needs & Oracle.Gradient) != 0)
                query.Value(i) = Capability<IDifferentiableFunction<T>>().ValueAndGradient(query.Point(i), query.Gradient(i));
            else if ((needs & Oracle.Value) != 0)
                query.Value(i) = Capability<IFunction<T>>().Value(query.Point(i));
            else if ((needs & Oracle.Jacobian) != 0)
                Capability<IDifferentiableResidualFunction<T>>().ResidualsAndJacobian(query.Point(i), query.Residuals(i), query.Jacobian);
            else if ((needs & Oracle.Residuals) != 0)
                Capability<IResidualFunction<T>>().Residuals(query.Point(i), query.Residuals(i));
            if ((needs & Oracle.HessianProduct) != 0)
                Capability<ITwiceDifferentiableFunction<T>>().HessianProduct(query.Point(i), query.Direction, query.HessianProduct);
            if ((needs & Oracle.ConstraintJacobian) != 0 && query.Shape.ConstraintCount > 0)
                Capability<IDifferentiableConstrainedFunction<T>>().ConstraintsAndJacobian(query.Point(i), query.Constraints(i), query.ConstraintJacobian);
            else if ((needs & Oracle.Constraints) != 0 && query.Shape.ConstraintCount > 0)
                Capability<IConstrainedFunction<T>>().Constraints(query.Point(i), query.Constraints(i));
            if ((needs & Oracle.LagrangianHessian) != 0)
                Capability<ITwiceDifferentiableConstrainedFunction<T>>().LagrangianHessian(query.Point(i), query.Multipliers, query.LagrangianHessian);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TCapability Capability<TCapability>() where TCapability : class, IProblem<T> =>
            _problem as TCapability ?? throw new ArgumentException($"The algorithm needs {typeof(TCapability).Name}, which {_problem!.GetType().Name} doesn't offer. Add it with an adapter of {nameof(Function)}.");
    }
}
