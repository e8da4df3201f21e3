// How the display is: outputs, timing, the daemon.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Output, Status } from "../api/shapes";
import { Empty } from "../components/empty";
import { Icon } from "../components/icon";
import { stateWords as inputWords, told } from "../components/input-told";
import { count, micros, sentence, span } from "../format";
import { sandboxTold, share } from "../report";
import { driver, link, readCounters, status } from "../store/display";
import { inputs, load as readInputs } from "../store/inputs";

const REFRESH_MS = 2_000;

export function StatusPage() {
  useEffect(() => {
    const read = () => {
      if (document.hidden || link.value !== "open") return;
      void readCounters();
      // A daemon without inputs is not asked for them over and over.
      if (inputs.value !== null) void readInputs();
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const now = status.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Status</h1>
      </header>
      {now === null ? (
        <Empty icon="status" title={link.value === "reconnecting" ? "The display does not answer" : "Connecting…"}>
          <p>Is it switched on, and on the same network as this device?</p>
        </Empty>
      ) : (
        <Report now={now} />
      )}
    </div>
  );
}

function Report({ now }: { now: Status }) {
  const { frames, system, display } = now;
  const reasons = system.reasons ?? [];
  return (
    <div class="report">
      {reasons.length > 0 && (
        <section class="card">
          <h2>Needs a look</h2>
          <ul class="reasons">
            {reasons.map((reason) => (
              <li key={reason}>
                <Icon name="warn" />
                {sentence(reason)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="card">
        <h2>Outputs</h2>
        {now.outputs.length === 0 ? (
          <p class="meta">No outputs are set up. The picture is seen on this page only.</p>
        ) : (
          <ul class="outputs">
            {now.outputs.map((output) => (
              <OutputRow key={output.id} output={output} />
            ))}
          </ul>
        )}
      </section>
      <Inputs />
      <section class="card">
        <h2>Timing</h2>
        <dl class="facts">
          <Fact name="Frames shown">{frames.presented.toLocaleString("en")}</Fact>
          <Fact name="Late" bad={frames.late > frames.presented / 100}>
            {`${frames.late.toLocaleString("en")}${share(frames.late, frames.presented)}`}
          </Fact>
          <Fact name="Late by our own work">{frames.ran_late.toLocaleString("en")}</Fact>
          <Fact name="Skipped whole" bad={frames.dropped > frames.presented / 1000}>
            {frames.dropped.toLocaleString("en")}
          </Fact>
          <Fact name="Usual lateness">{micros(frames.lateness_us.p50)}</Fact>
          <Fact name="Worst of 100">{micros(frames.lateness_us.p99)}</Fact>
          <Fact name="Worst of all">{micros(frames.lateness_us.max)}</Fact>
        </dl>
      </section>
      <section class="card">
        <h2>Display</h2>
        <dl class="facts">
          <Fact name="LEDs">{now.leds.toLocaleString("en")}</Fact>
          <Fact name="Canvas">{`${display.width} × ${display.height}`}</Fact>
          <Fact name="Rate">{`${display.fps} per second`}</Fact>
          <Fact name="Driven by">{driver.value ?? (now.source === "playlist" ? "The playlist" : "Nobody")}</Fact>
        </dl>
      </section>
      <section class="card">
        <h2>Daemon</h2>
        <dl class="facts">
          <Fact name="Version">{now.version}</Fact>
          <Fact name="Instance">{now.instance}</Fact>
          <Fact name="Running for">{span(now.uptime_s)}</Fact>
          {system.realtime && <Fact name="Render thread">{system.realtime}</Fact>}
          {system.producers !== undefined && <Fact name="Producers">{String(system.producers)}</Fact>}
          {system.pid !== undefined && <Fact name="Process">{String(system.pid)}</Fact>}
        </dl>
        {system.sandbox && <p class="meta sandbox">{sandboxTold(system.sandbox)}</p>}
      </section>
    </div>
  );
}

/** Programs that can draw beside the playlists. Nothing where the daemon has none. */
function Inputs() {
  if (!inputs.value?.length) return null;
  return (
    <section class="card">
      <h2>Inputs</h2>
      <ul class="outputs">
        {inputs.value.map((input) => (
          <li key={input.id} class="output">
            <span class={`dot ${input.state === "failed" ? "failed" : input.driving ? "ok" : ""}`} aria-hidden="true" />
            <div class="output-text">
              <span class="name">{input.id}</span>
              <span class="meta">{told(input)}</span>
              <span class="meta">{input.target}</span>
              {input.error !== null && <span class="fault">{sentence(input.error)}</span>}
            </div>
            <span class={`pill ${input.state === "failed" ? "failed" : input.driving ? "ok" : ""}`}>{inputWords[input.state]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Fact({ name, bad, children }: { name: string; bad?: boolean; children: ComponentChildren }) {
  return (
    <div class={bad ? "fact bad" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const stateWords = { ok: "OK", failed: "Failed", opening: "Opening" } as const;

function OutputRow({ output }: { output: Output }) {
  const { id, kind, target, state, error, leds, frames } = output;
  const parts = [kind, target, leds === undefined ? undefined : count(leds, "LED"), frames === undefined ? undefined : count(frames, "frame")];
  return (
    <li class="output">
      <span class={`dot ${state}`} aria-hidden="true" />
      <div class="output-text">
        <span class="name">{id}</span>
        <span class="meta">{parts.filter(Boolean).join(" · ")}</span>
        {error !== null && <span class="fault">{sentence(error)}</span>}
      </div>
      <span class={`pill ${state}`}>{stateWords[state]}</span>
    </li>
  );
}
