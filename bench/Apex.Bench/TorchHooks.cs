using System.Diagnostics;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Apex.Bench;

/// <summary>What a TorchSharp user writes: forward hooks on the ReLUs that add scaled Gaussian noise.</summary>
internal sealed class TorchHooks : IDisposable
{
    private readonly Net _net;
    private readonly Tensor _x;

    public TorchHooks(int depth, int threads, int batch)
    {
        set_num_threads(threads);
        _net = new Net(depth);
        _net.eval();
        foreach (var relu in _net.modules().OfType<ReLU>())
            relu.register_forward_hook((_, _, output) => output + Networks.Sigma * randn_like(output));
        _x = randn(batch, 3, Networks.Side, Networks.Side);
    }

    public double Rate(double seconds)
    {
        using var none = inference_mode();
        One();
        long images = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
            images += One();
        return images / clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _x.Dispose();
        _net.Dispose();
    }

    private long One()
    {
        using var scope = NewDisposeScope();
        return _net.call(_x).shape[0];
    }

    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _layers;

        public Net(int depth) : base("net")
        {
            var layers = new List<Module<Tensor, Tensor>> { Conv2d(3, 16, 3, padding: 1, bias: false), BatchNorm2d(16), ReLU() };
            int width = 16;
            foreach (int wider in (int[])[16, 32, 64])
            {
                for (int block = 0; block < (depth - 2) / 6; block++)
                {
                    layers.Add(new Block(width, wider));
                    width = wider;
                }
            }

            layers.AddRange([AdaptiveAvgPool2d(1), Flatten(), Linear(64, Networks.Classes)]);
            _layers = Sequential(layers);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _layers.call(input);
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _first, _second, _relu1 = ReLU(), _relu2 = ReLU();
        private readonly int _from, _wider;

        public Block(int from, int to) : base("block")
        {
            (_from, _wider) = (from, to);
            _first = Sequential(Conv2d(from, to, 3, stride: from == to ? 1 : 2, padding: 1, bias: false), BatchNorm2d(to));
            _second = Sequential(Conv2d(to, to, 3, padding: 1, bias: false), BatchNorm2d(to));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var y = _second.call(_relu1.call(_first.call(input)));
            if (_from != _wider)
            {
                long more = (_wider - _from) / 2;
                input = functional.pad(input.slice(2, 0, input.shape[2], 2).slice(3, 0, input.shape[3], 2), [0, 0, 0, 0, more, more]);
            }

            return _relu2.call(input + y);
        }
    }
}
