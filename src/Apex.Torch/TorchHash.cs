using System.Security.Cryptography;
using System.Text;
using Apex.Sites;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>What tells one module from another: its weights, and where its non-linearities are.</summary>
internal static class TorchHash
{
    /// <summary>SHA-256 as <c>sha256:hex</c>; it does not depend on the device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="sites">Its sites.</param>
    public static string Of(Module module, IReadOnlyList<Site> sites)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Text(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        foreach (var site in sites)
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
