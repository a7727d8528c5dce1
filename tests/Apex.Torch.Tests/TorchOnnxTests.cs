using Apex.Models.Onnx.Reading;
using Apex.Models.Onnx.Rewriting;
using Apex.Torch.Modules;
using Apex.Torch.Onnx;
using Apex.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Torch.Tests;

public class TorchOnnxTests
{
    private const double Tolerance = 1e-4;

    /// <summary>A module, the shape of a sample it reads, and what it covers.</summary>
    private static readonly Dictionary<string, (int[] Shape, Func<Module<Tensor, Tensor>> Create)> Cases = new(StringComparer.Ordinal)
    {
        ["ReLU"] = ([7], () => ReLU()),
        ["ReLU in place"] = ([7], () => Sequential(Linear(7, 9), ReLU(inplace: true), Linear(9, 3))),
        ["ReLU6"] = ([7], () => ReLU6()),
        ["LeakyReLU"] = ([7], () => LeakyReLU(0.2)),
        ["RReLU"] = ([7], () => RReLU()),
        ["PReLU"] = ([7], () => PReLU(1, 0.3)),
        ["PReLU by channel"] = ([4, 5, 5], () => Sloped(4)),
        ["PReLU by channel of a vector"] = ([4], () => Sloped(4)),
        ["ELU"] = ([7], () => ELU(0.7)),
        ["SELU"] = ([7], () => SELU()),
        ["CELU"] = ([7], () => CELU(1.3)),
        ["GELU"] = ([7], () => GELU()),
        ["GELU by tanh"] = ([7], () => GELU(TorchSharp.Modules.GELU.Approximate.tanh)),
        ["SiLU"] = ([7], () => SiLU()),
        ["Mish"] = ([7], () => Mish()),
        ["Hardswish"] = ([7], () => Hardswish()),
        ["Sigmoid"] = ([7], () => Sigmoid()),
        ["Hardsigmoid"] = ([7], () => Hardsigmoid()),
        ["Tanh"] = ([7], () => Tanh()),
        ["Softplus"] = ([7], () => Softplus()),
        ["Softplus of 2x"] = ([7], () => Softplus(2)),
        ["Softsign"] = ([7], () => Softsign()),
        ["Softmax"] = ([7], () => Softmax(1)),
        ["LogSoftmax"] = ([7], () => LogSoftmax(-1)),
        ["Sequential"] = ([7], () => Sequential(("in", Linear(7, 5)), ("act", Tanh()), ("out", Linear(5, 3)))),
        ["Identity"] = ([7], () => Identity()),
        ["Dropout"] = ([7], () => Sequential(Dropout(0.9), Linear(7, 3))),
        ["Dropout1d"] = ([7, 4], () => Dropout1d(0.9)),
        ["Dropout2d"] = ([2, 4, 4], () => Dropout2d(0.9)),
        ["AlphaDropout"] = ([7], () => AlphaDropout(0.9)),
        ["Linear"] = ([7], () => Linear(7, 4)),
        ["Linear without bias"] = ([7], () => Linear(7, 4, hasBias: false)),
        ["Linear on tokens"] = ([3, 7], () => Linear(7, 4)),
        ["Linear on tokens without bias"] = ([3, 7], () => Linear(7, 4, hasBias: false)),
        ["Conv2d"] = ([4, 9, 8], () => Conv2d(4, 6, 3)),
        ["Conv2d of all kinds"] = ([4, 11, 12], () => Conv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 2), dilation: (2, 1), groups: 2, bias: false)),
        ["Conv2d, same padding"] = ([4, 9, 9], () => Conv2d(4, 6, 4, padding: Padding.Same)),
        ["BatchNorm1d"] = ([7], () => BatchNorm1d(7)),
        ["BatchNorm1d of sequences"] = ([7, 5], () => BatchNorm1d(7, eps: 1e-3)),
        ["BatchNorm2d"] = ([4, 5, 5], () => BatchNorm2d(4)),
        ["BatchNorm2d without parameters"] = ([4, 5, 5], () => BatchNorm2d(4, affine: false)),
        ["LayerNorm"] = ([3, 7], () => LayerNorm(7)),
        ["LayerNorm of two axes"] = ([3, 7], () => LayerNorm([3, 7], eps: 1e-3)),
        ["LayerNorm without parameters"] = ([3, 7], () => LayerNorm(7, elementwise_affine: false)),
        ["MaxPool2d"] = ([2, 9, 9], () => MaxPool2d(2)),
        ["MaxPool2d of all kinds"] = ([2, 10, 11], () => MaxPool2d((3, 2), stride: (2, 1), padding: (1, 1), dilation: (1, 2), ceil_mode: true)),
        ["AvgPool2d"] = ([2, 9, 9], () => AvgPool2d(3, stride: 2, padding: 1)),
        ["AvgPool2d without border"] = ([2, 9, 9], () => AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false)),
        ["AdaptiveAvgPool2d"] = ([2, 9, 8], () => AdaptiveAvgPool2d(1)),
        ["Flatten"] = ([2, 3, 4], () => Flatten()),
        ["Flatten of the last axes"] = ([2, 3, 4], () => Flatten(2)),
        ["Residual"] = ([7], () => new Residual(Sequential(Linear(7, 5), ReLU(), Linear(5, 7)), activation: ReLU())),
        ["Residual with shortcut"] = ([7], () => new Residual(Linear(7, 5), Linear(7, 5))),
        ["PatchEmbedding"] = ([3, 8, 12], () => new PatchEmbedding(3, 10, 4)),
        ["ClassToken"] = ([5, 6], () => new ClassToken(6)),
        ["PositionEmbedding"] = ([5, 6], () => new PositionEmbedding(5, 6)),
        ["TokenPooling"] = ([5, 6], () => new TokenPooling(TokenPoolingKind.Mean)),
        ["TokenPooling of the first"] = ([5, 6], () => new TokenPooling(TokenPoolingKind.First)),
        ["SelfAttention"] = ([5, 12], () => new SelfAttention(12, 3)),
        ["TransformerBlock"] = ([5, 12], () => new TransformerBlock(12, 4)),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void A_module_computes_the_same_in_both(string name)
    {
        var (shape, create) = Cases[name];
        random.manual_seed(3);
        using var module = create();
        Networks.Settle(module);
        using var x = randn([4, .. shape.Select(d => (long)d)]) * 3;
        double parity = TorchOnnx.Parity(module, TorchOnnx.Build(module, shape).ToBytes(), x);
        Assert.True(parity < Tolerance, $"differs by {parity}");
    }

    [Fact]
    public void Every_module_that_is_registered_has_a_case() =>
        Assert.Empty(ModuleWriters.Known.Names.Except(Cases.Keys.Select(name => name.Split(' ', ',')[0])));

    [Theory]
    [MemberData(nameof(Networks.Names), MemberType = typeof(Networks))]
    public void A_network_computes_the_same_in_both(string name)
    {
        using var network = Networks.Create(name);
        using var folder = new TempFolder();
        TorchOnnx.Save(network, Networks.Shape, folder["network.onnx"], ImageNetwork.Writers);
        using var x = randn(16, 1, 8, 8);
        double parity = TorchOnnx.Parity(network, folder["network.onnx"], x);
        Assert.True(parity < Tolerance, $"differs by {parity}");
    }

    [Theory]
    [InlineData(8, 7)]
    [InlineData(20, 19)]
    public void A_residual_network_has_the_layers_that_its_depth_says(int depth, int sites)
    {
        using var network = ResidualNetwork.OfDepth(depth, 3, 10);
        using var classifier = TorchClassifier.Wrap(network, [3, 32, 32]);
        Assert.Equal(sites, classifier.Sites.Count(s => !s.IsInput));
        Assert.Equal(depth, ModulePaths.Of(network).Count(m => m.Module is Conv2d { kernel_size: [3, ..] } or TorchSharp.Modules.Linear));
        Assert.Throws<InvalidInputException>(() => ResidualNetwork.OfDepth(depth + 1, 3, 10));
    }

    [Fact]
    public void A_module_that_is_not_known_is_refused_by_name_and_path()
    {
        using var network = Sequential(("body", Sequential(("0", Linear(7, 6)), ("3", new Doubled(Linear(6, 6))))), ("head", Linear(6, 3)));
        string message = Assert.Throws<InvalidInputException>(() => TorchOnnx.Build(network, [7])).Message;
        Assert.StartsWith($"{typeof(Doubled).FullName} at 'body.3' cannot be written as ONNX; known are: AdaptiveAvgPool2d, ",
            message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_of_ones_own_is_one_entry()
    {
        using var network = Sequential(("doubled", new Doubled(Linear(7, 6))), ("relu", ReLU()), ("head", Linear(6, 3)));
        var writers = ModuleWriters.Known.With<Doubled>((at, m, x) => at.Node("Mul", [at.Write("body", m.Body, x), at.Scalar("two", 2)]));
        using var x = randn(4, 7);
        Assert.True(TorchOnnx.Parity(network, TorchOnnx.Build(network, [7], writers).ToBytes(), x) < Tolerance);
        Assert.Throws<InvalidInputException>(() => TorchOnnx.Build(network, [7]));
    }

    public static TheoryData<string, string> Unwritable => new()
    {
        { "reflect", "pads by Reflect" }, { "ceil", "rounds the size of its output up" }, { "adaptive", "pools to 2 x 2" },
        { "untracked", "keeps no running statistics" }, { "batch", "flattens axes 0 to 3 of 4" },
    };

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void A_setting_that_cannot_be_written_is_refused(string which, string why)
    {
        using Module<Tensor, Tensor> module = which switch
        {
            "reflect" => Conv2d(2, 2, 3, padding: 1, padding_mode: PaddingModes.Reflect),
            "ceil" => AvgPool2d(2, ceil_mode: true),
            "adaptive" => AdaptiveAvgPool2d((2, 2)),
            "untracked" => BatchNorm2d(2, track_running_stats: false),
            _ => Flatten(0),
        };
        using var network = Sequential(("odd", module), ("next", Identity()));
        string message = Assert.Throws<InvalidInputException>(() => TorchOnnx.Build(network, [2, 5, 5])).Message;
        Assert.Contains("'odd'", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_do_not_fit_are_told_in_one_line()
    {
        using var network = Linear(7, 3);
        string message = Assert.Throws<InvalidInputException>(() => TorchOnnx.Build(network, [8])).Message;
        Assert.Contains("[8]", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void The_mode_of_a_module_is_left_as_it_was()
    {
        using var frozen = BatchNorm1d(7);
        using var network = Sequential(("norm", frozen), ("head", Linear(7, 3)));
        network.train();
        frozen.eval();
        using var x = randn(4, 7);
        Assert.True(TorchOnnx.Parity(network, TorchOnnx.Build(network, [7]).ToBytes(), x) < Tolerance);
        Assert.True(network.training);
        Assert.False(frozen.training);
    }

    [Fact]
    public void The_limit_of_a_transformer_is_refused_by_name()
    {
        using var network = Networks.Create("vit");
        using var folder = new TempFolder();
        TorchOnnx.Save(network, Networks.Shape, folder["vit.onnx"], ImageNetwork.Writers);
        string message = Assert.Throws<InvalidInputException>(() => OnnxModel.Load(folder["vit.onnx"]).Limit()).Message;
        Assert.Contains("'block0.attention.body.norm' (LayerNormalization) normalises activations by themselves", message, StringComparison.Ordinal);
    }

    private static PReLU Sloped(int channels)
    {
        var module = PReLU(channels);
        using var none = no_grad();
        module.weight.uniform_(0.1, 0.9);
        return module;
    }

    private sealed class Doubled : Module<Tensor, Tensor>
    {
        public Doubled(Module<Tensor, Tensor> body) : base("doubled")
        {
            Body = body;
            RegisterComponents();
        }

        [field: ComponentName(Name = "body")]
        public Module<Tensor, Tensor> Body { get; }

        public override Tensor forward(Tensor input) => 2 * Body.call(input);
    }
}
