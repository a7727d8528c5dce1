using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Tests.Models;

/// <summary>
/// Derivatives of a tensor by central differences of the graph itself: in double precision where ONNX Runtime has the operators for it,
/// otherwise in single precision with Richardson's extrapolation.
/// </summary>
internal sealed class NumericalTangent : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _input, _tensor;
    private readonly long[] _dims;

    private NumericalTangent(ModelProto model, string tensor, bool isDouble)
    {
        (_tensor, IsDouble) = (tensor, isDouble);
        _input = model.Graph.Input[0].Name;
        _dims = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(d => d.HasDimValue ? d.DimValue : 1)];
        _session = new InferenceSession(model.ToByteArray(),
            new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
    }

    public bool IsDouble { get; }

    public static NumericalTangent Of(ModelProto model, string tensor)
    {
        // ONNX Runtime takes doubles into its Shrink, and computes in floats.
        if (model.Graph.Node.Any(n => n.OpType == "Shrink"))
            return new NumericalTangent(Cut(model.Clone(), tensor), tensor, false);
        try
        {
            return new NumericalTangent(Cut(InDouble(model), tensor), tensor, true);
        }
        catch (OnnxRuntimeException)
        {
            return new NumericalTangent(Cut(model.Clone(), tensor), tensor, false);
        }
    }

    public double[] Along(float[] x, float[] dx)
    {
        if (IsDouble)
            return Central(x, dx, 1e-6);
        double[] coarse = Central(x, dx, 1.0 / 64), fine = Central(x, dx, 1.0 / 128);
        return [.. fine.Zip(coarse, (f, c) => (4 * f - c) / 3)];
    }

    public double[] Central(float[] x, float[] dx, double h) => [.. At(x, dx, h).Zip(At(x, dx, -h), (up, down) => (up - down) / (2 * h))];

    public void Dispose() => _session.Dispose();

    private double[] At(float[] x, float[] dx, double h)
    {
        double[] moved = [.. x.Zip(dx, (v, d) => v + h * d)];
        using var input = IsDouble
            ? OrtValue.CreateTensorValueFromMemory(moved, _dims)
            : OrtValue.CreateTensorValueFromMemory((float[])[.. moved.Select(v => (float)v)], _dims);
        using var run = new RunOptions();
        using var results = _session.Run(run, [_input], [input], [_tensor]);
        return IsDouble ? results[0].GetTensorDataAsSpan<double>().ToArray() : [.. results[0].GetTensorDataAsSpan<float>().ToArray().Select(v => (double)v)];
    }

    private static ModelProto InDouble(ModelProto model)
    {
        var copy = model.Clone();
        copy.Graph.Input[0].Type.TensorType.ElemType = (int)OnnxElementType.Double;
        foreach (var weights in copy.Graph.Initializer.Where(i => i.DataType == (int)OnnxElementType.Float))
        {
            double[] values = [.. MemoryMarshal.Cast<byte, float>(weights.RawData.Span).ToArray().Select(v => (double)v)];
            weights.DataType = (int)OnnxElementType.Double;
            weights.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        }

        foreach (var to in copy.Graph.Node.Where(n => n.OpType == "Cast").SelectMany(n => n.Attribute).Where(a => a.I == (int)OnnxElementType.Float))
            to.I = (int)OnnxElementType.Double;
        return copy;
    }

    /// <summary>Leaves what computes the tensor.</summary>
    internal static ModelProto Cut(ModelProto model, string tensor)
    {
        var needed = new HashSet<string> { tensor };
        foreach (var node in model.Graph.Node.Reverse().ToList())
        {
            if (node.Output.Any(needed.Contains))
                needed.UnionWith(node.Input);
            else
                model.Graph.Node.Remove(node);
        }

        model.Graph.Output.Clear();
        model.Graph.Output.Add(new ValueInfoProto { Name = tensor });
        return model;
    }
}
