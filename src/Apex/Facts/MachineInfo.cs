namespace Apex.Facts;

/// <summary>Where a run was made.</summary>
/// <param name="Os">Operating system.</param>
/// <param name="Architecture">Processor architecture.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="Provider">What ran the network: ONNX Runtime's execution provider, or the device of another backend.</param>
/// <param name="Instructions">
/// Widest vector instructions, which decide the last bits of a convolution: <c>avx512</c>, <c>avx2</c>, <c>neon</c>, <c>other</c>.
/// </param>
public sealed record MachineInfo(string Os, string Architecture, int Cores, string Provider, string? Instructions = null);
