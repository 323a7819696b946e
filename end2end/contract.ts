// The server as programs use it: what a test does from outside of the browser.
import { request as clear } from "node:http";
import { request as encrypted } from "node:https";

export interface Event {
  seq: number;
  at: number;
  data: string;
}

export interface Answer {
  status: number;
  body: string;
}

/** How a test may distort a lane: see `--test-knobs`. */
export interface Knobs {
  delay_ms?: number;
  drop_every?: number;
  repeat_every?: number;
  swap_every?: number;
}

/** One request on a connection of its own, so that a cut never hits one that is kept for later. */
export function ask(method: string, url: string, body?: string | Buffer, type?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = type ? { "content-type": type } : {};
    const send = url.startsWith("https:") ? encrypted : clear;
    // The server under test has made its certificate itself.
    const request = send(url, { method, agent: false, headers, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function json(url: string): Promise<unknown> {
  const { status, body } = await ask("GET", url);
  if (status !== 200) throw new Error(`${url} answers ${status}: ${body}`);
  return JSON.parse(body);
}

/** All events that a topic holds. */
export async function published(server: string, topic: string): Promise<Event[]> {
  const events: Event[] = [];
  let after = "start";
  for (;;) {
    const batch = (await json(`${server}/api/topics/${topic}/poll?after=${after}`)) as {
      events: Event[];
      next: string;
      more: boolean;
    };
    events.push(...batch.events);
    if (!batch.more) return events;
    after = batch.next;
  }
}

export function publish(server: string, topic: string, data: string): Promise<Answer> {
  return ask("POST", `${server}/api/topics/${topic}/events`, data);
}

/** Cuts all of the server's connections, the one that asks for it as well: it may get no answer. */
export async function cut(server: string): Promise<void> {
  await ask("POST", `${server}/api/test/cut`).catch(() => undefined);
}

/** Distorts a lane, for readers that open from now on. */
export async function distort(server: string, lane: string, knobs: Knobs): Promise<void> {
  const { status, body } = await ask(
    "POST",
    `${server}/api/test/lanes/${lane}`,
    JSON.stringify(knobs),
    "application/json",
  );
  if (status !== 204) throw new Error(`the knobs of ${lane}: ${status} ${body}`);
}

/** How many subscribers the server has. */
export async function readers(server: string): Promise<number> {
  return ((await json(`${server}/healthz`)) as { readers: number }).readers;
}

/** What the server has counted of a lane. */
export async function counters(server: string, lane: string): Promise<Record<string, number>> {
  return (await json(`${server}/api/lanes/${lane}`)) as Record<string, number>;
}

/** A lane as the page hands it in when a run has ended: what is kept of it. */
export interface LaneRecording {
  transport: string;
  twin: number;
  delivered: number;
  lost: number;
  lost_ranges: [number, number][];
  duplicated_seqs: number[];
  reordered_seqs: number[];
  /** Block by block: buckets (the smallest µs) with their counts, and what never came. */
  histogram: { block: number; counts: [number, number][]; never: number }[];
  /** Number, time since the start in µs, latency in µs. */
  receipts: [number, number, number][];
}

/** A run as its exported file has it. */
export interface Run {
  published: number;
  block_us: number;
  clock: { error_us: number; drift_ppb: number };
  flags: { kind: string }[];
  lanes: { client: LaneRecording }[];
}

/** The exported file of a saved run. */
export async function exported(server: string, id: string): Promise<Run> {
  return (await json(`${server}/runs/${id}/export.json`)) as Run;
}
