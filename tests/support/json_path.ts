/**
 * JSONPath, as far as Zabbix has it and templates use it: `.name`, `[*]`, `[?(@.name == 'text')]`, `[?(@.name =~ 'text')]`
 * and the functions `length()`, `first()` and `sum()` at the end. Anything else is an error.
 *
 * @module
 */

const STEP =
  /^(?:\.?\[\?\(@\.(?<key>\w+) (?<operator>==|=~) '(?<text>[^']*)'\)\]|(?<all>\[\*\])|\.(?<name>\w+)(?!\w*\())/;

const FUNCTION = /^\.(length|first|sum)\(\)$/;

function members(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function member(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const found = Object.entries(value).find(([key]) => key === name);
  return found === undefined ? [] : [found[1]];
}

/**
 * The value of a path in a document.
 *
 * @param path the path
 * @param document the JSON
 * @returns the value; undefined if nothing matches
 */
export function valueAt(path: string, document: unknown): unknown {
  if (!path.startsWith("$")) throw new Error(`${path} does not begin with $`);
  let rest = path.slice(1);
  let [values, isDefinite] = [[document] as readonly unknown[], true];
  for (let step = STEP.exec(rest); step !== null; step = STEP.exec(rest)) {
    const { key, operator, text = "", all, name } = step.groups ?? {};
    rest = rest.slice(step[0].length);
    if (name !== undefined) values = values.flatMap((value) => member(value, name));
    else if (all !== undefined) values = values.flatMap(members);
    else {
      values = values.flatMap(members).filter((value) =>
        member(value, key ?? "").some((each) =>
          typeof each === "string" && (operator === "==" ? each === text : new RegExp(text).test(each))
        )
      );
    }
    if (name === undefined) isDefinite = false;
  }
  const [, name] = FUNCTION.exec(rest) ?? [];
  if (name === undefined && rest !== "") throw new Error(`${path}: ${rest} is not supported`);
  const [first] = values;
  if (name === "first") return first;
  const list = isDefinite ? first : values;
  if (name === undefined) return isDefinite ? first : values;
  if (!Array.isArray(list)) throw new Error(`${path}: ${name}() needs a list`);
  return name === "length" ? list.length : list.reduce((sum: number, each) => sum + Number(each), 0);
}
