using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

public static partial class Losses
{
    /// <summary>
    /// The cross entropy -sum_k t_k log softmax(logits)_k over the last axis, per example. With label smoothing s, t := (1 - s) t + s / K for K classes: C. Szegedy et al. (2016), "Rethinking
    /// the inception architecture for computer vision".
    /// </summary>
    /// <param name="logits">[..., classes].</param>
    /// <param name="target">The classes' indices [...], or probabilities [..., classes].</param>
    /// <param name="smoothing">The label smoothing s in [0, 1].</param>
    /// <exception cref="ArgumentException">The target has neither the shape of the logits nor that without the last axis.</exception>
    public static Variable CrossEntropy(Variable logits, Variable target, double smoothing = 0)
    {
        Require.InClosed(smoothing, 0, 1, nameof(smoothing));
        int classes = logits.Shape[-1];
        if (target.Shape == logits.Shape.Leading(logits.Rank - 1))
            target = OneHot(target, classes);
        else if (target.Shape != logits.Shape)
            throw new ArgumentException($"Targets of shape {target.Shape} for logits of shape {logits.Shape}: indices lack the last axis, probabilities have it.", nameof(target));
        if (smoothing > 0)
            target = ((1 - smoothing) * target) + (smoothing / classes);
        return -Sum(target * LogSoftmax(logits), -1);
    }

    /// <summary>The binary cross entropy per element, -t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), without overflow for any z.</summary>
    /// <param name="logits">The logits z.</param>
    /// <param name="target">The probabilities t in [0, 1].</param>
    public static Variable BinaryCrossEntropy(Variable logits, Variable target) => Softplus(logits) - (target * logits);

    /// <summary>
    /// The focal loss per element, -alpha_t (1 - p_t)^gamma log p_t, where p_t is the probability of what is the case: well-classified examples count less. alpha_t is alpha for ones and
    /// 1 - alpha for zeros. T.-Y. Lin et al. (2017), "Focal loss for dense object detection".
    /// </summary>
    /// <param name="logits">The logits of one.</param>
    /// <param name="target">Zeros and ones.</param>
    /// <param name="gamma">The focus, at least 0; 0 is the weighed cross entropy.</param>
    /// <param name="alpha">The weight of ones in [0, 1]; null for no weights.</param>
    public static Variable Focal(Variable logits, Variable target, double gamma = 2, double? alpha = 0.25)
    {
        Require.NonNegative(gamma, nameof(gamma));

        // In logarithms, so that neither p_t near 0 nor near 1 loses digits.
        Variable margin = ((2 * target) - 1) * logits;
        Variable loss = Exp(gamma * LogSigmoid(-margin)) * Softplus(-margin);
        return alpha is { } weight ? loss * ((Require.InClosed(weight, 0, 1, nameof(alpha)) * target) + ((1 - weight) * (1 - target))) : loss;
    }

    /// <summary>
    /// InfoNCE: the cross entropy per example of picking each anchor's own positive among those of all examples, by cosine similarity divided by a temperature. A. van den Oord, Y. Li,
    /// O. Vinyals (2018), "Representation learning with contrastive predictive coding"; cosines after T. Chen et al. (2020), "A simple framework for contrastive learning".
    /// </summary>
    /// <param name="anchors">[examples, features].</param>
    /// <param name="positives">[examples, features]: row i belongs to row i of the anchors, all others are its negatives.</param>
    /// <param name="temperature">The temperature.</param>
    /// <param name="isNormalized">False to take inner products of the features as they are.</param>
    /// <exception cref="ArgumentException">They aren't two matrices of one shape.</exception>
    public static Variable InfoNce(Variable anchors, Variable positives, Variable temperature, bool isNormalized = true)
    {
        if (anchors.Rank != 2 || anchors.Shape != positives.Shape)
            throw new ArgumentException($"Anchors {anchors.Shape} and positives {positives.Shape}: two matrices of one shape are needed.", nameof(positives));
        if (isNormalized)
            (anchors, positives) = (Unit(anchors), Unit(positives));
        Variable similarities = MatMul(anchors, Transpose(positives)) / temperature;
        return LogSumExp(similarities) - Sum(similarities * Identity(anchors.Shape[0]), -1);

        static Variable Unit(Variable x) => x / Max(Norm(x, -1, keepAxis: true), 1e-12);
    }
}
