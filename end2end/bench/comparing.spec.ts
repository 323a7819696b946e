// How long the page's main thread is taken at a time while the lanes are compared: 1,000 resamples of every pair may
// keep no frame longer than 16 ms. The browser's own trace tells, so that nothing that takes time is overlooked.
import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures";

const SECONDS = Number(process.env["COMPARING_SECONDS"] ?? 60);

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Both in µs. */
  ts: number;
  dur?: number;
  args?: { name?: string };
}

/** What a trace has of the page's main thread. */
function ofMainThread(events: TraceEvent[]): TraceEvent[] {
  const mains = events
    .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
    .map(({ pid, tid }) => `${pid}/${tid}`);
  const by = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const thread = `${event.pid}/${event.tid}`;
    if (!mains.includes(thread)) continue;
    by.set(thread, [...(by.get(thread) ?? []), event]);
  }
  // The busiest one is the page's; a spare process has next to none.
  return [...by.values()].sort((one, two) => two.length - one.length)[0] ?? [];
}

test("the main thread while lanes are compared", async ({ lab, browser, page }, info) => {
  test.setTimeout((SECONDS + 60) * 1000);
  await lab.open();
  await lab.start({ rate: 200, payload: 128, interval: 0.2, wait: 1, duration: SECONDS });
  const ending = { timeout: SECONDS * 1000 };
  await expect.poll(() => lab.figure("sse", "delivered"), ending).toBeGreaterThan(200 * (SECONDS - 10));

  const path = info.outputPath("trace.json");
  const categories = ["toplevel", "devtools.timeline", "blink.user_timing"];
  await browser.startTracing(page, { path, categories });
  // Told by the page itself: whoever keeps asking takes 25 ms of the main thread each time.
  await lab.root.evaluate(async (root) => {
    const told = (name: string, value: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => value.test(root.getAttribute(name) ?? "") && resolve();
        new MutationObserver(look).observe(root, { attributes: true });
        look();
      });
    await told("data-run", /^ended$/);
    performance.mark("ended");
    await told("data-run-id", /./);
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
  await browser.stopTracing();
  const { traceEvents } = JSON.parse(await readFile(path, "utf8")) as { traceEvents: TraceEvent[] };
  const ended = traceEvents.find(({ name }) => name === "ended")?.ts ?? NaN;
  const all = ofMainThread(traceEvents);
  const show = (name: string, part: TraceEvent[]) => {
    const ms = part.map(({ dur }) => (dur ?? 0) / 1000).sort((one, two) => two - one);
    const longest = ms.slice(0, 3).map((one) => one.toFixed(1));
    console.log(`${name}: ${ms.length}, the longest ${longest.join(", ")} ms`);
  };
  const tasks = all.filter(({ name }) => name.endsWith("RunTask"));
  show("tasks of receiving and comparing, the last ten seconds", tasks.filter(({ ts }) => ts < ended - 1_000));
  show("tasks of showing the end and saving", tasks.filter(({ ts }) => ts >= ended - 1_000));
  // Comparing, recording and saving go on in timers; layout and paint are the browser's own.
  show("timers, comparing and saving among them", all.filter(({ name }) => name === "TimerFire"));
  show("layouts", all.filter(({ name }) => name === "Layout"));
  show("paints", all.filter(({ name }) => name === "Paint"));
});
