using Microsoft.ML.OnnxRuntime;

namespace Apex.Models.Onnx;

/// <summary>Input tensors for ONNX Runtime.</summary>
internal static class OnnxInput
{
    /// <summary>A batch of copies of one sample.</summary>
    public static OrtValue Tile(ClassifierInput input, int rows, in ModelSample sample)
    {
        var (value, floats, tokens) = Allocate(input, rows);
        Fill(input, rows, sample, floats, tokens);
        return value;
    }

    /// <summary>An input tensor and the array under it.</summary>
    public static (OrtValue Value, float[] Floats, long[] Tokens) Allocate(ClassifierInput input, int rows)
    {
        long[] dims = [rows, .. input.Shape.Select(d => (long)d)];
        if (input.Kind == InputKind.Tokens)
        {
            var tokens = new long[checked(rows * input.Elements)];
            return (OrtValue.CreateTensorValueFromMemory(tokens, dims), [], tokens);
        }

        var floats = new float[checked(rows * input.Elements)];
        return (OrtValue.CreateTensorValueFromMemory(floats, dims), floats, []);
    }

    public static void Fill(ClassifierInput input, int rows, in ModelSample sample, float[] floats, long[] tokens)
    {
        for (int row = 0; row < rows; row++)
            FillRow(input, row, sample, floats, tokens);
    }

    public static void FillRow(ClassifierInput input, int row, in ModelSample sample, float[] floats, long[] tokens)
    {
        int given = input.Kind == InputKind.Tokens ? sample.Tokens.Length : sample.Values.Length;
        if (given != input.Elements)
            throw new ArgumentException($"the sample has {given} elements, the model reads {input.Elements}");
        if (input.Kind == InputKind.Tokens)
            sample.Tokens.CopyTo(tokens, row * given);
        else
            sample.Values.CopyTo(floats, row * given);
    }
}
