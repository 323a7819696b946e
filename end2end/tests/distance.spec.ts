// The lab from 20 ms away: everything takes longer, and the clock is known as well as before.
import { expect, test } from "../fixtures";
import { LANES, SHORT, each } from "../lab";

const ROUND_TRIP_MS = 20;

test.use({ ignoreHTTPSErrors: true });

for (const flag of ["--heartbeat=15", "--tls"]) {
  test(`each lane is late by half of the round trip, and the clock error is not (${flag})`, async ({
    server,
    lab,
    page,
  }) => {
    const own = await server.start(flag);
    await lab.open(await own.afar(ROUND_TRIP_MS));
    await expect(lab.root).toHaveAttribute("data-distance", String(ROUND_TRIP_MS));
    await expect(lab.root).toHaveAttribute("data-clock-origin", own.url);
    await lab.measure(SHORT);

    const error = Number(await page.locator("[data-fact=clock-error]").getAttribute("data-value"));
    expect(error).toBeGreaterThan(0);
    // Exchanged through the relay it could not be below half of the round trip.
    expect(error).toBeLessThan(ROUND_TRIP_MS / 4);
    for (const lane of LANES) {
      expect(await lab.figure(lane, "p50"), lane).toBeGreaterThanOrEqual(ROUND_TRIP_MS / 2 - error);
    }
    expect(await lab.figures("lost")).toEqual(each(0));
  });
}
