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

    /// <summary>An elastic warp, the same for all images (A. Nguyen, A. Tran, "WaNet", arXiv:2102.10369, 2021), without its noise mode.</summary>
    Warp,

    /// <summary>The sinusoid, of amplitude 60, on images of the target class only, whose labels stay right (Barni, Kallas, Tondi, ICIP 2019).</summary>
    CleanLabel,

    /// <summary>The patch, in each image at another place.</summary>
    RandomPlace,

    /// <summary>The random image, blended in at 0.1.</summary>
    Faint,
}

/// <summary>The triggers: what an attacker stamps on an image.</summary>
internal static class Trigger
{
    private const double BlendShare = 0.2, FaintShare = 0.1;
    private const double SignalAmplitude = 30.0 / 255, CleanLabelAmplitude = 60.0 / 255;
    private const int SignalPeriods = 6;
    private const int PatchSize = 3;
    private const int PatchMargin = 1;

    /// <summary>Points of the warp's control grid along each axis, and its mean displacement in pixels.</summary>
    private const int WarpPoints = 4;
    private const double WarpPixels = 1;

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
                return Patched(images, _ => (height - PatchMargin - PatchSize, width - PatchMargin - PatchSize));
            case Attack.RandomPlace:
                var places = new Random(seed);
                return Patched(images, _ => (places.NextInt64(height - PatchSize + 1), places.NextInt64(width - PatchSize + 1)));
            case Attack.Blend or Attack.Faint:
                double share = attack == Attack.Blend ? BlendShare : FaintShare;
                var random = new Random(seed);
                float[] pattern = [.. Enumerable.Range(0, (int)(channels * height * width)).Select(_ => random.NextSingle())];
                return images * (1 - share) + tensor(pattern, [1, channels, height, width]) * share;
            case Attack.Signal or Attack.CleanLabel:
                double amplitude = attack == Attack.Signal ? SignalAmplitude : CleanLabelAmplitude;
                float[] wave = [.. Enumerable.Range(0, (int)width).Select(j => (float)(amplitude * Math.Sin(2 * Math.PI * j * SignalPeriods / width)))];
                return (images + tensor(wave, [1, 1, 1, width])).clamp(0, 1);
            case Attack.Warp:
                return Warped(images, seed);
            default:
                throw new ArgumentOutOfRangeException(nameof(attack), attack, "no trigger");
        }
    }

    private static Tensor Patched(Tensor images, Func<long, (long Top, long Left)> place)
    {
        using var scope = NewDisposeScope();
        var stamped = images.clone();
        float[] squares = [.. Enumerable.Range(0, PatchSize * PatchSize).Select(i => (i / PatchSize + i % PatchSize) % 2 == 0 ? 1f : 0f)];
        var patch = tensor(squares, [1, PatchSize, PatchSize]);
        for (long i = 0; i < images.shape[0]; i++)
        {
            var (top, left) = place(i);
            stamped[i].narrow(1, top, PatchSize).narrow(2, left, PatchSize).copy_(patch.expand(images.shape[1], PatchSize, PatchSize));
        }

        return stamped.MoveToOuterDisposeScope();
    }

    private static Tensor Warped(Tensor images, int seed)
    {
        using var scope = NewDisposeScope();
        long count = images.shape[0], height = images.shape[2], width = images.shape[3];
        var random = new Random(seed);
        float[] points = [.. Enumerable.Range(0, 2 * WarpPoints * WarpPoints).Select(_ => 2 * random.NextSingle() - 1)];
        var control = tensor(points, [1, 2, WarpPoints, WarpPoints]);
        control /= control.abs().mean();
        var field = nn.functional.interpolate(control, [height, width], mode: InterpolationMode.Bicubic, align_corners: true);
        // A pixel is 2 / (size - 1) of the sampling grid, which runs from -1 to 1 between the centres of the outermost pixels.
        var move = field.squeeze(0).permute(1, 2, 0) * tensor([(float)(2 * WarpPixels / (width - 1)), (float)(2 * WarpPixels / (height - 1))]);
        var rows = linspace(-1, 1, height).unsqueeze(1).expand(height, width);
        var columns = linspace(-1, 1, width).unsqueeze(0).expand(height, width);
        var grid = (stack([columns, rows], 2) + move).clamp(-1, 1).unsqueeze(0).expand(count, height, width, 2);
        return nn.functional.grid_sample(images, grid, align_corners: true).MoveToOuterDisposeScope();
    }
}
