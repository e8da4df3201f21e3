import { expect, test } from "vitest";
import { Problem } from "./problem";

test("an error is told by its detail, else its title, else its status", () => {
  const check = (body: string, expected: string) =>
    expect(Problem.fromBody(507, "Insufficient Storage", body).message).toBe(expected);
  check('{"title":"Full","detail":"the disk is full"}', "the disk is full");
  check('{"title":"Full"}', "Full");
  check('{"title":"Full","detail":""}', "Full");
  check("<html>Bad gateway</html>", "the daemon answered 507 Insufficient Storage");
  check("", "the daemon answered 507 Insufficient Storage");
  check("null", "the daemon answered 507 Insufficient Storage");
});
