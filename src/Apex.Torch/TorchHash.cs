using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>
/// What tells one module from another: the shape of its input, its number of classes, the types of its modules and where they stand, its sites and its
/// weights. What a <c>forward</c> computes between its modules is not seen.
/// </summary>
internal static class TorchHash
{
    /// <summary>SHA-256 as <c>sha256:hex</c>; it does not depend on the device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="classifier">The same, as a classifier.</param>
    public static string Compute(Module module, TorchClassifier classifier)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Text(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Text($"[{string.Join(", ", classifier.Input.Shape)}] {classifier.Classes}");
        foreach (var (path, inner) in ModulePaths.Of(module))
            Text($"{path} {inner.GetType().FullName}");
        foreach (var site in classifier.Sites)
            Text(site.ToString());
        foreach (var (name, tensor) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            Text($"{name} {tensor.dtype} [{string.Join(", ", tensor.shape)}]");
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
