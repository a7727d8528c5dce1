using Apex.Models.Onnx.Reading;

namespace Apex.Models.Onnx;

/// <summary>How an ONNX file is read and run.</summary>
public readonly record struct OnnxOptions : IGraphOptions, IModelOptions
{
    /// <summary>Nothing said: everything is found in the file.</summary>
    public OnnxOptions() { }

    /// <summary>The graph output that holds the logits; needed only where several could. Default: found.</summary>
    public string? Output { get; init; }

    /// <summary>Axis order of an image input; default: the axis of size 1, 3 or 4 tells, NCHW first.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Shape of one sample in the model's layout, for graphs that leave it free. Default: from the graph.</summary>
    public IReadOnlyList<int>? InputShape { get; init; }

    /// <summary>
    /// Further tensors to offer as sites, by name, though no non-linearity makes them: a residual sum, a pre-activation, a
    /// skip connection. Default: none.
    /// </summary>
    public IReadOnlyList<string> ExtraSites { get; init; } = [];

    /// <summary>Which of ONNX Runtime's execution providers runs the network. Default: the processor.</summary>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Cpu;

    /// <summary>How noise gets into the graph. Default: the fastest way.</summary>
    internal PerturbationRoute Route { get; init; } = PerturbationRoute.Auto;

    /// <inheritdoc/>
    IUnboundModel IModelOptions.Read(string path, Sidecar? sidecar, Preprocessing preprocessing) => new OnnxFile(OnnxModel.Load(path, this with
    {
        Output = Output ?? sidecar?.Output,
        Layout = Layout ?? preprocessing.Layout,
        ExtraSites = ExtraSites ?? [],
    }));

    /// <summary>What a model was loaded with.</summary>
    internal static OnnxOptions Of(OnnxModel model) =>
        model.Options is OnnxOptions all ? all : new OnnxOptions { Output = model.Options?.Output, ExtraSites = model.Options?.ExtraSites ?? [] };
}
