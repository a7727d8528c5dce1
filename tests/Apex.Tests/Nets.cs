
namespace Apex.Tests;

/// <summary>Small networks with fixed random weights, built with the project's own graph builder.</summary>
public static class Nets
{
    /// <summary>Weights of a layer, uniform with variance gain / in.</summary>
    public static float[] Weights(Random random, long count, long fanIn, double gain = 2)
    {
        double bound = Math.Sqrt(3 * gain / fanIn);
        return [.. Enumerable.Range(0, (int)count).Select(_ => (float)((2 * random.NextDouble() - 1) * bound))];
    }

    /// <summary>in -> hidden ReLU layers -> classes, with biases.</summary>
    public static OnnxGraphBuilder ReluMlp(int seed, int inputs, int[] hidden, int classes, Action<float[], float[]>? layer = null)
    {
        var random = new Random(seed);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", inputs);
        int from = inputs, layers = 0;
        foreach (int width in (int[])[.. hidden, classes])
        {
            float[] w = Weights(random, (long)width * from, from), b = Weights(random, width, 12);
            layer?.Invoke(w, b);
            x = g.Gemm(x, w, [width, from], b);
            if (++layers <= hidden.Length)
                x = g.Relu(x);
            from = width;
        }

        g.Output(x, OnnxElementType.Float, "N", classes);
        return g;
    }

    public static string Conv(OnnxGraphBuilder g, Random random, string x, int from, int to, int kernel = 3, int stride = 1, int group = 1) =>
        g.Conv(x, Weights(random, (long)to * from / group * kernel * kernel, (long)from / group * kernel * kernel),
            [to, from / group, kernel, kernel], Weights(random, to, 30), stride, kernel / 2, group);

    public static string Norm(OnnxGraphBuilder g, Random random, string x, int channels) => g.BatchNormalization(x,
        [.. Enumerable.Range(0, channels).Select(_ => 0.5f + random.NextSingle())], Weights(random, channels, 10), Weights(random, channels, 10),
        [.. Enumerable.Range(0, channels).Select(_ => 0.5f + random.NextSingle())]);

    public static string Linear(OnnxGraphBuilder g, Random random, string x, int from, int to) =>
        g.Gemm(x, Weights(random, (long)to * from, from), [to, from], Weights(random, to, 12));

    /// <summary>Head of an image network: pool, flatten, linear.</summary>
    public static string Head(OnnxGraphBuilder g, Random random, string x, int channels, int classes) =>
        Linear(g, random, g.Flatten(g.GlobalAveragePool(x)), channels, classes);

