namespace Apex.Models;

/// <summary>One preprocessed sample, ready for the network: a tensor for each of its inputs.</summary>
public readonly record struct ModelSample
{
    /// <summary>A sample of named tensors.</summary>
    /// <param name="tensors">One for each of <see cref="IClassifier.Inputs"/>, in their order.</param>
    public ModelSample(IReadOnlyList<SampleTensor> tensors) => Tensors = tensors;

    /// <summary>A sample for a network of one input.</summary>
    /// <param name="values">The input in the model's own layout, row-major; empty where the model reads tokens.</param>
    /// <param name="tokens">The integers for a token model; empty otherwise.</param>
    public ModelSample(float[] values, long[] tokens) => Tensors = [tokens.Length > 0 ? new SampleTensor("", tokens) : new SampleTensor("", values)];

    /// <summary>The tensors, in the order of the network's inputs.</summary>
    public IReadOnlyList<SampleTensor> Tensors { get; private init; }

    /// <summary>What the first input reads, where that is real numbers; empty otherwise.</summary>
    public float[] Values
    {
        get => Tensors[0].Values;
        init => Tensors = [new SampleTensor(Tensors[0].Name, value), .. Tensors.Skip(1)];
    }

    /// <summary>What the first input reads, where that is tokens; empty otherwise.</summary>
    public long[] Tokens => Tensors[0].Tokens;
}
