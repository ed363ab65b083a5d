import assert from "node:assert/strict";
import type { Message } from "../../../../../core/notify/message.ts";
import { headerText, mailDate, mailHostname, mailMessage } from "../../../../../core/notify/ways/mail_message.ts";
import { event, messages, NOON, stateEvent } from "../../../../support/notifications.ts";

const ENVELOPE = { from: "lb@example.org", to: ["a@example.org", "b@example.org"], id: "x.y" };
const AROUND = { hostname: "lb1", timeOfDay: (): number => NOON };

function message(all: readonly Message[], dropped = 0): string {
  return mailMessage({ messages: all, dropped }, { ...ENVELOPE, ...AROUND });
}

/** The decoded text of encoded words, as RFC 2047 reads them. */
function decoded(text: string): string {
  const words = text.replace(/\?=\r\n =\?/g, "?==?");
  const bytes = [...words.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)].map(([, base64 = ""]) => {
    const part = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    // Each word is text by itself.
    return new TextDecoder("utf-8", { fatal: true }).decode(part);
  });
  return bytes.join("");
}

Deno.test("mailMessage() has the headers of a mail from a machine, and ends with a dot", () => {
  assert.equal(
    message(messages(event("server_down", { name: "web", server: "10.0.0.1:80" }))),
    [
      "Date: Tue, 3 Nov 2026 04:05:06 +0000",
      "Message-ID: <x.y@lb1>",
      "From: lvsctl <lb@example.org>",
      "To: <a@example.org>,",
      " <b@example.org>",
      "Subject: [lvsctl lb1] server down: 10.0.0.1:80 of web (tcp://192.0.2.10:80): connection refused",
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 7bit",
      "",
      "2026-11-03 04:05:06 UTC  server down: 10.0.0.1:80 of web (tcp://192.0.2.10:80): connection refused",
      "",
      "-- ",
      "lvsctl on lb1",
      ".",
      "",
    ].join("\r\n"),
  );
});

Deno.test("mailMessage() names the virtual router, and filters what others write into its reason", () => {
  const text = message(messages(stateEvent("fault", { reason: "a\r\nBcc: x@example.org" })));
  const words = "virtual router at fault: edge: a\\r\\nBcc: x@example.org";
  assert.ok(text.includes(`\r\nSubject: [lvsctl lb1] ${words}\r\n`), text);
  assert.ok(text.includes(`\r\n2026-11-03 04:05:06 UTC  ${words}\r\n`), text);
});

Deno.test("mailMessage() has a line for each of 200 servers, and says what is left out", () => {
  const servers = Array.from({ length: 200 }, (_, index) => event("server_down", { server: `10.0.1.${index}:80` }));
  const text = message(messages(...servers), 12);
  assert.match(text, /\r\nSubject: \[lvsctl lb1\] 200 x server down\r\n/);
  assert.equal(text.match(/\r\n2026-11-03 04:05:06 UTC {2}server down: /g)?.length, 200);
  assert.match(text, /\r\n12 earlier events are missing: /);
});

Deno.test("mailMessage() encodes what is not ASCII, and no name can add a header", () => {
  const name = "\u00e4\u20ac\u{1f600}".repeat(30);
  const text = message(messages(event("quorum_down", { name: `${name}\r\nBcc: x@example.org\r\n.`, reason: "" })));
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const subject = /\r\nSubject: ([^]*?)\r\n(?! )/.exec(head)?.[1] ?? "";
  assert.ok(subject.split("\r\n").every((line) => line.trim().length <= 75));
  assert.ok(decoded(subject).startsWith(`[lvsctl lb1] quorum lost: ${name.slice(0, 60)}`));
  assert.ok(!/^Bcc/m.test(text));
  assert.match(head, /\r\nContent-Transfer-Encoding: base64$/);
  const lines = body.split("\r\n").slice(0, -2);
  assert.ok(lines.every((line) => line.length <= 76));
  const bytes = Uint8Array.from(atob(lines.join("")), (character) => character.charCodeAt(0));
  assert.match(
    new TextDecoder().decode(bytes),
    new RegExp(`UTC {2}quorum lost: ${name}\\\\r\\\\nBcc: x@example\\.org`),
  );
});

Deno.test("mailMessage() doubles the dot that begins a line, and has no line that is too long", () => {
  const stuffed = mailMessage({ messages: messages(event("quorum_down")), dropped: 0 }, {
    ...ENVELOPE,
    ...AROUND,
    hostname: "lb1\n.\nlb2",
  });
  assert.ok(!stuffed.slice(0, -5).includes("\r\n.\r\n"));
  const long = message(messages(event("quorum_down", { reason: "x".repeat(5000) })));
  assert.ok(long.split("\r\n").every((line) => line.length <= 998));
  assert.match(long, /base64/);
});

Deno.test("headerText() leaves ASCII, and cuts encoded words between characters", () => {
  assert.equal(headerText("plain text = ?"), "plain text = ?");
  const text = `a${"\u{1f600}".repeat(40)}`;
  assert.equal(decoded(headerText(text)), text);
});

Deno.test("mailDate() has days of one digit, mailHostname() nothing that could break a line", () => {
  assert.equal(mailDate(Date.UTC(2027, 0, 1)), "Fri, 1 Jan 2027 00:00:00 +0000");
  assert.deepEqual(["lb1.example", "a b", "x\r\ny", "", "-a"].map(mailHostname), [
    "lb1.example",
    "localhost",
    "localhost",
    "localhost",
    "localhost",
  ]);
});
