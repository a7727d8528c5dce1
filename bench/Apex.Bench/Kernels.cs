using Apex.Noise;
using BenchmarkDotNet.Attributes;

namespace Apex.Bench;

/// <summary>Noise by each instruction set, into a buffer that stays in the second-level cache.</summary>
public class Kernels
{
    private readonly float[] _values = new float[1 << 16];
    private int _draw;
    private NoiseInstructionSet _instructions;

    public static IEnumerable<string> InstructionSets => Enum.GetNames<NoiseInstructionSet>();

    /// <summary>By name: BenchmarkDotNet sees public types alone.</summary>
    [ParamsSource(nameof(InstructionSets))]
    public string Instructions
    {
        get => _instructions.ToString();
        set => _instructions = Enum.Parse<NoiseInstructionSet>(value);
    }

    [Benchmark(OperationsPerInvoke = 1 << 16)]
    public void Normals() => GaussianNoise.Fill(new NoiseKey(1, 2, ++_draw, 3), _values, _instructions);
}
