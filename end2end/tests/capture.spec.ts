import { counters } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, SERVER_FN_LANES, SHORT } from "../lab";
import { Capture } from "../packets";

test("the bytes of a browser's own lanes equal a packet capture, lane by lane", async ({ lab, server, page }) => {
  const own = await server.start();
  const capture = await Capture.start(Number(new URL(own.url).port));
  if (typeof capture === "string") {
    console.log(`skipped: a browser's lanes against a packet capture: ${capture}`);
    test.skip(true, capture);
    return;
  }
  try {
    // Without a demo, whose connections are cut off when the measurement begins.
    await page.emulateMedia({ reducedMotion: "reduce" });
    await lab.open(own.url);
    const lanes = [...LANES, ...SERVER_FN_LANES] as const;
    await lab.choose(lanes);
    await lab.measure({ ...SHORT, duration: 4 });
    expect(await lab.figure("sse", "delivered")).toBeGreaterThan(20);

    const counted = async (names: Iterable<string>) => {
      const all: Record<string, { in: number; out: number }> = {};
      for (const name of names) {
        const { bytes_in, bytes_out } = await counters(own.url, name);
        all[name] = { in: bytes_in!, out: bytes_out! };
      }
      return all;
    };
    // The last packets are written down a moment after they have been sent.
    await expect(async () => {
      const captured = await capture.lanes();
      expect([...captured.keys()].length).toBeGreaterThanOrEqual(lanes.length);
      const witnessed = Object.fromEntries(
        [...captured].map(([name, carried]) => [name, { in: carried.in, out: carried.out }]),
      );
      expect(await counted(captured.keys())).toEqual(witnessed);
    }).toPass({ timeout: 15_000, intervals: [500] });
    for (const name of (await capture.lanes()).keys()) {
      const lane = await counters(own.url, name);
      expect(lane["bytes_in"]! + lane["bytes_out"]!, `${name}: the split adds up`).toBe(
        lane["payload_bytes"]! + lane["envelope_bytes"]! + lane["framing_bytes"]! + lane["header_bytes"]! + lane["setup_bytes"]!,
      );
      expect(lane["approximate"], name).toBe(false);
    }
  } finally {
    capture.stop();
  }
});
