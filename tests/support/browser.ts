/**
 * Debian's Chromium without a window, by the DevTools protocol over one WebSocket.
 *
 * @module
 */
import { fieldsOf } from "../../core/json/mod.ts";

/** How long the browser may take to start, and to answer; milliseconds. */
const LIMIT_MS = 30_000;

/** What a page is shown with. */
export interface View {
  /** The width of the window; pixels. */
  readonly width: number;
  /** The user's choice of colours; "light" by default. */
  readonly scheme?: "light" | "dark";
  /** Whether programs run; true by default. */
  readonly scripts?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** A browser with a profile of its own. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve(result: Fields): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, (method: string, parameters: Fields) => void>();
  #last = 0;

  private constructor(process: Deno.ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
    socket.onmessage = ({ data }) => this.#take(fieldsOf(JSON.parse(String(data))));
  }

  static async start(): Promise<Browser> {
    const profile = await Deno.makeTempDir();
    const sandbox = Deno.uid() === 0 ? ["--no-sandbox"] : [];
    const process = new Deno.Command("chromium", {
      args: [
        "--headless",
        ...sandbox,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      env: { HOME: profile },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await addressIn(process.stderr));
    await within(
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error("Chromium does not accept a connection"));
      }),
      "Chromium accepts a connection",
    );
    return new Browser(process, socket, profile);
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string, view: View): Promise<Tab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId), String(targetId));
    this.#listeners.set(String(sessionId), (method, parameters) => tab.take(method, parameters));
    await tab.load(url, view);
    return tab;
  }

  async send(method: string, parameters: Fields = {}, sessionId?: string): Promise<Fields> {
    const id = ++this.#last;
    const answer = new Promise<Fields>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params: parameters, sessionId }));
    return await within(answer, `Chromium answers ${method}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.onclose = () => resolve());
    await this.send("Browser.close");
    await closed;
    await this.#process.status;
    await Deno.remove(this.#profile, { recursive: true });
  }

  #take({ id, result, error, method, params, sessionId }: Fields): void {
    if (typeof id !== "number") return this.#listeners.get(String(sessionId))?.(String(method), fieldsOf(params));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(fieldsOf(result));
    else waiting?.reject(new Error(JSON.stringify(error)));
  }
}

/** A page. */
export class Tab implements AsyncDisposable {
  /** What the page complains about: exceptions, and what the log of the browser has. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;
  readonly #target: string;
  #onLoaded: (() => void) | undefined;

  constructor(browser: Browser, session: string, target: string) {
    this.#browser = browser;
    this.#session = session;
    this.#target = target;
  }

  async load(url: string, { width, scheme = "light", scripts = true }: View): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: width < 500,
    });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await this.send("Emulation.setScriptExecutionDisabled", { value: !scripts });
    const loaded = new Promise<void>((resolve) => this.#onLoaded = resolve);
    await this.send("Page.navigate", { url });
    await within(loaded, `Chromium loads ${url}`);
  }

  take(method: string, parameters: Fields): void {
    if (method === "Page.loadEventFired") this.#onLoaded?.();
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(parameters["exceptionDetails"]));
    if (method === "Page.javascriptDialogOpening") this.complaints.push(`dialog: ${parameters["message"]}`);
    if (method === "Log.entryAdded") this.complaints.push(JSON.stringify(parameters["entry"]));
  }

  send(method: string, parameters: Fields = {}): Promise<Fields> {
    return this.#browser.send(method, parameters, this.#session);
  }

  /** The value of an expression, after a promise. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return fieldsOf(answer["result"])["value"];
  }

  /** Waits until an expression is true, perhaps on the next page. */
  async until(expression: string): Promise<void> {
    const end = Date.now() + LIMIT_MS;
    while (await this.evaluate(expression).catch(() => false) !== true) {
      if (Date.now() > end) throw new Error(`it did not happen in ${LIMIT_MS} ms: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Presses and releases a key. */
  async press(key: "Tab" | "Enter"): Promise<void> {
    const code = key === "Tab"
      ? { key, code: key, windowsVirtualKeyCode: 9 }
      : { key, code: key, windowsVirtualKeyCode: 13, text: "\r" };
    for (const type of ["keyDown", "keyUp"]) await this.send("Input.dispatchKeyEvent", { type, ...code });
  }

  /** A picture of the whole page. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
    return Uint8Array.fromBase64(String(data));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }
}

/** Reads the address that the browser prints, and then discards what else it prints. */
async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const [reader, rest] = [stderr.pipeThrough(new TextDecoderStream()).getReader(), { text: "" }];
  const found = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`Chromium ended: ${rest.text}`);
      rest.text += value;
      const [, address] = /DevTools listening on (ws:\S+)\s/.exec(rest.text) ?? [];
      if (address !== undefined) return address;
    }
  };
  const address = await within(found(), "Chromium prints its address");
  (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  return address;
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it did not happen in ${LIMIT_MS} ms: ${what}`)), LIMIT_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
