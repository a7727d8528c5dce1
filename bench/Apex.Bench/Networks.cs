using Apex.Models.Onnx.Graphs;

namespace Apex.Bench;

/// <summary>
/// Residual networks for CIFAR-10 (K. He et al. 2016, section 4.2: 6n + 2 layers, shortcuts without parameters) as an exporter
/// writes them, batch norm folded. Weights are random: only the speed counts.
/// </summary>
internal static class Networks
{
    public const int Side = 32, Classes = 10;

    /// <param name="depth">6n + 2, e.g. 20 or 56.</param>
    /// <param name="noise">Adds what draws Gaussian noise inside the graph behind every ReLU.</param>
    public static OnnxGraphBuilder ResNet(int depth, bool noise = false)
    {
        var random = new Random(depth);
        var g = new OnnxGraphBuilder(13, $"resnet{depth}");
        string x = Relu(g.Conv(g.Input("x", OnnxElementType.Float, "N", 3, Side, Side), Weights(16 * 27, 27), [16, 3, 3, 3], Weights(16, 100), 1, 1));
        int width = 16;
        foreach (int wider in (int[])[16, 32, 64])
        {
            for (int block = 0; block < (depth - 2) / 6; block++)
            {
                int stride = wider == width ? 1 : 2;
                string y = Relu(Conv(x, width, wider, stride));
                y = Conv(y, wider, wider, 1);
                x = Relu(g.Add(y, stride == 1 ? x : Shortcut(x, width, wider)));
                width = wider;
            }
        }

        string pooled = g.Flatten(g.GlobalAveragePool(x));
        g.Output(g.Gemm(pooled, Weights(Classes * 64, 64), [Classes, 64], Weights(Classes, 100)), OnnxElementType.Float, "N", Classes);
        return g;

        float[] Weights(int count, int fanIn)
        {
            double bound = Math.Sqrt(3.0 / fanIn);
            return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble() - 1) * bound))];
        }

        string Conv(string input, int from, int to, int stride) =>
            g.Conv(input, Weights(to * from * 9, from * 9), [to, from, 3, 3], Weights(to, 100), stride, 1);

        string Shortcut(string input, int from, int to)
        {
            string every = g.Node("Slice", [input, g.Constant("start", (long[])[0, 0], 2), g.Constant("end", (long[])[Side, Side], 2),
                g.Constant("axes", (long[])[2, 3], 2), g.Constant("step", (long[])[2, 2], 2)]);
            long more = (to - from) / 2;
            return g.Node("Pad", [every, g.Constant("pads", (long[])[0, more, 0, 0, 0, more, 0, 0], 8)]);
        }

        string Relu(string input)
        {
            string a = g.Relu(input);
            return noise ? g.Add(a, g.Mul(g.Node("RandomNormalLike", [a], ("seed", 1f)), Sigma)) : a;
        }
    }

    public const float Sigma = 0.1f;
}
