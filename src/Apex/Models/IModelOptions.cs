namespace Apex.Models;

/// <summary>How the model files of one backend are read, and so the door to that backend.</summary>
public interface IModelOptions
{
    /// <summary>Reads a file; what it leaves open, and these options do not say, its sidecar may.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sidecar">Its sidecar, or null where there is none.</param>
    /// <param name="preprocessing">What will be done to samples.</param>
    /// <exception cref="InvalidInputException">The file is missing, damaged, or no classifier that can be probed.</exception>
    internal IUnboundModel Read(string path, Sidecar? sidecar, Preprocessing preprocessing);
}
