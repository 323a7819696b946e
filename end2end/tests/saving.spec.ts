// A measurement that has ended is kept by itself, and nothing else is.
import { expect, test } from "../fixtures";
import { SHORT } from "../lab";

test("a measurement is saved when it has ended, and says where", async ({ lab, page }) => {
  await lab.open();
  await lab.is("running");
  const kept = page.locator(".kept");
  await expect(kept).toBeHidden();
  await lab.measure({ ...SHORT, duration: 2 });
  await expect(lab.root).toHaveAttribute("data-run-id", /./);
  const id = (await lab.root.getAttribute("data-run-id")) ?? "";
  await expect(kept.getByRole("link", { name: "Open" })).toHaveAttribute("href", `/runs/${id}`);
  await expect(kept.getByRole("button")).toBeHidden();

  const exported = await page.request.get(`/runs/${id}/export.json`);
  const record = (await exported.json()) as {
    mode: string;
    lanes: { client: { delivered: number; receipts: unknown[]; histogram: { counts: [number, number][] }[] } }[];
  };
  expect(record.mode).toBe("together");
  expect(record.lanes).toHaveLength(4);
  for (const { client: lane } of record.lanes) {
    expect(lane.delivered).toBeGreaterThan(0);
    expect(lane.receipts).toHaveLength(lane.delivered);
    const counts = lane.histogram.flatMap((block) => block.counts.map(([, count]) => count));
    expect(counts.reduce((one, two) => one + two)).toBe(lane.delivered);
  }

  // The next run is another one, and the demo is none.
  await lab.action("stop").click();
  await lab.is("running");
  await expect(lab.root).not.toHaveAttribute("data-run-id");
  await expect(kept).toBeHidden();
});

test.describe("the server does not take it", () => {
  test.use({ allowedConsole: /save-run/ });

  test("a run that could not be saved can be handed in again", async ({ lab, page }) => {
    await page.route(/save-run/, (route) => route.abort(), { times: 1 });
    await lab.open();
    await lab.measure({ ...SHORT, duration: 1 });
    await expect(page.locator(".kept")).toContainText("not saved");
    await lab.action("save").click();
    await expect(lab.root).toHaveAttribute("data-run-id", /./);
    await expect(lab.action("save")).toBeHidden();
  });
});
