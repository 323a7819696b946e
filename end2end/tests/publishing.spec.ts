import type { Locator } from "@playwright/test";
import { publish, published } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, each, type Lab } from "../lab";

/** The latest text, as every lane shows it. */
async function shows(lab: Lab, text: string): Promise<void> {
  for (const lane of LANES) {
    await expect(lab.lane(lane).locator("[data-figure=text]"), lane).toHaveText(text);
  }
}

/** Sends a text by the page's own box. */
async function sends(lab: Lab, text: string): Promise<void> {
  await lab.page.locator(".own [name=text]").fill(text);
  await lab.action("publish").click();
}

/** What the box answers: the event's number. */
function said(lab: Lab): Locator {
  return lab.page.locator(".own .answer[role=status]");
}

test("what is published by HTTP from outside appears in all lanes", async ({ lab, baseURL }) => {
  await publish(baseURL!, "outside", "before anybody watched");
  await lab.open();
  await lab.watch("outside");
  await expect(lab.root).toHaveAttribute("data-kind", "external");
  for (const [place, text] of ["one", "two", "three"].entries()) {
    expect((await publish(baseURL!, "outside", text)).status).toBe(201);
    await shows(lab, text);
    expect(await lab.figures("delivered")).toEqual(each(place + 1));
  }
  expect(await lab.figures("lost")).toEqual(each(0));
  // The command that the box offers is the one that was typed.
  await expect(lab.page.locator(".own .command")).toHaveText(`curl -d hi ${baseURL}/api/topics/outside/events`);
});

test("a visitor's own text goes through all four lanes and stays text", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.watch("own-text");
  let alerted = false;
  lab.page.on("dialog", async (dialog) => {
    alerted = true;
    await dialog.dismiss();
  });
  const texts = [
    "hello",
    "<b>bold</b> <img src=x onerror=alert(1)>",
    "<script>alert(1)</script> &amp; &lt;",
    "따옴표 “인용” 🦀👩‍👩‍👧 e\u0301",
    "\u202Ertl\u202C שלום",
    "data: 1 id: 2 {\"seq\":3} \\n \u2028 \u0085 end",
  ];
  for (const [place, text] of texts.entries()) {
    await sends(lab, text);
    await expect(said(lab)).toContainText(new RegExp(`\\b${place + 1}\\b`));
    await shows(lab, text);
  }
  await expect(lab.page.locator("[data-figure=text] *")).toHaveCount(0);
  expect(alerted).toBe(false);
  expect((await published(baseURL!, "own-text")).map((event) => event.data)).toEqual(texts);
});

test("many lines, a long text and an empty one arrive as they are; one that is too long does not", async ({
  lab,
  baseURL,
}) => {
  await lab.open();
  await lab.watch("odd");
  const odd = ["", "a\nb\r\nc\rd\n", "x".repeat(64 * 1024), "\u0000\u0001\u007f"];
  for (const text of odd) expect((await publish(baseURL!, "odd", text)).status).toBe(201);
  expect((await publish(baseURL!, "odd", "x".repeat(64 * 1024 + 1))).status).toBe(413);
  expect((await publish(baseURL!, "odd", "last")).status).toBe(201);
  await lab.delivers(odd.length + 1);
  expect(await lab.figures("delivered")).toEqual(each(odd.length + 1));
  expect(await lab.figures("lost")).toEqual(each(0));
  expect((await published(baseURL!, "odd")).map((event) => event.data)).toEqual([...odd, "last"]);
  await shows(lab, "last");
});

test("the box takes no more than its thousand letters, and sends nothing when it is empty", async ({
  lab,
  baseURL,
}) => {
  await lab.open();
  await lab.watch("bounded");
  await lab.action("publish").click();
  const box = lab.page.locator(".own [name=text]");
  await box.focus();
  await lab.page.keyboard.insertText("가".repeat(1_200));
  await lab.action("publish").click();
  await lab.delivers(1);
  expect((await published(baseURL!, "bounded")).map((event) => event.data)).toEqual(["가".repeat(1_000)]);
});

test("a text is sent into the demo as well", async ({ lab, baseURL }) => {
  await lab.open();
  await lab.is("running");
  await sends(lab, "into the demo");
  await expect(said(lab)).toContainText(/\d/);
  const seq = Number(/\d+/.exec(await said(lab).innerText())?.[0]);
  const events = await published(baseURL!, await lab.topic());
  expect(events.find((event) => event.seq === seq)?.data).toBe("into the demo");
  await lab.delivers(seq);
});

test("a topic whose name is none is refused where it was typed", async ({ lab }) => {
  await lab.open();
  const name = lab.page.locator(".own [name=topic]");
  const error = lab.page.locator(".own .error");
  for (const bad of ["", "Demo", "a b", "a/b", "../healthz", "토픽", "a".repeat(60) + "_"]) {
    await name.fill(bad);
    await lab.action("watch").click();
    await expect(error, bad).toBeVisible();
    await expect(name).toHaveAttribute("aria-invalid", "true");
    await expect(lab.root).toHaveAttribute("data-kind", "demo");
  }
  await lab.watch("a".repeat(64));
  await expect(error).toBeHidden();
  // And back to the demo.
  await lab.action("watch").click();
  await lab.is("running");
  await expect(lab.root).toHaveAttribute("data-kind", "demo");
});
