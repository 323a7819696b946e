// What a page of another origin can do to a server on the visitor's own machine: nothing, unless it was allowed.
import type { Page } from "@playwright/test";
import { ask, publish, published } from "../contract";
import { expect, test } from "../fixtures";

// The browser tells the stranger's console what was refused.
test.use({ allowedConsole: /./ });

/** Opens a WebSocket from the page; tells whether it opened, and after that what came first. */
function socket(page: Page, url: string, say?: string): Promise<string> {
  return page.evaluate(
    ([url, say]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url!);
        socket.onerror = () => resolve("refused");
        socket.onopen = () => (say ? socket.send(say) : undefined);
        socket.onmessage = (message) => resolve(String(message.data));
      }),
    [url.replace("http", "ws"), say] as const,
  );
}

/** Sends a form as a page can, without asking anybody, and waits for the answer's status. */
async function form(page: Page, action: string, fields: Record<string, string>, enctype: string): Promise<number> {
  const answered = page.waitForResponse(action);
  await page.evaluate(
    ([action, fields, enctype]) => {
      const form = Object.assign(document.createElement("form"), { method: "post", action, enctype });
      for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      document.body.append(form);
      form.submit();
    },
    [action, fields, enctype] as const,
  );
  const status = (await answered).status();
  await page.waitForURL(action);
  return status;
}

const WORKLOAD = {
  "workload[rate]": "1",
  "workload[arrivals]": "poisson",
  "workload[payload]": "1",
  "workload[duration_s]": "60",
  "workload[seed]": "1",
  poll_interval_ms: "1000",
};

async function topics(server: string): Promise<number> {
  return (JSON.parse((await ask("GET", `${server}/healthz`)).body) as { topics: number }).topics;
}

test("a stranger's page cannot publish, by form, by fetch or by WebSocket", async ({ server, stranger, page }) => {
  const own = await server.start();
  const events = `${own.url}/api/topics/victim/events`;
  for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    await page.goto(stranger);
    expect(await form(page, events, { a: "evil" }, enctype), enctype).toBe(403);
  }
  await page.goto(stranger);
  for (const mode of ["no-cors", "cors"] as const) {
    await page.evaluate(([url, mode]) => fetch(url, { method: "POST", body: "evil", mode }).catch(() => 0), [
      events,
      mode,
    ] as const);
  }
  await page.evaluate((url) => navigator.sendBeacon(url, "evil"), events);
  expect(await socket(page, `${own.url}/api/topics/victim/ws`, "evil")).toBe("refused");
  await page.goto(`${stranger}/nobody`);
  expect(await page.evaluate(() => self.origin)).toBe("null");
  expect(await form(page, events, { a: "evil" }, "text/plain"), "without an origin").toBe(403);
  expect(await published(own.url, "victim")).toEqual([]);
});

test("a stranger's page cannot start a workload nor call any server function", async ({ server, stranger, page }) => {
  const own = await server.start();
  const prepare = `${own.url}/api/fn/prepare-run`;
  // The same form without an Origin is understood: what is refused below is the stranger.
  const fine = new URLSearchParams(WORKLOAD).toString();
  const answer = await ask("POST", prepare, fine, "application/x-www-form-urlencoded");
  expect(answer.status, answer.body).toBe(200);
  await ask("GET", `${own.url}/api/fn/poll?topic=victim`);
  const before = await topics(own.url);

  await page.goto(stranger);
  expect(await form(page, prepare, WORKLOAD, "application/x-www-form-urlencoded")).toBe(403);
  await page.goto(stranger);
  await page.evaluate(
    ([url, body]) => fetch(url, { method: "POST", mode: "no-cors", body: new URLSearchParams(body) }).catch(() => 0),
    [prepare, fine] as const,
  );
  // A server function that is asked by GET answers strangers no more than the others.
  const read = `${own.url}/api/fn/poll?topic=victim`;
  expect((await ask("GET", read)).status).toBe(200);
  const told = page.evaluate((url) => fetch(url).then(() => "read").catch(() => "refused"), read);
  expect(await told).toBe("refused");
  expect(await socket(page, `${own.url}/api/fn/socket`)).toBe("refused");
  expect(await topics(own.url)).toBe(before);
});

test("a stranger's page cannot read, by fetch, EventSource or WebSocket", async ({ server, stranger, page }) => {
  const own = await server.start();
  await publish(own.url, "secret", "secret");
  await page.goto(stranger);
  expect(await reads(page, own.url)).toEqual({ fetch: "refused", stream: "refused", script: "refused" });
  expect(await socket(page, `${own.url}/api/topics/secret/ws?after=start`)).toBe("refused");
  expect(await socket(page, `${own.url}/api/clock`, "1")).toBe("refused");
});

test("an origin that was allowed by name can read, publish and connect", async ({ server, stranger, page }) => {
  const own = await server.start("--allow-origin", stranger);
  await publish(own.url, "secret", "secret");
  await page.goto(stranger);
  expect(await reads(page, own.url)).toMatchObject({ fetch: "secret", stream: "secret" });
  expect(await socket(page, `${own.url}/api/topics/secret/ws`, "said")).toContain("cursor");
  const status = await page.evaluate(
    (url) => fetch(url, { method: "POST", body: "posted" }).then((answer) => answer.status),
    `${own.url}/api/topics/secret/events`,
  );
  expect(status).toBe(201);
  await expect
    .poll(async () => (await published(own.url, "secret")).map((event) => event.data).sort())
    .toEqual(["posted", "said", "secret"]);
});

test("a name that was bent to this machine gets nothing", async ({ server, page }) => {
  const own = await server.start();
  // Chromium looks every name under localhost up on the machine itself, as a bent one would be.
  const bent = own.url.replace("127.0.0.1", "rebound.localhost");
  const answer = await page.goto(`${bent}/`);
  expect(answer?.status()).toBe(421);
  const posted = await page.evaluate(() =>
    fetch("/api/topics/victim/events", { method: "POST", body: "evil" }).then((answer) => answer.status),
  );
  expect(posted).toBe(421);
  expect(await published(own.url, "victim")).toEqual([]);
});

test("nobody can put the page in a frame", async ({ server, stranger, page }) => {
  const own = await server.start();
  await page.goto(stranger);
  await page.evaluate((src) => {
    document.body.append(Object.assign(document.createElement("iframe"), { src, name: "framed" }));
  }, own.url);
  await expect.poll(() => page.frame("framed")?.url()).toMatch(/^chrome-error:/);
});

/** What a page learns of the topic `secret`. */
function reads(page: Page, server: string): Promise<Record<string, string>> {
  return page.evaluate(async (topic) => {
    const fetched = fetch(`${topic}/poll?after=start`)
      .then((answer) => answer.json())
      .then((batch: { events: { data: string }[] }) => batch.events[0]?.data ?? "nothing")
      .catch(() => "refused");
    const stream = new Promise<string>((resolve) => {
      const source = new EventSource(`${topic}/sse?after=start`);
      source.onmessage = (message) => {
        source.close();
        resolve((JSON.parse(message.data as string) as { data: string }).data);
      };
      source.onerror = () => {
        source.close();
        resolve("refused");
      };
    });
    const script = new Promise<string>((resolve) => {
      const src = `${topic}/poll?after=start`;
      const element = Object.assign(document.createElement("script"), { src });
      element.onload = () => resolve("loaded");
      element.onerror = () => resolve("refused");
      document.head.append(element);
    });
    return { fetch: await fetched, stream: await stream, script: await script };
  }, `${server}/api/topics/secret`);
}
