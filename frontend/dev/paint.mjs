// Light for the stand-in: not the daemon's effects, only something that moves.

const palettes = {
  sunset: [[42, 10, 94], [240, 48, 106], [255, 122, 42], [255, 198, 74], [168, 24, 128]],
  ocean: [[0, 26, 88], [0, 168, 224], [56, 240, 216], [0, 96, 200]],
  aurora: [[0, 72, 64], [0, 224, 112], [16, 144, 224], [96, 48, 224]],
  lava: [[40, 0, 6], [144, 0, 16], [240, 48, 0], [255, 160, 0]],
  rainbow: [[255, 16, 48], [255, 224, 0], [40, 224, 40], [0, 216, 240], [144, 32, 255]],
};

function ring(stops, at) {
  const place = (((at % 1) + 1) % 1) * stops.length;
  const [a, b] = [stops[Math.floor(place) % stops.length], stops[(Math.floor(place) + 1) % stops.length]];
  const part = place % 1;
  return a.map((value, c) => value + (b[c] - value) * part);
}

export function paintEffect(effect, params, x, y, t) {
  const time = t * (params.speed ?? 1);
  const wave = Math.sin(x * 4 + time) + Math.sin(y * 5 - time * 0.7) + Math.sin((x + y) * 3 + Math.sin(time * 0.4) * 2);
  switch (effect) {
    case "rainbow":
      return ring(palettes.rainbow, x * 0.8 + time * 0.2 + 0.1 * Math.sin(y * 4 + time));
    case "fire": {
      const heat = Math.max(0, y * 1.3 - 0.35 + 0.16 * Math.sin(x * 17 + time * 3) * Math.sin(x * 7 - time * 2 + y * 6));
      return ring(palettes.lava, Math.min(0.74, heat * 0.8));
    }
    case "starfield": {
      const star = Math.sin(Math.floor(x * 38) * 127.1 + Math.floor(y * 32) * 311.7) * 43758.5453;
      const twinkle = star - Math.floor(star) > 0.93 ? 0.5 + 0.5 * Math.sin(time * 3 + star) : 0.02;
      return [150 * twinkle, 190 * twinkle, 255 * twinkle];
    }
    default: {
      const shade = 0.55 + 0.45 * Math.sin(wave * 1.3 - time * 0.3);
      const named = palettes[params.palette] ?? palettes[{ ripples: "ocean", noise_flow: "aurora" }[effect] ?? "sunset"];
      return ring(named, wave * 0.13 + time * 0.03).map((value) => value * shade);
    }
  }
}
