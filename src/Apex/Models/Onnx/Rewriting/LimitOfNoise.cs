using Apex.Models.Onnx.Reading;

namespace Apex.Models.Onnx.Rewriting;

/// <summary>What a model becomes as noise grows.</summary>
internal static class LimitOfNoise
{
    /// <summary>
    /// The limit of infinite noise, F with s(x; sigma) / sigma -> F(xi) as sigma grows (docs/method.md, section 3): the same sites, which keep index, name and
    /// shape; activations replaced by their recession functions; biases, shifts, additive constants and the input gone, so that whatever is fed
    /// makes no difference. It is exact where every site is perturbed, or at least all behind the first one that is.
    /// </summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <exception cref="InvalidInputException">An operator has no such limit: it multiplies two activations, or normalises by data.</exception>
    public static OnnxModel Limit(this OnnxModel model) => model.IsLimit ? model
        : model.AllInputs.Count == 1 ? model.WithLimit(OnnxLimit.Of(model))
        : throw new InvalidInputException($"{model.Path}: reads {model.AllInputs.Count} inputs; the limit of infinite noise is found for models that read one");
}
