// Which page is shown, kept in the address behind the #, so that the back button and bookmarks work.
import { signal } from "@preact/signals";

export type Route =
  | { page: "play" }
  | { page: "playlists"; id: string | null }
  | { page: "library" }
  | { page: "effects" }
  | { page: "status" };

export type PageName = Route["page"];

export function parse(hash: string): Route {
  const [page, id] = hash.replace(/^#?\/?/, "").split("/");
  switch (page) {
    case "playlists":
      return { page, id: id ? decode(id) : null };
    case "library":
    case "effects":
    case "status":
      return { page };
    default:
      return { page: "play" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(page: PageName, id?: string): string {
  return page === "play" ? "#/" : `#/${page}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;
}

export const route = signal<Route>({ page: "play" });

export function go(page: PageName, id?: string): void {
  location.hash = href(page, id);
}

export function followAddress(): void {
  const follow = () => {
    route.value = parse(location.hash);
  };
  window.addEventListener("hashchange", follow);
  follow();
}
