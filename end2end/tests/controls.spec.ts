import { publish, published } from "../contract";
import { expect, test } from "../fixtures";
import { SHORT } from "../lab";

// Rate in events/s, payload in bytes, poll interval and wait in seconds.
const PRESETS = {
  "mail-check": [0.1, 2048, 30, 60],
  notifications: [0.2, 512, 5, 25],
  "news-ticker": [2, 128, 1, 25],
  "stock-prices": [20, 64, 0.5, 25],
  chat: [5, 256, 1, 25],
  trading: [100, 128, 0.1, 25],
};

test("a preset sets the controls, and one that is changed is no longer the preset", async ({ lab }) => {
  await lab.open();
  for (const [preset, values] of Object.entries(PRESETS)) {
    const chip = lab.page.locator(`[data-preset=${preset}]`);
    await chip.click();
    await expect(chip).toHaveAttribute("aria-pressed", "true");
    await expect(lab.page.locator("[data-preset][aria-pressed=true]")).toHaveCount(1);
    for (const [place, name] of ["rate", "payload", "interval", "wait"].entries()) {
      await expect(lab.field(name)).toHaveValue(String(values[place]));
    }
  }
  await lab.set({ rate: 99 });
  await expect(lab.page.locator("[data-preset][aria-pressed=true]")).toHaveCount(0);
});

test("the demo goes on with what a preset sets", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.is("running");
  const before = await lab.topic();
  await lab.page.locator("[data-preset=trading]").click();
  await expect(lab.root).not.toHaveAttribute("data-topic", before);
  await lab.is("running");
  await lab.delivers(20);
  expect((await published(baseURL!, await lab.topic()))[0]!.data).toHaveLength(128);
});

test("a value out of its range is refused where it stands, until it is put right", async ({ lab }) => {
  await lab.open();
  for (const [name, wrong, right] of [
    ["rate", "501", "20"],
    ["rate", "0", "20"],
    ["rate", "", "20"],
    ["payload", "0", "64"],
    ["payload", "1.5", "64"],
    ["interval", "0.01", "0.2"],
    ["wait", "61", "1"],
    ["duration", "3601", "5"],
  ] as const) {
    const error = lab.page.locator(`#lab-wrong-${name}`);
    await lab.field(name).fill(wrong);
    await lab.field(name).blur();
    await expect(error, `${name} ${wrong}`).toBeVisible();
    await expect(lab.field(name)).toHaveAttribute("aria-invalid", "true");
    await expect(lab.action("measure")).toBeDisabled();
    await lab.field(name).fill(right);
    await lab.field(name).blur();
    await expect(error).toBeHidden();
    await expect(lab.action("measure")).toBeEnabled();
  }
});

test("while a measurement runs its settings cannot be touched", async ({ lab }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 60 });
  for (const name of ["rate", "payload", "interval", "wait", "duration"]) {
    await expect(lab.field(name)).toBeDisabled();
  }
  await expect(lab.action("measure")).toBeDisabled();
  await lab.action("stop").click();
  await lab.end();
  await expect(lab.field("rate")).toBeEnabled();
  await expect(lab.field("rate")).toHaveValue("20");
});

test("even events that meet the polls at few places are warned of", async ({ lab }) => {
  await lab.open();
  await lab.arrive("even");
  await lab.set({ rate: 2, interval: 1 });
  const warning = lab.page.locator(".controls .warning");
  await expect(warning).toHaveText(/./);
  await lab.arrive("poisson");
  await expect(warning).toHaveText("");
});

test("what another adds to a run's topic is counted like any event", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.start({ ...SHORT, duration: 3 });
  const topic = await lab.topic();
  expect((await publish(baseURL!, topic, "from outside")).status).toBe(201);
  await lab.end();
  const events = await published(baseURL!, topic);
  expect(events.filter((event) => event.data === "from outside")).toHaveLength(1);
  for (const lane of ["polling", "long-polling", "sse", "websocket"] as const) {
    expect(await lab.figure(lane, "delivered")).toBe(events.length);
  }
});

test("the address carries the settings, also through a switch of language", async ({ lab, page }) => {
  await lab.open("/?rate=7.5&lanes=sse.websocket&arrivals=even");
  await expect(lab.field("rate")).toHaveValue("7.5");
  await expect(lab.field("arrivals")).toHaveValue("even");
  await expect(lab.lane("polling")).toHaveCount(0);
  await lab.set({ rate: 9, duration: 12 });
  expect(new URL(page.url()).search).toContain("rate=9&");
  await page.getByRole("button", { name: "한국어" }).click();
  await lab.awake();
  await expect(lab.field("rate")).toHaveValue("9");
  await expect(lab.field("duration")).toHaveValue("12");
  await expect(lab.lane("polling")).toHaveCount(0);
});
