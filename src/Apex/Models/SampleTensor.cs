namespace Apex.Models;

/// <summary>One tensor of a sample: real or whole numbers, row-major, in the layout of the input that reads it.</summary>
public readonly record struct SampleTensor
{
    private readonly Array _numbers;

    /// <summary>Real numbers.</summary>
    /// <param name="name">Name of the input.</param>
    /// <param name="values">The numbers, shape <c>[elements]</c>.</param>
    public SampleTensor(string name, float[] values) => (Name, _numbers) = (name, values);

    /// <summary>Whole numbers.</summary>
    /// <param name="name">Name of the input.</param>
    /// <param name="tokens">The numbers, shape <c>[elements]</c>.</param>
    public SampleTensor(string name, long[] tokens) => (Name, _numbers) = (name, tokens);

    /// <summary>Name of the input that reads it; empty where the network has one input.</summary>
    public string Name { get; }

    /// <summary>The numbers where they are real; empty otherwise.</summary>
    public float[] Values => _numbers as float[] ?? [];

    /// <summary>The numbers where they are whole; empty otherwise.</summary>
    public long[] Tokens => _numbers as long[] ?? [];
}
