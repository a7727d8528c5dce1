using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>Bilinear, antialiased resize of planar images by ONNX's own Resize operator, the one that torchvision's default matches.</summary>
/// <param name="height">Rows of the result.</param>
/// <param name="width">Columns of the result.</param>
public sealed class ImageResize(int height, int width) : IDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<InferenceSession>> _sessions = new();

    /// <summary>Rows of the result.</summary>
    public int Height => height;

    /// <summary>Columns of the result.</summary>
    public int Width => width;

    /// <summary>Resizes one image.</summary>
    /// <param name="pixels">Shape <c>[channels, rows, columns]</c>.</param>
    /// <param name="channels">Number of planes.</param>
    /// <param name="rows">Rows now.</param>
    /// <param name="columns">Columns now.</param>
    /// <returns>Shape <c>[channels, height, width]</c>.</returns>
    public float[] Apply(float[] pixels, int channels, int rows, int columns)
    {
        var session = _sessions.GetOrAdd(channels, c => new Lazy<InferenceSession>(() => Build(c))).Value;
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, channels, rows, columns]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["x"], [input], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in _sessions.Values.Where(s => s.IsValueCreated))
            session.Value.Dispose();
    }

    private InferenceSession Build(int channels)
    {
        var graph = new OnnxGraphBuilder(opset: 18, name: "resize");
        string x = graph.Input("x", OnnxElementType.Float, 1, channels, "rows", "columns");
        string sizes = graph.Constant("sizes", [1L, channels, height, width], 4);
        graph.Node("Resize", [x, "", "", sizes], "y", ("mode", "linear"), ("antialias", 1), ("coordinate_transformation_mode", "half_pixel"));
        graph.Output("y", OnnxElementType.Float, 1, channels, height, width);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(graph.ToBytes(), options);
    }
}
