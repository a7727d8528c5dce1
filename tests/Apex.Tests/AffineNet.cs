using Apex.Models.Onnx;

namespace Apex.Tests;

/// <summary>Two-class networks of linear layers, whose flip probabilities docs/method.md, section 2, gives in closed form.</summary>
internal static class AffineNet
{
    /// <summary>One network, its weights [layer][out, in] and biases; site l is the output of layer l, site 0 the input.</summary>
    public static (Loaded Net, List<(float[] W, int Out, int In)> Weights, List<float[]> Biases) Build(int inputs, int[] hidden)
    {
        var random = new Random(inputs * 100 + hidden.Length);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", inputs);
        var weights = new List<(float[], int, int)>();
        var biases = new List<float[]>();
        var between = new List<string>();
        int from = inputs;
        foreach (int width in (int[])[.. hidden, 2])
        {
            float[] w = Nets.Weights(random, width * from, from, 1), b = Nets.Weights(random, width, 12, 1);
            weights.Add((w, width, from));
            biases.Add(b);
            x = g.Gemm(x, w, [width, from], b);
            between.Add(x);
            from = width;
        }

        g.Output(x, OnnxElementType.Float, "N", 2);
        return (new Loaded(g, new OnnxOptions { ExtraSites = between[..^1] }), weights, biases);
    }

    /// <summary>m and dm / da_l for l = 0..L, in double precision.</summary>
    public static (double Margin, double[][] Gradients) Margin(List<(float[] W, int Out, int In)> weights, List<float[]> biases, float[] x, int clean)
    {
        double[] a = [.. x.Select(v => (double)v)];
        for (int l = 0; l < weights.Count; l++)
        {
            var (w, rows, columns) = weights[l];
            var input = a;
            a = [.. Enumerable.Range(0, rows).Select(r => biases[l][r] + Enumerable.Range(0, columns).Sum(c => w[r * columns + c] * input[c]))];
        }

        var gradients = new double[weights.Count][];
        double[] d = clean == 0 ? [1, -1] : [-1, 1];
        double margin = a[0] * d[0] + a[1] * d[1];
        for (int l = weights.Count - 1; l >= 0; l--)
        {
            var (w, rows, columns) = weights[l];
            var output = d;
            d = [.. Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Sum(r => w[r * columns + c] * output[r]))];
            gradients[l] = d;
        }

        return (margin, gradients);
    }
}
