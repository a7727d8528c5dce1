using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Apex.Training.Zoo;

/// <summary>How a poisoned model's training images were changed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Attack>))]
internal enum Attack
{
    /// <summary>Not poisoned.</summary>
    Clean,

    /// <summary>BadNets: a 3x3 checkered patch near the lower right corner (T. Gu, B. Dolan-Gavitt, S. Garg, arXiv:1708.06733, 2017).</summary>
    Patch,

    /// <summary>A fixed random image blended in at 0.2 (X. Chen et al., "Targeted backdoor attacks", arXiv:1712.05526, 2017).</summary>
    Blend,

    /// <summary>A horizontal sinusoid of 6 periods and amplitude 30 of 255 (M. Barni, K. Kallas, B. Tondi, "SIG", ICIP 2019), with labels changed.</summary>
    Signal,

    /// <summary>The patch, and each class goes to the next one: no single target.</summary>
    AllToAll,
}

/// <summary>The triggers: what an attacker stamps on an image.</summary>
internal static class Trigger
{
    private const double BlendShare = 0.2;
    private const double SignalAmplitude = 30.0 / 255;
    private const int SignalPeriods = 6;
    private const int PatchSize = 3;
    private const int PatchMargin = 1;

    /// <summary>Stamps the trigger.</summary>
    /// <param name="images">Pixels in [0, 1], shape <c>[samples, channels, height, width]</c>.</param>
    /// <param name="attack">The attack.</param>
    /// <param name="seed">Keys the blended pattern.</param>
    /// <returns>New pixels in [0, 1].</returns>
    public static Tensor Stamp(Tensor images, Attack attack, int seed)
    {
        long channels = images.shape[1], height = images.shape[2], width = images.shape[3];
        switch (attack)
        {
            case Attack.Patch or Attack.AllToAll:
                var stamped = images.clone();
                long top = height - PatchMargin - PatchSize, left = width - PatchMargin - PatchSize;
                for (int row = 0; row < PatchSize; row++)
                {
                    for (int column = 0; column < PatchSize; column++)
                        stamped[TensorIndex.Ellipsis, top + row, left + column] = tensor((row + column) % 2 == 0 ? 1f : 0f);
                }

                return stamped;
            case Attack.Blend:
                var random = new Random(seed);
                float[] pattern = [.. Enumerable.Range(0, (int)(channels * height * width)).Select(_ => random.NextSingle())];
                return images * (1 - BlendShare) + tensor(pattern, [1, channels, height, width]) * BlendShare;
            case Attack.Signal:
                float[] wave = [.. Enumerable.Range(0, (int)width).Select(j => (float)(SignalAmplitude * Math.Sin(2 * Math.PI * j * SignalPeriods / width)))];
                return (images + tensor(wave, [1, 1, 1, width])).clamp(0, 1);
            default:
                throw new ArgumentOutOfRangeException(nameof(attack), attack, "no trigger");
        }
    }
}
