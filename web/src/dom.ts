type Child = Node | string | null | undefined | false;

/** An element with attributes (on... are listeners) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Record<string, string | number | boolean | ((e: Event) => void)> = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((c): c is Node | string => typeof c === "string" || c instanceof Node));
  return element;
}

export const percent = (value: number | null, digits = 1) => value === null ? "unknown" : `${(100 * value).toFixed(digits)} %`;

export function sigmaText(value: number | null): string {
  return value === null ? "unknown" : Number(value.toPrecision(4)).toString();
}

export const interval = (pair: readonly (number | null)[] | null, digits = 1) =>
  pair === null ? "" : `${percent(pair[0], digits)} to ${percent(pair[1], digits)}`;

export const pText = (p: number) => `p ${p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`}`;
