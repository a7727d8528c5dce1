using System.Security.Cryptography;
using System.Text;

namespace Apex.Training.Studies;

/// <summary>A network that memorises: everything that makes it what it is.</summary>
/// <param name="Images">It learns the first so many training images.</param>
/// <param name="RandomLabels">Share of them whose label is drawn anew, each class as likely, its own included; 0 to 1.</param>
/// <param name="Seed">Keys weights, order and labels.</param>
/// <param name="Epochs">At most so many; it ends as soon as all labels are learned.</param>
internal sealed record StudyModel(int Images, double RandomLabels, int Seed, int Epochs)
{
    /// <summary>Changes when the same values would train another network.</summary>
    private const int Version = 1;

    /// <summary>For people.</summary>
    public string Name => FormattableString.Invariant($"plain-{Images}-random{100 * RandomLabels:0}-s{Seed}");

    /// <summary>Of the values and the images, in hexadecimal.</summary>
    public string Hash(string data) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version} {data} {this}")))[..16];
}
