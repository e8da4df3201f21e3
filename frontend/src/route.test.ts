import { expect, test } from "vitest";
import { href, parse, type Route } from "./route";

test("every page has an address that leads back to it", () => {
  const check = (address: string, expected: Route) => expect(parse(address), address).toEqual(expected);
  check("", { page: "play" });
  check("#/", { page: "play" });
  check("#/nowhere", { page: "play" });
  check("#/library", { page: "library" });
  check("#/playlists", { page: "playlists", id: null });
  check(href("playlists", "a b/c"), { page: "playlists", id: "a b/c" });
  check("#/playlists/%E0%A4%A", { page: "playlists", id: "%E0%A4%A" });
});
