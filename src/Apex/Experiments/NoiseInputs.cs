using Apex.Models;
using Apex.Noise;
using Apex.Probing;
using MathNet.Numerics.Distributions;

namespace Apex.Experiments;

/// <summary>
/// Inputs for a model that is probed without data: standard normal numbers, about what normalised data is made of, or random pixels where it reads bytes.
/// </summary>
internal static class NoiseInputs
{
    /// <summary>Kept apart from the noise that a probe of the same seed adds to the input.</summary>
    private const int Purpose = 65535;

    /// <summary>Unlabelled samples of noise for a network.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Keys them.</param>
    /// <exception cref="InvalidInputException">The network reads tokens, which have no noise, or several inputs.</exception>
    public static IReadOnlyList<ProbeSample> Draw(IClassifier classifier, int count, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Inputs.Count == 1
            ? Draw(classifier.Name, classifier.Input, count, seed)
            : throw new InvalidInputException(
                $"{classifier.Name}: reads {classifier.Inputs.Count} inputs, for which there are no inputs of noise; give `data`");
    }

    /// <summary>Unlabelled samples of noise.</summary>
    /// <param name="model">Name of the model, for messages.</param>
    /// <param name="input">What the model reads.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Keys them.</param>
    /// <exception cref="InvalidInputException">The model reads tokens, which have no noise.</exception>
    public static IReadOnlyList<ProbeSample> Draw(string model, ClassifierInput input, int count, ulong seed = 0)
    {
        if (input.Kind == InputKind.Tokens)
            throw new InvalidInputException($"{model}: reads integer tokens, for which there are no inputs of noise; give `data`");
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var values = new float[input.Elements];
            GaussianNoise.Fill(new NoiseKey(seed, i, 0, Purpose), values);
            if (input.IsByte)
            {
                // Every byte as likely: the normal distribution's own function of a normal number is uniform.
                for (int v = 0; v < values.Length; v++)
                    values[v] = (float)Math.Min(255, Math.Floor(256 * Normal.CDF(0, 1, values[v])));
            }

            return new ProbeSample(i, null, new ModelSample(values, []));
        })];
    }
}
