// Whether a saved run tells the truth: lanes and clocks are distorted in a known way, and the run's file has to say
// exactly that.
import { distort, exported, type Knobs, type LaneRecording, type Run } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, type Lab, type Lane, type Settings } from "../lab";
import { WallClock } from "../wall_clock";

/** Two hundred even events in ten blocks. */
const RUN: Settings = { rate: 20, payload: 64, interval: 0.2, wait: 1, duration: 10 };

/** Measures with lanes distorted so, and gives the run's file. */
async function measure(
  lab: Lab,
  server: string,
  knobs: Partial<Record<Lane, Knobs>> = {},
  { settings = RUN, meanwhile }: { settings?: Settings; meanwhile?: () => Promise<void> } = {},
): Promise<Run> {
  // A knob holds for readers that open after it was set, so the lanes' names have to be known beforehand.
  await lab.page.addInitScript(() => {
    Math.random = () => 0.5;
  });
  for (const [lane, its] of Object.entries(knobs)) await distort(server, `80000000-${lane}`, its);
  await lab.open(server);
  await lab.arrive("even");
  await lab.start(settings);
  await meanwhile?.();
  await lab.end();
  await expect(lab.root).toHaveAttribute("data-run-id", /./);
  return exported(server, (await lab.root.getAttribute("data-run-id")) ?? "");
}

function laneOf(run: Run, transport: Lane): LaneRecording {
  const lane = run.lanes.find(({ client }) => client.transport === transport);
  if (!lane) throw new Error(`No lane ${transport} was kept.`);
  return lane.client;
}

/** The middle latency of some receipts, in ms. */
function median(receipts: LaneRecording["receipts"]): number {
  const sorted = receipts.map(([, , latency]) => latency / 1000).sort((one, two) => one - two);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** The least latency of some receipts, in ms. */
function earliest(receipts: LaneRecording["receipts"]): number {
  return Math.min(...receipts.map(([, , latency]) => latency / 1000));
}

test("a lane that is held back by 100 ms is 100 ms late, to the clock error and 1 ms", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  const run = await measure(lab, own.url, { sse: { delay_ms: 100 } });
  const error = run.clock.error_us / 1000;
  const [held, free] = [laneOf(run, "sse"), laneOf(run, "websocket")];
  expect(held.receipts).toHaveLength(200);
  // No event came before its time, but for the clock error.
  expect(earliest(held.receipts)).toBeGreaterThanOrEqual(100 - error);
  // What the browser itself takes is in both lanes; a busy machine holds up many events, but not all of them.
  const late = earliest(held.receipts) - earliest(free.receipts);
  expect(Math.abs(late - 100), `${late} ms late`).toBeLessThanOrEqual(error + 1);
  expect(await lab.figure("sse", "p50")).toBeCloseTo(median(held.receipts), -1);
});

test("losses, repeats and swaps are found by their numbers, where they were made and nowhere else", async ({
  lab,
  server,
}) => {
  const own = await server.start("--test-knobs");
  const knobs = { drop_every: 50, repeat_every: 70, swap_every: 90 };
  const run = await measure(lab, own.url, { websocket: knobs, polling: { drop_every: 50 } });
  expect(run.published).toBe(200);
  const found = (lane: Lane) => {
    const { delivered, lost, lost_ranges, duplicated_seqs, reordered_seqs } = laneOf(run, lane);
    return { delivered, lost, lost_ranges, duplicated_seqs, reordered_seqs };
  };
  const clean = { delivered: 200, lost: 0, lost_ranges: [], duplicated_seqs: [], reordered_seqs: [] };
  const dropped = { delivered: 196, lost: 4, lost_ranges: [50, 100, 150, 200].map((seq) => [seq, seq]) };
  expect(found("sse")).toEqual(clean);
  expect(found("long-polling")).toEqual(clean);
  expect(found("polling")).toEqual({ ...clean, ...dropped });
  expect(found("websocket")).toEqual({ ...clean, ...dropped, duplicated_seqs: [70, 140], reordered_seqs: [90, 180] });
});

