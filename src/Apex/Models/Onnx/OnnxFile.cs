using Apex.Models.Onnx.Reading;

namespace Apex.Models.Onnx;

/// <summary>An ONNX file that was read.</summary>
internal sealed class OnnxFile(OnnxModel model) : IUnboundModel
{
    /// <inheritdoc/>
    public IReadOnlyList<string> InputNames => [.. model.AllInputs.Select(i => i.Name)];

    /// <inheritdoc/>
    public IReadOnlyList<int?> SampleShape => [.. model.InputDimensions.Skip(1)];

    /// <inheritdoc/>
    public IClassifier Bind(IReadOnlyList<int>? sampleShape) => OnnxClassifier.Bind(model, sampleShape);
}
