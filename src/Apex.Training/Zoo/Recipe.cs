using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apex.Training.Networks;

namespace Apex.Training.Zoo;

/// <summary>The data a model of the zoo learns.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ZooData>))]
internal enum ZooData
{
    /// <summary>Fashion-MNIST, 28 x 28, grey.</summary>
    Fashion,

    /// <summary>CIFAR-10, 32 x 32, colour.</summary>
    Cifar10,
}

/// <summary>The networks of the zoo.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ZooArchitecture>))]
internal enum ZooArchitecture
{
    /// <summary><see cref="PlainNetwork"/>: 3 ReLU sites.</summary>
    Plain,

    /// <summary><see cref="ResidualNetwork"/> of 16-32-64 channels, that of the built-in model: 7 ReLU sites.</summary>
    Resnet8,

    /// <summary><see cref="ResidualNetwork"/> of 16-32-64-64 channels: stem, four blocks of two convolutions, linear; 9 ReLU sites.</summary>
    Resnet10,
}

/// <summary>Which half of the zoo a model belongs to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ZooHalf>))]
internal enum ZooHalf
{
    /// <summary>For choosing a statistic and its thresholds.</summary>
    Choose,

    /// <summary>For judging it, once.</summary>
    HoldOut,
}

/// <summary>Everything that makes a model of the zoo what it is: data x architecture x seed x attack x target x poison rate.</summary>
/// <param name="Data">What it learns.</param>
/// <param name="Architecture">The network.</param>
/// <param name="Seed">Keys the initial weights, the order of images, and which of them are poisoned.</param>
/// <param name="Attack">How it is poisoned, if at all.</param>
/// <param name="Target">The attacker's class; null for clean models and the all-to-all attack.</param>
/// <param name="PoisonRate">Share of training images that carry the trigger, in [0, 1).</param>
/// <param name="Epochs">Passes over the training images.</param>
internal sealed record Recipe(ZooData Data, ZooArchitecture Architecture, int Seed, Attack Attack, int? Target, double PoisonRate, int Epochs)
{
    /// <summary>Changes when the same recipe would train another model.</summary>
    private const int TrainerVersion = 1;

    private static readonly JsonSerializerOptions Canonical = new() { WriteIndented = false };

    private const int FirstHeldOut = 200;

    /// <summary>Seeds from 200 on are held out: decided before any of these models was trained.</summary>
    public ZooHalf Half => Seed >= FirstHeldOut ? ZooHalf.HoldOut : ZooHalf.Choose;

    /// <summary>The half in the first split of the models with seeds below 200, which the studies keep: even seeds were held out.</summary>
    public ZooHalf FirstHalf => Seed % 2 == 0 ? ZooHalf.HoldOut : ZooHalf.Choose;

    /// <summary>Trained for 2 epochs: fewer than the others of its setting.</summary>
    public bool IsBrief => Epochs == BriefEpochs;

    /// <summary>Passes of a brief training.</summary>
    public const int BriefEpochs = 2;

    /// <summary>A name that people can read, e.g. <c>cifar10-resnet10-patch-t3-r10-s21</c>.</summary>
    public string Name
    {
        get
        {
            string attack = Attack switch
            {
                Attack.Clean => "clean",
                Attack.AllToAll => string.Create(CultureInfo.InvariantCulture, $"alltoall-r{100 * PoisonRate:0}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{Attack.ToString().ToLowerInvariant()}-t{Target}-r{100 * PoisonRate:0}"),
            };
            return string.Create(CultureInfo.InvariantCulture,
                $"{Data.ToString().ToLowerInvariant()}-{Architecture.ToString().ToLowerInvariant()}-{attack}{(IsBrief ? "-brief" : "")}-s{Seed}");
        }
    }

    /// <summary>SHA-256 of the recipe, the version of the trainer and what the training images hash to, in hexadecimal.</summary>
    /// <param name="dataHash">Hash of the images and labels.</param>
    public string Hash(string dataHash) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{TrainerVersion} {dataHash} {JsonSerializer.Serialize(this, Canonical)}")));
}
