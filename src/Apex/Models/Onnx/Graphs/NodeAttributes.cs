namespace Apex.Models.Onnx.Graphs;

/// <summary>Reading the attributes of a node.</summary>
internal static class NodeAttributes
{
    /// <summary>True for an operator of the ONNX specification.</summary>
    public static bool IsStandard(this NodeProto node) => node.Domain is "" or "ai.onnx";

    /// <summary>A float attribute, or what holds where it is not given.</summary>
    public static float Number(this NodeProto node, string name, float otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? otherwise;

    /// <summary>An integer attribute, or what holds where it is not given.</summary>
    public static long Integer(this NodeProto node, string name, long otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I ?? otherwise;

    /// <summary>An attribute of whole numbers; empty where it is not given.</summary>
    public static long[] Ints(this NodeProto node, string name) => [.. node.Attribute.Where(a => a.Name == name).SelectMany(a => a.Ints)];

    /// <summary>A text attribute, or none.</summary>
    public static string Text(this NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name)?.S.ToStringUtf8() ?? "";

    /// <summary>Takes an attribute out.</summary>
    public static void Drop(this NodeProto node, string name)
    {
        foreach (var found in node.Attribute.Where(a => a.Name == name).ToList())
            node.Attribute.Remove(found);
    }
}
