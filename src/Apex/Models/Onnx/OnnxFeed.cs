using Apex.Models.Onnx.Rewriting;
using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>What is fed to a rewritten model: a tensor for each of its inputs, over buffers that can be filled again.</summary>
internal sealed class OnnxFeed : IDisposable
{
    private readonly (float[] Floats, long[] Tokens)[] _buffers;
    private readonly IReadOnlyList<ClassifierInput> _inputs;
    private readonly int _rows;

    /// <summary>Buffers of zeros.</summary>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="rows">Batch rows.</param>
    public OnnxFeed(IReadOnlyList<ClassifierInput> inputs, int rows)
    {
        (_inputs, _rows) = (inputs, rows);
        Names = [.. Enumerable.Range(0, inputs.Count).Select(OnnxRewriter.InputNameOf)];
        _buffers = new (float[], long[])[inputs.Count];
        var values = new OrtValue[inputs.Count];
        for (int i = 0; i < values.Length; i++)
        {
            long[] dims = [rows, .. inputs[i].Shape.Select(d => (long)d)];
            int elements = checked(rows * inputs[i].Elements);
            bool isTokens = inputs[i].Kind == InputKind.Tokens;
            _buffers[i] = isTokens ? ([], new long[elements]) : (new float[elements], []);
            values[i] = isTokens
                ? OrtValue.CreateTensorValueFromMemory(_buffers[i].Tokens, dims)
                : OrtValue.CreateTensorValueFromMemory(_buffers[i].Floats, dims);
        }

        Values = values;
    }

    /// <summary>Names of the inputs of a rewritten model.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The tensors, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<OrtValue> Values { get; }

    /// <summary>A batch of copies of one sample.</summary>
    public static OnnxFeed Tile(IReadOnlyList<ClassifierInput> inputs, int rows, in ModelSample sample)
    {
        var feed = new OnnxFeed(inputs, rows);
        feed.Fill(sample);
        return feed;
    }

    /// <summary>Sets every row to one sample.</summary>
    public void Fill(in ModelSample sample)
    {
        for (int row = 0; row < _rows; row++)
            FillRow(row, sample);
    }

    /// <summary>Sets one row to a sample.</summary>
    /// <exception cref="ArgumentException">It has not what the model reads.</exception>
    public void FillRow(int row, in ModelSample sample)
    {
        if (sample.Tensors.Count != _inputs.Count)
            throw new ArgumentException($"the sample has {sample.Tensors.Count} tensors, the model reads {_inputs.Count}");
        for (int i = 0; i < _inputs.Count; i++)
        {
            var (input, tensor) = (_inputs[i], sample.Tensors[i]);
            int given = input.Kind == InputKind.Tokens ? tensor.Tokens.Length : tensor.Values.Length;
            if (given != input.Elements)
                throw new ArgumentException($"the sample has {given} elements, the model reads {input.Elements}");
            if (input.Kind == InputKind.Tokens)
                tensor.Tokens.CopyTo(_buffers[i].Tokens, row * given);
            else
                tensor.Values.CopyTo(_buffers[i].Floats, row * given);
        }
    }

    public void Dispose()
    {
        foreach (var value in Values)
            value.Dispose();
    }
}
