using Apex.Torch.Modules;

namespace Apex.Torch.Onnx;

/// <summary>The modules of this library.</summary>
public sealed partial class ModuleWriters
{
    private static ModuleWriters WithComposites(ModuleWriters writers) => writers
        .With<Residual>(Residual)
        .With<PatchEmbedding>((at, m, x) =>
        {
            string patches = at.Part("patches", "Reshape", [at.Write("projection", m.Projection, x), at.Integers("shape", 0, 0, -1)]);
            return at.Node("Transpose", [patches], ("perm", (long[])[0, 2, 1]));
        })
        .With<ClassToken>(ClassToken)
        .With<PositionEmbedding>((at, m, x) => at.Node("Add", [x, at.Constant("positions", m.Positions)]))
        .With<TokenPooling>((at, m, x) => m.Kind == TokenPoolingKind.First
            ? at.Node("Squeeze", [at.Part("first", "Slice", [x, at.Integers("from", 0), at.Integers("to", 1), at.Integers("axis", 1)]), at.Integers("axes", 1)])
            : at.Node("ReduceMean", [x], ("axes", (long[])[1]), ("keepdims", 0)))
        .With<SelfAttention>(SelfAttention)
        .With<TransformerBlock>((at, m, x) => at.Write("mlp", m.Mlp, at.Write("attention", m.Attention, x)));

    private static string Residual(ModuleScope at, Residual module, string x)
    {
        string body = at.Write("body", module.Body, x);
        string shortcut = module.Shortcut is { } way ? at.Write("shortcut", way, x) : x;
        return module.Activation is { } activation
            ? at.Write("activation", activation, at.Part("sum", "Add", [body, shortcut]))
            : at.Node("Add", [body, shortcut]);
    }

    /// <summary>The token, once for each sample of a batch of any size, before the others.</summary>
    private static string ClassToken(ModuleScope at, ClassToken module, string x)
    {
        string batch = at.Part("batch", "Slice", [at.Part("shape", "Shape", [x]), at.Integers("from", 0), at.Integers("to", 1)]);
        string shape = at.Part("tokens", "Concat", [batch, at.Integers("width", 1, module.Token.shape[2])], ("axis", 0));
        return at.Node("Concat", [at.Part("token_each", "Expand", [at.Constant("token", module.Token), shape]), x], ("axis", 1));
    }

    private static string SelfAttention(ModuleScope at, SelfAttention module, string x)
    {
        string all = at.Write("query_key_value", module.QueryKeyValue, x);
        all = at.Part("split", "Reshape", [all, at.Integers("heads", 0, 0, 3, module.Heads, module.HeadWidth)]);
        // [3, N, heads, T, d]
        all = at.Part("by_head", "Transpose", [all], ("perm", (long[])[2, 0, 3, 1, 4]));
        string Part(string name, long which) => at.Part(name, "Squeeze",
            [at.Part($"{name}_of_three", "Slice", [all, at.Integers("from", which), at.Integers("to", which + 1), at.Integers("axis", 0)]),
                at.Integers("axes", 0)]);
        string query = Part("query", 0), key = Part("key", 1), value = Part("value", 2);
        key = at.Part("key_transposed", "Transpose", [key], ("perm", (long[])[0, 1, 3, 2]));
        string scores = at.Part("scores", "Mul", [at.Part("products", "MatMul", [query, key]), at.Scalar("scale", 1 / Math.Sqrt(module.HeadWidth))]);
        string mixed = at.Part("mixed", "MatMul", [at.Part("weights", "Softmax", [scores], ("axis", -1)), value]);
        mixed = at.Part("by_token", "Transpose", [mixed], ("perm", (long[])[0, 2, 1, 3]));
        return at.Write("projection", module.Projection, at.Part("joined", "Reshape", [mixed, at.Integers("width", 0, 0, -1)]));
    }
}
