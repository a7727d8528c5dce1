using Apex.Data;
using static TorchSharp.torch;

namespace Apex.Training;

/// <summary>A labelled image data set held in memory as tensors.</summary>
/// <param name="Images">Normalised, shape <c>[samples, channels, height, width]</c>.</param>
/// <param name="Labels">Class indices, shape <c>[samples]</c>.</param>
internal sealed record ImageSet(Tensor Images, Tensor Labels)
{
    public long Count => Images.shape[0];

    /// <summary>Loads a data set; pixels become (pixel / 255 - mean) / std.</summary>
    public static ImageSet Load(string spec, float mean, float std)
    {
        var data = Dataset.Open(spec);
        if (data.Labels is null || data.Shape is null)
            throw new InvalidInputException($"{spec}: labelled images of one size were expected");
        int size = data.Shape.Aggregate(1, (a, b) => a * b);
        var pixels = new float[checked(data.Count * size)];
        foreach (var sample in data.Read(new SampleSelection().Resolve(data)))
        {
            for (int i = 0; i < size; i++)
                pixels[sample.Id * size + i] = (sample.Values[i] * (1f / 255f) - mean) / std;
        }

        return new ImageSet(tensor(pixels, [data.Count, .. data.Shape.Select(d => (long)d)]), tensor(data.Labels.Select(l => (long)l).ToArray()));
    }
}
