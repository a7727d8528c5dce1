using System.Numerics.Tensors;

namespace Apex.Models;

/// <summary>What one vector of logits says.</summary>
internal static class Prediction
{
    public static bool IsFinite(ReadOnlySpan<float> logits)
    {
        foreach (float s in logits)
        {
            if (!float.IsFinite(s))
                return false;
        }

        return true;
    }

    /// <summary>The class of the largest logit; the lowest index on ties. All logits must be finite.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int c = 1; c < logits.Length; c++)
        {
            if (logits[c] > logits[best])
                best = c;
        }

        return best;
    }

    /// <summary>
    /// exp(s - max) / sum. TensorPrimitives.SoftMax does not take the maximum off first and gives NaN for the large logits of
    /// large noise.
    /// </summary>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        TensorPrimitives.Exp(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum(probabilities), probabilities);
    }

    /// <summary>s_y - max of the other logits.</summary>
    public static float Margin(ReadOnlySpan<float> logits, int y)
    {
        float other = float.NegativeInfinity;
        for (int c = 0; c < logits.Length; c++)
        {
            if (c != y && logits[c] > other)
                other = logits[c];
        }

        return logits[y] - other;
    }
}
