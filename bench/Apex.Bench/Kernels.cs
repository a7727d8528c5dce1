using Apex.Noise;
using BenchmarkDotNet.Attributes;

namespace Apex.Bench;

/// <summary>Noise by each instruction set, into a buffer that stays in the second-level cache.</summary>
public class Kernels
{
    private readonly float[] _values = new float[1 << 16];
    private int _draw;

    [ParamsAllValues]
    public NoiseInstructionSet Instructions { get; set; }

    [Benchmark(OperationsPerInvoke = 1 << 16)]
    public void Normals() => GaussianNoise.Fill(new NoiseKey(1, 2, ++_draw, 3), _values, Instructions);
}
