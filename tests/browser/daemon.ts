// The page under watch, and the daemon behind it: what a test makes is taken away after it.
import { expect, test as base, type APIRequestContext, type Page } from "@playwright/test";

export interface Playlist {
  id: string;
  name: string;
  revision: number;
  items: { id: string; kind: string; color?: string; transition?: object | null }[];
}

export interface Media {
  id: string;
  name: string;
  kind: string;
  state: string;
}

export class Daemon {
  readonly #request: APIRequestContext;
  readonly #made: string[] = [];

  constructor(request: APIRequestContext) {
    this.#request = request;
  }

  /** A name that no other run has used, whose things are taken away after the test. */
  name(what: string): string {
    const name = `${what} ${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
    this.#made.push(name);
    return name;
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.#request.get(path);
    expect(response.ok(), `GET ${path}: ${response.status()}`).toBe(true);
    return (await response.json()) as T;
  }

  async brightness(): Promise<number> {
    return (await this.get<{ display: { brightness: number } }>("/api/status")).display.brightness;
  }

  async setBrightness(brightness: number): Promise<void> {
    const response = await this.#request.patch("/api/settings", {
      headers: { "Content-Type": "application/merge-patch+json" },
      data: JSON.stringify({ display: { brightness } }),
    });
    expect(response.ok(), `PATCH /api/settings: ${response.status()}`).toBe(true);
  }

  async makePlaylist(name: string, colors: string[]): Promise<Playlist> {
    const items = colors.map((color) => ({ kind: "color", color, duration_s: 60 }));
    const response = await this.#request.post("/api/playlists", {
      data: { name, items, loop: true, shuffle: false },
    });
    expect(response.status()).toBe(201);
    return (await response.json()) as Playlist;
  }

  /** Puts a file into the library and waits until it is looked at. */
  async makeMedia(name: string, buffer: Buffer): Promise<Media> {
    const response = await this.#request.post("/api/media", {
      multipart: { file: { name, mimeType: "application/octet-stream", buffer } },
    });
    expect(response.status(), `POST ${name}`).toBe(201);
    const { id } = (await response.json()) as Media;
    const path = `/api/media/${id}`;
    await expect.poll(async () => (await this.get<Media>(path)).state).not.toBe("processing");
    return this.get<Media>(path);
  }

  /** A playlist of files, each as long as it lasts by itself. */
  async makeShow(name: string, files: Media[]): Promise<Playlist> {
    const items = files.map(({ id }) => ({ kind: "media", media_id: id }));
    const response = await this.#request.post("/api/playlists", { data: { name, items, loop: true, shuffle: false } });
    expect(response.status()).toBe(201);
    return (await response.json()) as Playlist;
  }

  async play(wish: object): Promise<void> {
    const response = await this.#request.post("/api/player/play", { data: wish });
    expect(response.ok(), `play: ${response.status()}`).toBe(true);
  }

  playlist(id: string): Promise<Playlist> {
    return this.get<Playlist>(`/api/playlists/${id}`);
  }

  /** Replaces a playlist as another person would, over whatever is there. */
  async overwrite(list: Playlist, name: string): Promise<void> {
    const { items } = list;
    const response = await this.#request.put(`/api/playlists/${list.id}`, {
      data: { name, items, loop: true, shuffle: false },
    });
    expect(response.ok(), `PUT: ${response.status()}`).toBe(true);
  }

  async tidy(): Promise<void> {
    const mine = ({ name }: { name: string }) => this.#made.some((made) => name.includes(made));
    await this.#request.post("/api/player/stop", { data: {} });
    for (const resource of ["playlists", "media"]) {
      const { items } = await this.get<{ items: { id: string; name: string }[] }>(`/api/${resource}?limit=1000`);
      for (const { id } of items.filter(mine)) await this.#request.delete(`/api/${resource}/${id}?force=true`);
    }
  }
}

interface Fixtures {
  daemon: Daemon;
  watched: void;
}

export const test = base.extend<Fixtures>({
  daemon: async ({ request }, use) => {
    const daemon = new Daemon(request);
    const before = await daemon.brightness();
    await use(daemon);
    await daemon.tidy();
    await daemon.setBrightness(before);
  },
  // No test passes while the page throws or breaks its content security policy.
  watched: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => {
        if (/content security policy/i.test(message.text())) faults.push(message.text());
      });
      await use();
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

/** Goes to a page by the navigation, as a person does. */
export async function open(page: Page, label: string): Promise<void> {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: label, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Until the page has heard from the daemon. */
export async function start(page: Page, hash = ""): Promise<void> {
  await page.goto(`/${hash}`);
  await expect(page.locator(".strip .dot.pending")).toHaveCount(0);
}

export { expect };
