import { expect, test } from "vitest";
import { Problem } from "../api/problem";
import { mayGoBetter, thereAlready } from "./uploads";

test("sending again is offered only where it can help", () => {
  const check = (error: unknown, expected: boolean) => expect(mayGoBetter(error)).toBe(expected);
  check(Problem.noAnswer(), true);
  check(new Problem(500, "the disk failed"), true);
  check(new Problem(507, "the disk is full"), true);
  check(new Problem(413, "more than 8 GiB"), false);
  check(new Problem(422, "the name is too long"), false);
});

test("the same content under another name is told by the name that it has", () => {
  expect(thereAlready("copy.png", "quads.png")).toBe("“copy.png” is in the library already, as “quads.png”");
  expect(thereAlready("quads.png", "quads.png")).toBe("“quads.png” is in the library already");
});