test("what was dropped counts in the percentiles, as infinitely late", async ({ lab, server }) => {
  const own = await server.start("--test-knobs");
  const run = await measure(lab, own.url, { websocket: { drop_every: 2 } });
  const counted = ({ histogram }: LaneRecording) => ({
    came: histogram.flatMap((block) => block.counts).reduce((sum, [, count]) => sum + count, 0),
    never: histogram.reduce((sum, block) => sum + block.never, 0),
  });
  expect(counted(laneOf(run, "websocket"))).toEqual({ came: 100, never: 100 });
  expect(counted(laneOf(run, "sse"))).toEqual({ came: 200, never: 0 });
  // Half of the events came in a ms or two, and half never: no percentile from there on is finite.
  const p95 = lab.lane("websocket").locator("[data-figure=p95]");
  expect(Number((await p95.getAttribute("data-value")) || NaN)).not.toBeLessThan(1e9);
});

test("a step of the wall clock in the middle of a run moves no latency", async ({ lab, server }) => {
  const clock = new WallClock("truth");
  const own = await server.startWith(clock.env, "--test-knobs");
  const meanwhile = async () => {
    await lab.delivers(100, ["sse"]);
    clock.ahead(250);
  };
  const run = await measure(lab, own.url, {}, { meanwhile });
  expect(run.flags.map((flag) => flag.kind)).not.toContain("clock-restarted");
  for (const lane of ["sse", "websocket"] as const) {
    const { receipts } = laneOf(run, lane);
    const [before, after] = [receipts.slice(0, 100), receipts.slice(-80)];
    // By 250 ms, the one way or the other, if anything had followed the wall clock.
    expect(Math.abs(median(after) - median(before)), lane).toBeLessThan(25);
    expect(median(before), lane).toBeGreaterThan(-run.clock.error_us / 1000);
  }
});

test("a server's clock that gains 200 ppm is followed, and moves no latency", async ({ lab, server }) => {
  const own = await server.start("--test-knobs", "--test-clock-drift", "200");
  const seconds = 20;
  const run = await measure(lab, own.url, {}, { settings: { ...RUN, duration: seconds } });
  const error = run.clock.error_us / 1000;
  // The browser's clock loses as much on it. How well twenty seconds tell that depends on the clock error: on a quiet
  // machine to some 70 ppm.
  const ppm = run.clock.drift_ppb / 1000;
  expect(Math.abs(ppm + 200), `${ppm} ppm`).toBeLessThan((2 * run.clock.error_us) / seconds + 50);
  for (const lane of ["sse", "websocket"] as const) {
    const { receipts } = laneOf(run, lane);
    // What is quickest in the first and in the last five seconds: 15 s lie between, 3 ms if nothing had followed.
    const quickest = (some: typeof receipts) => Math.min(...some.map(([, , latency]) => latency / 1000));
    const wandered = quickest(receipts.slice(-100)) - quickest(receipts.slice(0, 100));
    expect(Math.abs(wandered), lane).toBeLessThan(2 * error + 0.7);
  }
});

test("every lane of a clean run has every event, and every receipt its place in the histogram", async ({
  lab,
  server,
}) => {
  const own = await server.start("--test-knobs");
  const run = await measure(lab, own.url);
  for (const lane of LANES) {
    const { receipts, histogram } = laneOf(run, lane);
    expect(receipts.map(([seq]) => seq)).toEqual(Array.from({ length: 200 }, (_, place) => place + 1));
    const blocks = new Map<number, number>();
    for (const [, at] of receipts) {
      const block = Math.floor(at / run.block_us);
      blocks.set(block, (blocks.get(block) ?? 0) + 1);
    }
    const counts = histogram.map(({ block, counts }) => [block, counts.reduce((sum, [, count]) => sum + count, 0)]);
    expect(counts, lane).toEqual([...blocks].sort(([one], [two]) => one - two));
  }
});
