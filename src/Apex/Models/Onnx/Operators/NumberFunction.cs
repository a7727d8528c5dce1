using Apex.Models.Onnx.Graphs;

namespace Apex.Models.Onnx.Operators;

/// <summary>What a node makes of numbers; null where that is not known.</summary>
/// <param name="node">The node.</param>
/// <param name="graph">The graph around it.</param>
/// <param name="a">Its first input.</param>
/// <param name="input">The others by index; null where one is no number.</param>
internal delegate double? NumberFunction(NodeProto node, OnnxGraph graph, double a, Func<int, double?> input);
