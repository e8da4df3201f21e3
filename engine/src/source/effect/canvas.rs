//! What effects draw on.

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// sRGB, three bytes a pixel, rows from the top.
    pub rgb: Vec<u8>,
}

impl Canvas {
    /// A black canvas.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![0; width as usize * height as usize * 3] }
    }
}

/// The shape of a canvas, and the length that effects measure in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Pixels in one unit: the short side, but at least a quarter of the long one, so that a single
    /// row of LEDs still has a pattern.
    pub(super) unit: f32,
}

impl Size {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let short = width.min(height) as f32;
        let long = width.max(height) as f32;
        Self { width, height, unit: short.max(long / 4.0) }
    }

    /// Half of the canvas, in units.
    pub(super) fn half(self) -> (f32, f32) {
        (self.width as f32 / self.unit / 2.0, self.height as f32 / self.unit / 2.0)
    }

    /// Pixel coordinates of a point given in units from the middle, downwards.
    pub(super) fn pixel(self, x: f32, y: f32) -> (f32, f32) {
        (x * self.unit + self.width as f32 / 2.0, y * self.unit + self.height as f32 / 2.0)
    }
}
