// A call that went wrong, told in words for a person.

/** status 0: no answer came at all. */
export class Problem extends Error {
  readonly status: number;
  /** The whole problem document, for calls that look at more than its words. */
  readonly document: Record<string, unknown>;

  constructor(status: number, words: string, document: Record<string, unknown> = {}) {
    super(words);
    this.name = "Problem";
    this.status = status;
    this.document = document;
  }

  /** From an answer's body: a problem document, or whatever a proxy in between has put there. */
  static fromBody(status: number, statusText: string, body: string): Problem {
    let document: Record<string, unknown> = {};
    try {
      const parsed: unknown = JSON.parse(body);
      if (parsed !== null && typeof parsed === "object") document = parsed as Record<string, unknown>;
    } catch {
      // Not JSON: the status alone has to do.
    }
    const words = [document["detail"], document["title"]].find(
      (text): text is string => typeof text === "string" && text !== "",
    );
    return new Problem(status, words ?? `the daemon answered ${status} ${statusText}`.trim(), document);
  }

  static noAnswer(): Problem {
    return new Problem(0, "the display did not answer; is it switched on and on this network?");
  }
}

/** Any thrown thing in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
