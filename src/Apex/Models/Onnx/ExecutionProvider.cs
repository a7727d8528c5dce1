namespace Apex.Models.Onnx;

/// <summary>Where ONNX Runtime runs the network. All but the processor need that provider's ONNX Runtime package in the application.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>NVIDIA CUDA.</summary>
    Cuda,

    /// <summary>DirectML on Windows.</summary>
    DirectML,
}
