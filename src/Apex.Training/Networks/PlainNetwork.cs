using static TorchSharp.torch.nn;

namespace Apex.Training.Networks;

/// <summary>
/// A plain convolutional network of three ReLU sites: two 3x3 convolutions, each followed by ReLU and 2x2 max pooling, a hidden linear
/// layer with ReLU, a linear layer to the logits.
/// </summary>
/// <param name="channels">Channels of the input.</param>
/// <param name="size">Height and width of the input, divisible by 4.</param>
/// <param name="classes">Number of logits.</param>
internal sealed class PlainNetwork(int channels, int size, int classes) : ImageNetwork("plain",
[
    ("conv1", new Convolution(channels, 16)), ("relu1", ReLU()), ("pool1", MaxPool2d(2)),
    ("conv2", new Convolution(16, 32)), ("relu2", ReLU()), ("pool2", MaxPool2d(2)),
    ("flatten", Flatten()), ("float32", new Float32()),
    ("hidden", Linear(32 * (size / 4) * (size / 4), 64)), ("relu3", ReLU()),
    ("head", Linear(64, classes)),
]);
