using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Apex.Torch.Onnx;

/// <summary>Layers of TorchSharp.</summary>
public sealed partial class ModuleWriters
{
    private static ModuleWriters WithLayers(ModuleWriters writers) => writers
        .With<Sequential>((at, m, x) => m.named_children().Aggregate(x, (y, child) => at.Write(child.name, child.module, y)))
        .With<Identity>((_, _, x) => x)
        // In eval mode these let everything pass.
        .With<Dropout>((_, _, x) => x)
        .With<Dropout1d>((_, _, x) => x)
        .With<Dropout2d>((_, _, x) => x)
        .With<AlphaDropout>((_, _, x) => x)
        .With<Linear>(Linear)
        .With<Conv2d>(Convolution)
        .With<BatchNorm1d>(BatchNormalization)
        .With<BatchNorm2d>(BatchNormalization)
        .With<LayerNorm>(LayerNormalization)
        .With<MaxPool2d>((at, m, x) =>
            at.Node("MaxPool", [x], [.. Window(m.kernel_size, m.stride, m.padding), ("dilations", Both(m.dilation, 1)), ("ceil_mode", m.ceil_mode ? 1 : 0)]))
        .With<AvgPool2d>(AveragePool)
        .With<AdaptiveAvgPool2d>((at, m, x) => m.output_size.All(size => size == 1)
            ? at.Node("GlobalAveragePool", [x])
            : throw at.Refuse($"it pools to {string.Join(" x ", m.output_size)}; only 1 is known"))
        .With<Flatten>(Flatten)
        .With<Softmax>((at, m, x) => at.Node("Softmax", [x], ("axis", m.dim)))
        .With<LogSoftmax>((at, m, x) => at.Node("LogSoftmax", [x], ("axis", m.dim)));

    /// <summary>x W^T + b, on the last axis.</summary>
    private static string Linear(ModuleScope at, Linear module, string x)
    {
        if (at.Rank == 2)
        {
            string weight = at.Constant("weight", module.weight);
            return at.Node("Gemm", module.bias is { } b ? [x, weight, at.Constant("bias", b)] : [x, weight], ("transB", 1));
        }

        using var transposed = module.weight.t();
        string matrix = at.Constant("weight", transposed);
        return module.bias is { } bias
            ? at.Node("Add", [at.Part("product", "MatMul", [x, matrix]), at.Constant("bias", bias)])
            : at.Node("MatMul", [x, matrix]);
    }

    private static string Convolution(ModuleScope at, Conv2d module, string x)
    {
        if (module.padding_mode != PaddingModes.Zeros)
            throw at.Refuse($"it pads by {module.padding_mode}; only zeros are known");
        long[] kernel = module.weight.shape[2..], dilation = Both(module.dilation, 1);
        string weight = at.Constant("weight", module.weight);
        return at.Node("Conv", module.bias is { } bias ? [x, weight, at.Constant("bias", bias)] : [x, weight],
            ("kernel_shape", kernel), ("strides", Both(module.stride, 1)),
            ("pads", Pads(module, kernel, dilation)), ("dilations", dilation), ("group", module.groups));
    }

    private static long[] Pads(Conv2d module, long[] kernel, long[] dilation)
    {
        switch (module.padding_type)
        {
            case Padding.Valid:
                return [0, 0, 0, 0];
            case Padding.Same:
                // An odd one goes to the far end.
                long[] total = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
                return [total[0] / 2, total[1] / 2, total[0] - total[0] / 2, total[1] - total[1] / 2];
            default:
                long[] both = Both(module.padding, 0);
                return [.. both, .. both];
        }
    }

    private static string BatchNormalization(ModuleScope at, NormBase module, string x)
    {
        if (module.running_mean is not { } mean || module.running_var is not { } variance)
            throw at.Refuse("it keeps no running statistics, so what it makes of a sample depends on the others");
        using var scope = NewDisposeScope();
        return at.Node("BatchNormalization",
            [
                x, at.Constant("weight", module.weight ?? ones(module.num_features)), at.Constant("bias", module.bias ?? zeros(module.num_features)),
                at.Constant("running_mean", mean), at.Constant("running_var", variance),
            ],
            ("epsilon", module.eps));
    }

    private static string LayerNormalization(ModuleScope at, LayerNorm module, string x)
    {
        using var scope = NewDisposeScope();
        string weight = at.Constant("weight", module.weight ?? ones(module.normalized_shape));
        return at.Node("LayerNormalization", module.bias is { } bias ? [x, weight, at.Constant("bias", bias)] : [x, weight],
            ("axis", -module.normalized_shape.Length), ("epsilon", module.eps));
    }

    private static string AveragePool(ModuleScope at, AvgPool2d module, string x)
    {
        if (module.divisor_override is not null)
            throw at.Refuse("its divisor is not the size of the window");
        if (module.ceil_mode)
            throw at.Refuse("it rounds the size of its output up");
        return at.Node("AveragePool", [x],
            [.. Window(module.kernel_size, module.stride, module.padding), ("count_include_pad", module.count_include_pad ? 1 : 0)]);
    }

    private static string Flatten(ModuleScope at, Flatten module, string x)
    {
        int rank = at.Rank;
        long first = module.start_dim < 0 ? module.start_dim + rank : module.start_dim, last = module.end_dim < 0 ? module.end_dim + rank : module.end_dim;
        if (first < 1 || last != rank - 1)
            throw at.Refuse($"it flattens axes {first} to {last} of {rank}; only those from some axis behind the batch to the last are known");
        return first == 1
            ? at.Node("Flatten", [x], ("axis", 1))
            // 0 keeps the axis in that place.
            : at.Node("Reshape", [x, at.Integers("shape", [.. Enumerable.Repeat(0L, (int)first), -1])]);
    }

    private static (string, object)[] Window(long[] kernel, long[]? stride, long[]? padding)
    {
        long[] size = Both(kernel, 1), pads = Both(padding, 0);
        return [("kernel_shape", size), ("strides", stride is { Length: > 0 } ? Both(stride, 1) : size), ("pads", (long[])[.. pads, .. pads])];
    }

    /// <summary>A setting of both axes of an image, given as two numbers, one for both, or not at all.</summary>
    private static long[] Both(long[]? given, long otherwise) => given switch
    {
        { Length: 2 } => given,
        { Length: 1 } => [given[0], given[0]],
        _ => [otherwise, otherwise],
    };
}
