namespace Apex.Models;

/// <summary>
/// How pixels are weighed when an image is resized. Each value equals a call of another library, inside and at the border, but for rounding.
/// That call on 8-bit images rounds to whole numbers after each pass. Here numbers stay real, as in torchvision's resize of float tensors; they are
/// about 1 of 255 away at most.
/// </summary>
public enum ResizeFilter
{
    /// <summary>
    /// Triangle that is widened when shrinking (antialiased): Pillow's <c>Image.resize(size, Image.BILINEAR)</c>, and the default of torchvision's
    /// <c>Resize</c>, on PIL images and on tensors with <c>antialias=True</c>.
    /// </summary>
    Bilinear,

    /// <summary>
    /// Cubic with a = -0.5 that is widened when shrinking: Pillow's <c>Image.resize(size, Image.BICUBIC)</c>, its own default, and torchvision's <c>BICUBIC</c>
    /// on PIL images. What overshoots is cut to 0..255 after each pass, as Pillow does.
    /// </summary>
    Bicubic,

    /// <summary>
    /// The pixel in which the centre of the new one lies: Pillow's <c>Image.resize(size, Image.NEAREST)</c>, to the bit, and torchvision's <c>NEAREST</c>
    /// on PIL images (on tensors it takes the pixel in which the new one's corner lies).
    /// </summary>
    Nearest,

    /// <summary>
    /// Mean over the area that the new pixel covers, with parts of pixels: OpenCV's <c>cv2.resize(..., interpolation=cv2.INTER_AREA)</c>.
    /// Pillow's <c>BOX</c> is the same where sizes divide evenly; elsewhere it takes whole pixels only. Where a side grows, both sides get OpenCV's own
    /// stand-in.
    /// </summary>
    Area,

    /// <summary>
    /// Between the two nearest pixels of a side, however much is skipped (not antialiased): OpenCV's <c>cv2.resize(..., interpolation=cv2.INTER_LINEAR)</c>,
    /// its default.
    /// </summary>
    OpenCvBilinear,
}
