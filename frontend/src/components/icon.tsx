// The page's icons: 24×24, drawn with the text's colour.

const shapes = {
  play: <path d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10.1-6.8a1 1 0 0 0 0-1.6L9.6 4.4C8.9 3.9 8 4.4 8 5.2Z" fill="currentColor" stroke="none" />,
  pause: <path d="M8 5h2.5a.5.5 0 0 1 .5.5v13a.5.5 0 0 1-.5.5H8a.5.5 0 0 1-.5-.5v-13A.5.5 0 0 1 8 5Zm5.5 0H16a.5.5 0 0 1 .5.5v13a.5.5 0 0 1-.5.5h-2.5a.5.5 0 0 1-.5-.5v-13a.5.5 0 0 1 .5-.5Z" fill="currentColor" stroke="none" />,
  stop: <rect x="6.5" y="6.5" width="11" height="11" rx="1.5" fill="currentColor" stroke="none" />,
  next: <path d="M6 6.1v11.8c0 .8.9 1.3 1.6.8L16 12.9V18a1 1 0 1 0 2 0V6a1 1 0 1 0-2 0v5.1L7.6 5.3C6.9 4.8 6 5.3 6 6.1Z" fill="currentColor" stroke="none" />,
  previous: <path d="M18 6.1v11.8c0 .8-.9 1.3-1.6.8L8 12.9V18a1 1 0 1 1-2 0V6a1 1 0 1 1 2 0v5.1l8.4-5.8c.7-.5 1.6 0 1.6.8Z" fill="currentColor" stroke="none" />,
  list: <path d="M4 6h11M4 12h11M4 18h7M17 12.5v6l4.5-3Z" />,
  library: <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v11a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5Zm0 9.5 4.2-4.2a1.5 1.5 0 0 1 2.1 0L16 17.5m-1.8-1.8 1.5-1.5a1.5 1.5 0 0 1 2.1 0l2.2 2.2M15 8.5h.01" />,
  effect: <path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z" />,
  status: <path d="M3 12h4l2.5-7 5 14 2.5-7h4" />,
  plus: <path d="M12 5v14M5 12h14" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  up: <path d="m6 14.5 6-6 6 6" />,
  down: <path d="m6 9.5 6 6 6-6" />,
  grip: <path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" stroke-width="2.6" />,
  trash: <path d="M4.5 7h15M10 4h4M6.5 7l.8 11.2A2 2 0 0 0 9.3 20h5.4a2 2 0 0 0 2-1.8L17.5 7M10 11v5M14 11v5" />,
  pencil: <path d="m4 20 1-4.5L16.2 4.3a1.5 1.5 0 0 1 2.1 0l1.4 1.4a1.5 1.5 0 0 1 0 2.1L8.5 19Zm10.5-13.5 3 3" />,
  upload: <path d="M12 15.5V4.5m0 0L7.5 9M12 4.5 16.5 9M4.5 15v2.5A2.5 2.5 0 0 0 7 20h10a2.5 2.5 0 0 0 2.5-2.5V15" />,
  sun: <path d="M12 3.5v1.5M12 19v1.5M3.5 12H5M19 12h1.5M6 6l1 1M17 17l1 1M6 18l1-1M17 7l1-1M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z" />,
  loop: <path d="m17 3.5 3 3-3 3M4 11.5v-1a4 4 0 0 1 4-4h12M7 20.5l-3-3 3-3M20 12.5v1a4 4 0 0 1-4 4H4" />,
  shuffle: <path d="m17 4 3.5 3L17 10M17 14l3.5 3-3.5 3M3.5 7H7c4.5 0 5.5 10 10 10h3M3.5 17H7c1.6 0 2.7-1.2 3.6-2.9M13.5 9.7C14.4 8.1 15.4 7 17 7h3" />,
  back: <path d="M19 12H5m0 0 6-6m-6 6 6 6" />,
  search: <path d="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L20 20" />,
  warn: <path d="M12 9v4.5M12 17h.01M10.4 4.3 2.9 17.2A1.9 1.9 0 0 0 4.5 20h15a1.9 1.9 0 0 0 1.6-2.8L13.6 4.3a1.9 1.9 0 0 0-3.2 0Z" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  sliders: <path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM9 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z" />,
};

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}

/** The mark: white light into a prism, colours out of it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-in" d="M3.5 19.8 12.5 16.2" />
      <path class="mark-a" d="m19.6 14.4 8.6-2.6" />
      <path class="mark-b" d="m20.7 16.6 7.8.2" />
      <path class="mark-c" d="m21.8 18.8 6.4 2.7" />
      <path class="mark-d" d="M22.9 21.2 27 25" />
      <path class="mark-in" d="M16 7 8 23h16Z" />
    </svg>
  );
}
