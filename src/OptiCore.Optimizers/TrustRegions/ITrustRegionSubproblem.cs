using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// A method for the step of a trust region: min_p g.p + 1/2 p.Hp with |p| &lt;= Delta, exactly or nearly. An immutable record, part of the options of <see cref="TrustRegion"/> and
/// <see cref="SymmetricRankOne"/>.
/// </summary>
public interface ITrustRegionSubproblem
{
    /// <summary>Allocates what one run needs; used for all of its steps, one after the other.</summary>
    /// <param name="n">The number of variables.</param>
    TrustRegionSubproblemState Start(int n);
}

/// <summary>
/// The subproblems of one run, in reverse communication: it asks for products of the Hessian and vectors until it has a step. So that a run can be saved in the middle, and evaluated by whoever
/// drives it.
/// </summary>
public abstract class TrustRegionSubproblemState : IPersistent
{
    /// <summary>p, the step; complete once <see cref="TryAsk"/> says no.</summary>
    public abstract ReadOnlySpan<double> Step { get; }

    /// <summary>The decrease of the model, -(g.p + 1/2 p.Hp).</summary>
    public double PredictedReduction { get; protected set; }

    /// <summary>Whether the step ends on the border of the region.</summary>
    public bool IsOnBorder { get; protected set; }

    /// <summary>A new gradient and a new Hessian.</summary>
    /// <param name="gradient">g, n elements.</param>
    /// <param name="radius">Delta.</param>
    public abstract void Begin(ReadOnlySpan<double> gradient, double radius);

    /// <summary>The same gradient and Hessian with a smaller region.</summary>
    /// <param name="gradient">g as before.</param>
    /// <param name="radius">The new Delta.</param>
    public abstract void Shrink(ReadOnlySpan<double> gradient, double radius);

    /// <summary>Writes the next vector to be multiplied with the Hessian; false when the step is complete.</summary>
    /// <param name="direction">Receives n elements.</param>
    public abstract bool TryAsk(Span<double> direction);

    /// <summary>Absorbs the product.</summary>
    /// <param name="product">H times the vector that was asked for, n elements.</param>
    public abstract void Tell(ReadOnlySpan<double> product);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);

    /// <summary>Saves or loads the properties of this class.</summary>
    /// <param name="archive">The archive.</param>
    protected void PersistOutcome(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        double predicted = PredictedReduction;
        bool border = IsOnBorder;
        archive.Transfer(ref predicted);
        archive.Transfer(ref border);
        (PredictedReduction, IsOnBorder) = (predicted, border);
    }
}
