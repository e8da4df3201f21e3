// A few colours of each palette that effects name, for the small pictures on the page only.

const stops: Record<string, readonly string[]> = {
  rainbow: ["#FF1030", "#FFE000", "#28E028", "#00D8F0", "#9020FF"],
  sunset: ["#2A0A5E", "#F0306A", "#FF7A2A", "#FFC64A"],
  ocean: ["#001A58", "#00A8E0", "#38F0D8", "#0060C8"],
  forest: ["#033812", "#0A8028", "#6AD024", "#20B060"],
  neon: ["#FF0080", "#8000FF", "#00A0FF", "#00FFB0"],
  lava: ["#280006", "#F03000", "#FFA000", "#FFE050"],
  aurora: ["#004840", "#00E070", "#1090E0", "#6030E0"],
  candy: ["#FF4098", "#FFA030", "#B050FF", "#40C8FF"],
  ice: ["#001850", "#0060D8", "#40C0FF", "#C8FAFF"],
};

/** Effects whose colours are not among their parameters, or not the ones that they are known by. */
const own: Record<string, readonly string[]> = {
  rainbow: stops.rainbow!,
  fire: stops.lava!,
  test_bars: ["#BFBF00", "#00BFBF", "#00BF00", "#BF00BF", "#BF0000", "#0000BF"],
  test_ramp: ["#000000", "#FFFFFF"],
};

export function paletteColors(name: string): readonly string[] {
  return stops[name] ?? [];
}

export function effectColors(id: string): readonly string[] {
  return own[id] ?? [];
}
