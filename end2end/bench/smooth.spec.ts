// How smooth the page stays under the heaviest load that it promises to bear, beside the same page at rest.
import { expect, test } from "../fixtures";
import { Lab, LANES, each } from "../lab";

const SECONDS = 20;

/** Counts frames for so many seconds; the longest pause between two tells what an average hides. */
async function frames(lab: Lab, seconds: number): Promise<{ perSecond: number; longest: number }> {
  return lab.page.evaluate(async (ms) => {
    const times: number[] = [];
    await new Promise<void>((resolve) => {
      const start = performance.now();
      const frame = (now: number) => {
        times.push(now);
        if (performance.now() - start < ms) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? time));
    const all = pauses.reduce((sum, pause) => sum + pause, 0);
    return { perSecond: (pauses.length / all) * 1000, longest: Math.max(...pauses) };
  }, seconds * 1000);
}

test("frames at 200 events a second with 1 KiB each, in four lanes", async ({ page }) => {
  const lab = new Lab(page);
  await lab.open();
  await lab.action("stop").click();
  await lab.is("idle");
  const rest = await frames(lab, 3);
  await lab.start({ rate: 200, payload: 1024, interval: 0.2, wait: 25, duration: SECONDS + 4 });
  const load = await frames(lab, SECONDS);
  await lab.end();
  const delivered = await lab.figures("delivered");
  const show = (name: string, { perSecond, longest }: typeof load) =>
    console.log(`${name}: ${perSecond.toFixed(1)} frames/s, longest pause ${longest.toFixed(0)} ms`);
  show("at rest   ", rest);
  show("under load", load);
  console.log(`frames under load / at rest: ${(load.perSecond / rest.perSecond).toFixed(2)}`);
  console.log(`delivered: ${LANES.map((lane) => `${lane} ${delivered[lane]}`).join(", ")}`);
  // That every event was counted is no matter of speed.
  expect(await lab.figures("lost")).toEqual(each(0));
  expect(new Set(Object.values(delivered)).size).toBe(1);
});
