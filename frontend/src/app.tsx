// The frame around every page: navigation, strip, what plays, messages.
import { useEffect, useRef } from "preact/hooks";
import { Icon, Mark, type IconName } from "./components/icon";
import { Mini } from "./components/mini";
import { Notices } from "./components/notices";
import { Announcer } from "./components/now-playing";
import { Offline } from "./components/offline";
import { Strip } from "./components/strip";
import { DropAnywhere, UploadTray } from "./components/upload";
import { EffectsPage } from "./pages/effects";
import { LibraryPage } from "./pages/library";
import { PlayPage } from "./pages/play";
import { PlaylistPage } from "./pages/playlist";
import { PlaylistsPage } from "./pages/playlists";
import { StatusPage } from "./pages/status";
import { href, route, type PageName } from "./route";
import { status } from "./store/display";

const pages: { page: PageName; label: string; icon: IconName }[] = [
  { page: "play", label: "Play", icon: "play" },
  { page: "playlists", label: "Playlists", icon: "list" },
  { page: "library", label: "Library", icon: "library" },
  { page: "effects", label: "Effects", icon: "effect" },
  { page: "status", label: "Status", icon: "status" },
];

export function App() {
  const now = route.value;
  const main = useRef<HTMLElement>(null);
  const instance = status.value?.instance;
  const key = now.page === "playlists" ? `playlists/${now.id ?? ""}` : now.page;
  const first = useRef(true);

  useEffect(() => {
    const label = pages.find(({ page }) => page === now.page)?.label ?? "";
    document.title = `${label} · Prismatron${instance && instance !== "main" ? ` ${instance}` : ""}`;
  }, [now.page, instance]);

  useEffect(() => {
    // A new page starts at its top, also for the keyboard and a screen reader.
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [key]);

  return (
    <div class={`shell at-${now.page}`}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="side">
        <a class="brand" href={href("play")}>
          <Mark />
          <span>Prismatron</span>
          {instance && instance !== "main" && <span class="instance">{instance}</span>}
        </a>
        <nav class="nav" aria-label="Pages">
          {pages.map(({ page, label, icon }) => (
            <a key={page} href={href(page)} aria-current={page === now.page ? "page" : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
            </a>
          ))}
        </nav>
        <Strip />
      </header>
      <main ref={main} class="content" id="main" tabIndex={-1}>
        <Offline />
        {now.page === "play" && <PlayPage />}
        {now.page === "playlists" && (now.id === null ? <PlaylistsPage /> : <PlaylistPage key={now.id} id={now.id} />)}
        {now.page === "library" && <LibraryPage />}
        {now.page === "effects" && <EffectsPage />}
        {now.page === "status" && <StatusPage />}
      </main>
      {now.page !== "play" && <Mini />}
      <div class="corner">
        <UploadTray />
        <Notices />
      </div>
      <Announcer />
      <DropAnywhere />
    </div>
  );
}
