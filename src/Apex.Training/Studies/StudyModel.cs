using System.Security.Cryptography;
using System.Text;

namespace Apex.Training.Studies;

/// <summary>A network that a study trains: everything that makes it what it is.</summary>
/// <param name="Network">What is trained.</param>
/// <param name="Images">It learns the first so many training images.</param>
/// <param name="Seed">Keys weights, order, labels and halves.</param>
/// <param name="Epochs">Passes over the images; at most so many where it memorises.</param>
internal sealed record StudyModel(FashionNetwork Network, int Images, int Seed, int Epochs)
{
    /// <summary>Changes when the same values would train another network.</summary>
    private const int Version = 3;

    private const int HalfKey = 15485863;

    /// <summary>Share of the images whose label is drawn anew, each class as likely, its own included; 0 to 1.</summary>
    public double RandomLabels { get; init; }

    /// <summary>Changes when the same values would draw other labels.</summary>
    public int LabelDraw => RandomLabels > 0 ? 2 : 0;

    /// <summary>Whether it goes on until all labels are learned, without flips, shifts and weight decay.</summary>
    public bool Memorises { get; init; }

    /// <summary>Whether it learns a random half of the images.</summary>
    public bool OnHalf { get; init; }

    /// <summary>For people.</summary>
    public string Name => $"{Network.ToString().ToLowerInvariant()}{(Epochs == 0 ? "-untrained" : $"-{Images}")}{(OnHalf ? "-half" : "")}"
        + (Memorises ? FormattableString.Invariant($"-random{100 * RandomLabels:0}") : "") + $"-s{Seed}";

    /// <summary>How it is made, in words.</summary>
    public string Told => Epochs == 0
        ? $"{Network}, weights as drawn, not trained"
        : $"{Network}, {(OnHalf ? "a random half of " : "")}the first {Images} training images, "
            + (Memorises ? FormattableString.Invariant($"{100 * RandomLabels:0} % of labels random, until all are learned or ") : "") + $"{Epochs} epochs";

    /// <summary>The images that it learns, ascending.</summary>
    public long[] Members()
    {
        long[] all = [.. Enumerable.Range(0, Images).Select(i => (long)i)];
        if (!OnHalf)
            return all;
        new Random(Seed + HalfKey).Shuffle(all);
        return [.. all[..(Images / 2)].Order()];
    }

    /// <summary>Of the values and the images, in hexadecimal.</summary>
    public string Hash(string data) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version} {data} {this}")))[..16];
}