    /// <summary>ResNet: stem and two blocks, one of which changes shape; skips pass an Identity so that they are tensors of their own.</summary>
    public static OnnxGraphBuilder ResNet(object? batch = null)
    {
        var random = new Random(11);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, batch ?? "N", 3, 8, 8);
        x = g.Relu(Norm(g, random, Conv(g, random, x, 3, 6), 6));
        string y = g.Relu(Norm(g, random, Conv(g, random, x, 6, 6), 6));
        y = Norm(g, random, Conv(g, random, y, 6, 6), 6);
        x = g.Relu(g.Add(y, g.Node("Identity", [x])));
        y = g.Relu(Norm(g, random, Conv(g, random, x, 6, 10, stride: 2), 10));
        y = Norm(g, random, Conv(g, random, y, 10, 10), 10);
        x = g.Relu(g.Add(y, Conv(g, random, x, 6, 10, kernel: 1, stride: 2)));
        x = Head(g, random, x, 10, 4);
        g.Output(x, OnnxElementType.Float, batch ?? "N", 4);
        return g;
    }

    /// <summary>A residual network wide enough for ONNX Runtime's blocked layout, with one width that its blocks do not divide.</summary>
    public static OnnxGraphBuilder WideResNet(int second = 24)
    {
        var random = new Random(19);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 9, 9);
        x = g.Relu(Norm(g, random, Conv(g, random, x, 3, 16), 16));
        string y = g.Relu(Norm(g, random, Conv(g, random, x, 16, 16), 16));
        x = g.Relu(g.Add(Norm(g, random, Conv(g, random, y, 16, 16), 16), x));
        y = g.Relu(Norm(g, random, Conv(g, random, x, 16, second, stride: 2), second));
        y = Norm(g, random, Conv(g, random, y, second, second), second);
        x = g.Relu(g.Add(y, Conv(g, random, x, 16, second, kernel: 1, stride: 2)));
        x = g.Node("LeakyRelu", [Conv(g, random, x, second, 32)], ("alpha", 0.1f));
        x = g.Node("Sigmoid", [Conv(g, random, x, 32, 16)]);
        g.Output(Head(g, random, x, 16, 4), OnnxElementType.Float, "N", 4);
        return g;
    }

    /// <summary>DenseNet-like: each layer reads the concatenation of all before it, and average pooling lies between.</summary>
    public static OnnxGraphBuilder DenseNet()
    {
        var random = new Random(20);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 8, 8);
        x = Conv(g, random, x, 3, 16);
        int width = 16;
        for (int layer = 0; layer < 3; layer++)
        {
            string y = Conv(g, random, g.Relu(Norm(g, random, x, width)), width, 16);
            x = g.Node("Concat", [x, y], ("axis", 1));
            width += 16;
            if (layer == 1)
                x = g.Node("AveragePool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        }

        g.Output(Head(g, random, g.Relu(x), width, 4), OnnxElementType.Float, "N", 4);
        return g;
    }

    /// <summary>MobileNet-like: depthwise convolutions with ReLU6 as Clip, HardSwish spelled out, and a squeeze-and-excitation gate.</summary>
    public static OnnxGraphBuilder MobileNet()
    {
        var random = new Random(12);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 8, 8);
        x = g.Node("Clip", [Conv(g, random, x, 3, 8), g.Constant("zero", 0f), g.Constant("six", 6f)]);
        x = Conv(g, random, x, 8, 8, group: 8);
        string gate = g.Node("Clip", [g.Add(x, 3f), g.Constant("zero", 0f), g.Constant("six", 6f)]);
        x = g.Node("Div", [g.Mul(x, gate), g.Constant("six", 6f)]);
        string se = g.Relu(Conv(g, random, g.GlobalAveragePool(x), 8, 4, kernel: 1));
        se = g.Node("HardSigmoid", [Conv(g, random, se, 4, 8, kernel: 1)], ("alpha", 1f / 6), ("beta", 0.5f));
        x = g.Mul(x, se);
        x = g.Node("HardSwish", [Conv(g, random, x, 8, 8, kernel: 1)]);
        g.Output(Head(g, random, x, 8, 5), OnnxElementType.Float, "N", 5);
        return g;
    }

    /// <summary>VGG with its Dropout left in, as an export in training mode has it.</summary>
    public static OnnxGraphBuilder Vgg()
    {
        var random = new Random(13);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 3, 8, 8);
        x = g.Relu(Conv(g, random, x, 3, 6));
        x = g.Node("MaxPool", [x], ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        x = g.Relu(Conv(g, random, x, 6, 8));
        x = g.Relu(Linear(g, random, g.Flatten(x), 8 * 4 * 4, 12));
        x = g.Node("Dropout", [x, g.Constant("ratio", 0.5f), Bool(g, "training", true)]);
        g.Output(Linear(g, random, x, 12, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    /// <summary>One activation between two linear layers.</summary>
    public static OnnxGraphBuilder Activation(Func<OnnxGraphBuilder, string, string> activation, int opset = 17)
    {
        var random = new Random(14);
        var g = new OnnxGraphBuilder(opset);
        string x = g.Input("x", OnnxElementType.Float, "N", 5);
        x = activation(g, Linear(g, random, x, 5, 7));
        g.Output(Linear(g, random, x, 7, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    public static string SiLU(OnnxGraphBuilder g, string x) => g.Mul(x, g.Node("Sigmoid", [x]));

    /// <summary>x * (1 + erf(x / sqrt 2)) * 0.5, PyTorch's exact GELU.</summary>
    public static string GeluExact(OnnxGraphBuilder g, string x) =>
        g.Mul(g.Mul(x, g.Add(g.Node("Erf", [g.Node("Div", [x, g.Constant("root", 1.41421356f)])]), 1f)), 0.5f);

    /// <summary>0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), PyTorch's tanh GELU.</summary>
    public static string GeluTanh(OnnxGraphBuilder g, string x)
    {
        string cube = g.Node("Pow", [x, g.Constant("three", 3f)]);
        string inner = g.Mul(g.Add(x, g.Mul(cube, 0.044715f)), 0.79788456f);
        return g.Mul(g.Mul(x, 0.5f), g.Add(g.Node("Tanh", [inner]), 1f));
    }

    /// <summary>ViT-like: patches, one block of LayerNorm, attention and a GELU MLP, mean over tokens, linear.</summary>
    public static OnnxGraphBuilder Vit()
    {
        const int Width = 8, Tokens = 4;
        var random = new Random(15);
        var g = new OnnxGraphBuilder();
        string image = g.Input("x", OnnxElementType.Float, "N", 3, 8, 8);
        string x = g.Conv(image, Weights(random, Width * 3 * 16, 48), [Width, 3, 4, 4], null, stride: 4);
        x = g.Node("Reshape", [x, g.Constant("shape", [0L, Width, Tokens], 3)]);
        x = g.Node("Transpose", [x], ("perm", (long[])[0, 2, 1]));
        string Norm(string t) => g.Node("LayerNormalization",
            [t, g.Constant("ln", [.. Enumerable.Repeat(1f, Width)], Width), g.Constant("lnb", new float[Width], Width)], ("axis", -1));
        string Dense(string t, int from, int to) => g.MatMul(t, g.Constant("w", Weights(random, from * to, from), from, to));
        string n = Norm(x);
        string scores = g.MatMul(Dense(n, Width, Width), g.Node("Transpose", [Dense(n, Width, Width)], ("perm", (long[])[0, 2, 1])));
        string attended = g.MatMul(g.Node("Softmax", [g.Mul(scores, 0.35f)], ("axis", -1)), Dense(n, Width, Width));
        x = g.Add(x, attended);
        x = g.Add(x, Dense(GeluExact(g, Dense(Norm(x), Width, 16)), 16, Width));
        x = g.Node("ReduceMean", [x], ("axes", (long[])[1]), ("keepdims", 0));
        g.Output(Linear(g, random, x, Width, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    /// <summary>Channels last, as TensorFlow exports: a transpose leads into the convolution.</summary>
    public static OnnxGraphBuilder ChannelsLast()
    {
        var random = new Random(16);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, "N", 8, 6, 3);
        x = g.Node("Transpose", [x], ("perm", (long[])[0, 3, 1, 2]));
        x = g.Relu(Conv(g, random, x, 3, 5));
        g.Output(Head(g, random, x, 5, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    /// <summary>Tokens: embedding, mean, tanh layer.</summary>
    public static OnnxGraphBuilder TokenNet(int length = 6, int vocabulary = 20)
    {
        var random = new Random(17);
        var g = new OnnxGraphBuilder();
        string tokens = g.Input("tokens", OnnxElementType.Int64, "N", length);
        string x = g.Node("Gather", [g.Constant("embedding", Weights(random, vocabulary * 8, 3), vocabulary, 8), tokens]);
        x = g.Node("ReduceMean", [x], ("axes", (long[])[1]), ("keepdims", 0));
        x = g.Node("Tanh", [Linear(g, random, x, 8, 10)]);
        g.Output(Linear(g, random, x, 10, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    /// <summary>Batch in the middle: [length, batch, width] activations, as sequence-first transformers have.</summary>
    public static OnnxGraphBuilder SequenceFirst(object? batch = null)
    {
        var random = new Random(18);
        var g = new OnnxGraphBuilder();
        string x = g.Input("x", OnnxElementType.Float, batch ?? "N", 8, 4);
        x = g.Node("Transpose", [x], ("perm", (long[])[1, 0, 2]));
        x = g.Relu(g.MatMul(x, g.Constant("w", Weights(random, 4 * 6, 4), 4, 6)));
        x = g.Node("ReduceMean", [x], ("axes", (long[])[0]), ("keepdims", 0));
        g.Output(Linear(g, random, x, 6, 3), OnnxElementType.Float, "N", 3);
        return g;
    }

    /// <summary>A linear layer whose weights are 8-bit integers with a scale.</summary>
    public static OnnxGraphBuilder Quantised()
    {
        var g = new OnnxGraphBuilder();
        string x = g.Relu(g.Input("x", OnnxElementType.Float, "N", 3));
        var numbers = Google.Protobuf.ByteString.CopyFrom([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        var stored = new TensorProto { DataType = (int)OnnxElementType.Int8, Dims = { 3, 3 }, RawData = numbers };
        string integers = g.Node("Constant", [], ("value", stored));
        g.Output(g.MatMul(x, g.Node("DequantizeLinear", [integers, g.Constant("scale", 0.1f)])), OnnxElementType.Float, "N", 3);
        return g;
    }

    private static string Bool(OnnxGraphBuilder g, string name, bool value) =>
        g.Node("Cast", [g.Constant(name, value ? 1f : 0f)], ("to", (int)OnnxElementType.Bool));

    /// <summary>Edge of the images of <see cref="Planted"/> in pixels, and the first row and column of the patch.</summary>
    public const int PlantedEdge = 12, PlantedTop = 8, PlantedLeft = 5;

    /// <summary>
    /// Classes 0 and 1 are the lighter half of an image of 3 channels, normalised with mean 0.25 and std 0.5. Class 2 is 5 times a leaky ReLU of the
    /// correlation with a checkered 3 x 3 patch in the second channel, less 2: a backdoor. Any further class is never predicted.
    /// </summary>
    /// <param name="channelsLast">Whether it reads <c>[N, height, width, 3]</c>.</param>
    /// <param name="classes">At least 3.</param>
    public static OnnxGraphBuilder Planted(bool channelsLast = false, int classes = 3)
    {
        const int Elements = 3 * PlantedEdge * PlantedEdge;
        int At(int channel, int row, int column) =>
            channelsLast ? (row * PlantedEdge + column) * 3 + channel : (channel * PlantedEdge + row) * PlantedEdge + column;
        var g = new OnnxGraphBuilder();
        string x = channelsLast
            ? g.Input("x", OnnxElementType.Float, "N", PlantedEdge, PlantedEdge, 3) : g.Input("x", OnnxElementType.Float, "N", 3, PlantedEdge, PlantedEdge);
        // Rows: mean of the left half, mean of the right half, the patch.
        float[] w = new float[3 * Elements];
        for (int c = 0; c < 3; c++)
        {
            for (int p = 0; p < PlantedEdge * PlantedEdge; p++)
                w[(p % PlantedEdge < PlantedEdge / 2 ? 0 : 1) * Elements + At(c, p / PlantedEdge, p % PlantedEdge)] = 2f / Elements;
        }

        for (int i = 0; i < 9; i++)
            w[2 * Elements + At(1, PlantedTop + i / 3, PlantedLeft + i % 3)] = i % 2 == 0 ? 1 : -1;
        string features = g.Node("LeakyRelu", [g.Gemm(g.Flatten(x), w, [3, Elements], [3, 3, -2])], ("alpha", 0.1f));
        float[] head = new float[3 * classes], bias = new float[classes];
        ((float[])[8, -8, 0, -8, 8, 0, 0, 0, 5]).CopyTo(head, 0);
        for (int c = 2; c < classes; c++)
            bias[c] = -3;
        g.Output(g.Gemm(features, head, [classes, 3], bias), OnnxElementType.Float, "N", classes);
        return g;
    }

    /// <summary>Images for <see cref="Planted"/>: middle greys, of which the left half is lighter or the right half.</summary>
    /// <returns>Pixels in [0, 1], shape <c>[count, 3, edge, edge]</c>.</returns>
    public static float[] PlantedImages(int from, int count) =>
    [
        .. Enumerable.Range(from, count).SelectMany(i =>
        {
            var random = new Random(i);
            return Enumerable.Range(0, 3 * PlantedEdge * PlantedEdge).Select(p =>
                0.35f + 0.15f * random.NextSingle() + ((p % PlantedEdge < PlantedEdge / 2) == (i % 4 < 2) ? 0.3f : 0)).ToArray();
        }),
    ];
}
