// Over --tls the browser speaks HTTP/2: what that changes for streams, for WebSockets, and for the lab.
import { counters, publish } from "../contract";
import { expect, test } from "../fixtures";
import { LANES, SHORT, each } from "../lab";

// The server makes its certificate itself, so no browser trusts it.
test.use({ ignoreHTTPSErrors: true });

test("twenty event streams are open, and a fetch beside them is answered", async ({ server, page }) => {
  const own = await server.start("--tls");
  await page.goto(`${own.url}/sign-in`);
  const opened = await page.evaluate(async () => {
    const streams = Array.from({ length: 20 }, () => new EventSource("/api/topics/many/sse?lane=many"));
    const all = streams.map((stream) => new Promise((resolve) => (stream.onopen = resolve)));
    await Promise.all(all);
    Object.assign(window, {
      heard: Promise.all(
        streams.map((stream) => new Promise<string>((resolve) => (stream.onmessage = (event) => resolve(event.data)))),
      ),
    });
    const answer = await fetch("/api/clock");
    await answer.text();
    const [entry] = performance.getEntriesByName(answer.url) as PerformanceResourceTiming[];
    return { status: answer.status, protocol: entry?.nextHopProtocol };
  });
  expect(opened).toEqual({ status: 200, protocol: "h2" });
  await publish(own.url, "many", "hello");
  const heard = await page.evaluate(() => (window as unknown as { heard: Promise<string[]> }).heard);
  expect(heard.map((event) => (JSON.parse(event) as { data: string }).data)).toEqual(Array(20).fill("hello"));
  expect(await counters(own.url, "many")).toMatchObject({ http1: 0, http2: 20, open: 20 });
});

test("a WebSocket goes over HTTP/2, and is told as such", async ({ server, page }) => {
  const own = await server.start("--tls");
  await page.goto(`${own.url}/sign-in`);
  const first = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/topics/t/ws?lane=socket`);
        socket.onmessage = (message) => resolve(String(message.data));
        socket.onclose = () => resolve("closed");
      }),
  );
  expect(first).toContain("cursor");
  expect(await counters(own.url, "socket")).toMatchObject({ http1: 0, http2: 1, open: 1 });
});

test("the lab measures, in a secure context with a fine clock", async ({ server, lab, page }) => {
  const own = await server.start("--tls");
  await lab.open(own.url);
  expect(await page.evaluate(() => [isSecureContext, crossOriginIsolated])).toEqual([true, true]);
  await lab.arrive("even");
  await lab.measure({ ...SHORT, duration: 3 });
  expect(await lab.figures("delivered")).toEqual(each(60));
  for (const lane of LANES) {
    const counted = await counters(own.url, lab.nameOf(lane));
    expect(counted, lane).toMatchObject({ http1: 0, gaps: 0 });
    expect(counted["http2"], lane).toBeGreaterThan(0);
    expect(counted["approximate"], lane).toBe(false);
    // Of HTTP/2 only the bodies are counted: a lower bound, and no heads that would be 0.
    const cell = (figure: string) => page.locator(`.side-by-side td[data-of=${lane}] [data-text=${figure}]`).first();
    await expect(cell("bytes")).toHaveText(/^≥ /);
    await expect(cell("split")).toHaveText(/ · – · –$/);
  }
  await expect(page.locator(".flags")).toContainText("went over HTTP/2");
  await expect(page.locator(".flags")).not.toContainText("overtook");
});
