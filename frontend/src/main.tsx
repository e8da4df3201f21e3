// Starts the page.
import { render } from "preact";
import { App } from "./app";
import { followAddress } from "./route";
import { start } from "./store/display";
import { guardLeaving } from "./store/playlists";
import "./styles/index.css";

const root = document.getElementById("page");
if (root) {
  followAddress();
  guardLeaving();
  start();
  render(<App />, root);
}
