namespace Apex.Facts;

/// <summary>The factor c_l on the noise of a site.</summary>
public enum NoiseScale
{
    /// <summary>c_l = 1: the same noise at every site.</summary>
    Absolute,

    /// <summary>c_l = rms(a_l) over a calibration batch: noise in proportion to the site's activations.</summary>
    Relative,
}
